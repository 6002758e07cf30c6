"""Replay: what the live engine would have said, day by day, told without posting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.analysis.alert import Event, event_of
from bot.analysis.contract import Contract
from bot.analysis.ownership import Rule, Team
from bot.analysis.replay import Said, Tally
from bot.analysis.routing import Place, Routing
from bot.jobs.check import Checker
from bot.jobs.judge import load_alerts_at_hand
from bot.jobs.replay import replay
from bot.model import AlertState, Interval, Source, usd
from tests.builders import CHECKOUT, NOW, OPUS, ORGANIZATION, SEARCH, SONNET, TODAY, cost_line, last_days
from tests.laws import dear
from tests.loopback import HandClock, daily, risen, save_bill
from tests.snapshots.test_laws import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from bot.model import CostLine
    from bot.snapshots import Store

DAY = timedelta(days=1)
CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=usd(10))
WINDOW = last_days(30)


def said(store: Store, interval: Interval = WINDOW, contract: Contract = CONTRACT) -> list[Said]:
    """Every message of a replay."""
    return [each for _, (messages,) in replay(store, interval, [contract]) for each in messages]


def told(store: Store, interval: Interval = WINDOW, contract: Contract = CONTRACT) -> list[tuple[date, str, bool]]:
    """The same in short."""
    return [(each.day, each.kind, each.notifies) for each in said(store, interval, contract)]


def save(store: Store, *series: list[CostLine], days: int = 65) -> None:
    """Two months of settled days."""
    save_bill(store, [line for lines in series for line in lines], interval=last_days(days))


def stepped(
    before: int, after: int, *, since: date, until: date = TODAY, workspace_id: str = CHECKOUT
) -> list[CostLine]:
    """Two months of one amount a day, some of them of another."""
    window = last_days(65)
    return [
        line._replace(amount=usd(after if since <= line.day < until else before))
        for line in daily(1, window, workspace_id=workspace_id)
    ]


def test_a_steady_month_says_nothing(store: Store) -> None:
    save(store, daily(100, last_days(65)))

    assert said(store) == []


def test_a_step_is_told_on_its_first_day_and_again_when_it_is_the_usual(store: Store) -> None:
    since = TODAY - 20 * DAY
    save(store, stepped(100, 200, since=since))

    assert told(store) == [(since, "day", True), (since + 13 * DAY, "resolved", False)]


def test_a_single_day_is_told_against_the_usual_day(store: Store) -> None:
    since = TODAY - 20 * DAY
    save(store, stepped(100, 250, since=since, until=since + DAY))

    (first, *_) = said(store)

    assert (first.kind, first.previous, first.current, first.increase) == ("day", usd(100), usd(250), usd(150))
    assert (first.workspace_id, first.models, first.reason) == (CHECKOUT, (OPUS,), "one_day")


def test_what_is_new_is_told_as_new(store: Store) -> None:
    begun = TODAY - 10 * DAY
    save(store, daily(100, last_days(65)), daily(30, Interval(begun, TODAY), workspace_id=SEARCH))

    assert (begun, "new", True) in told(store)


def test_growth_is_told_as_escalated(store: Store) -> None:
    since = TODAY - 20 * DAY
    save(
        store,
        stepped(100, 140, since=since, until=since + 7 * DAY)[:-13] + daily(2000, Interval(TODAY - 13 * DAY, TODAY)),
    )

    assert "escalated" in [kind for _, kind, notifies in told(store) if notifies]


def test_money_moving_between_models_is_a_line_once_that_notifies_nobody(store: Store) -> None:
    moved = TODAY - 20 * DAY
    old = daily(100, Interval(last_days(65).since, moved))
    save(store, old, daily(100, Interval(moved, TODAY), model=SONNET))

    assert [(day, kind) for day, kind, notifies in told(store) if not notifies] == [(moved, "model_shift")]


def test_levels_can_be_others(store: Store) -> None:
    save(store, stepped(100, 140, since=TODAY - 10 * DAY))

    assert told(store)
    assert told(store, contract=replace(CONTRACT, threshold_percent=Decimal(60))) == []
    assert told(store, contract=replace(CONTRACT, min_increase=usd(1000))) == []


def test_several_contracts_are_replayed_side_by_side(store: Store) -> None:
    save(store, stepped(100, 140, since=TODAY - 10 * DAY))
    strict = replace(CONTRACT, threshold_percent=Decimal(60))

    turns = [messages for _, messages in replay(store, WINDOW, [CONTRACT, strict])]

    assert [each for first, _ in turns for each in first] == said(store)
    assert [each for _, second in turns for each in second] == []


def test_nothing_later_is_looked_at(store: Store) -> None:
    save(store, stepped(100, 200, since=TODAY - 20 * DAY))
    early = Interval(WINDOW.since, TODAY - 15 * DAY)

    assert said(store, early) == [each for each in said(store) if each.day < early.until]


def test_days_that_were_never_fetched_are_passed_over(store: Store) -> None:
    save_bill(store, daily(100, last_days(65)), interval=last_days(50, until=TODAY - 10 * DAY))

    assert [day for day, _ in replay(store, WINDOW, [CONTRACT])] == list(
        Interval(WINDOW.since, TODAY - 10 * DAY).days()
    )


def test_nothing_is_written(store: Store) -> None:
    save(store, risen(100, 200))

    assert said(store)
    assert store.alerts.load_evaluation() is None
    assert store.outbox.claim_due(NOW) is None


def test_a_summary_counts_by_kind_and_by_week(store: Store) -> None:
    save(store, stepped(100, 200, since=TODAY - 20 * DAY))
    tally = Tally()
    for day, (messages,) in replay(store, WINDOW, [CONTRACT]):
        tally.add(day, messages)

    summary = tally.summary()

    assert (summary.days, summary.messages, summary.notifying) == (30, 2, 1)
    assert summary.by_kind == {"day": 1, "resolved": 1}
    assert summary.per_week(summary.messages) == pytest.approx(0.47)


# --- The law: replay is what the live engine says ---

AMOUNTS = [0, 1, 5, 20, 20, 20, 20, 30, 50, 120, 400]
DAYS = 50
SERIES = st.lists(
    st.tuples(
        st.sampled_from([(CHECKOUT, OPUS), (CHECKOUT, SONNET), (SEARCH, OPUS), ("wrkspc_third", OPUS)]),
        st.binary(min_size=DAYS, max_size=DAYS).map(lambda drawn: [AMOUNTS[byte % len(AMOUNTS)] for byte in drawn]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda series: series[0],
)


OWNED = (
    Team(name="one", owns=(Rule(team="one", workspace=CHECKOUT), Rule(team="one", workspace="wrkspc_third"))),
    Team(name="two", parent="one", owns=(Rule(team="two", workspace=SEARCH),)),
)


GROWN_BY_A_WORKSPACE = [
    (
        (CHECKOUT, OPUS),
        [
            *[0] * 23,
            400,
            120,
            0,
            0,
            20,
            0,
            0,
            0,
            400,
            20,
            0,
            120,
            0,
            20,
            400,
            0,
            30,
            20,
            20,
            0,
            20,
            5,
            20,
            400,
            20,
            400,
            5,
        ],
    ),
    ((SEARCH, OPUS), [*[0] * 14, 400, *[0] * 6, 400, *[0] * 12, 120, *[0] * 15]),
]
"""The alert of a team grows, and the one that a workspace of its own opens on that day tells of it."""


@dear(6)
@example(series=GROWN_BY_A_WORKSPACE, is_quiet=False, critical=None, teams=OWNED)
@given(
    series=SERIES,
    is_quiet=st.booleans(),
    critical=st.sampled_from([None, usd(20)]),
    teams=st.sampled_from([(), OWNED, OWNED]),
)
def test_replay_says_what_the_live_engine_said_day_by_day(
    series: list[tuple[tuple[str, str], list[int]]], *, is_quiet: bool, critical: int | None, teams: tuple[Team, ...]
) -> None:
    window = last_days(DAYS)
    lines = [
        cost_line(amount, day=day, workspace_id=workspace_id, model=model)
        for (workspace_id, model), amounts in series
        for day, amount in zip(window.days(), amounts, strict=True)
    ]
    contract = replace(CONTRACT, is_quiet=is_quiet, critical=critical)
    judged = last_days(15)
    with new_store() as store:
        save_days(store, lines, Interval(window.since, judged.since))
        live = list(live_said(store, lines, judged, contract, teams))
    with new_store() as store:
        save_days(store, lines, window)
        replayed = [
            (day, each.workspace_id, each.kind, each.reason)
            for day, (messages,) in replay(store, judged, [contract], teams=teams)
            for each in messages
            if each.kind != "model_shift"
        ]
    assert replayed == live


def live_said(
    store: Store, lines: Sequence[CostLine], days: Interval, contract: Contract, teams: Sequence[Team]
) -> Iterator[tuple[date, str, str, str]]:
    """What the live check said on each day, fetched one at a time: from its alerts, and as often as it posted."""
    checker = Checker(routing=Routing(main=Place(channel="C0COSTS01")), contract=contract, teams=teams, now=HandClock())
    for day in days.days():
        save_days(store, lines, Interval(day, day + DAY))
        before = {alert.id: alert for alert in load_alerts_at_hand(store, day)}
        checker.check(store, day=day)
        for alert in store.alerts.load_alerts_since(day):
            event = event_of(before.get(alert.id), alert)
            was_over = alert.id in before and before[alert.id].state is AlertState.RESOLVED
            is_silent = event in {Event.REFRESHED, Event.REOPENED} or (event is Event.RESOLVED and was_over)
            names_nobody = event is Event.REFERRED and not store.outbox.load_posting(f"alert:{alert.id}:{event}:{day}")
            if is_silent or names_nobody or alert.judged_day != day:
                continue
            kind = {"opened": alert.lead.kind.value}.get(event.value, event.value)
            reason = alert.resolution if event is Event.RESOLVED else alert.reason
            yield day, alert.workspace_id, kind, str(reason)


def save_days(store: Store, lines: Sequence[CostLine], interval: Interval) -> None:
    """Whole days, fetched four hours after the last one's end."""
    cost = [line for line in lines if interval.since <= line.day < interval.until]
    store.save_organization(ORGANIZATION, seen_at=NOW)
    fetched_at = datetime.combine(interval.until, time(4), UTC)
    store.ledger.save_days(interval, cost=cost, usage=(), source=Source.COST_REPORT, fetched_at=fetched_at)
