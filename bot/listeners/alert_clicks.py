"""The buttons of an alert: acknowledge, snooze, expect, call noise, look at the details.

A click is acknowledged first, then kept: the alert's new state, and what is to be said of it, in one transaction. A
process that dies between the two has lost the click, and whoever clicked sees the old state and clicks again.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.analysis.lifecycle import Refusal, clicked, id_of, reason_to_refuse, reference
from bot.listeners.access import seen_through
from bot.listeners.alert_details import load_details
from bot.listeners.clicks import ClickDesk, NothingChanged, action_of, chosen, open_view
from bot.messages import alert_answers, alert_thread
from bot.messages.alert_state import ACKNOWLEDGE, DETAILS, EXPECT, MORE, SNOOZE, with_state
from bot.messages.alert_views import EXPECTED_VIEW, REASON, UNTIL, expected_view
from bot.model import Handling, OutboxState, Verb
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.listeners.claudecost import Answers
    from bot.model import Alert
    from bot.snapshots.store import Store

log = logging.getLogger(__name__)


# --- In the database ---


def find_alert(store: Store, some_reference: str) -> tuple[Store, Alert]:
    """The alert of a button, and its organisation's books. Raises `NothingChanged` for one of another database."""
    number = id_of(some_reference)
    own = None if number is None else store.holding_alert(number)
    alert = None if own is None or number is None else own.alerts.load_alert(number)
    if own is None or alert is None or reference(alert) != some_reference:
        raise NothingChanged(alert_answers.UNKNOWN_ALERT)
    return own, alert


def keep_click(store: Store, some_reference: str, handling: Handling) -> str | None:
    """Keeps a click, and queues what is said of it, together; the key of the edit. Raises `NothingChanged`."""
    with store.transaction():
        own, alert = find_alert(store, some_reference)
        after = clicked(alert, handling)
        outcome = after if isinstance(after, Refusal) else after.state
        log.info("alert of %s: %s by %s: %s", alert.workspace_id, handling.verb, handling.user, outcome)
        if isinstance(after, Refusal):
            raise NothingChanged(alert_answers.refused(alert, after))
        saved = own.alerts.save_handled(after, handling)
        return store.outbox.add_change(
            f"alert:{saved.id}:{handling.verb}:{handling.at.isoformat()}",
            saved.message_key or "",
            show=functools.partial(with_state, alert=saved),
            reply=alert_thread.handled(handling),
        )


def require_shown(store: Store, edit: str) -> None:
    """Raises `NothingChanged` if Slack refused to show what was kept."""
    posting = store.outbox.load_posting(edit)
    if posting is None or posting.error is None:
        return
    if posting.state is OutboxState.DEAD:
        raise NothingChanged(alert_answers.deleted())
    if posting.state is OutboxState.PENDING:
        raise NothingChanged(alert_answers.not_shown(posting.error))


def subject_of(store: Store, alert: Alert) -> str:
    """An alert's headline, as it was told last."""
    told = store.outbox.load_latest(alert.message_key or "")
    blocks = () if told is None else told.message.blocks
    return next((str(block["text"]["text"]) for block in blocks if block["type"] == "header"), "This alert")


# --- Slack's requests ---


def register_alert_clicks(app: AsyncApp, answers: Answers) -> None:
    """Answers each of an alert's buttons, and the window that one of them opens."""
    desk = AlertDesk(answers)
    app.action(ACKNOWLEDGE)(desk.acknowledge)
    app.action(SNOOZE)(desk.snooze)
    app.action(MORE)(desk.call_noise)
    app.action(EXPECT)(desk.ask_what_is_expected)
    app.action(DETAILS)(desk.show_details)
    app.view(EXPECTED_VIEW)(desk.expect)


@dataclass(frozen=True, slots=True)
class AlertDesk(ClickDesk):
    """The listeners. Bolt's `args` are one request: who clicked on what, and the ways to answer."""

    async def acknowledge(self, args: AsyncArgs) -> None:
        """Somebody takes an alert on."""
        await args.ack()
        some_reference = str(action_of(args)["value"])
        click = self.click(Verb.ACKNOWLEDGE, args.body)
        await self.attend(args, some_reference, lambda: self.keep(some_reference, click))

    async def snooze(self, args: AsyncArgs) -> None:
        """Somebody wants silence for some days."""
        await args.ack()
        some_reference, _, days = chosen(args).partition(":")
        click = self.click(Verb.SNOOZE, args.body)
        until = click.at + timedelta(days=int(days))
        await self.attend(args, some_reference, lambda: self.keep(some_reference, replace(click, until=until)))

    async def call_noise(self, args: AsyncArgs) -> None:
        """Somebody could have done without it."""
        await args.ack()
        click = self.click(Verb.NOISE, args.body)
        await self.attend(args, chosen(args), lambda: self.keep(chosen(args), click))

    async def ask_what_is_expected(self, args: AsyncArgs) -> None:
        """Opens the window that asks for a reason and a last day."""
        await args.ack()
        some_reference = str(action_of(args)["value"])
        click = self.click(Verb.EXPECT, args.body)

        async def ask() -> None:
            subject = await with_store(
                self.answers.open_store, lambda store: open_subject(store, some_reference, click)
            )
            carries = f"{some_reference} {args.body['channel']['id']}"
            view = expected_view(subject, today=click.at.date(), carries=carries)
            await open_view(args, view)

        await self.attend(args, some_reference, ask)

    async def expect(self, args: AsyncArgs) -> None:
        """Keeps the reason and the last day; a day that is over is asked for again."""
        values = args.body["view"]["state"]["values"]
        click = self.click(Verb.EXPECT, args.body)
        last_day = date.fromisoformat(values[UNTIL][UNTIL]["selected_date"])
        if last_day < click.at.date():
            await args.ack(response_action="errors", errors={UNTIL: alert_answers.DAY_IS_OVER})
            return
        await args.ack()
        some_reference, _, channel = str(args.body["view"]["private_metadata"]).partition(" ")
        expected = replace(click, last_day=last_day, reason=str(values[REASON][REASON]["value"]))
        await self.attend(args, some_reference, lambda: self.keep(some_reference, expected), channel=channel)

    async def show_details(self, args: AsyncArgs) -> None:
        """Opens a window with what is behind an alert, open or closed."""
        await args.ack()
        some_reference = str(action_of(args)["value"])

        def load(store: Store) -> dict[str, Any]:
            own, alert = find_alert(store, some_reference)
            return load_details(own, alert, subject=subject_of(store, alert), teams=self.answers.teams)

        async def show() -> None:
            await open_view(args, await with_store(self.answers.open_store, load))

        await self.attend(args, some_reference, show)

    async def require_sight(self, args: AsyncArgs, some_reference: str) -> None:
        """Raises `NothingChanged` for somebody who may not see what the alert is about."""
        gate, open_store = self.answers.gate, self.answers.open_store
        sight = (await gate.admitted(args)).sight
        if sight.is_nothing:
            raise NothingChanged(gate.refusal() if gate.rules.viewers else alert_answers.NOT_A_MEMBER)
        await with_store(open_store, lambda store: find_alert(store, some_reference))
        try:
            await with_store(seen_through(open_store, sight), lambda store: find_alert(store, some_reference))
        except NothingChanged:
            raise NothingChanged(alert_answers.NOT_IN_SIGHT) from None

    async def attend(
        self,
        args: AsyncArgs,
        some_reference: str,
        act: Callable[[], Awaitable[None]],
        *,
        channel: str | None = None,
    ) -> None:
        """Does what a click is for, if whoever clicked may; else, or where that fails, tells them in one line."""

        async def act_in_sight() -> None:
            await self.require_sight(args, some_reference)
            await act()

        await self.answer_click(args, act_in_sight, channel=channel)

    def click(self, verb: Verb, body: Mapping[str, Any]) -> Handling:
        """Somebody's click, now."""
        return Handling(verb=verb, user=body["user"]["id"], at=self.answers.now())

    async def keep(self, some_reference: str, handling: Handling) -> None:
        """Keeps a click and shows it. Raises `NothingChanged`, also if it was kept but cannot be shown."""
        open_store = self.answers.open_store
        edit = await with_store(open_store, lambda store: keep_click(store, some_reference, handling))
        await self.answers.say_now()
        if edit is not None:
            await with_store(open_store, lambda store: require_shown(store, edit))


def open_subject(store: Store, some_reference: str, click: Handling) -> str:
    """The headline of an alert that the click would change. Raises `NothingChanged` for one that takes it no more."""
    _, alert = find_alert(store, some_reference)
    refusal = reason_to_refuse(alert, click)
    if refusal is not None:
        raise NothingChanged(alert_answers.refused(alert, refusal))
    return subject_of(store, alert)
