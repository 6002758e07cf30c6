"""The buttons of a rise of dollars per unit: take it on, look at what is behind it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.listeners.clicks import ClickDesk, NothingChanged, action_of, open_view
from bot.listeners.units import load_seen
from bot.loading.units import weeks_up_to
from bot.messages.budget_views import was_taken
from bot.messages.units import (
    ACKNOWLEDGE,
    DETAILS,
    NOT_OPEN,
    UNKNOWN_UNIT,
    WEEKS,
    details_view,
    reference,
    taken_on,
    taken_reply,
)
from bot.model import Taken
from bot.snapshots.threads import with_store
from bot.snapshots.units import rise_key

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.analysis.units import UnitDays
    from bot.listeners.claudecost import Answers
    from bot.snapshots.store import Store

log = logging.getLogger(__name__)


def register_unit_clicks(app: AsyncApp, answers: Answers) -> None:
    """Answers each of a rise's buttons."""
    desk = UnitDesk(answers)
    app.action(ACKNOWLEDGE)(desk.acknowledge)
    app.action(DETAILS)(desk.show_details)


@dataclass(frozen=True, slots=True)
class UnitDesk(ClickDesk):
    """The listeners. Whoever may see all of a unit's dollars may click on its rise."""

    async def acknowledge(self, args: AsyncArgs) -> None:
        """Somebody takes a rise on."""
        await args.ack()
        carried, taken = str(action_of(args)["value"]), Taken(args.body["user"]["id"], self.answers.now())

        async def take() -> None:
            days = await self.require_sight(args, carried)
            await with_store(self.answers.open_store, lambda store: keep(store, days.unit.name, carried, taken))
            await self.answers.say_now()

        await self.answer_click(args, take)

    async def show_details(self, args: AsyncArgs) -> None:
        """Opens a window with the unit's weeks."""
        await args.ack()
        carried = str(action_of(args)["value"])

        async def show() -> None:
            days = await self.require_sight(args, carried)
            await open_view(args, details_view(days, today=self.answers.now().date()))

        await self.answer_click(args, show)

    async def require_sight(self, args: AsyncArgs, carried: str) -> UnitDays:
        """The unit of a button. Raises `NothingChanged` for whoever may not see it, as if there were none."""
        sight = (await self.answers.gate.admitted(args)).sight
        name = carried.partition(" ")[2]
        if sight.is_nothing:
            raise NothingChanged(UNKNOWN_UNIT)
        weeks, units = weeks_up_to(self.answers.now().date(), WEEKS + 1), self.answers.units
        known = await with_store(self.answers.open_store, lambda store: load_seen(store, sight, units, weeks))
        found = next((days for days in known if days.unit.name == name), None)
        if found is None:
            raise NothingChanged(UNKNOWN_UNIT)
        return found


def keep(store: Store, unit: str, carried: str, taken: Taken) -> None:
    """Keeps who has taken a rise on, and shows it. Raises `NothingChanged`."""
    with store.transaction():
        rise = store.units.load_rise(unit)
        if rise is None or reference(unit, rise.since) != carried:
            raise NothingChanged(NOT_OPEN)
        if rise.taken is not None:
            raise NothingChanged(was_taken(rise.taken.user))
        store.units.take_rise(unit, taken)
        log.info("rise of %s taken on by %s", unit, taken.user)
        root, after = store.own_key(rise_key(unit, rise.since)), rise._replace(taken=taken)
        store.outbox.add_change(
            f"{root}:taken",
            root,
            show=lambda message: taken_on(message, unit, after),
            reply=taken_reply(taken.user, unit),
        )
