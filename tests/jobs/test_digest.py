"""Digest: when it is queued, and that a week's is queued once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.analysis.contract import Contract
from bot.analysis.prices import PriceTable
from bot.analysis.routing import Place, Routing
from bot.analysis.weeks import IsoWeek
from bot.jobs.check import Checker
from bot.jobs.digest import DigestSchedule
from bot.loading.digest import load_digest, render_digest
from bot.model import AlertState, Feedback, Interval, Reason, Source, Status, Verb, usd
from bot.snapshots.parts import parts_of
from tests.builders import NOW, TODAY, YESTERDAY, alert, evaluation, finding, handling, last_days
from tests.loopback import HandClock, daily, five_weeks, risen, save_bill

if TYPE_CHECKING:
    from datetime import date

    from bot.snapshots import Store

DAY = timedelta(days=1)
MONDAY = TODAY + DAY
WEEK = IsoWeek.of(TODAY)
CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=usd(10))
PRICES = PriceTable.build({})
SCHEDULE = DigestSchedule(
    weekday=0, at=time(9), timezone=UTC, channel="C0COSTS01", contract=CONTRACT, prices=lambda: PRICES
)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def fill(store: Store, *, until: date = MONDAY) -> None:
    """Five weeks whose last day is `until` − 1; the first sync was on the Thursday before."""
    first = Interval(TODAY - 34 * DAY, TODAY - 33 * DAY)
    save_bill(store, daily(10, first), interval=first, fetched_at=at(TODAY - 3 * DAY, 12))
    five_weeks(store, daily(10, Interval(TODAY - 34 * DAY, until)), until=until)


def test_it_is_queued_on_monday_at_nine(store: Store) -> None:
    fill(store)

    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 8, 59))
    assert SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))

    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert (posting.key, posting.channel) == (f"digest:{WEEK}", "C0COSTS01")
    assert "$70" in posting.message.text


def test_it_is_queued_once_per_week(store: Store) -> None:
    fill(store)

    assert SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))
    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 10))
    assert not SCHEDULE.queue(store, WEEK)


def test_the_next_week_has_its_own(store: Store) -> None:
    fill(store)
    SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))
    five_weeks(store, daily(10, Interval(TODAY - 27 * DAY, MONDAY + 7 * DAY)), until=MONDAY + 7 * DAY)

    assert SCHEDULE.queue_if_due(store, now=at(MONDAY + 7 * DAY, 9))


def test_it_is_queued_late_if_the_process_was_down_at_nine(store: Store) -> None:
    fill(store)

    assert SCHEDULE.queue_if_due(store, now=at(MONDAY + 3 * DAY, 17))


def test_it_waits_for_the_weeks_days(store: Store) -> None:
    fill(store, until=TODAY)

    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))

    save_bill(store, daily(10, Interval(TODAY, MONDAY)), interval=Interval(TODAY, MONDAY))
    assert SCHEDULE.queue_if_due(store, now=at(MONDAY, 10))


def test_a_day_that_was_fetched_before_its_end_is_waited_for_too(store: Store) -> None:
    fill(store)
    only = Interval(TODAY, MONDAY)
    save_bill(store, daily(4, only), interval=only, fetched_at=at(TODAY, 12))

    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))


def test_after_two_days_it_says_which_days_it_lacks(store: Store) -> None:
    fill(store, until=TODAY)

    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY + DAY, 23, 59))
    assert SCHEDULE.queue_if_due(store, now=at(MONDAY + 2 * DAY, 0))

    assert load_digest(parts_of(store), WEEK).missing_days == (TODAY,)


def test_there_is_none_for_a_week_that_was_due_before_the_first_sync(store: Store) -> None:
    save_bill(store, daily(10), interval=last_days(35, until=MONDAY), fetched_at=at(MONDAY, 10))

    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 12))


def test_there_is_none_without_data(store: Store) -> None:
    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", 8), ("America/New_York", 14), ("UTC", 9)])
def test_nine_is_nine_on_the_wall(store: Store, zone: str, hour: int) -> None:
    fill(store)
    schedule = replace(SCHEDULE, timezone=ZoneInfo(zone))

    assert schedule.next_at(at(TODAY, 12)) == at(MONDAY, hour)
    assert not schedule.queue_if_due(store, now=at(MONDAY, hour - 1, 59))
    assert schedule.queue_if_due(store, now=at(MONDAY, hour))


def test_it_tells_of_open_alerts_and_what_was_held_by_the_rule_of_that_time(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    Checker(routing=Routing(main=Place(channel="C0COSTS01")), contract=CONTRACT, now=HandClock()).check(
        store, day=YESTERDAY
    )
    digest = load_digest(parts_of(store), WEEK.before())

    assert len(digest.open_alerts) == 1
    assert "checkout" in str(render_digest(parts_of(store), digest, contract=CONTRACT).blocks)


def test_the_floor_that_held_a_breach_is_told_and_not_todays(store: Store) -> None:
    fill(store)
    held = finding(status=Status.HELD, reason=Reason.BELOW_FLOOR)
    store.alerts.save_evaluation(evaluation(held, floor="17.50"), revision=0, evaluated_at=NOW)

    assert "$17.50 floor" in str(
        render_digest(parts_of(store), load_digest(parts_of(store), WEEK), contract=CONTRACT).blocks
    )


def next_week(store: Store, dollars: int) -> None:
    """The week told on Monday costs `dollars` a day after all; another one follows."""
    save_bill(store, daily(dollars, WEEK.interval), interval=WEEK.interval, fetched_at=at(MONDAY, 12))
    after = WEEK.interval.shifted(7)
    save_bill(store, daily(10, after), interval=after)


NEXT = IsoWeek.of(MONDAY)


def test_a_digest_that_was_said_keeps_its_numbers(store: Store) -> None:
    fill(store)
    SCHEDULE.queue(store, WEEK)
    said = store.outbox.load_posting(f"digest:{WEEK}")

    next_week(store, 12)

    assert store.outbox.load_posting(f"digest:{WEEK}") == said


def test_a_week_that_changed_after_its_digest_is_in_the_next_one(store: Store) -> None:
    fill(store)
    SCHEDULE.queue(store, WEEK)
    next_week(store, 12)

    (restated,) = load_digest(parts_of(store), NEXT).restated

    assert (restated.week, restated.told, restated.total) == (WEEK, usd(70), usd(84))


def test_it_is_in_the_next_one_alone(store: Store) -> None:
    fill(store)
    SCHEDULE.queue(store, WEEK)
    next_week(store, 12)
    SCHEDULE.queue(store, NEXT)

    assert load_digest(parts_of(store), IsoWeek.of(MONDAY + 7 * DAY)).restated == ()
    assert len(load_digest(parts_of(store), NEXT).restated) == 1


def test_a_week_that_no_digest_told_is_held_against_what_was_first_known(store: Store) -> None:
    fill(store)
    next_week(store, 12)
    next_week(store, 13)

    (restated,) = load_digest(parts_of(store), NEXT).restated

    assert (restated.week, restated.told, restated.total) == (WEEK, usd(70), usd(91))


def test_that_too_is_told_once(store: Store) -> None:
    fill(store)
    next_week(store, 12)
    SCHEDULE.queue(store, NEXT)

    assert load_digest(parts_of(store), IsoWeek.of(MONDAY + 7 * DAY)).restated == ()


def test_a_week_long_before_the_first_digest_is_held_against_it_too(store: Store) -> None:
    fill(store)
    SCHEDULE.queue(store, WEEK)
    long_ago = WEEK.before().before()
    save_bill(store, daily(8, long_ago.interval), interval=long_ago.interval, fetched_at=at(MONDAY, 12))

    (restated,) = load_digest(parts_of(store), NEXT).restated

    assert (restated.week, restated.change) == (long_ago, usd(-14))


def test_a_week_that_is_not_known_whole_is_not(store: Store) -> None:
    fill(store)
    part = Interval(TODAY - 36 * DAY, TODAY - 34 * DAY)
    for dollars in (10, 20):
        save_bill(store, daily(dollars, part), interval=part, fetched_at=at(MONDAY, dollars))

    assert load_digest(parts_of(store), WEEK).restated == ()


# --- Weeks with days that only have an estimate ---


def estimate_sunday(store: Store, dollars: int, source: Source = Source.ESTIMATE) -> None:
    """What the week's last day comes to, settled."""
    sunday = Interval(TODAY, MONDAY)
    save_bill(store, daily(dollars, sunday), interval=sunday, source=source, fetched_at=at(MONDAY, 4))


def test_it_waits_for_a_late_bill(store: Store) -> None:
    fill(store)
    estimate_sunday(store, 12)
    assert not SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))

    estimate_sunday(store, 10, Source.COST_REPORT)

    assert SCHEDULE.queue_if_due(store, now=at(MONDAY, 10))


def test_without_any_bill_it_waits_for_none(store: Store) -> None:
    save_bill(store, [], interval=Interval(TODAY - 34 * DAY, TODAY - 33 * DAY), fetched_at=at(TODAY - 3 * DAY, 12))
    weeks = Interval(TODAY - 14 * DAY, MONDAY)
    save_bill(store, daily(10, weeks), interval=weeks, source=Source.ESTIMATE)

    assert SCHEDULE.queue_if_due(store, now=at(MONDAY, 9))


def test_that_the_bill_replaced_an_estimate_is_no_correction(store: Store) -> None:
    fill(store)
    estimate_sunday(store, 30)
    assert SCHEDULE.queue_if_due(store, now=at(MONDAY + 2 * DAY, 0))

    estimate_sunday(store, 10, Source.COST_REPORT)
    next_week(store, 10)

    assert load_digest(parts_of(store), NEXT).restated == ()


def test_an_estimate_is_marked_in_the_digest(store: Store) -> None:
    fill(store)
    estimate_sunday(store, 30)

    message = render_digest(parts_of(store), load_digest(parts_of(store), WEEK), contract=CONTRACT)

    assert "$90.00 est." in message.text
    assert "est. until the bill is there: Sun 22 Nov" in str(message.blocks)


def test_it_tells_what_people_made_of_the_alerts_of_four_weeks(store: Store) -> None:
    fill(store)
    for opened_day in (TODAY, TODAY - 27 * DAY, TODAY - 28 * DAY, MONDAY):
        ended = store.alerts.save_alert(alert(id=0, state=AlertState.RESOLVED, opened_day=opened_day))
        store.alerts.save_handled(ended, handling(Verb.NOISE))

    assert load_digest(parts_of(store), WEEK).feedback == Feedback(alerts=2, real=0, noise=2)
