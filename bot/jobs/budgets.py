"""Budgets: after each sync, tell the levels that were reached, keep each message current, and close what is over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.analysis.budget import at_night, find_changes
from bot.analysis.ownership import WrongRules
from bot.loading.budgets import load_budget, load_budgets, load_told
from bot.loading.owners import load_ownership
from bot.messages.budget import (
    budget_message,
    called,
    closing_message,
    ended_reply,
    level_reply,
    moved_message,
    set_aside_message,
)
from bot.model import Posting
from bot.snapshots.budgets import BudgetPeriod, budget_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from bot.analysis.budget import Budget, BudgetNow, Level
    from bot.analysis.ownership import Ownership, Team
    from bot.analysis.quiet_hours import QuietHours
    from bot.model import Message, SaidLevel
    from bot.snapshots.store import Store


@dataclass(kw_only=True)
class Budgeter:
    """Tells budgets. `channel` is where what has no channel of its own is told; `checked` what was looked at last.

    In `quiet` hours what can wait is not looked for: it is told at their end, with the figures of then.
    """

    budgets: Sequence[Budget]
    teams: Sequence[Team]
    channel: str
    quiet: QuietHours | None = None
    checked: tuple[datetime | None, date, bool] | None = field(default=None)

    def queue_if_due(self, store: Store, *, now: datetime) -> None:
        """Looks at every budget once for each state of the data, at each new day, and when quiet hours end."""
        state = data_as_of(store), now.date(), self.is_quiet(now)
        if state == self.checked or state[0] is None:
            return
        if self.budgets:
            ownership = load_ownership(store, self.teams)
            for budget in self.budgets:
                self.queue(store, budget, ownership, now=now)
        for period in store.budgets.load_periods():
            if not period.is_closed:
                self.close_if_over(store, period, now=now)
        self.checked = state

    def is_quiet(self, now: datetime) -> bool:
        """Whether what can wait waits."""
        return self.waits_until(now) is not None

    def waits_until(self, now: datetime) -> datetime | None:
        """Until when what can wait waits; None outside of quiet hours."""
        return None if self.quiet is None else self.quiet.end_after(now)

    def count_held(self, store: Store, *, now: datetime) -> int:
        """How many levels that are reached wait for the end of quiet hours; none known where nobody can say of whom."""
        if not (self.budgets and self.is_quiet(now)):
            return 0
        try:
            ownership = load_ownership(store, self.teams)
        except WrongRules:  # which is told by itself
            return 0
        found = load_budgets(store, [(each, now.date()) for each in self.budgets], ownership=ownership)
        return sum(held_levels(store, each) for each in found if not each.standing.has_ended)

    def remember_reached(self, store: Store, *, today: date) -> None:
        """What was reached before the first start is old news: it counts as told."""
        ownership = load_ownership(store, self.teams)
        for budget in self.budgets:
            standing = load_budget(store, budget, ownership=ownership, today=today).standing
            store.budgets.save_said(budget.name, standing.window.since, find_changes(standing, []))

    # --- A period under way ---

    def queue(self, store: Store, budget: Budget, ownership: Ownership, *, now: datetime) -> None:
        """Queues what there is to say of a budget: its state and the messages in one transaction."""
        with store.transaction():
            found = load_budget(store, budget, ownership=ownership, today=now.date())
            if found.standing.has_ended:
                return
            period = look_after(store, found)
            told = self.keep_told(store, found, now=now)
            channel = self.channel_of(budget, ownership)
            root = None if period.message_key is None else store.outbox.load_posting(period.message_key)
            if told and (root is None or root.channel != channel):
                begin(store, found, told, channel=channel, root=root)
            elif root is not None:
                store.outbox.add(edit_of(store, found, root))
                tell_thread(store, found, told, root=root, say=level_reply)
            tell_others(store, found, told, channel=channel, say=level_reply)

    def keep_told(self, store: Store, found: BudgetNow, *, now: datetime) -> list[SaidLevel]:
        """Keeps what became of a budget's levels, and returns those that are to be told now."""
        budget, since = found.standing.budget, found.standing.window.since
        changes = load_changes(store, found)
        kept = at_night(budget, changes) if self.is_quiet(now) else changes
        store.budgets.save_said(budget.name, since, kept)
        return [each for each in kept if each.holds]

    def channel_of(self, budget: Budget, ownership: Ownership) -> str:
        """Where a budget is told."""
        return budget.channel or ownership.channel(budget.scope.team) or self.channel

    # --- A period that is over ---

    def close_if_over(self, store: Store, period: BudgetPeriod, *, now: datetime) -> None:
        """Says how a period ended, or that nobody looks after it any more. That can wait for the morning."""
        budget = next((each for each in self.budgets if each.name == period.budget), None)
        if self.is_quiet(now):
            return
        with store.transaction():
            if budget is None or budget.window(period.since).since != period.since:
                set_aside(store, period, today=now.date())
            elif now.date() >= budget.window(period.since).until:
                self.close(store, period, budget)

    def close(self, store: Store, period: BudgetPeriod, budget: Budget) -> None:
        """Says how a period ended, once all its days are known, and which levels its last days reached."""
        window = budget.window(period.since)
        ended = replace(budget, days=window)
        ownership = load_ownership(store, self.teams)
        found = load_budget(store, ended, ownership=ownership, today=window.until)
        if not all(day in found.fetched and found.fetched[day].is_settled for day in window.days()):
            return
        changes = load_changes(store, found)
        told = [each for each in changes if each.holds]
        store.budgets.save_said(budget.name, window.since, changes)
        root = None if period.message_key is None else store.outbox.load_posting(period.message_key)
        channel = self.channel_of(budget, ownership) if root is None else root.channel
        key = f"{root_key(found)}:closed"
        if root is not None:
            message = closing_message(found, reached=percents(told))
            store.outbox.add(Posting(key=key, channel=channel, message=message, edits=root.key))
            tell_thread(store, found, told, root=root, say=ended_reply)
        elif told:
            message = closing_message(found, reached=percents(told), mention=calls(found, told))
            store.outbox.add(Posting(key=key, channel=channel, message=message))
        tell_others(store, found, told, channel=channel, say=ended_reply)
        store.budgets.save_period(period._replace(is_closed=True))


def load_changes(store: Store, found: BudgetNow) -> list[SaidLevel]:
    """What becomes of the levels of a budget's period that were told, and which are to be."""
    budget, since = found.standing.budget, found.standing.window.since
    return find_changes(found.standing, store.budgets.load_said(budget.name, since))


def held_levels(store: Store, found: BudgetNow) -> int:
    """How many levels of a budget quiet hours hold."""
    changes = load_changes(store, found)
    return len(changes) - len(at_night(found.standing.budget, changes))


def set_aside(store: Store, period: BudgetPeriod, *, today: date) -> None:
    """Says in a message that its budget is none any more, or has other days or another name now."""
    latest = None if period.message_key is None else store.outbox.load_latest(period.message_key)
    if latest is not None:
        key = f"{period.message_key}:aside:{today}"
        message = set_aside_message(period.budget, latest.message, today=today)
        store.outbox.add(Posting(key=key, channel=latest.channel, message=message, edits=period.message_key))
    store.budgets.save_period(period._replace(is_closed=True))


def look_after(store: Store, found: BudgetNow) -> BudgetPeriod:
    """A budget's period, kept as one that is looked after; also if it was not for a time."""
    name, since = found.standing.budget.name, found.standing.window.since
    known = store.budgets.load_period(name, since)
    if known is not None and not known.is_closed:
        return known
    key = root_key(found)  # that of a message from before periods were kept
    usual = BudgetPeriod(name, since, None if store.outbox.load_posting(key) is None else key)
    period = (known or usual)._replace(is_closed=False)
    store.budgets.save_period(period)
    return period


# --- What is queued ---


def begin(store: Store, found: BudgetNow, told: Sequence[SaidLevel], *, channel: str, root: Posting | None) -> None:
    """Queues a budget's message; where it had one in another channel, that says where it goes on."""
    name, since = found.standing.budget.name, found.standing.window.since
    key = root_key(found) if root is None else f"{root_key(found)}:{named(told)}"
    store.outbox.add(Posting(key=key, channel=channel, message=message_of(store, found, mention=calls(found, told))))
    store.budgets.save_period(BudgetPeriod(name, since, key))
    if root is not None:
        moved = moved_message(found, channel=channel)
        store.outbox.add(Posting(key=f"{key}:moved", channel=root.channel, message=moved, edits=root.key))


def tell_thread(
    store: Store, found: BudgetNow, told: Sequence[SaidLevel], *, root: Posting, say: Callable[..., Message]
) -> None:
    """Queues what the thread, and with it the channel, hears of levels: those for one person at a time."""
    by_mention: defaultdict[str | None, list[SaidLevel]] = defaultdict(list)
    for each in told:
        level = level_of(found, each)
        by_mention[None if level.channel else level.mention].append(each)
    for mention, levels in by_mention.items():
        message = say(found, percents(levels), mention=mention)
        key = f"{root_key(found)}:{named(levels)}"
        reply = Posting(key=key, channel=root.channel, message=message, replies_to=root.key, also_in_channel=True)
        store.outbox.add(reply)


def tell_others(
    store: Store, found: BudgetNow, told: Sequence[SaidLevel], *, channel: str, say: Callable[..., Message]
) -> None:
    """Queues what other channels hear of levels."""
    for each in told:
        level = level_of(found, each)
        if level.channel and level.channel != channel:
            key = f"{root_key(found)}:{each.percent}:{each.turn}:{level.channel}"
            message = say(found, [each.percent], mention=level.mention)
            store.outbox.add(Posting(key=key, channel=level.channel, message=message))


def edit_of(store: Store, found: BudgetNow, root: Posting) -> Posting:
    """The message with its newest figures."""
    as_of, told = found.data_as_of, load_told(store, found).levels
    stamp = "" if as_of is None else as_of.isoformat()
    key = ":".join([root.key, str(found.standing.today), stamp, *map(str, told)])
    return Posting(key=key, channel=root.channel, message=message_of(store, found), edits=root.key)


def message_of(store: Store, found: BudgetNow, *, mention: str = "") -> Message:
    """A budget's message as it is to be seen now."""
    told = load_told(store, found)
    return budget_message(found, told=told.levels, taken=told.taken, mention=mention)


# --- Words and keys ---


def data_as_of(store: Store) -> datetime | None:
    """When the newest data of any organisation was fetched."""
    known = [own.ledger.load_freshness().data_as_of for own in store.each()]
    return max((at for at in known if at is not None), default=None)


def root_key(found: BudgetNow) -> str:
    """The key of a budget's first message in its period, with which all others of it begin."""
    return budget_key(found.standing.budget.reference(found.standing.window.since))


def named(levels: Sequence[SaidLevel]) -> str:
    """Levels in a key."""
    return ",".join(f"{each.percent}:{each.turn}" for each in levels)


def percents(levels: Sequence[SaidLevel]) -> list[Decimal]:
    """The percentages of levels."""
    return [each.percent for each in levels]


def calls(found: BudgetNow, told: Sequence[SaidLevel]) -> str:
    """Who is called in the budget's own channel, each once."""
    levels = [level_of(found, each) for each in told]
    return " ".join(map(called, dict.fromkeys(each.mention for each in levels if each.mention and not each.channel)))


def level_of(found: BudgetNow, said: SaidLevel) -> Level:
    """The level that was reached."""
    return next(level for level in found.standing.budget.levels if level.percent == said.percent)
