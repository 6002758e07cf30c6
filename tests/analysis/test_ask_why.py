"""Why, the forecast and the month: of which part of the bill somebody asks, and of which days."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.ask_why import (
    WHY_FORM,
    parse_forecast,
    parse_month,
    parse_why,
    written_forecast,
    written_month,
)
from bot.analysis.question import Ambiguous, Catalogue, Filter, NotUnderstood, Thing, resolve
from bot.analysis.question.filters import KINDS
from tests.builders import TODAY

NAMES = st.text(min_size=1, max_size=12).filter(lambda name: " ".join(name.split()) == name)
FILTERS = st.builds(Filter, name=NAMES, kind=st.sampled_from(KINDS[:6]), excluded=st.booleans())
PERIODS = st.sampled_from(["7d", "today", "last month", "2026-10", "since 1 Nov", "1 Nov..15 Nov", "W46", "month"])


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", "why 7d"),
        ("checkout", "why checkout 7d"),
        ("30d of checkout", "why checkout 30d"),
        ("did Checkout cost that much LAST month?", "why Checkout that last month"),
        ("data science 2026-10", "why data science 2026-10"),
        ("checkout, opus, not batch", "why checkout opus -batch 7d"),
        ("team:search key:ci-* vs last year", "why team:search key:ci-* 7d vs last year"),
        ("org:Acme month", "why org:Acme month"),
        ("-model:haiku as of today's teams", "why -model:haiku as of today's teams 7d"),
    ],
)
def test_why_is_of_names_and_days_in_any_order(text: str, understood: str) -> None:
    assert str(parse_why(text, today=TODAY)) == understood


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("checkout by model", "what it is about and days"),
        ("checkout top 3", "what it is about and days"),
        ("checkout csv", "what it is about and days"),
        ("checkout 2027-01", "ask for a month from 2023-01 to 2026-11"),
        ("checkout 500d", "ask for 1 to 400 days"),
    ],
)
def test_what_why_cannot_say_is_refused_with_the_mend(text: str, hint: str) -> None:
    with pytest.raises(NotUnderstood, match=hint):
        parse_why(text, today=TODAY)


@pytest.mark.parametrize("text", ["by model", "checkout 7d", "2026-10", "checkout vs last month", "top 3", "csv"])
def test_a_forecast_is_of_this_month(text: str) -> None:
    with pytest.raises(NotUnderstood, match="a forecast is of this month"):
        parse_forecast(text, today=TODAY)


@pytest.mark.parametrize(
    "text", ["month by model", "month vs last month", "month top 3", "month csv checkout", "month by workspace"]
)
def test_a_month_of_rows_is_a_report(text: str) -> None:
    assert parse_month(text, today=TODAY) is None


@given(st.lists(FILTERS, max_size=4), PERIODS)
def test_what_is_understood_parses_to_itself(filters: list[Filter], period: str) -> None:
    named = " ".join(map(str, filters))
    asked = parse_why(f"{named} {period}", today=TODAY)
    assert parse_why(str(asked).removeprefix("why"), today=TODAY) == asked
    month = parse_forecast(named, today=TODAY)
    assert parse_forecast(written_forecast(month).removeprefix("forecast"), today=TODAY) == month
    assert parse_month(written_month(month), today=TODAY) == month


@given(st.text())
def test_whatever_is_typed_is_a_question_or_refused(text: str) -> None:
    for parse in (parse_why, parse_forecast, parse_month):
        with suppress(NotUnderstood):
            parse(text, today=TODAY)


# --- What a word means ---

CATALOGUE = Catalogue(
    (
        Thing("workspace", "w1", "Ingest pipeline", "w1"),
        Thing("workspace", "w2", "prod-eu", "w2"),
        Thing("workspace", "w3", "prod-us", "w3"),
        Thing("key", "k1", "ingest-prod", "k1"),
    )
)


def test_a_word_is_a_workspace_before_anything_else() -> None:
    asked = parse_why("ingest", today=TODAY).question

    assert [str(each.filter) for each in resolve(asked, CATALOGUE, WHY_FORM).meant] == ["workspace:'Ingest pipeline'"]
    with pytest.raises(Ambiguous):
        resolve(asked, CATALOGUE)


def test_a_word_that_is_asked_back_asks_the_same_question_again() -> None:
    with pytest.raises(Ambiguous) as puzzle:
        resolve(parse_why("prod -key:ingest-prod 30d", today=TODAY).question, CATALOGUE, WHY_FORM)

    assert [each.question for each in puzzle.value.candidates] == [
        "why workspace:prod-eu -key:ingest-prod 30d",
        "why workspace:prod-us -key:ingest-prod 30d",
    ]
