"""What people type, and what is understood."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.groupings import GROUPINGS
from bot.analysis.question import NotUnderstood, PeopleOff, allowed, parse_question
from bot.model import NOBODY, Interval, Privacy

SUNDAY = date(2026, 11, 22)
MONDAY = date(2026, 11, 23)
FIRST_OF_MONTH = date(2026, 11, 1)


def test_nothing_asked_is_the_last_seven_complete_days_by_workspace() -> None:
    asked = parse_question("", today=SUNDAY)
    assert asked.by == ("workspace",)
    assert asked.period.current == Interval(date(2026, 11, 15), date(2026, 11, 22))
    assert asked.period.previous == Interval(date(2026, 11, 8), date(2026, 11, 15))


@pytest.mark.parametrize(
    ("text", "today", "since", "until", "previous_since", "previous_until"),
    [
        ("30d", SUNDAY, "2026-10-23", "2026-11-22", "2026-09-23", "2026-10-23"),
        ("1d", SUNDAY, "2026-11-21", "2026-11-22", "2026-11-20", "2026-11-21"),
        ("400d", SUNDAY, "2025-10-18", "2026-11-22", "2024-09-13", "2025-10-18"),
        ("today", SUNDAY, "2026-11-22", "2026-11-23", "2026-11-15", "2026-11-16"),
        ("yesterday", SUNDAY, "2026-11-21", "2026-11-22", "2026-11-14", "2026-11-15"),
        ("week", SUNDAY, "2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"),
        ("week", MONDAY, "2026-11-23", "2026-11-24", "2026-11-16", "2026-11-17"),
        ("month", SUNDAY, "2026-11-01", "2026-11-22", "2026-10-01", "2026-10-22"),
        ("month", FIRST_OF_MONTH, "2026-11-01", "2026-11-02", "2026-10-01", "2026-10-02"),
        ("month", date(2026, 3, 31), "2026-03-01", "2026-03-31", "2026-02-01", "2026-03-01"),
        ("last month", SUNDAY, "2026-10-01", "2026-11-01", "2026-09-01", "2026-10-01"),
        ("last month", date(2026, 1, 5), "2025-12-01", "2026-01-01", "2025-11-01", "2025-12-01"),
        ("2026-02", SUNDAY, "2026-02-01", "2026-03-01", "2026-01-01", "2026-02-01"),
        ("2026-11", SUNDAY, "2026-11-01", "2026-11-22", "2026-10-01", "2026-10-22"),
    ],
)
def test_a_period_names_its_days_and_those_it_is_compared_with(
    text: str, today: date, since: str, until: str, previous_since: str, previous_until: str
) -> None:
    period = parse_question(text, today=today).period
    assert period.current == Interval(date.fromisoformat(since), date.fromisoformat(until))
    assert period.previous == Interval(date.fromisoformat(previous_since), date.fromisoformat(previous_until))


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("by model", "7d by model"),
        ("by model 30d", "30d by model"),
        ("  30D   BY  Keys ", "30d by key"),
        ("last 14 days by day", "14d by day"),
        ("14 d", "14d by workspace"),
        ("this week", "week by workspace"),
        ("Last Month", "last month by workspace"),
        ("7d 7d by day by day", "7d by day"),
        ("007d", "7d by workspace"),
        ("by workspace key", "7d by workspace key"),
        ("by workspaces, KEYS month", "month by workspace key"),
        ("by workspace and key", "7d by workspace key"),
        ("by key 30d by day", "30d by key day"),
        ("by key key by key", "7d by key"),
    ],
)
def test_case_order_and_blanks_do_not_matter(text: str, understood: str) -> None:
    assert str(parse_question(text, today=SUNDAY)) == understood


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("yesterdy", "yesterdy", 'did you mean "yesterday"?'),
        ("keys", "keys", 'did you mean "by key"?'),
        ("7d models", "models", 'did you mean "by model"?'),
        ("by colour", "by colour", 'group with "by workspace"'),
        ("7d by", "by", 'group with "by workspace"'),
        ("0d", "0d", "1 to 400 days"),
        ("401d", "401d", "1 to 400 days"),
        ("9" * 5000 + "d", "9" * 40 + "…", "1 to 400 days"),
        ("7d by workspace colour", "colour", 'or two of them: "by workspace key"'),
        ("by workspace by colour", "by colour", 'group with "by workspace"'),
        ("7d 30d", "30d", "one period at a time"),
        ("by key day by model", "by model", "one thing or two at a time"),
        ("by key day model", "by key day model", "one thing or two at a time"),
        ("2026-12", "2026-12", "has not begun"),
        ("2027-01", "2027-01", "a month from 2023-01 to 2026-11"),
        ("2026-13", "2026-13", "a month from 2023-01 to 2026-11"),
        ("0000-01", "0000-01", "a month from 2023-01 to 2026-11"),
        ("٧d", "٧d", 'a period is "7d"'),
        ("7days-ago", "7days-ago", 'a period is "7d"'),
        ("<!channel>", "<!channel>", 'a period is "7d"'),
    ],
)
def test_what_is_not_understood_comes_back_with_a_hint(text: str, word: str, hint: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_question(text, today=SUNDAY)
    assert refused.value.word == word
    assert hint in refused.value.hint
    assert "\n" not in str(refused.value)


DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))
PERIODS = st.one_of(
    st.integers(1, 400).map("{}d".format),
    st.sampled_from(["today", "yesterday", "week", "month", "last month", "2023-04", "2023-12"]),
)


TWO_WAYS_TO_SHARE = {"key", "person"}
GROUPED = st.lists(st.sampled_from(GROUPINGS), min_size=1, max_size=2, unique=True)


@given(today=DAYS, period=PERIODS, by=GROUPED.filter(lambda by: set(by) != TWO_WAYS_TO_SHARE))
def test_the_understood_question_parses_to_itself(today: date, period: str, by: list[str]) -> None:
    asked = parse_question(f"{period} by {' '.join(by)}", today=today)
    assert asked.by == tuple(by)
    assert parse_question(str(asked), today=today) == asked


@given(today=DAYS, period=PERIODS)
def test_a_period_is_never_empty_and_comes_after_what_it_is_compared_with(today: date, period: str) -> None:
    asked = parse_question(period, today=today).period
    assert asked.previous.since < asked.previous.until <= asked.current.since < asked.current.until
    assert asked.current.until <= today + timedelta(days=1)


@given(text=st.text(max_size=200), today=DAYS)
def test_any_text_is_understood_or_refused(text: str, today: date) -> None:
    with suppress(NotUnderstood):
        asked = parse_question(text, today=today)
        assert parse_question(str(asked), today=today) == asked


@pytest.mark.parametrize("text", ["by person", "by persons", "7d by people"])
def test_people_can_be_asked_about(text: str) -> None:
    assert str(parse_question(text, today=SUNDAY)) == "7d by person"


def test_the_same_dollars_are_not_shared_twice() -> None:
    with pytest.raises(NotUnderstood, match="two ways to share the same dollars"):
        parse_question("by key person", today=SUNDAY)


def test_people_are_told_where_somebody_decided_so() -> None:
    asked = parse_question("by workspace person", today=SUNDAY)

    assert allowed(asked, Privacy(people=True)) == asked
    assert allowed(parse_question("by key", today=SUNDAY), NOBODY).by == ("key",)
    with pytest.raises(PeopleOff) as refused:
        allowed(asked, NOBODY)
    assert str(refused.value) == (
        'nothing about people is kept here; "by person" needs people = true under [privacy] in claudecost.toml, '
        "then a sync"
    )


def test_an_organisation_keeps_its_capitals() -> None:
    asked = parse_question("ORG:'Acme Europe' BY Model", today=SUNDAY)
    assert (asked.organization, asked.by) == ("Acme Europe", ("model",))
