"""What was counted: read after a sync, again while it is missing, and never in the way of anything."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.counts.sources import CsvFile
from bot.jobs.units import DAYS_READ, Counter, days_to_read, is_due
from bot.settings.units import UnitTable
from bot.snapshots.units import Reading
from bot.wiring import build_counter
from tests.builders import NOW, TODAY, YESTERDAY, last_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from bot.counts.sources import Source
    from tests.loopback import World

HOUR = timedelta(hours=1)
KNOWN = dict.fromkeys(last_days(DAYS_READ).days(), Decimal(1))


def counter_of(world: World, path: Path) -> Counter:
    world.change(claudecost_units=[UnitTable(name="tickets", unit="ticket", csv=path)])
    return build_counter(world.settings, now=world.clock)


def known(world: World) -> dict[date, Decimal]:
    with world.open_store() as store:
        return store.units.load_counts("tickets", last_days(DAYS_READ))


async def test_counts_are_kept(world: World, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(f"day,count\n{YESTERDAY},41\n{TODAY},3\n")

    await counter_of(world, path).count()

    assert known(world) == {YESTERDAY: Decimal(41)}


async def test_a_source_that_fails_is_told_once_and_read_again(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counter = counter_of(world, tmp_path / "tickets.csv")
    for _ in range(2):
        await counter.count()
    with world.open_store() as store:
        trouble = store.units.load_readings()["tickets"].trouble

    (tmp_path / "tickets.csv").write_text(f"day,count\n{YESTERDAY},41\n")
    await counter.count()

    assert trouble is not None
    assert trouble.startswith("tickets: tickets.csv cannot be read")
    assert len(caplog.messages) == 1
    assert known(world) == {YESTERDAY: Decimal(41)}


async def test_one_that_fails_does_not_stop_another(world: World) -> None:
    async def read(source: Source, days: Sequence[date]) -> dict[date, Decimal]:
        return await build_counter(world.settings, now=world.clock).read(source, days)

    folder = world.settings.claudecost_database.parent
    (folder / "deploys.csv").write_text(f"day,count\n{YESTERDAY},7\n")
    sources: dict[str, Source] = {"gone": CsvFile(folder / "gone.csv"), "tickets": CsvFile(folder / "deploys.csv")}
    await Counter(sources=sources, open_store=world.open_store, now=world.clock, read=read).count()

    assert known(world) == {YESTERDAY: Decimal(7)}


async def test_a_pull_reads_them_and_the_status_says_what_is_wrong(synced: World, tmp_path: Path) -> None:
    counter_of(synced, tmp_path / "gone.csv")
    clock = synced.build_clock()

    await clock.pull()

    status = await clock.status(version="1")
    assert any(trouble.startswith("counts of tickets: gone.csv cannot be read") for trouble in status.troubles)
    assert clock.failure is None


@pytest.mark.parametrize(
    ("reading", "counts", "due"),
    [
        (None, {}, True),
        (Reading(NOW - HOUR, None), {}, True),
        (Reading(NOW - HOUR, "it failed"), KNOWN, True),
        (Reading(NOW - HOUR, None), KNOWN, False),
        (Reading(NOW - 20 * HOUR, None), KNOWN, True),
    ],
)
def test_counts_are_read_daily_and_hourly_while_yesterday_is_missing(
    reading: Reading | None, counts: dict[date, Decimal], *, due: bool
) -> None:
    assert is_due(reading, counts, now=NOW) is due


def test_only_what_is_missing_and_what_is_new_is_read() -> None:
    days = last_days(7)
    counts = dict.fromkeys(days.days()[1:], Decimal(1))

    assert days_to_read(days, counts) == [days.since, *days.days()[-3:]]
