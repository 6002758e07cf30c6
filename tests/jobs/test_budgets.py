"""Budgets over a simulated month: each level once, in one message, whatever restarts; and how the month ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Budget, Level, Scope
from bot.analysis.ownership import Rule, Team
from bot.jobs.budgets import Budgeter
from bot.model import Interval, Posted, Posting, Raise, Source, usd
from tests.builders import CHECKOUT, NOW, cost_line, usage_line

if TYPE_CHECKING:
    from bot.snapshots import Store

DAY = timedelta(days=1)
MAIN, SEARCH_CHANNEL, ALARM = "C0COSTS01", "C0SEARCH1", "C0ALARM01"
BUDGET = Budget(name="all", amount=usd(100))
SEPTEMBER, NOVEMBER = date(2026, 9, 1), date(2026, 11, 1)


def at_nine(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=UTC)


def spend(store: Store, amounts: dict[date, int], *, now: datetime) -> None:
    for day, dollars in amounts.items():
        store.ledger.save_days(
            Interval(day, day + DAY),
            cost=[cost_line(dollars, day=day)],
            usage=[usage_line(day=day)],
            source=Source.COST_REPORT,
            fetched_at=now,
        )


def budgeter(*budgets: Budget, teams: tuple[Team, ...] = ()) -> Budgeter:
    """As a new process has it."""
    return Budgeter(budgets=budgets or (BUDGET,), teams=teams, channel=MAIN)


def queued(store: Store) -> list[Posting]:
    rows = store.session.query("SELECT key FROM outbox ORDER BY id")
    return [posting for row in rows if (posting := store.outbox.load_posting(row["key"]))]


def told(store: Store) -> list[str]:
    """What the channels were told, edits left out: of a message its headline's beginning, of a reply its text."""
    return [posting.message.text.split(";")[0] for posting in queued(store) if posting.edits is None]


def live(store: Store, dollars: list[int], *budgets: Budget, teams: tuple[Team, ...] = ()) -> None:
    """November day by day, a new process each; whatever is queued reaches Slack."""
    spend(store, dict.fromkeys(Interval(SEPTEMBER, NOVEMBER).days(), 1), now=at_nine(NOVEMBER))
    for place, amount in enumerate(dollars):
        day = NOVEMBER + place * DAY
        now = at_nine(day + DAY)
        spend(store, {day: amount}, now=now)
        for _ in range(2):
            budgeter(*budgets, teams=teams).queue_if_due(store, now=now)
        deliver(store, now)


def deliver(store: Store, now: datetime) -> None:
    while (due := store.outbox.claim_due(now)) is not None:
        store.outbox.mark_sent(due.key, Posted(due.channel, f"{now.timestamp()}"), now)


def test_each_level_is_told_once_however_often_the_process_starts(store: Store) -> None:
    live(store, [10, 30, 15, 10, 20, 10, 10, 10])

    assert [text.split(", forecast")[0] for text in told(store)] == [
        "all: 55 % spent, $55.00 of $100.00",
        "80 % of budget all reached: $85.00 of $100.00",
        "100 % of budget all reached: $105.00 of $100.00",
    ]


def test_levels_reached_on_one_day_are_told_together(store: Store) -> None:
    live(store, [1, 90])

    (first,) = [posting for posting in queued(store) if posting.edits is None]
    assert "50 % and 80 % reached" in str(first.message.blocks)


def test_replies_are_in_the_thread_and_the_channel_sees_them(store: Store) -> None:
    live(store, [60, 25])

    root, reply = (posting for posting in queued(store) if posting.edits is None)
    assert (reply.replies_to, reply.also_in_channel) == (root.key, True)


def test_the_message_is_edited_as_the_data_goes_on(store: Store) -> None:
    live(store, [60, 1, 1])

    assert len([posting for posting in queued(store) if posting.edits is not None]) == 3


def test_the_period_that_is_over_says_how_it_ended_once(store: Store) -> None:
    live(store, [10] * 33)

    (closed,) = [posting for posting in queued(store) if posting.key.endswith(":closed")]
    assert closed.message.text.startswith("all: 1–30 Nov ended over budget, 300 % spent")


def test_the_next_month_starts_over(store: Store) -> None:
    live(store, [2] * 30 + [60])

    assert [text.split(" spent")[0] for text in told(store)] == ["all: 50 %", "all: 60 %"]


def test_after_a_raise_a_level_can_be_told_again(store: Store) -> None:
    live(store, [60])
    store.budgets.save_raise(Raise(budget="all", since=NOVEMBER, amount=usd(200), user="U1", reason="", at=NOW))
    budgeter().queue_if_due(store, now=at_nine(date(2026, 11, 2)))
    spend(store, {date(2026, 11, 2): 50}, now=at_nine(date(2026, 11, 3)))
    budgeter().queue_if_due(store, now=at_nine(date(2026, 11, 3)))

    assert (
        told(store)[1:] == ["50 % of budget all reached: $110.00 of $200.00, 28 days left"] or "50 %" in told(store)[1]
    )


def test_what_was_reached_before_the_first_start_is_not_told(store: Store) -> None:
    spend(store, dict.fromkeys(Interval(NOVEMBER, date(2026, 11, 20)).days(), 3), now=at_nine(date(2026, 11, 20)))
    budgeter().remember_reached(store, today=date(2026, 11, 20))

    budgeter().queue_if_due(store, now=at_nine(date(2026, 11, 20)))

    assert told(store) == []


def test_a_level_tells_another_channel_and_mentions(store: Store) -> None:
    levels = (Level(Decimal(50)), Level(Decimal(80), channel=ALARM, mention="S0ONCALL1"))
    live(store, [60, 30], replace(BUDGET, levels=levels))

    (alarm,) = [posting for posting in queued(store) if posting.channel == ALARM]
    assert "<!subteam^S0ONCALL1>" in str(alarm.message.blocks)
    assert all("S0ONCALL1" not in str(each.message.blocks) for each in queued(store) if each.channel != ALARM)


@pytest.mark.parametrize(("own", "channel"), [(ALARM, ALARM), (None, SEARCH_CHANNEL)])
def test_a_team_budget_is_told_where_the_team_is(store: Store, own: str | None, channel: str) -> None:
    team = Team(name="search", channel=SEARCH_CHANNEL, owns=(Rule(team="search", workspace=CHECKOUT),))
    live(store, [60], replace(BUDGET, scope=Scope(team="search"), channel=own), teams=(team,))

    assert {posting.channel for posting in queued(store)} == {channel}


def test_a_team_moves_with_its_budget(store: Store) -> None:
    """What a team gives away counts for its budget until that day, and not after."""
    handed_over = date(2026, 11, 3)
    team = Team(name="search", owns=(Rule(team="search", workspace=CHECKOUT, until=handed_over),))
    live(
        store,
        [20, 20, 20, 20],
        replace(BUDGET, scope=Scope(team="search"), levels=(Level(Decimal(40)), Level(Decimal(50)))),
        teams=(team,),
    )

    assert [text.split(" spent")[0] for text in told(store)] == ["all: 40 %"]


def test_one_look_a_state_of_the_data_is_enough(store: Store) -> None:
    live(store, [60])
    known = budgeter()
    known.queue_if_due(store, now=at_nine(date(2026, 11, 2)))
    before = len(queued(store))

    known.queue_if_due(store, now=at_nine(date(2026, 11, 2)) + timedelta(minutes=1))

    assert len(queued(store)) == before
