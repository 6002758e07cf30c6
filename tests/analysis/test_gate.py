"""The gate: under, over, or not known, and the first thing that decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.analysis.budget import Budget, BudgetNow, Scope, find_standing
from bot.analysis.forecast import DailySpend
from bot.analysis.gate import LIMIT, Cause, Verdict, find_gate
from bot.messages.gate import gate_line
from bot.model import Interval, Source, usd
from tests.builders import NOW, TODAY, fetched_days

NOVEMBER = Interval(date(2026, 11, 1), TODAY)


def found(*, a_day: int = 10, since: date = date(2026, 10, 1), limit: int = 400) -> BudgetNow:
    spend = DailySpend(dict.fromkeys(Interval(since, TODAY).days(), usd(a_day)), {})
    standing = find_standing(Budget(name="all", amount=usd(limit)), spend, today=TODAY)
    return BudgetNow(standing=standing, fetched={}, data_as_of=NOW)


UNDER = found()


@pytest.mark.parametrize(
    ("now", "cause", "verdict"),
    [
        (UNDER, Cause.WITHIN_LIMIT, Verdict.UNDER),
        (found(limit=210), Cause.WITHIN_LIMIT, Verdict.UNDER),
        (found(limit=209), Cause.SPEND_OVER, Verdict.OVER),
        (replace(UNDER, unmatched=("team serach",)), Cause.NO_SUCH_SCOPE, Verdict.UNKNOWN),
        (replace(UNDER, unheard=("Europe",)), Cause.UNHEARD, Verdict.UNKNOWN),
        (replace(UNDER, data_as_of=None), Cause.NO_DATA, Verdict.UNKNOWN),
        (replace(UNDER, data_as_of=NOW - timedelta(hours=26, seconds=1)), Cause.STALE, Verdict.UNKNOWN),
        (replace(UNDER, data_as_of=NOW - timedelta(hours=26)), Cause.WITHIN_LIMIT, Verdict.UNDER),
        (found(since=date(2026, 11, 2)), Cause.DAYS_MISSING, Verdict.UNKNOWN),
        (replace(UNDER, unpriced=("claude-new",)), Cause.UNPRICED, Verdict.UNKNOWN),
        (replace(found(limit=100), unpriced=("claude-new",)), Cause.SPEND_OVER, Verdict.OVER),
    ],
)
def test_a_gate_that_cannot_know_does_not_pass(now: BudgetNow, cause: Cause, verdict: Verdict) -> None:
    gate = find_gate(now, now=NOW)

    assert (gate.cause, gate.verdict) == (cause, verdict)


def test_a_forecast_decides_where_it_is_asked() -> None:
    assert find_gate(found(limit=299), now=NOW, by_forecast=True).cause is Cause.FORECAST_OVER
    assert find_gate(found(limit=300), now=NOW, by_forecast=True).cause is Cause.WITHIN_LIMIT
    assert find_gate(found(limit=299), now=NOW).cause is Cause.WITHIN_LIMIT


def test_without_a_forecast_it_cannot_be_asked() -> None:
    new = found(since=date(2026, 11, 20))
    known = replace(new, standing=replace(new.standing, daily=dict.fromkeys(NOVEMBER.days(), 0)))

    assert find_gate(known, now=NOW, by_forecast=True).cause is Cause.NO_FORECAST


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (UNDER, "under: budget all $210.00 of $400.00 (53 %), forecast $300.00, 1–30 Nov"),
        (found(limit=100), "OVER: budget all $210.00 of $100.00 (210 %), forecast $300.00, 1–30 Nov"),
    ],
)
def test_a_line_tells_it_to_people(now: BudgetNow, line: str) -> None:
    assert gate_line(find_gate(now, now=NOW)) == line


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (
            replace(UNDER, unmatched=("team serach",)),
            "nothing is called team serach: see the budget in claudecost.toml",
        ),
        (replace(UNDER, unpriced=("new",)), 'new has no price, so its tokens are not in it: see "claudecost prices"'),
        (
            replace(UNDER, unheard=("Europe",)),
            'nothing was ever fetched of Europe: run "claudecost sync", and see "claudecost doctor"',
        ),
    ],
)
def test_what_cannot_be_known_is_told_with_what_to_do(now: BudgetNow, why: str) -> None:
    line = gate_line(find_gate(now, now=NOW))

    assert line == f"UNKNOWN: budget all $210.00 of $400.00 (53 %), forecast $300.00, 1–30 Nov; {why}"


def test_an_estimate_is_told_as_one() -> None:
    estimated = replace(UNDER, fetched=fetched_days(NOVEMBER, source=Source.ESTIMATE))

    assert "$210.00 est. of $400.00" in gate_line(find_gate(estimated, now=NOW))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_can_be_told(cause: Cause) -> None:
    assert gate_line(replace(find_gate(UNDER, now=NOW), cause=cause))


def test_a_limit_is_told_by_what_it_is_for() -> None:
    budget = Budget(name=LIMIT, amount=usd(400), scope=Scope(team="search"))
    limit = replace(UNDER, standing=replace(UNDER.standing, budget=budget))

    assert gate_line(find_gate(limit, now=NOW)).startswith("under: team search $210.00 of $400.00")


def test_a_period_that_has_just_begun_has_cost_nothing_so_far() -> None:
    """The newest data is of the evening before: fresh enough, and no day of the month is missing."""
    first = date(2026, 12, 1)
    spend = DailySpend(dict.fromkeys(Interval(date(2026, 10, 1), first).days(), usd(10)), {})
    standing = find_standing(Budget(name="all", amount=usd(400)), spend, today=first)
    as_of = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)

    gate = find_gate(BudgetNow(standing=standing, fetched={}, data_as_of=as_of), now=as_of + timedelta(minutes=20))

    assert gate.verdict is Verdict.UNDER
    assert (gate.spend, str(gate.percent)) == (0, "0.00")
