"""`/claudecost digest`: the last one as its asker may see it; channels that are to get one, or none any more."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.analysis.ask_digest import parse_digest, split_words
from bot.analysis.digest_plan import all_plans, fingerprint, plan_of
from bot.loading.owners import load_ownership
from bot.loading.scope import scope_of
from bot.loading.units import NO_UNITS
from bot.messages import digests
from bot.messages.notices import could_not_answer
from bot.model import Interval, Outcome, Subscription
from bot.slack_api import SlackError
from bot.snapshots.parts import parts_of
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from bot.analysis.ask_digest import DigestWords
    from bot.analysis.digest_plan import Plan
    from bot.listeners.asked import Asked
    from bot.loading.digest import Teller
    from bot.loading.plans import Plans
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

DIGEST = "digest"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LATELY = timedelta(days=60)
"""A workspace without a name must have spent something since then to be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDesk:
    """What digests there are, what tells them, who decides, and how it is found out whether the bot is in a channel."""

    plans: Plans
    teller: Teller
    admins: Collection[str]
    try_channel: Callable[[str], Awaitable[None]]

    async def answer(self, open_store: OpenStore, asked: Asked, *, now: datetime) -> Message:
        """What the words are for."""
        words = parse_digest(split_words(asked.text)[1:])
        asked.notes.understood = " ".join([DIGEST, words.verb, *([words.every] if words.every else [])])
        if words.verb == "show":
            return await with_store(open_store, lambda store: self.show(store, asked, words, now=now))
        if not asked.is_admin:
            asked.notes.outcome = Outcome.REFUSED
            return digests.only_admins(self.admins)
        if asked.is_alone:
            return digests.ASK_IN_CHANNEL
        if words.verb == "unsubscribe":
            return await with_store(open_store, lambda store: self.unsubscribe(store, asked, words, now=now))
        return await self.subscribe(open_store, asked, words, now=now)

    def show(self, store: Store, asked: Asked, words: DigestWords, *, now: datetime) -> Message:
        """The last one that was due: the channel's own, or of what was asked for; as it was said, if it was."""
        plan = self.chosen(store, asked, words)
        period = plan.schedule.latest_due(now, started_at=LONG_AGO)
        if period is None:
            raise LookupError("no period is due since the beginning")
        said = store.outbox.load_posting(plan.key(period)) if asked.sight.is_everything else None
        if said is not None:
            return said.message
        teller = self.teller
        if not asked.sight.is_everything:
            teller = replace(teller, prices=None, units=NO_UNITS, budgets=())
        told = teller.tell(
            parts_of(store),
            period,
            today=now.date(),
            workspaces=plan.workspaces,
            series=plan.series,
            unheard=store.unheard_organizations() if asked.sight.is_everything else (),
        )
        return told.message if told.digest is not None else unknown(plan.workspaces)

    def chosen(self, store: Store, asked: Asked, words: DigestWords) -> Plan:
        """The digest that is meant."""
        main = self.plans.main_one(words.every or "week")
        if words.workspaces:
            return replace(main, workspaces=words.workspaces, is_main=False)
        return plan_of(self.plans.load(store), asked.channel, every=words.every) or main

    async def subscribe(self, open_store: OpenStore, asked: Asked, words: DigestWords, *, now: datetime) -> Message:
        """The channel gets it from now on, if there is such a thing and the bot can speak there."""
        wanted = Subscription(
            channel=asked.channel,
            every=words.every or "week",
            workspaces=words.workspaces,
            user=asked.user,
            at=now,
        )
        nothing = await with_store(open_store, lambda store: self.nothing_called(store, words.workspaces, now=now))
        if nothing:
            return unknown(nothing)
        try:
            await self.try_channel(asked.channel)
        except SlackError as error:
            return digests.not_in_channel(str(error))
        return await with_store(open_store, lambda store: self.keep(store, wanted))

    def keep(self, store: Store, wanted: Subscription) -> Message:
        """Keeps it, unless the channel has it."""
        before = self.plans.load(store)
        (plan,) = all_plans([], [wanted], usual=self.plans.main.schedule)
        known = next((one for one in before if one.channel == plan.channel and is_alike(one, plan)), None)
        if known is not None:
            return digests.subscribed_before(known, now=wanted.at)
        store.subscriptions.subscribe(wanted)
        log.info("%s wants the %sly digest in %s", wanted.user, wanted.every, wanted.channel)
        return digests.subscribed(plan, now=wanted.at)

    def unsubscribe(self, store: Store, asked: Asked, words: DigestWords, *, now: datetime) -> Message:
        """Ends what somebody asked for there, all of it unless the words say which."""
        meant = [plan for plan in self.plans.load(store) if plan.channel == asked.channel and words.means(plan)]
        ended = [plan for plan in meant if plan.subscribed is not None]
        store.subscriptions.unsubscribe([each.subscribed for each in ended if each.subscribed], user=asked.user, at=now)
        if ended:
            return digests.unsubscribed(ended)
        return digests.configured_here(meant[0]) if meant else digests.NO_SUBSCRIPTION

    def nothing_called(self, store: Store, workspaces: Sequence[str], *, now: datetime) -> Sequence[str]:
        """Those words that mean no workspace and no team."""
        lately = Interval((now - LATELY).date(), now.date())
        ownership = load_ownership(store, self.teller.teams)
        return scope_of(store.each(), workspaces, lately, ownership, day=now.date()).unmatched


def is_alike(plan: Plan, other: Plan) -> bool:
    """Whether two tell one thing, whatever says so."""
    return (plan.every, fingerprint(plan.workspaces)) == (other.every, fingerprint(other.workspaces))


def unknown(workspaces: Sequence[str]) -> Message:
    """The words mean nothing."""
    named = " or ".join(workspaces[:3])
    return could_not_answer(
        f"No workspace is called {named}; give ids, names or patterns such as pay-*, or team:search"
    )
