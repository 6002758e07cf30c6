"""The Home tab: what one person sees when they open the app, and the questions that have a button there."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.home import own_first
from bot.analysis.month import find_month
from bot.analysis.organizations import own_id
from bot.listeners.apology import apology
from bot.listeners.asked import Asked
from bot.listeners.budgets import NO_BUDGETS
from bot.listeners.clicks import action_of
from bot.listeners.forecast import load_part
from bot.listeners.units import load_seen_rises
from bot.messages.home import ASK, answer_view, apology_view, home_view, waiting_view
from bot.messages.sight import seen_view
from bot.slack_api import SlackError, answered
from bot.snapshots.answers import KEPT_FOR
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.units import UnitReport
    from bot.listeners.budgets import Budgets
    from bot.listeners.claudecost import Answers
    from bot.snapshots.store import Store

log = logging.getLogger(__name__)

HOME = "home"
AT_MOST_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Homes:
    """Home tabs, published when they are opened; somebody's no more often than once a minute."""

    answers: Answers
    published: dict[str, datetime] = field(default_factory=dict)

    async def open(self, args: AsyncArgs) -> None:
        """Somebody opened the app; only its Home tab is ours to fill."""
        event, client = args.event or {}, args.client
        if event.get("tab") != HOME or not self.is_due(event["user"]):
            return
        with self.answers.running.answer():
            try:
                asked = await self.answers.seen(args, Asked(text="", user=event["user"], channel=""))
                await answered(client.views_publish(user_id=asked.user, view=await self.view(asked)))
            except SlackError as error:
                self.published.pop(event["user"], None)
                log.warning("a Home tab was not published: %s", error)

    def is_due(self, user: str) -> bool:
        """Whether somebody's Home was not published within a minute; from now on it was."""
        now = self.answers.now()
        self.published = {other: at for other, at in self.published.items() if now - at < AT_MOST_EVERY}
        if user in self.published:
            return False
        self.published[user] = now
        return True

    async def view(self, asked: Asked) -> dict[str, Any]:
        """What somebody sees; there always is something."""
        now = self.answers.now()
        if asked.sight.is_nothing:
            return apology_view(self.answers.gate.refusal())
        open_store = self.answers.seen_by(asked).open_store
        try:
            known, units, whole = self.answers.budgets, self.answers.units, self.answers.whole
            rises = await with_store(whole, lambda store: load_seen_rises(store, asked.sight, units, today=now.date()))
            view = await with_store(
                open_store, lambda store: load_home(store, asked, now=now, budgets=known, rises=rises)
            )
            return seen_view(view, asked.sight)
        except Exception as error:  # noqa: BLE001 -- somebody looks, whatever went wrong
            return apology_view(apology(error))

    async def ask(self, args: AsyncArgs) -> None:
        """Answers a button in a window, which is opened first: three seconds later Slack would refuse it."""
        body, client = args.body, args.client
        with self.answers.running.answer():
            try:
                opened = await answered(client.views_open(trigger_id=body["trigger_id"], view=waiting_view()))
                asked = Asked.of_click(body, str(action_of(args)["value"]))
                view = answer_view(await self.answers.attend(args, asked))
                await answered(client.views_update(view_id=opened["view"]["id"], view=view))
            except SlackError as error:
                log.warning("a question on a Home tab was not answered: %s", error)


def load_home(
    store: Store, asked: Asked, *, now: datetime, budgets: Budgets = NO_BUDGETS, rises: Sequence[UnitReport] = ()
) -> dict[str, Any]:
    """Somebody's Home tab from the snapshots alone, all of one moment."""
    since, today = now - KEPT_FOR, now.date()
    with store.reading():
        parts = parts_of(store)
        month = find_month([load_part(part, today=today) for part in parts], today=today)
        handled = [
            own_id(id_, part.beside)
            for part in parts
            for id_ in part.store.alerts.load_handled(asked.user, since=since)
        ]
        questions = store.answers.load_questions(asked.user, since=since)
        standing = budgets.load_each(store, today=today) if asked.sight.is_everything else []
    own = own_first(month.workspaces, questions=questions, handled=handled, today=today)
    return home_view(month, workspaces=own, budgets=standing, units=rises)


def register_home(app: AsyncApp, answers: Answers) -> None:
    """Fills the Home tab and answers its buttons."""
    homes = Homes(answers)

    async def ask(args: AsyncArgs) -> None:
        await args.ack()
        await homes.ask(args)

    app.event("app_home_opened")(homes.open)
    app.action(re.compile(f"^{ASK}"))(ask)
