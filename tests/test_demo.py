"""The demo: what somebody sees in the first ten seconds, whatever the day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.demo import run_demo

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)


@pytest.mark.parametrize(("today", "week"), [(SUNDAY, 46), (MONDAY, 47)])
async def test_it_shows_one_alert_and_the_digest_of_its_week(
    today: date, week: int, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_demo(now=lambda: datetime(today.year, today.month, today.day, 17, tzinfo=UTC), interactive=False)

    shown = capsys.readouterr().out
    assert f"the week that is over, 2026-W{week}" in shown
    assert shown.count("Firing since") == 1
    digest = shown.partition(f"Week {week}: $")[2]
    assert "Ingest pipeline claude-sonnet-5 +$" in digest  # what moved most
    assert "1 open alert" in digest
    assert "ingest migration: over budget" in shown
    assert "unused CI" not in shown  # never moves
    assert "#support ─" in shown
    teams_digest = shown.partition(f"Week {week}, Team support: $")[2]
    assert "without what is shared" in teams_digest.partition("\n")[0]
    assert "Per unit: $0.2" in teams_digest
    assert "tickets: $0.2" in shown
    by_team = shown.partition("understood as 30d by team")[0].rpartition("30d by team")[2]
    assert all(team in by_team for team in ("data", "pipelines", "Unowned"))
