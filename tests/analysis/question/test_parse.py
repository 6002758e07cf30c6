"""What people type, and what is understood."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.groupings import GROUPINGS, OWNED, Grouping
from bot.analysis.question import NotUnderstood, PeopleOff, allowed, parse_question
from bot.analysis.question.filters import SAID, Filter
from bot.analysis.question.writing import as_typed
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
        ("by team", "7d by team"),
        ("teams and services 30d", "30d by team service"),
        ("by cost center", "7d by cost_center"),
        ("by Cost Centres day", "7d by cost_center day"),
        ("per cost-centre", "7d by cost_center"),
        ("by team as of today's teams", "7d by team as of today's teams"),
        ("month by team with today\u2019s teams", "month by team as of today's teams"),
        ("by today's teams", "7d by workspace as of today's teams"),
        ("team:search today", "today by workspace team:search"),
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
        ("by week", "7d by week"),
        ("monthly", "7d by month"),
        ("by workspace month", "7d by workspace month"),
        ("by workspace last month", "last month by workspace"),
        ("by tier and org", "7d by tier org"),
        ("by organisation", "7d by org"),
        ("by key 30d by day", "30d by key day"),
        ("by key key by key", "7d by key"),
        ("keys", "7d by key"),
        ("7d models", "7d by model"),
        ("models and keys", "7d by model key"),
        ("per day", "7d by day"),
        ("daily", "7d by day"),
        ("the workspace", "7d by workspace"),
        ("show me the spend of the last week, please?", "last week by workspace"),
        ("How much did we spend in October", "2026-10 by workspace"),
        ("prod", "7d by workspace prod"),
        ("What did Prod cost last month?", "last month by workspace Prod"),
        ("prod, staging and dev", "7d by workspace prod staging dev"),
        ("prod prod", "7d by workspace prod"),
        ("workspace:prod", "7d by workspace workspace:prod"),
        ("Workspaces: Prod by day", "7d by day workspace:Prod"),
        ("workspace prod", "7d by workspace workspace:prod"),
        ("for key ci-deploy last week", "last week by workspace key:ci-deploy"),
        ("workspace:prod,staging,7d", "7d by workspace workspace:prod workspace:staging"),
        ("workspace:prod, opus", "7d by workspace workspace:prod opus"),
        ("key:ci-*", "7d by workspace key:ci-*"),
        ("-batch", "7d by workspace -batch"),
        ("–batch", "7d by workspace -batch"),
        ("not batch", "7d by workspace -batch"),
        ("except workspace:batch", "7d by workspace -workspace:batch"),
        ("-workspace:a,b", "7d by workspace -workspace:a -workspace:b"),
        ("'data science'", "7d by workspace 'data science'"),
        ("workspace:“Data  science”", "7d by workspace workspace:'Data science'"),
        ("key:\"O'Brien's\"", "7d by workspace key:\"O'Brien's\""),
        ("'today'", "7d by workspace 'today'"),
        ("today workspace:today", "today by workspace workspace:today"),
        ("'7d'", "7d by workspace '7d'"),
        ("7days-ago", "7d by workspace '7days-ago'"),
        ("top 5", "7d by workspace top 5"),
        ("top keys", "7d by key top 5"),
        ("Top 3 models of prod", "7d by model prod top 3"),
        ("month vs last month", "month by workspace vs last month"),
        ("compared to 2026-09, by model", "7d by model vs 2026-09"),
        ("vs previous", "7d by workspace"),
        ("oct vs. sept", "2026-10 by workspace vs 2026-09"),
        ("yesterday versus 12 Nov", "yesterday by workspace vs 2026-11-12"),
        ("opus vs sonnet", "7d by workspace opus sonnet"),
        ("csv", "7d by workspace csv"),
        ("by model as CSV", "7d by model csv"),
        ("org:acme,7d", "7d by workspace org:acme"),
        ("-", "7d by workspace"),
    ],
)
def test_case_order_and_blanks_do_not_matter(text: str, understood: str) -> None:
    assert str(parse_question(text, today=SUNDAY)) == understood


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("by colour", "by colour", 'group with "by workspace"'),
        ("7d by", "by", 'group with "by workspace"'),
        ("0d", "0d", "1 to 400 days"),
        ("401d", "401d", "1 to 400 days"),
        ("9" * 5000 + "d", "9" * 40 + "…", "1 to 400 days"),
        ("by workspace by colour", "by colour", 'group with "by workspace"'),
        ("7d 30d", "30d", "one period at a time"),
        ("by key day by model", "by model", "one thing or two at a time"),
        ("by key day model", "by key day model", "one thing or two at a time"),
        ("2026-12", "2026-12", "has not begun"),
        ("by key by person", "by person", "two ways to share"),
        ("by day week", "by day week", "the same time"),
        ("month vs today", "vs today", "today is not over"),
        ("top 0", "top 0", "the top 1 to 1000"),
        ("top 3 top 4", "top 4", "one number of rows at a time"),
        ("vs last month vs oct", "vs oct", "one period to compare with at a time"),
        ("7d vs 7d", "vs 7d", "these are the same days"),
        ("month vs 2026-12", "2026-12", "has not begun"),
        ("org:", "org:", 'for example "org:acme"'),
        ("org:a org:b", "org:b", "one organisation at a time"),
        ("workspace:", "workspace:", 'for example "workspace:prod"'),
        ("-key: 7d ''", "''", 'for example "workspace:prod"'),
        ("worksapce:prod", "worksapce:prod", 'did you mean "workspace:prod"?'),
        ("colour:red", "colour:red", 'a filter is "workspace:"'),
        ("user:jane", "user:jane", 'people are no filter; ask "by person"'),
        ("2027-01", "2027-01", "a month from 2023-01 to 2026-11"),
        ("2026-13", "2026-13", "a month from 2023-01 to 2026-11"),
        ("0000-01", "0000-01", "a month from 2023-01 to 2026-11"),
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


def can_be_together(by: list[Grouping]) -> bool:
    is_owned = not {"key", *OWNED}.isdisjoint(by)
    return not ("person" in by and is_owned) and len({"day", "week", "month"} & set(by)) < 2


GROUPED = st.lists(st.sampled_from(GROUPINGS), min_size=1, max_size=2, unique=True).filter(can_be_together)


@given(today=DAYS, period=PERIODS, by=GROUPED)
def test_the_understood_question_parses_to_itself(today: date, period: str, by: list[str]) -> None:
    asked = parse_question(f"{period} by {' '.join(by)}", today=today)
    assert asked.by == tuple(by)
    assert parse_question(str(asked), today=today) == asked


HARD_NAMES = st.one_of(
    st.text(" ab'\",;:?-*\u201c\u2019.<>&", min_size=1, max_size=8),
    st.sampled_from(sorted(SAID)),
    st.sampled_from(
        ["last month", "by model", "2026-10", "7d", "W47", "12 Nov", "top 5", "-x", "org:a", "a'b\"c", "é"]
    ),
    st.text(max_size=12),
)
FILTERS = st.builds(
    Filter,
    name=HARD_NAMES.map(as_typed).filter(bool),
    kind=st.sampled_from([None, "workspace", "model", "key", "type", "tier", "token", "team"]),
    excluded=st.booleans(),
)


@given(
    filters=st.lists(FILTERS, max_size=4, unique=True),
    organization=st.none() | HARD_NAMES.map(as_typed).filter(bool),
    top=st.none() | st.integers(1, 1000),
    versus=st.sampled_from(["", "vs 2026-09", "vs last year", "vs 1 Nov..3 Nov"]),
    as_csv=st.booleans(),
    owned_on=st.sampled_from([None, SUNDAY]),
)
def test_whatever_a_name_is_the_question_parses_to_itself(
    filters: list[Filter],
    organization: str | None,
    top: int | None,
    versus: str,
    *,
    as_csv: bool,
    owned_on: date | None,
) -> None:
    asked = replace(
        parse_question(f"month by model {versus}", today=SUNDAY),
        filters=tuple(filters),
        organization=organization,
        top=top,
        as_csv=as_csv,
        owned_on=owned_on,
    )
    assert parse_question(str(asked), today=SUNDAY) == asked


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
    with pytest.raises(NotUnderstood, match="two ways to share the same dollars"):
        parse_question("by person team", today=SUNDAY)


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
