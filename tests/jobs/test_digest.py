"""Digest: when it is queued, and that a week's is queued once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.analysis.contract import Contract
from bot.analysis.digest_plan import Plan
from bot.analysis.months import CalendarMonth
from bot.analysis.ownership import Rule, Team, WrongRules
from bot.analysis.prices import PriceTable
from bot.analysis.routing import Place, Routing
from bot.analysis.schedule import MonthDay, Schedule, Weekday
from bot.analysis.weeks import IsoWeek
from bot.jobs.check import Checker
from bot.jobs.digest import Digests, is_ready
from bot.loading.digest import Teller, Told, load_digest, render_digest
from bot.loading.plans import Plans
from bot.model import (
    WHOLE_ORGANIZATION,
    AlertState,
    Feedback,
    Interval,
    Reason,
    Source,
    Status,
    Subscription,
    TeamSheet,
    Verb,
    Workspace,
    usd,
)
from bot.snapshots.parts import parts_of
from bot.terminal.digest import digest_as_json
from tests.builders import (
    CHECKOUT,
    NOW,
    SEARCH,
    TODAY,
    YESTERDAY,
    alert,
    cost_line,
    evaluation,
    finding,
    handling,
    last_days,
    tokens,
    usage_line,
)
from tests.loopback import HandClock, daily, five_weeks, risen, save_bill

if TYPE_CHECKING:
    from bot.snapshots import Store

DAY = timedelta(days=1)
MONDAY = TODAY + DAY
WEEK = IsoWeek.of(TODAY)
CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=usd(10))
PRICES = PriceTable.build({})
MONDAYS = Schedule(on=Weekday(0), at=time(9), timezone=UTC)
MAIN = Plan(channel="C0COSTS01", schedule=MONDAYS, is_main=True)


def digests(*others: Plan, main: Plan = MAIN) -> Digests:
    """As they are configured."""
    return Digests(plans=Plans(main=main, others=others), teller=Teller(contract=CONTRACT, prices=lambda: PRICES))


DIGESTS = digests()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def fill(store: Store, *, until: date = MONDAY) -> None:
    """Five weeks whose last day is `until` − 1; the first sync was on the Thursday before."""
    first = Interval(TODAY - 34 * DAY, TODAY - 33 * DAY)
    save_bill(store, daily(10, first), interval=first, fetched_at=at(TODAY - 3 * DAY, 12))
    five_weeks(store, daily(10, Interval(TODAY - 34 * DAY, until)), until=until)


def test_it_is_queued_on_monday_at_nine(store: Store) -> None:
    fill(store)

    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 8, 59))
    assert DIGESTS.queue_if_due(store, now=at(MONDAY, 9))

    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert (posting.key, posting.channel) == (f"digest:{WEEK}", "C0COSTS01")
    assert "$70" in posting.message.text


def test_it_is_queued_once_per_week(store: Store) -> None:
    fill(store)

    assert DIGESTS.queue_if_due(store, now=at(MONDAY, 9))
    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 10))
    assert not DIGESTS.queue(store, MAIN, WEEK, today=MONDAY)


def test_the_next_week_has_its_own(store: Store) -> None:
    fill(store)
    DIGESTS.queue_if_due(store, now=at(MONDAY, 9))
    five_weeks(store, daily(10, Interval(TODAY - 27 * DAY, MONDAY + 7 * DAY)), until=MONDAY + 7 * DAY)

    assert DIGESTS.queue_if_due(store, now=at(MONDAY + 7 * DAY, 9))


def test_it_is_queued_late_if_the_process_was_down_at_nine(store: Store) -> None:
    fill(store)

    assert DIGESTS.queue_if_due(store, now=at(MONDAY + 3 * DAY, 17))


def test_it_waits_for_the_weeks_days(store: Store) -> None:
    fill(store, until=TODAY)

    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 9))

    save_bill(store, daily(10, Interval(TODAY, MONDAY)), interval=Interval(TODAY, MONDAY))
    assert DIGESTS.queue_if_due(store, now=at(MONDAY, 10))


def test_a_day_that_was_fetched_before_its_end_is_waited_for_too(store: Store) -> None:
    fill(store)
    only = Interval(TODAY, MONDAY)
    save_bill(store, daily(4, only), interval=only, fetched_at=at(TODAY, 12))

    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 9))


def test_after_two_days_it_says_which_days_it_lacks(store: Store) -> None:
    fill(store, until=TODAY)

    assert not DIGESTS.queue_if_due(store, now=at(MONDAY + DAY, 23, 59))
    assert DIGESTS.queue_if_due(store, now=at(MONDAY + 2 * DAY, 0))

    assert load_digest(parts_of(store), WEEK).missing_days == (TODAY,)


def test_there_is_none_for_a_week_that_was_due_before_the_first_sync(store: Store) -> None:
    save_bill(store, daily(10), interval=last_days(35, until=MONDAY), fetched_at=at(MONDAY, 10))

    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 12))


def test_there_is_none_without_data(store: Store) -> None:
    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 9))


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", 8), ("America/New_York", 14), ("UTC", 9)])
def test_nine_is_nine_on_the_wall(store: Store, zone: str, hour: int) -> None:
    fill(store)
    schedule = digests(main=replace(MAIN, schedule=replace(MONDAYS, timezone=ZoneInfo(zone))))

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
    DIGESTS.queue(store, MAIN, WEEK, today=MONDAY)
    said = store.outbox.load_posting(f"digest:{WEEK}")

    next_week(store, 12)

    assert store.outbox.load_posting(f"digest:{WEEK}") == said


def test_a_week_that_changed_after_its_digest_is_in_the_next_one(store: Store) -> None:
    fill(store)
    DIGESTS.queue(store, MAIN, WEEK, today=MONDAY)
    next_week(store, 12)

    (restated,) = load_digest(parts_of(store), NEXT).restated

    assert (restated.period, restated.told, restated.total) == (WEEK, usd(70), usd(84))


def test_it_is_in_the_next_one_alone(store: Store) -> None:
    fill(store)
    DIGESTS.queue(store, MAIN, WEEK, today=MONDAY)
    next_week(store, 12)
    DIGESTS.queue(store, MAIN, NEXT, today=MONDAY + 7 * DAY)

    assert load_digest(parts_of(store), IsoWeek.of(MONDAY + 7 * DAY)).restated == ()
    assert len(load_digest(parts_of(store), NEXT).restated) == 1


def test_a_week_that_no_digest_told_is_held_against_what_was_first_known(store: Store) -> None:
    fill(store)
    next_week(store, 12)
    next_week(store, 13)

    (restated,) = load_digest(parts_of(store), NEXT).restated

    assert (restated.period, restated.told, restated.total) == (WEEK, usd(70), usd(91))


def test_that_too_is_told_once(store: Store) -> None:
    fill(store)
    next_week(store, 12)
    DIGESTS.queue(store, MAIN, NEXT, today=MONDAY + 7 * DAY)

    assert load_digest(parts_of(store), IsoWeek.of(MONDAY + 7 * DAY)).restated == ()


def test_a_week_long_before_the_first_digest_is_held_against_it_too(store: Store) -> None:
    fill(store)
    DIGESTS.queue(store, MAIN, WEEK, today=MONDAY)
    long_ago = WEEK.before().before()
    save_bill(store, daily(8, long_ago.interval), interval=long_ago.interval, fetched_at=at(MONDAY, 12))

    (restated,) = load_digest(parts_of(store), NEXT).restated

    assert (restated.period, restated.change) == (long_ago, usd(-14))


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
    assert not DIGESTS.queue_if_due(store, now=at(MONDAY, 9))

    estimate_sunday(store, 10, Source.COST_REPORT)

    assert DIGESTS.queue_if_due(store, now=at(MONDAY, 10))


def test_without_any_bill_it_waits_for_none(store: Store) -> None:
    save_bill(store, [], interval=Interval(TODAY - 34 * DAY, TODAY - 33 * DAY), fetched_at=at(TODAY - 3 * DAY, 12))
    weeks = Interval(TODAY - 14 * DAY, MONDAY)
    save_bill(store, daily(10, weeks), interval=weeks, source=Source.ESTIMATE)

    assert DIGESTS.queue_if_due(store, now=at(MONDAY, 9))


def test_that_the_bill_replaced_an_estimate_is_no_correction(store: Store) -> None:
    fill(store)
    estimate_sunday(store, 30)
    assert DIGESTS.queue_if_due(store, now=at(MONDAY + 2 * DAY, 0))

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


# --- Digests of a channel's own ---

CHECKOUTS = Plan(channel="C0PAYMENT", schedule=MONDAYS, workspaces=("check*",))
OCTOBER = CalendarMonth(2026, 10)
MONTHLY = Plan(channel="C0COSTS01", schedule=Schedule(every="month", on=MonthDay(1), at=time(9), timezone=UTC))
FRIDAY = TODAY - 2 * DAY


def fill_two(store: Store) -> None:
    """Two workspaces; one of them rose."""
    first = Interval(TODAY - 34 * DAY, TODAY - 33 * DAY)
    save_bill(store, daily(10, first), interval=first, fetched_at=at(TODAY - 3 * DAY, 12))
    window = Interval(TODAY - 34 * DAY, MONDAY)
    lines = risen(10, 15, until=MONDAY), daily(5, window, workspace_id=SEARCH)
    five_weeks(store, *lines, until=MONDAY)
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout"), Workspace(SEARCH, "search")], seen_at=NOW)


def said_in(store: Store, channel: str, *, now: datetime, plans: Digests) -> list[str]:
    """What is queued for a channel by the clock, from Friday on."""
    for each in (at(FRIDAY, 12), now):
        plans.queue_if_due(store, now=each)
    postings = iter(lambda: store.outbox.claim_due(now), None)
    return [posting.message.text for posting in postings if posting.channel == channel]


def test_a_channels_digest_is_of_its_workspaces_alone(store: Store) -> None:
    fill_two(store)

    (text,) = said_in(store, "C0PAYMENT", now=at(MONDAY, 9), plans=digests(CHECKOUTS))

    assert text == "Week 47, check*: $105.00, up 50 % (+$35.00); checkout claude-opus-5-5 +$35.00"


def test_its_alerts_and_held_breaches_are_those_of_its_workspaces(store: Store) -> None:
    fill_two(store)
    for workspace_id in (CHECKOUT, SEARCH, WHOLE_ORGANIZATION):
        store.alerts.save_alert(alert(id=0, workspace_id=workspace_id))
    held = [
        finding(workspace_id=each, status=Status.HELD, reason=Reason.BELOW_FLOOR) for each in (SEARCH, SEARCH, CHECKOUT)
    ]
    store.alerts.save_evaluation(evaluation(*held), revision=0, evaluated_at=NOW)

    told = DIGESTS.teller.tell(parts_of(store), WEEK, today=MONDAY, workspaces=["checkout"]).digest

    assert told is not None
    assert [each.workspace_id for each in told.open_alerts] == [CHECKOUT]
    assert [each.workspace_id for each in told.held[Reason.BELOW_FLOOR]] == [CHECKOUT]
    assert told.feedback is None


def test_the_month_and_the_savings_are_those_of_its_workspaces_too(store: Store) -> None:
    fill_two(store)

    told = DIGESTS.teller.tell(parts_of(store), WEEK, today=MONDAY, workspaces=["search"]).digest

    assert told is not None
    assert told.pace is not None
    assert told.pace.forecast.spent == usd(5 * 22)
    assert told.savings is not None
    assert told.savings.spend == usd(5 * 28)


def test_how_well_its_bill_matches_is_that_of_its_workspaces_too(store: Store) -> None:
    days = Interval(WEEK.before().interval.since, WEEK.interval.until)
    usage = [usage_line(tokens(output=50_000), day=day) for day in days.days()]
    cost = [cost_line(1, day=day, workspace_id=id_) for day in days.days() for id_ in (CHECKOUT, SEARCH)]
    store.ledger.save_days(days, cost=cost, usage=usage, source=Source.COST_REPORT, fetched_at=at(MONDAY, 4))

    def matches(workspaces: tuple[str, ...]) -> str:
        told = DIGESTS.teller.tell(parts_of(store), WEEK, today=MONDAY, workspaces=workspaces)
        return str(told.message.blocks[-1])

    assert "matches the bill: 100 % explained" in matches((CHECKOUT,))
    assert "50 % explained; +$7.00 unexplained" in matches((CHECKOUT, SEARCH))


def test_a_word_that_means_no_workspace_is_told(store: Store) -> None:
    fill_two(store)
    of_both = DIGESTS.teller.tell(parts_of(store), WEEK, today=MONDAY, workspaces=["search", "serach"])
    of_none = DIGESTS.teller.tell(parts_of(store), WEEK, today=MONDAY, workspaces=["serach"])

    assert "no workspace is called `serach`" in str(of_both.message.blocks)
    assert of_none.message.text == "Week 47: no workspace is called serach"


def test_another_day_or_time_never_repeats_a_digest(store: Store) -> None:
    fill_two(store)
    said_in(store, "C0PAYMENT", now=at(MONDAY, 9), plans=digests(CHECKOUTS))
    later = replace(CHECKOUTS, schedule=replace(MONDAYS, on=Weekday(1), at=time(17)), workspaces=("CHECK*",))

    assert said_in(store, "C0PAYMENT", now=at(MONDAY + 2 * DAY, 9), plans=digests(later)) == []


def test_a_digest_that_is_new_begins_with_the_next_that_is_due(store: Store) -> None:
    fill_two(store)

    assert digests(CHECKOUTS).queue_if_due(store, now=at(MONDAY, 10)) == [f"digest:{WEEK}"]


def test_a_channel_that_asked_for_it_gets_what_is_due_from_then_on(store: Store) -> None:
    fill_two(store)
    for channel, hour in (("C0EARLY01", 8), ("C0LATE001", 10)):
        asked = Subscription(channel=channel, every="week", user="U0ALICE01", at=at(MONDAY, hour))
        store.subscriptions.subscribe(asked)

    assert DIGESTS.queue_if_due(store, now=at(MONDAY, 11)) == [f"digest:{WEEK}", f"digest:C0EARLY01:{WEEK}"]


def test_what_the_configuration_gives_a_channel_is_not_said_twice_for_its_asking(store: Store) -> None:
    asked = Subscription(channel=CHECKOUTS.channel, every="week", workspaces=("CHECK*",), user="U1", at=NOW)
    store.subscriptions.subscribe(asked)
    store.subscriptions.subscribe(replace(asked, channel=MAIN.channel, workspaces=()))

    assert digests(CHECKOUTS).plans.load(store) == [MAIN, CHECKOUTS]


def test_the_main_one_can_be_off(store: Store) -> None:
    fill_two(store)
    asked = Subscription(channel=MAIN.channel, every="week", user="U1", at=at(MONDAY, 8))
    store.subscriptions.subscribe(asked)
    off = replace(DIGESTS, plans=replace(DIGESTS.plans, has_main=False))

    assert off.next_at(NOW) is None
    assert off.queue_if_due(store, now=at(MONDAY, 10)) == [f"digest:{MAIN.channel}:{WEEK}"]


def test_a_digest_whose_owners_are_not_known_keeps_no_other_waiting(store: Store) -> None:
    fill_two(store)
    plans = digests(replace(CHECKOUTS, channel="C0SEARCH1", workspaces=("team:search",)), CHECKOUTS)
    plans.queue_if_due(store, now=at(FRIDAY, 12))
    store.teams.save_sheet(TeamSheet("teams.csv", "nonsense", NOW))

    for _ in range(2):
        with pytest.raises(WrongRules):
            plans.queue_if_due(store, now=at(MONDAY, 9))
    said = list(iter(lambda: store.outbox.claim_due(at(MONDAY, 9)), None))

    assert [each.channel for each in said] == [MAIN.channel, CHECKOUTS.channel]

    store.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key\nsearch,search,\n", NOW))
    (waited,) = plans.queue_if_due(store, now=at(MONDAY, 10))
    assert waited.startswith("digest:C0SEARCH1:")


def test_a_month_is_told_once_it_is_over_against_the_one_before(store: Store) -> None:
    september = Interval(date(2026, 9, 1), date(2026, 10, 1))
    save_bill(store, daily(10, september), interval=september)
    save_bill(store, daily(20, OCTOBER.interval), interval=OCTOBER.interval)
    plans = digests(MONTHLY)
    plans.queue_if_due(store, now=at(date(2026, 11, 1), 3))

    assert f"digest:C0COSTS01:month:{OCTOBER}" in plans.queue_if_due(store, now=at(date(2026, 11, 1), 9))
    later = plans.queue_if_due(store, now=at(date(2026, 11, 20), 9))
    assert not [key for key in later if "month" in key]

    posting = store.outbox.load_posting(f"digest:C0COSTS01:month:{OCTOBER}")
    assert posting is not None
    assert posting.message.text.startswith("October 2026: $620.00, up 107 % (+$320.00)")


def test_a_month_waits_for_its_last_bill(store: Store) -> None:
    save_bill(store, daily(20, OCTOBER.interval), interval=OCTOBER.interval)
    last = Interval(date(2026, 10, 31), date(2026, 11, 1))
    save_bill(store, daily(20, last), interval=last, source=Source.ESTIMATE)

    assert not is_ready(store, OCTOBER, now=at(date(2026, 11, 1), 9))
    assert is_ready(store, OCTOBER, now=at(date(2026, 11, 3), 9))


def test_what_one_digest_told_of_a_week_is_not_what_another_did(store: Store) -> None:
    fill_two(store)
    DIGESTS.queue(store, CHECKOUTS, WEEK, today=MONDAY)
    next_week(store, 20)

    restated = load_digest(parts_of(store), NEXT, series=CHECKOUTS.series).restated

    assert restated[0].period == WEEK
    assert restated[0].told == usd(105)


def test_a_mover_is_told_with_what_drove_it(store: Store) -> None:
    before, now = WEEK.before().interval, WEEK.interval
    counts = dict.fromkeys(before.days(), 1000) | dict.fromkeys(now.days(), 3000)
    usage = [usage_line(tokens(output=count), day=day) for day, count in counts.items()]
    cost = [cost_line(count // 100, day=day, token_type="output_tokens") for day, count in counts.items()]
    both = Interval(before.since, now.until)
    store.ledger.save_days(both, cost=cost, usage=usage, source=Source.COST_REPORT, fetched_at=at(MONDAY, 4))

    message = DIGESTS.teller.tell(parts_of(store), WEEK, today=MONDAY).message

    assert "`claude-opus-5-5` *+$140.00*: more tokens" in str(message.blocks)


# --- Of a team ---

SHARING = (
    Team(
        name="search",
        owns=(
            Rule(team="search", workspace=SEARCH, since=MONDAY - DAY),
            Rule(team="search", key="ci", share=Decimal(60)),
        ),
    ),
    Team(
        name="ads",
        owns=(
            Rule(team="ads", workspace=SEARCH, until=MONDAY - DAY),
            Rule(team="ads", key="ci", share=Decimal(40)),
        ),
    ),
)


def told_of(store: Store, word: str) -> Told:
    teller = replace(DIGESTS.teller, teams=SHARING)
    return teller.tell(parts_of(store), WEEK, today=MONDAY, workspaces=[word])


def test_a_teams_digest_is_of_what_is_its_own_at_the_end(store: Store) -> None:
    fill_two(store)
    for workspace_id in (CHECKOUT, SEARCH, "team:search", "team:ads"):
        store.alerts.save_alert(alert(id=0, workspace_id=workspace_id))

    told = told_of(store, "team:search").digest

    assert told is not None
    assert (told.scope, told.total, told.previous_total) == ("Team search", usd(35), usd(35))
    assert [each.workspace_id for each in told.open_alerts] == [SEARCH, "team:search"]


def test_what_a_team_shares_is_told_beside_its_digest(store: Store) -> None:
    fill_two(store)
    only = Interval(MONDAY - DAY, MONDAY)
    store.ledger.save_days(
        only,
        cost=[cost_line(10, day=only.since)],
        usage=[usage_line(day=only.since, api_key_id="ci")],
        source=Source.COST_REPORT,
        fetched_at=at(MONDAY, 9),
    )

    told = told_of(store, "team:search")

    assert told.digest is not None
    assert told.digest.shared == usd(6)
    assert told.message.text.startswith("Week 47, Team search: $30.00 without what is shared ($6.00)")
    assert json.loads(digest_as_json(told.digest, told.message))["shared"] == "6"


def test_a_team_that_is_not_there_is_told(store: Store) -> None:
    fill_two(store)

    assert told_of(store, "team:serach").message.text == "Week 47: no team is called team:serach"
