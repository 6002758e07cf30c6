"""The weekly digest by the clock: once per week, however late.

That nothing is said of it before nine, or of weeks before the bot was there, is tried in `tests/jobs/test_digest.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.analysis.weeks import IsoWeek

if TYPE_CHECKING:
    from datetime import date

    from tests.e2e.harness import World


def next_monday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


async def test_a_week_is_told_once_even_if_the_bot_was_down_at_nine(synced: World) -> None:
    world, monday = synced, next_monday(synced.clock().date())
    digest = f"digest:{IsoWeek.of(monday - timedelta(days=1))}"
    world.clock.set_to(datetime.combine(monday, time(17, 30), UTC))

    async with world.bot() as bot:
        await bot.until(lambda: world.outbox().get(digest) == "sent")
    again = await world.command("digest", "--post")

    assert "posted before" in again.err
    assert len(world.said(f"Week {int(digest[-2:])}:")) == 1
    assert [key for key in world.outbox() if key.startswith("digest:")] == [digest]
