"""Budgets: after each sync, tell the levels that were reached, keep each message current, and close what is over."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.budget import Period, find_changes
from bot.loading.budgets import load_budget, load_told
from bot.loading.owners import load_ownership
from bot.messages.budget import budget_message, called, closing_message, level_reply
from bot.model import Posting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from bot.analysis.budget import Budget, BudgetNow, Level
    from bot.analysis.ownership import Ownership, Team
    from bot.model import Message, SaidLevel
    from bot.snapshots.store import Store

DAY = timedelta(days=1)


@dataclass(kw_only=True)
class Budgeter:
    """Tells budgets. `channel` is where what has no channel of its own is told; `checked` the data looked at last."""

    budgets: Sequence[Budget]
    teams: Sequence[Team]
    channel: str
    checked: tuple[datetime | None, date] | None = field(default=None)

    def queue_if_due(self, store: Store, *, now: datetime) -> None:
        """Looks at every budget once for each state of the data, and at each new day."""
        state = data_as_of(store), now.date()
        if not self.budgets or state == self.checked or state[0] is None:
            return
        ownership = load_ownership(store, self.teams)
        for budget in self.budgets:
            self.queue(store, budget, ownership, today=now.date())
        self.checked = state

    def remember_reached(self, store: Store, *, today: date) -> None:
        """What was reached before the first start is old news: it counts as told."""
        ownership = load_ownership(store, self.teams)
        for budget in self.budgets:
            standing = load_budget(store, budget, ownership=ownership, today=today).standing
            store.budgets.save_said(budget.name, standing.window.since, find_changes(standing, []))

    def queue(self, store: Store, budget: Budget, ownership: Ownership, *, today: date) -> None:
        """Queues what there is to say of a budget: its state and the message in one transaction."""
        with store.transaction():
            found = load_budget(store, budget, ownership=ownership, today=today)
            since = found.standing.window.since
            changes = find_changes(found.standing, store.budgets.load_said(budget.name, since))
            store.budgets.save_said(budget.name, since, changes)
            channel = budget.channel or ownership.channel(budget.scope.team) or self.channel
            for posting in postings(store, found, [each for each in changes if each.holds], channel=channel):
                store.outbox.add(posting)
            self.close_before(store, budget, ownership, since=since)

    def close_before(self, store: Store, budget: Budget, ownership: Ownership, *, since: date) -> None:
        """Says in the message of the period before how that ended, once all its days are known."""
        window = budget.window(since - DAY)
        root = f"budget:{budget.reference(window.since)}"
        if window.since == since or store.outbox.load_posting(root) is None:
            return
        before = replace(budget, period=Period.PROJECT, days=window)
        found = load_budget(store, before, ownership=ownership, today=window.until)
        if all(day in found.fetched and found.fetched[day].is_settled for day in window.days()):
            closing = closing_message(found)
            store.outbox.add(Posting(key=f"{root}:closed", channel=self.channel, message=closing, edits=root))


def postings(store: Store, found: BudgetNow, told: Sequence[SaidLevel], *, channel: str) -> Iterator[Posting]:
    """A new message, or its edit and the replies that its channel sees; and what other channels are told."""
    root = key_of(found)
    levels = [level_of(found, each) for each in told]
    if store.outbox.load_posting(root) is not None:
        yield edit_of(store, found, channel=channel)
        yield from replies(found, told, channel=channel)
    elif told:
        calls = dict.fromkeys(level.mention for level in levels if level.mention and not level.channel)
        message = message_of(store, found, mention=" ".join(map(called, calls)))
        yield Posting(key=root, channel=channel, message=message)
    for level, each in zip(levels, told, strict=True):
        if level.channel and level.channel != channel:
            key = f"{root}:{each.percent}:{each.turn}:{level.channel}"
            message = level_reply(found, [each.percent], mention=level.mention)
            yield Posting(key=key, channel=level.channel, message=message)


def data_as_of(store: Store) -> datetime | None:
    """When the newest data of any organisation was fetched."""
    known = [own.ledger.load_freshness().data_as_of for own in store.each()]
    return max((at for at in known if at is not None), default=None)


def key_of(found: BudgetNow) -> str:
    """The key of a budget's message in its period."""
    return f"budget:{found.standing.budget.reference(found.standing.window.since)}"


def level_of(found: BudgetNow, said: SaidLevel) -> Level:
    """The level that was reached."""
    return next(level for level in found.standing.budget.levels if level.percent == said.percent)


def message_of(store: Store, found: BudgetNow, *, mention: str = "") -> Message:
    """A budget's message as it is to be seen now."""
    told = load_told(store, found)
    return budget_message(found, told=told.levels, taken=told.taken, mention=mention)


def edit_of(store: Store, found: BudgetNow, *, channel: str) -> Posting:
    """The message with its newest figures."""
    root, as_of = key_of(found), found.data_as_of
    stamp = "" if as_of is None else as_of.isoformat()
    return Posting(
        key=f"{root}:{found.standing.today}:{stamp}", channel=channel, message=message_of(store, found), edits=root
    )


def replies(found: BudgetNow, told: Sequence[SaidLevel], *, channel: str) -> Iterator[Posting]:
    """What the thread, and with it the channel, is told of the levels that were reached: those for one at a time."""
    by_mention: defaultdict[str | None, list[SaidLevel]] = defaultdict(list)
    for each in told:
        level = level_of(found, each)
        by_mention[None if level.channel else level.mention].append(each)
    for mention, levels in by_mention.items():
        key = ",".join(f"{each.percent}:{each.turn}" for each in levels)
        message = level_reply(found, [each.percent for each in levels], mention=mention)
        root = key_of(found)
        yield Posting(key=f"{root}:{key}", channel=channel, message=message, replies_to=root, also_in_channel=True)
