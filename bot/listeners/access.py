"""Who may see what: Slack says who asks, the configuration what they may see."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.access import SEES_NOTHING, Asker, Rules, find_sight, is_admin
from bot.loading.owners import load_channels
from bot.messages.sight import sees_nothing
from bot.slack_api import SEES_PEOPLE, Directory
from bot.snapshots import DatabaseUnusable
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_bolt.kwargs_injection.async_args import AsyncArgs
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.analysis.access import Sight
    from bot.model import Message
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

MOST_SEEN = 10_000
SEEN_FOR = timedelta(days=30)
"""How long somebody who asked in a channel counts as being in it, where Slack may not be asked."""


class Admitted(NamedTuple):
    """What somebody may see, whether they are an admin, and whether others where they are told may see less.

    Where none are named, whoever sees everything is an admin.
    """

    sight: Sight
    is_admin: bool
    may_see_less: bool


NOT_ADMITTED = Admitted(SEES_NOTHING, is_admin=False, may_see_less=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Finds out what whoever sent a request may see. `own_channels` are where the settings have the bot post."""

    open_store: OpenStore
    now: Callable[[], datetime]
    rules: Rules
    own_channels: frozenset[str]
    directory: Directory
    seen: OrderedDict[tuple[str, str], datetime] = field(default_factory=OrderedDict)

    async def admitted(self, args: AsyncArgs, *, told_in: str = "") -> Admitted:
        """What whoever sent a request may do, and whether others where they are told may see less than they do.

        It is one look, however much of it is needed: Slack is asked nothing twice. What Slack does not say, or may not
        be asked, counts against them. Where the request came from is what Slack itself says, never what a window
        carries; windows and the Home tab are nowhere.
        """
        if not is_of_this_workspace(args.body, args.context):
            return NOT_ADMITTED
        channel = channel_of(args.body)
        if channel is not None:
            self.saw(user_of(args.body), channel)
        inquiry = self.inquiry(args)
        asker = await inquiry.asker()
        sight = find_sight(self.rules, asker)
        if sight.is_nothing or await self.is_in_vain(sight):
            return NOT_ADMITTED
        return Admitted(sight, is_admin(self.rules, asker), await inquiry.may_see_less(told_in))

    async def is_in_vain(self, sight: Sight) -> bool:
        """Whether somebody may see some of the bill, but nothing there is."""
        if sight.is_everything:
            return False
        try:
            return await with_store(self.open_store, lambda store: store.is_in_vain(sight))
        except DatabaseUnusable:
            return False

    def inquiry(self, args: AsyncArgs) -> Inquiry:
        """The question of who sent a request."""
        granted = (args.context.authorize_result and args.context.authorize_result.bot_scopes) or ()
        return Inquiry(self, args.client, granted, user_of(args.body), channel_of(args.body))

    async def channels_asked_for(self) -> frozenset[str]:
        """Where people asked for digests, or imported teams are told things; none where nobody can tell."""
        try:
            return await with_store(self.open_store, load_channels_asked_for)
        except DatabaseUnusable:
            return frozenset()

    def saw(self, user: str, channel: str) -> None:
        """Remembers that somebody asked or clicked in a channel."""
        self.seen[user, channel] = self.now()
        self.seen.move_to_end((user, channel))
        while len(self.seen) > MOST_SEEN:
            self.seen.popitem(last=False)

    def refusal(self) -> Message:
        """What somebody is told who may see nothing."""
        return sees_nothing(own_channels=self.own_channels, admins=self.rules.admins, by_rules=bool(self.rules.viewers))


@dataclass(slots=True)
class Inquiry:
    """One question of who somebody is. `asked_for` are channels of the bot's that no setting names, once known."""

    gate: Gate
    client: AsyncWebClient
    scopes: Collection[str]
    user: str
    channel: str | None
    asked_for: frozenset[str] | None = None

    async def asker(self) -> Asker:
        """Who they are, as far as that decides what they may see; Slack is asked nothing else."""
        rules = self.gate.rules
        if self.user in rules.admins:
            return Asker(user=self.user)
        if await self.is_guest():
            return Asker(user=self.user, is_guest=True)
        channels = await self.channels()
        return Asker(
            user=self.user,
            groups=await self.groups(),
            channels=channels,
            in_own_channel=not rules.viewers and await self.is_in_own_channel(channels),
        )

    async def is_guest(self) -> bool:
        """Whether somebody is a guest. If Slack may be asked and does not say, they count as one."""
        known = await self.gate.directory.is_guest(self.client, self.scopes, self.user)
        return SEES_PEOPLE in self.scopes if known is None else known

    async def groups(self) -> frozenset[str]:
        """Those of the groups that decide that they are known to be in."""
        groups = self.gate.rules.groups
        members = {group: await self.gate.directory.members_of(self.client, self.scopes, group) for group in groups}
        return frozenset(group for group, users in members.items() if users and self.user in users)

    async def channels(self) -> frozenset[str]:
        """The channels they are known to be in, those that decide: what the rules name, or the bot's own."""
        named = frozenset[str]().union(*(viewer.channels for viewer in self.gate.rules.viewers))
        asked_in = frozenset({self.channel} if self.channel else ())
        if self.gate.rules.viewers and named <= asked_in:
            return asked_in
        if not self.gate.rules.viewers and await self.is_the_bots(asked_in):
            return asked_in
        known = await self.gate.directory.channels_of(self.client, self.scopes, self.user)
        if known is None:
            known = await self.seen_in(named if self.gate.rules.viewers else await self.own())
        return known | asked_in

    async def may_see_less(self, channel: str) -> bool:
        """Whether people in a channel may be allowed to see less than they do.

        Without viewers those whom Slack does not say to be in a channel of the bot's see nothing.
        """
        return bool(self.gate.rules.viewers) or not channel or not await self.is_in_own_channel({channel})

    async def is_in_own_channel(self, channels: Collection[str]) -> bool:
        """Whether one of some channels is one that the bot is in."""
        if await self.is_the_bots(channels):
            return True
        joined = await self.gate.directory.channels_of(self.client, self.scopes)
        return bool(joined and joined.intersection(channels))

    async def is_the_bots(self, channels: Collection[str]) -> bool:
        """Whether the bot posts in one of some channels; most are asked in one that the settings name."""
        return not self.gate.own_channels.isdisjoint(channels) or not (await self.own()).isdisjoint(channels)

    async def own(self) -> frozenset[str]:
        """Where the bot posts."""
        if self.asked_for is None:
            self.asked_for = await self.gate.channels_asked_for()
        return self.gate.own_channels | self.asked_for

    async def seen_in(self, channels: Collection[str]) -> frozenset[str]:
        """Those of some channels that they asked or clicked in lately."""
        since = self.gate.now() - SEEN_FOR
        seen = {channel: self.gate.seen.get((self.user, channel)) for channel in channels}
        lately = frozenset(channel for channel, at in seen.items() if at is not None and at >= since)
        if lately:
            return lately
        try:
            return await with_store(
                self.gate.open_store, lambda store: store.audit.load_channels(self.user, channels, since=since)
            )
        except DatabaseUnusable:
            return frozenset()


def load_channels_asked_for(store: Store) -> frozenset[str]:
    """The channels that asked for a digest, and those of imported teams."""
    return frozenset(each.channel for each in store.subscriptions.load()) | load_channels(store)


def seen_through(open_store: OpenStore, sight: Sight) -> OpenStore:
    """Opens the store as somebody may see it."""

    @contextmanager
    def open_and_hide() -> Iterator[Store]:
        with open_store() as store, store.seeing(sight):
            yield store

    return open_store if sight.is_everything else open_and_hide


def user_of(body: Mapping[str, Any]) -> str:
    """Who sent a request: a command, a click, a window, or an event."""
    if "user_id" in body:
        return str(body["user_id"])
    return str(body["event"]["user"] if "event" in body else body["user"]["id"])


def channel_of(body: Mapping[str, Any]) -> str | None:
    """Where a request came from: a command, or a click on a message."""
    found = body.get("channel_id") or (body.get("channel") or {}).get("id")
    return None if found is None else str(found)


def is_of_this_workspace(body: Mapping[str, Any], context: AsyncBoltContext) -> bool:
    """Whether somebody belongs to the workspace the bot is installed in, or to its enterprise."""
    if "user" in body:
        home = {(body.get(place) or {}).get("id") for place in ("team", "enterprise")} - {None}
        return body["user"].get("team_id") in home
    installed = context.authorize_result
    home = {installed.team_id, installed.enterprise_id} - {None} if installed else set()
    return bool({body.get("team_id"), body.get("enterprise_id")} & home)
