"""Budget levels over a simulated month: the process is killed between them, and each is told once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.harness import World

BUDGETS = """
[[budgets]]
name = "launch"
usd = {usd}
from = {since}
until = {until}
levels = [20, 100]

[[budgets]]
name = "never"
usd = 100000000
"""


async def test_each_level_is_told_once_although_the_process_is_killed_between_them(world: World) -> None:
    begins = world.clock().date() - timedelta(days=13)
    world.clock.set_to(datetime.combine(begins, time(6), UTC))
    world.settings["CLAUDECOST_BACKFILL_DAYS"] = "14"
    async with world.bot() as bot:
        await bot.until(lambda: world.outbox().get("backfill") == "sent")
    week = await world.command("report", "7d", "--json")
    dollars = int(Decimal(week.json["total"]) * 10 / 7)
    days = {"since": begins, "until": begins + timedelta(days=14)}
    (world.folder / "claudecost.toml").write_text(BUDGETS.format(usd=dollars, **days))
    said = []

    for ahead, starts in ((4, 1), (12, 2)):
        world.clock.set_to(datetime.combine(begins + timedelta(days=ahead), time(6), UTC))
        for _ in range(starts):
            before = len(world.outbox_of("budget:"))
            bot = await world.start("run")
            await bot.until(lambda: len(world.outbox_of("budget:")) > before)  # noqa: B023 -- looked at in this turn
            await bot.until(lambda: {*world.outbox_of("budget:")} <= {"sent", "dead"})
            await bot.kill()
        said.append(len(world.said("launch")))

    assert said == sorted(set(said)), "each of these days reached another level"
    levels = [message.text.split(" of budget")[0] for message in world.said("of budget launch reached")]
    assert len(levels) == len(set(levels))
    assert world.said("never") == []
