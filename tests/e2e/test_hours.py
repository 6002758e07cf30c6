"""The story is the same at every hour; in the first three of a day yesterday is not settled, and not judged yet.

When that hour is over is tried in `tests/jobs/test_clock.py`.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

from tests.e2e.harness import Clock, stand_ins

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_minute_after_midnight_the_newest_settled_day_is_judged_and_told(tmp_path: Path) -> None:
    clock = Clock()
    clock.set_to_tomorrow(time(0, 1))
    async with stand_ins(tmp_path, clock=clock) as world:
        async with world.bot() as bot:
            await bot.until(lambda: world.all_sent(count=2))
            answer = await world.ask("yesterday")
        judged = world.query("SELECT date(max(day) * 86400, 'unixepoch') FROM evaluation")

        assert judged == [(world.newest_complete_day.isoformat(),)]
        assert world.newest_complete_day == clock().date() - timedelta(days=2)
        assert [alert.text.split(" up ")[0] for alert in world.slack.messages()[1:]] == ["🔴 Firing: Ingest pipeline"]
        assert "$" in answer.text
