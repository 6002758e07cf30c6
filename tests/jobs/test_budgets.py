"""Budgets over a simulated month: each level once, in one message, whatever restarts; and how the month ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Budget, Level, Period, Scope
from bot.analysis.coverage import runs
from bot.analysis.ownership import Rule, Team
from bot.analysis.quiet_hours import QuietHours
from bot.jobs.budgets import Budgeter
from bot.model import Interval, Posted, Posting, Raise, Source, TeamSheet, usd
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
    for days in runs(amounts):
        store.ledger.save_days(
            days,
            cost=[cost_line(amounts[day], day=day) for day in days.days()],
            usage=[usage_line(day=day) for day in days.days()],
            source=Source.COST_REPORT,
            fetched_at=now,
        )


def budgeter(*budgets: Budget, teams: tuple[Team, ...] = (), quiet: QuietHours | None = None) -> Budgeter:
    """As a new process has it."""
    return Budgeter(budgets=budgets or (BUDGET,), teams=teams, channel=MAIN, quiet=quiet)


def queued(store: Store) -> list[Posting]:
    rows = store.session.query("SELECT key FROM outbox ORDER BY id")
    return [posting for row in rows if (posting := store.outbox.load_posting(row["key"]))]


def told(store: Store) -> list[str]:
    """What the channels were told, edits left out: of a message its headline's beginning, of a reply its text."""
    return [posting.message.text.split(";")[0] for posting in queued(store) if posting.edits is None]


def live(
    store: Store, dollars: list[int], *budgets: Budget, teams: tuple[Team, ...] = (), since: date = NOVEMBER
) -> None:
    """November day by day from one on, a new process each; whatever is queued reaches Slack."""
    spend(store, dict.fromkeys(Interval(SEPTEMBER, NOVEMBER).days(), 1), now=at_nine(NOVEMBER))
    for place, amount in enumerate(dollars):
        day = since + place * DAY
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
    late = date(2026, 11, 28)
    spend(store, dict.fromkeys(Interval(NOVEMBER, late).days(), 10), now=at_nine(late))
    live(store, [10] * 6, since=late)

    (closed,) = [posting for posting in queued(store) if posting.key.endswith(":closed")]
    assert closed.message.text.startswith("all: 1–30 Nov ended over budget, 300 % spent")


def test_the_next_month_starts_over(store: Store) -> None:
    late = date(2026, 11, 24)
    spend(store, dict.fromkeys(Interval(NOVEMBER, late).days(), 2), now=at_nine(late))
    live(store, [2] * 7 + [60], since=late)

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


# --- Quiet hours ---

NIGHT = QuietHours(since=time(22), until=time(7), timezone=UTC)
FIRST, SECOND = NOVEMBER, date(2026, 11, 2)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)


def look(store: Store, now: datetime, *budgets: Budget) -> None:
    """As a new process does, and what it queues reaches Slack."""
    budgeter(*budgets, quiet=NIGHT).queue_if_due(store, now=now)
    deliver(store, now)


def test_a_level_that_is_reached_at_night_is_told_in_the_morning_with_the_figures_of_then(store: Store) -> None:
    spend(store, {FIRST: 60}, now=at(FIRST, 23))
    look(store, at(FIRST, 23))
    assert told(store) == []

    spend(store, {FIRST: 65}, now=at(SECOND, 7))
    look(store, at(SECOND, 7))
    look(store, at(SECOND, 8))

    assert told(store) == ["all: 65 % spent, $65.00 of $100.00"]


def test_levels_that_wait_for_the_morning_are_counted_until_they_are_told(store: Store) -> None:
    process = budgeter(BUDGET, replace(BUDGET, name="later", amount=usd(90)), quiet=NIGHT)
    teams = TeamSheet("teams.csv", "nonsense", NOW)
    assert process.count_held(store, now=at(FIRST, 23)) == 0

    spend(store, {FIRST: 75}, now=at(FIRST, 23))
    process.queue_if_due(store, now=at(FIRST, 23))
    assert process.count_held(store, now=at(SECOND, 3)) == 3
    assert process.count_held(store, now=at(SECOND, 8)) == 0

    process.queue_if_due(store, now=at(SECOND, 8))
    assert process.count_held(store, now=at(SECOND, 23)) == 0

    store.teams.save_sheet(teams)
    assert process.count_held(store, now=at(SECOND, 23)) == 0


def test_what_is_told_at_night_with_all_of_a_budget_waits_for_nothing(store: Store) -> None:
    spend(store, {FIRST: 105}, now=at(FIRST, 23))

    assert budgeter(quiet=NIGHT).count_held(store, now=at(FIRST, 23)) == 0


def test_the_end_of_quiet_hours_is_a_reason_to_look_whatever_the_data(store: Store) -> None:
    spend(store, {FIRST: 60}, now=at(SECOND, 3))
    process = budgeter(quiet=NIGHT)
    process.queue_if_due(store, now=at(SECOND, 4))
    process.queue_if_due(store, now=at(SECOND, 7))

    assert len(told(store)) == 1


def test_levels_of_two_nights_are_told_together(store: Store) -> None:
    spend(store, {FIRST: 60}, now=at(FIRST, 23))
    look(store, at(FIRST, 23))
    spend(store, {FIRST: 85}, now=at(SECOND, 3))
    look(store, at(SECOND, 3))
    look(store, at(SECOND, 7))

    (first,) = [posting for posting in queued(store) if posting.edits is None]
    assert "50 % and 80 % reached" in str(first.message.blocks)


def test_all_of_a_budget_is_told_at_night_and_what_is_below_with_it(store: Store) -> None:
    spend(store, {FIRST: 105}, now=at(FIRST, 23))
    look(store, at(FIRST, 23))
    look(store, at(SECOND, 7))

    (first,) = [posting for posting in queued(store) if posting.edits is None]
    assert "Over budget" in str(first.message.blocks)
    assert {each.percent for each in store.budgets.load_said("all", FIRST)} == {50, 80, 100}


def test_whoever_is_told_of_a_lower_level_alone_is_let_sleep(store: Store) -> None:
    levels = (Level(Decimal(80), channel=ALARM), Level(Decimal(100), mention="S0ONCALL1"))
    spend(store, {FIRST: 105}, now=at(FIRST, 23))
    look(store, at(FIRST, 23), replace(BUDGET, levels=levels))
    assert {posting.channel for posting in queued(store)} == {MAIN}

    spend(store, {FIRST: 110}, now=at(SECOND, 7))
    look(store, at(SECOND, 7), replace(BUDGET, levels=levels))

    (later,) = [posting for posting in queued(store) if posting.channel == ALARM]
    assert later.message.text.startswith("80 % of budget all reached: $110.00 of $100.00")


def test_the_message_shows_in_the_morning_what_it_did_not_at_night(store: Store) -> None:
    spend(store, {FIRST: 60}, now=at(FIRST, 20))
    look(store, at(FIRST, 20))
    spend(store, {FIRST: 85}, now=at(FIRST, 23))
    look(store, at(FIRST, 23))
    look(store, at(SECOND, 7))

    edits = [posting for posting in queued(store) if posting.edits is not None]
    assert "50 % and 80 % reached" in str(edits[-1].message.blocks)
    assert told(store)[1:] == ["80 % of budget all reached: $85.00 of $100.00, 28 days left"]


# --- How periods end ---

DECEMBER = date(2026, 12, 1)


def live_through_november(store: Store, last_day: int, *budgets: Budget) -> None:
    """$20 until the morning of the last day; that one's bill comes after its end."""
    last = date(2026, 11, 30)
    before = dict.fromkeys(Interval(FIRST, last).days(), 0)
    spend(store, {**before, date(2026, 11, 29): 20}, now=at(last, 9))
    look(store, at(last, 9), *budgets)
    spend(store, {last: last_day}, now=at(DECEMBER, 4))
    look(store, at(DECEMBER, 4), *budgets)


def test_a_level_that_the_last_day_reached_is_told_with_how_it_ended(store: Store) -> None:
    live_through_november(store, 65)
    assert told(store) == [], "that can wait for the morning"

    look(store, at(DECEMBER, 7))
    look(store, at(DECEMBER, 8))

    (ended,) = queued(store)
    assert ended.message.text == "all: 1–30 Nov ended within budget, 85 % spent ($85.00 of $100.00)"
    assert "50 % and 80 % reached in its last days" in str(ended.message.blocks)


def test_a_level_of_the_last_day_is_told_in_the_thread_where_there_is_one(store: Store) -> None:
    levels = (Level(Decimal(20)), Level(Decimal(80), mention="U0BOSS001"))
    live_through_november(store, 65, replace(BUDGET, levels=levels))

    look(store, at(DECEMBER, 7), replace(BUDGET, levels=levels))

    assert told(store)[1:] == [
        "80 % reached in the last days of all: 1–30 Nov ended within budget, 85 % spent ($85.00 of $100.00)"
    ]
    assert "<@U0BOSS001>" in str(queued(store)[-1].message.blocks)


def test_a_month_before_the_budget_was_there_is_not_told(store: Store) -> None:
    spend(store, dict.fromkeys(Interval(date(2026, 10, 1), DECEMBER).days(), 9), now=at(DECEMBER, 4))
    look(store, at(DECEMBER, 8))

    assert told(store) == []


def test_a_project_says_how_it_ended_and_no_more(store: Store) -> None:
    project = replace(BUDGET, period=Period.PROJECT, days=Interval(FIRST, date(2026, 11, 4)))
    live(store, [30, 30, 30, 5, 5, 5], project)

    (*_, last) = [posting for posting in queued(store) if posting.edits is not None]
    assert last.key.endswith(":closed")
    assert last.message.text == "all: 1–3 Nov ended within budget, 90 % spent ($90.00 of $100.00)"


# --- What changes in mid-period ---

LATER = date(2026, 11, 3)


def test_a_lower_budget_tells_the_levels_that_it_reaches_now(store: Store) -> None:
    live(store, [60])
    budgeter(replace(BUDGET, amount=usd(70))).queue_if_due(store, now=at(LATER, 9))

    assert told(store)[1].startswith("80 % of budget all reached: $60.00 of $70.00")


@pytest.mark.parametrize("now", [(), (replace(BUDGET, name="everything", levels=(Level(Decimal(90)),)),)])
def test_a_budget_that_is_gone_or_renamed_says_so_once(store: Store, now: tuple[Budget, ...]) -> None:
    live(store, [60])
    for hour in (9, 10):
        Budgeter(budgets=now, teams=(), channel=MAIN).queue_if_due(store, now=at(LATER, hour))

    aside = queued(store)[-1]
    assert aside.message.text == "all: looked after no more"
    assert "actions" not in [block["type"] for block in aside.message.blocks]
    assert len([posting for posting in queued(store) if ":aside:" in posting.key]) == 1


def test_a_renamed_budget_begins_anew(store: Store) -> None:
    live(store, [60])
    budgeter(replace(BUDGET, name="everything")).queue_if_due(store, now=at(LATER, 9))

    assert told(store) == ["all: 60 % spent, $60.00 of $100.00", "everything: 60 % spent, $60.00 of $100.00"]


def test_a_budget_that_comes_back_goes_on_in_its_message(store: Store) -> None:
    live(store, [60])
    Budgeter(budgets=(), teams=(), channel=MAIN).queue_if_due(store, now=at(LATER, 9))
    budgeter().queue_if_due(store, now=at(LATER, 10))

    assert len(told(store)) == 1
    assert queued(store)[-1].message.text.startswith("all: 60 % spent")


def test_one_that_has_another_period_now_begins_anew(store: Store) -> None:
    live(store, [60])
    budgeter(replace(BUDGET, period=Period.QUARTER)).queue_if_due(store, now=at(LATER, 9))

    aside, quarter = queued(store)[-1], queued(store)[-2]
    assert aside.message.text == "all: looked after no more"
    assert quarter.edits is None


def test_another_channel_holds_from_the_next_level_on(store: Store) -> None:
    live(store, [60])
    (first,) = [posting for posting in queued(store) if posting.edits is None]
    moved = replace(BUDGET, channel=SEARCH_CHANNEL)
    budgeter(moved).queue_if_due(store, now=at(LATER, 9))
    assert queued(store)[-1].edits == first.key, "until then it stays where it is"

    spend(store, {SECOND: 25}, now=at(LATER, 10))
    budgeter(moved).queue_if_due(store, now=at(LATER, 10))

    there, here = queued(store)[-2:]
    assert (there.channel, there.edits) == (SEARCH_CHANNEL, None)
    assert "50 % and 80 % reached" in str(there.message.blocks)
    assert (here.edits, f"<#{SEARCH_CHANNEL}>" in str(here.message.blocks)) == (first.key, True)


def test_it_goes_on_in_the_other_channel(store: Store) -> None:
    live(store, [60])
    moved = replace(BUDGET, channel=SEARCH_CHANNEL)
    spend(store, {SECOND: 25}, now=at(LATER, 9))
    look(store, at(LATER, 9), moved)
    spend(store, {LATER: 20}, now=at(LATER, 12))
    look(store, at(LATER, 12), moved)

    edit, reply = queued(store)[-2:]
    assert edit.edits == reply.replies_to == store.budgets.load_periods()[0].message_key
    assert reply.channel == SEARCH_CHANNEL


def test_a_budget_of_a_team_that_is_gone_says_so_and_no_figures(store: Store) -> None:
    """No data and zero spend are different things."""
    budget = replace(BUDGET, scope=Scope(team="search"))
    team = Team(name="search", owns=(Rule(team="search", workspace=CHECKOUT),))
    live(store, [60], budget, teams=(team,))
    budgeter(budget).queue_if_due(store, now=at(LATER, 9))

    assert queued(store)[-1].message.text == "all: nothing known of $100, as nothing is called team search"
