"""`/claudecost budget`, and the buttons of a budget's message: acknowledge, raise, details."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.question import NotUnderstood
from bot.listeners.clicks import ClickDesk, NothingChanged, action_of, open_view
from bot.loading.budgets import load_budget, load_budgets, load_told
from bot.loading.owners import load_ownership
from bot.messages import budget_views
from bot.messages.budget import ACKNOWLEDGE, DETAILS, RAISE, budget_message, level_words
from bot.messages.budget_views import AMOUNT, RAISE_VIEW, REASON, budgets_answer, details_view, raise_view
from bot.messages.notices import could_not_answer
from bot.model import MOST_USD, Outcome, Raise, usd
from bot.snapshots.budgets import budget_key
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from typing import Any

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.budget import Budget, BudgetNow
    from bot.analysis.ownership import Team
    from bot.listeners.access import Admitted
    from bot.listeners.asked import Asked
    from bot.listeners.claudecost import Answers
    from bot.model import Message, NanoUsd
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """What there is to answer about: the budgets and teams of the configuration."""

    budgets: Sequence[Budget] = ()
    teams: Sequence[Team] = ()

    def load(self, store: Store, budget: Budget, *, today: date) -> BudgetNow:
        """How one stands."""
        return load_budget(store, budget, ownership=load_ownership(store, self.teams), today=today)

    def load_each(self, store: Store, *, today: date) -> list[BudgetNow]:
        """How all of them stand."""
        ownership = load_ownership(store, self.teams)
        return load_budgets(store, [(budget, today) for budget in self.budgets], ownership=ownership)

    def called(self, name: str) -> Budget:
        """The budget of a name, or of a part of it that no other has. Raises `NotUnderstood` with those there are."""
        asked = name.strip("\"'“”").casefold()
        exact = [budget for budget in self.budgets if budget.name.casefold() == asked]
        found = exact or [budget for budget in self.budgets if asked in budget.name.casefold()]
        if len(found) != 1:
            raise NotUnderstood(name, budget_views.no_such_budget(name, found or self.budgets))
        return found[0]

    def of_reference(self, reference: str, *, today: date) -> Budget:
        """The budget of a button, in the period that it is about. Raises `NothingChanged`."""
        for budget in self.budgets:
            if budget.reference(budget.window(today).since) == reference:
                return budget
            if budget.reference(reference_day(reference)) == reference:
                raise NothingChanged(could_not_answer(budget_views.IS_OVER))
        raise NothingChanged(could_not_answer(budget_views.UNKNOWN_BUDGET))


NO_BUDGETS = Budgets()
"""Where none are set."""


def reference_day(reference: str) -> date:
    """The first day of the period of a button; the first of all days for one that no message of the bot's has."""
    try:
        return date.fromisoformat(reference.partition(":")[0])
    except ValueError:
        return date.min


async def answer_budget(open_store: OpenStore, asked: Asked, known: Budgets, *, now: Callable[[], datetime]) -> Message:
    """All budgets, or the one that is named. Raises `NotUnderstood`."""
    asked.notes.understood = BUDGET
    if not asked.sight.is_everything:
        asked.notes.outcome = Outcome.REFUSED
        return could_not_answer(budget_views.NOT_YOURS)
    today = now().date()
    name = asked.text.strip().partition(" ")[2].strip()
    if not name or not known.budgets:
        return budgets_answer(await with_store(open_store, lambda store: known.load_each(store, today=today)))
    budget = known.called(name)
    asked.notes.understood = f"{BUDGET} {budget.name}"
    return await with_store(open_store, lambda store: shown(store, known.load(store, budget, today=today)))


def shown(store: Store, now: BudgetNow) -> Message:
    """A budget's message as it is now."""
    told = load_told(store, now)
    return budget_message(now, told=told.levels, taken=told.taken)


# --- Slack's requests ---


def register_budgets(app: AsyncApp, answers: Answers) -> None:
    """Answers the buttons of a budget's message, and the window that one of them opens."""
    desk = BudgetDesk(answers)
    app.action(ACKNOWLEDGE)(desk.acknowledge)
    app.action(RAISE)(desk.ask_for_raise)
    app.action(DETAILS)(desk.show_details)
    app.view(RAISE_VIEW)(desk.raise_budget)


@dataclass(frozen=True, slots=True)
class BudgetDesk(ClickDesk):
    """The listeners."""

    async def acknowledge(self, args: AsyncArgs) -> None:
        """Somebody takes the highest level that is reached on."""
        await args.ack()
        reference, user = str(action_of(args)["value"]), args.body["user"]["id"]
        await self.attend(args, lambda: self.keep(lambda store: self.take_on(store, reference, user)))

    async def ask_for_raise(self, args: AsyncArgs) -> None:
        """Opens the window that asks to how much, and why."""
        await args.ack()
        reference = str(action_of(args)["value"])

        async def ask() -> None:
            await self.require_admin(args)
            found = await with_store(self.answers.open_store, lambda store: self.find(store, reference))
            await open_view(args, raise_view(found, carries=f"{reference} {args.body['channel']['id']}"))

        await self.answer_click(args, ask)

    async def raise_budget(self, args: AsyncArgs) -> None:
        """Keeps a raise; an amount that is no raise is asked for again."""
        values = args.body["view"]["state"]["values"]
        reference, _, channel = str(args.body["view"]["private_metadata"]).partition(" ")
        amount = parse_amount(values[AMOUNT][AMOUNT]["value"])

        async def weigh() -> None:
            found = await self.find_for_admin(args, reference)
            if amount is None or amount <= found.standing.allowed:
                errors = {AMOUNT: budget_views.not_higher(found.standing.allowed)}
                await args.ack(response_action="errors", errors=errors)
                return
            await args.ack()
            raised = Raise(
                budget=found.standing.budget.name,
                since=found.standing.window.since,
                amount=amount,
                user=args.body["user"]["id"],
                reason=str(values[REASON][REASON]["value"] or ""),
                at=self.answers.now(),
            )
            await self.keep(lambda store: self.keep_raise(store, reference, raised))

        await self.answer_click(args, weigh, channel=channel)

    async def find_for_admin(self, args: AsyncArgs, reference: str) -> BudgetNow:
        """The budget of a window, once it is known that whoever sent it off may raise it; else the window closes."""
        try:
            await self.require_admin(args)
            return await with_store(self.answers.open_store, lambda store: self.find(store, reference))
        except Exception:
            await args.ack()
            raise

    async def show_details(self, args: AsyncArgs) -> None:
        """Opens a window with what a budget went to."""
        await args.ack()
        reference = str(action_of(args)["value"])

        def load(store: Store) -> dict[str, Any]:
            found = self.find(store, reference)
            own = (found.standing.budget.name, found.standing.window.since)
            raises = [each for each in store.budgets.load_raises() if (each.budget, each.since) == own]
            return details_view(found, raises, carries=reference)

        async def show() -> None:
            await open_view(args, await with_store(self.answers.open_store, load))

        await self.attend(args, show)

    # --- In the database ---

    def find(self, store: Store, reference: str) -> BudgetNow:
        """The budget of a button as it stands. Raises `NothingChanged`."""
        today, known = self.answers.now().date(), self.answers.budgets
        return known.load(store, known.of_reference(reference, today=today), today=today)

    def take_on(self, store: Store, reference: str, user: str) -> None:
        """Keeps who takes the highest level on, and shows it. Raises `NothingChanged`."""
        with store.transaction():
            found = self.find(store, reference)
            name, since = found.standing.budget.name, found.standing.window.since
            told, at = load_told(store, found).levels, self.answers.now()
            if not told:
                raise NothingChanged(budget_views.nothing_reached())
            kept = store.budgets.acknowledge(name, since, max(told), user=user, at=at)
            if (kept.user, kept.at) != (user, at):
                raise NothingChanged(budget_views.was_taken(kept.user))
            level = f"{level_words([max(told)])} of {name}"
            self.show(store, found, f"taken:{max(told)}", reply=budget_views.taken_on(user, level))

    def keep_raise(self, store: Store, reference: str, raised: Raise) -> None:
        """Keeps a raise, and shows it. Raises `NothingChanged`."""
        with store.transaction():
            before = self.find(store, reference).standing.allowed
            if raised.amount <= before:  # somebody else raised it meanwhile
                raise NothingChanged(could_not_answer(budget_views.not_higher(before)))
            store.budgets.save_raise(raised)
            log.info("budget raised by %s", raised.user)
            found = self.find(store, reference)
            self.show(store, found, f"raised:{raised.at}", reply=budget_views.raised_reply(raised, before=before))

    def show(self, store: Store, found: BudgetNow, what: str, *, reply: Message) -> None:
        """Queues the message as it is now, and a reply in its thread."""
        standing = found.standing
        root = budget_key(standing.budget.reference(standing.window.since))
        period = store.budgets.load_period(standing.budget.name, standing.window.since)
        edited = period.message_key if period and period.message_key else root
        now = shown(store, found)
        store.outbox.add_change(f"{root}:{what}", edited, show=functools.partial(instead, now), reply=reply)

    # --- Who may ---

    async def keep(self, keep: Callable[[Store], None]) -> None:
        """Keeps something, and has it said."""
        await with_store(self.answers.open_store, keep)
        await self.answers.say_now()

    async def require_sight(self, args: AsyncArgs) -> Admitted:
        """Who clicked. Raises `NothingChanged` for somebody who may not see all of the bill."""
        admitted = await self.answers.gate.admitted(args)
        if not admitted.sight.is_everything:
            raise NothingChanged(could_not_answer(budget_views.NOT_YOURS))
        return admitted

    async def require_admin(self, args: AsyncArgs) -> None:
        """The same for somebody who is no admin, where admins are named."""
        if not (await self.require_sight(args)).is_admin:
            raise NothingChanged(could_not_answer(budget_views.ONLY_ADMINS))

    async def attend(self, args: AsyncArgs, act: Callable[[], Awaitable[None]]) -> None:
        """Does what a click is for, if whoever clicked may; else, or where that fails, tells them in one line."""

        async def act_if_allowed() -> None:
            await self.require_sight(args)
            await act()

        await self.answer_click(args, act_if_allowed)


def instead(now: Message, _before: Message) -> Message:
    """Another message in the place of what was there."""
    return now


def parse_amount(text: object) -> NanoUsd | None:
    """Dollars as they were typed; None where they are none, or more than can be set.

    >>> parse_amount("12.5"), parse_amount("1e20"), parse_amount("-1"), parse_amount("many")
    (12500000000, None, None, None)
    """
    try:
        amount = Decimal(str(text))
    except ArithmeticError:
        return None
    return usd(amount) if amount.is_finite() and 0 < amount <= MOST_USD else None
