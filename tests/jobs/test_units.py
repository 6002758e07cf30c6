"""What was counted: read after a sync, again while it is missing, and never in the way of anything."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.analysis.budget import Scope
from bot.analysis.ownership import Rule, Team
from bot.analysis.quiet_hours import QuietHours
from bot.analysis.units import Unit
from bot.counts.sources import CsvFile
from bot.jobs.notices import Notices
from bot.jobs.units import DAYS_READ, Counter, Watcher, days_to_read, is_due, load_unread
from bot.loading.units import Units
from bot.model import Interval, Posted, Posting, Source, end_of
from bot.settings.units import UnitTable
from bot.snapshots.units import Reading
from bot.wiring import build_counter
from tests.builders import CHECKOUT, CONTRACT, NOW, TODAY, YESTERDAY, cost_line, last_days, usage_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from bot.counts.sources import Source as CountSource
    from bot.snapshots import Store
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
    async def read(source: CountSource, days: Sequence[date]) -> dict[date, Decimal]:
        return await build_counter(world.settings, now=world.clock).read(source, days)

    folder = world.settings.claudecost_database.parent
    (folder / "deploys.csv").write_text(f"day,count\n{YESTERDAY},7\n")
    sources: dict[str, CountSource] = {"gone": CsvFile(folder / "gone.csv"), "tickets": CsvFile(folder / "deploys.csv")}
    await Counter(sources=sources, open_store=world.open_store, now=world.clock, read=read).count()

    assert known(world) == {YESTERDAY: Decimal(7)}


async def test_a_pull_reads_them_and_the_status_says_what_is_wrong(pulled: World, tmp_path: Path) -> None:
    counter_of(pulled, tmp_path / "gone.csv")
    clock = pulled.build_clock()

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


# --- What rose ---

MAIN, SUPPORT = "C0COSTS01", "C0SUPPORT"
UNIT = Unit(name="tickets", unit="ticket")
TEAM = Team(name="support", channel=SUPPORT, owns=(Rule(team="support", workspace=CHECKOUT),))


def live(
    store: Store, dollars: Sequence[int], *, unit: Unit = UNIT, quiet: QuietHours | None = None, delivers: bool = False
) -> list[Posting]:
    """Two weeks of $10 a day, then a day after the other with a new process each; what the channels were told.

    Ten tickets are counted on each day.
    """
    days = last_days(len(dollars)).days()
    save(store, dict.fromkeys(last_days(14, until=TODAY - timedelta(days=len(dollars))).days(), 10), unit)
    for day, amount in zip(days, dollars, strict=True):
        now = save(store, {day: amount}, unit)
        for _ in range(2):
            units = Units(all=[unit], teams=[TEAM])
            notices = Notices(channel=MAIN, quiet=quiet)
            Watcher(units=units, contract=CONTRACT, notices=notices).queue_if_due(store, now=now)
            if delivers:
                deliver(store, now)
    return queued(store)


def save(store: Store, dollars: Mapping[date, int], unit: Unit) -> datetime:
    """What some days in a row cost, and their counts, fetched four hours after their end; that moment."""
    at = end_of(max(dollars)) + 4 * HOUR
    store.ledger.save_days(
        Interval(min(dollars), max(dollars) + timedelta(days=1)),
        cost=[cost_line(amount, day=day) for day, amount in dollars.items()],
        usage=[usage_line(day=day) for day in dollars],
        source=Source.COST_REPORT,
        fetched_at=at,
    )
    store.units.save_counts(unit.name, dict.fromkeys(dollars, Decimal(10)), at=at)
    return at


def queued(store: Store) -> list[Posting]:
    """What the channels were told, and will be."""
    rows = store.session.query("SELECT key FROM outbox ORDER BY id")
    return [posting for row in rows if (posting := store.outbox.load_posting(row["key"]))]


def look(store: Store, units: Sequence[Unit], *, now: datetime) -> None:
    """A new process with these units looks at them."""
    notices = Notices(channel=MAIN)
    Watcher(units=Units(all=units, teams=[TEAM]), contract=CONTRACT, notices=notices).queue_if_due(store, now=now)


def deliver(store: Store, now: datetime) -> None:
    """Everything that was queued reaches Slack."""
    while (posting := store.outbox.claim_due(now)) is not None:
        store.outbox.mark_sent(posting.key, Posted(posting.channel, "1.0"), now)


def test_a_rise_is_told_once_and_once_when_it_is_over(store: Store) -> None:
    told = live(store, [20] * 20)

    rise, over = (posting for posting in told if posting.edits is None)
    assert rise.message.text.startswith("📈 tickets: $1.29 per ticket, up 29 % from $1.00")
    assert over.message.text == "✅ tickets: $2.00 per ticket, stable at the new level"
    assert (rise.replies_to, over.replies_to) == (None, rise.key)


def test_its_message_goes_along_with_each_day_until_it_is_over(store: Store) -> None:
    told = live(store, [20] * 20, delivers=True)

    edits = [posting for posting in told if posting.edits == told[0].key]
    subjects = [posting.message.text.partition(",")[0] for posting in edits]
    assert list(dict.fromkeys(subjects)) == [
        *(f"📈 tickets: ${rate} per ticket" for rate in ("1.43", "1.57", "1.71", "1.86", "2.00")),
        "✅ tickets: $2.00 per ticket",
    ]
    assert len({posting.key for posting in edits}) == len(edits)
    assert ": stable at the new level" in str(edits[-1].message.blocks)
    assert "unit_acknowledge" not in str(edits[-1].message.blocks)


def test_what_goes_back_is_back_to_normal(store: Store) -> None:
    told = live(store, [30] * 3 + [10] * 17)

    said = [posting for posting in told if posting.edits is None]
    assert [posting.message.text.split(":")[0] for posting in said] == ["📈 tickets", "✅ tickets"]
    assert said[-1].message.text == "✅ tickets: $1.00 per ticket, back to normal"


def test_in_quiet_hours_it_waits_for_the_morning(store: Store) -> None:
    quiet = QuietHours(since=time(22), until=time(7), timezone=ZoneInfo("UTC"))

    told = live(store, [30] * 3 + [10] * 17, quiet=quiet)

    said = [posting for posting in told if posting.edits is None]
    assert [posting.held_until and posting.held_until.hour for posting in said] == [7, 7]


def test_what_is_calm_is_not_told(store: Store) -> None:
    assert live(store, [10] * 6) == []


def test_a_team_is_told_in_its_channel(store: Store) -> None:
    unit = Unit(name="tickets", unit="ticket", scope=Scope(team="support"))

    assert {posting.channel for posting in live(store, [20] * 4, unit=unit)} == {SUPPORT}


def test_the_rise_of_a_unit_that_was_removed_ends_and_says_why(store: Store) -> None:
    (rise,) = live(store, [20] * 4)
    deliver(store, NOW)
    for hours in range(2):
        look(store, [], now=NOW + hours * HOUR)

    edit, reply = queued(store)[1:]
    assert store.units.load_rises() == {}
    assert (edit.edits, edit.message.text) == (rise.key, "tickets: looked after no more")
    assert (reply.replies_to, reply.channel) == (rise.key, MAIN)


def test_a_unit_with_another_name_is_told_anew(store: Store) -> None:
    live(store, [20] * 4)
    days = last_days(18).days()
    store.units.save_counts("cases", dict.fromkeys(days, Decimal(10)), at=NOW)

    look(store, [Unit(name="cases", unit="case")], now=NOW)

    _, set_aside, anew = (posting.message.text for posting in queued(store) if posting.edits is None)
    assert set_aside.startswith("`tickets` is looked after no more.")
    assert anew.startswith("📈 cases: $1.57 per case")


def test_what_was_wrong_with_a_unit_that_was_removed_is_forgotten_and_not_its_counts(store: Store) -> None:
    store.units.save_counts("tickets", KNOWN, at=NOW)
    store.units.save_reading("tickets", Reading(NOW, "tickets: tickets.csv cannot be read"))

    look(store, [], now=NOW)

    assert load_unread(store) == []
    assert store.units.load_counts("tickets", last_days(DAYS_READ)) == KNOWN


def test_one_look_a_state_is_enough(store: Store) -> None:
    live(store, [10])
    watcher = Watcher(units=Units(all=[UNIT]), contract=CONTRACT, notices=Notices(channel=MAIN))
    watcher.queue_if_due(store, now=NOW)
    checked = watcher.checked
    watcher.queue_if_due(store, now=NOW + HOUR)

    assert watcher.checked is checked
