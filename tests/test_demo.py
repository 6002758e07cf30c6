"""The demo: what somebody sees in the first ten seconds, whatever the day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.demo import on_monday_morning, run_demo

if TYPE_CHECKING:
    from collections.abc import Callable

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)


def at_five(today: date) -> Callable[[], datetime]:
    return lambda: datetime(today.year, today.month, today.day, 17, tzinfo=UTC)


@pytest.mark.parametrize(("today", "monday"), [(SUNDAY, date(2026, 11, 16)), (MONDAY, MONDAY)])
def test_it_is_monday_morning_whenever_it_runs(today: date, monday: date) -> None:
    assert on_monday_morning(at_five(today))() == datetime(monday.year, monday.month, monday.day, 9, tzinfo=UTC)


async def test_it_shows_one_alert_and_the_digest_of_its_week(capsys: pytest.CaptureFixture[str]) -> None:
    await run_demo(now=at_five(SUNDAY), interactive=False)

    shown = capsys.readouterr().out
    assert "the week that is over, 2026-W46" in shown
    assert shown.count("Firing since") == 1
    digest = shown.partition("Week 46: $")[2]
    assert "Ingest pipeline claude-sonnet-5 +$" in digest  # what moved most
    assert "1 open alert" in digest
    assert "ingest migration: over budget" in shown
    assert "unused CI" not in shown  # never moves
    assert "#support ─" in shown
    teams_digest = shown.partition("Week 46, Team support: $")[2]
    assert "without what is shared" in teams_digest.partition("\n")[0]
    assert "Per unit: $0.2" in teams_digest
    assert "tickets: $0.2" in shown
    by_team = shown.partition("understood as 30d by team")[0].rpartition("30d by team")[2]
    assert all(team in by_team for team in ("data", "pipelines", "Unowned"))
