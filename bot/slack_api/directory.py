"""Who somebody is: what Slack says of a user, as far as the bot's scopes let it ask, remembered for a few minutes."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from bot.slack_api.errors import SlackError
from bot.slack_api.examine import SEES_PEOPLE
from bot.slack_api.post import answered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
    from datetime import datetime
    from typing import Any

    from slack_sdk.web.async_client import AsyncWebClient

T = TypeVar("T")

log = logging.getLogger(__name__)

REMEMBERED = timedelta(minutes=5)
MOST_REMEMBERED = 2_000
MOST_PAGES = 10
A_PAGE = 1_000
NO_MEMBER = ("is_restricted", "is_ultra_restricted", "is_stranger")

SEES_GROUPS = "usergroups:read"
SEES_CHANNELS = {"channels:read": "public_channel", "groups:read": "private_channel"}


@dataclass(frozen=True, slots=True)
class Directory:
    """Asks with the scopes it is given. What it may not ask, or is not told, is None: not known."""

    now: Callable[[], datetime]
    remembered: OrderedDict[Hashable, tuple[datetime, Any]] = field(default_factory=OrderedDict)

    async def is_guest(self, client: AsyncWebClient, scopes: Collection[str], user: str) -> bool | None:
        """Whether somebody is a guest, or of another organisation."""
        if SEES_PEOPLE not in scopes:
            return None

        async def ask() -> bool:
            known: Mapping[str, Any] = (await answered(client.users_info(user=user))).get("user") or {}
            return any(known.get(flag) for flag in NO_MEMBER)

        return await self.recall(("guest", user), ask)

    async def members_of(self, client: AsyncWebClient, scopes: Collection[str], group: str) -> frozenset[str] | None:
        """Who is in a user group."""
        if SEES_GROUPS not in scopes:
            return None

        async def ask() -> frozenset[str]:
            return frozenset((await answered(client.usergroups_users_list(usergroup=group))).get("users") or ())

        return await self.recall(("group", group), ask)

    async def channels_of(
        self, client: AsyncWebClient, scopes: Collection[str], user: str | None = None
    ) -> frozenset[str] | None:
        """The channels that somebody is in, or the bot itself; of private ones those that the bot is in."""
        types = [kind for scope, kind in SEES_CHANNELS.items() if scope in scopes]
        if not types:
            return None
        return await self.recall(("channels", user), lambda: list_channels(client, user, ",".join(types)))

    async def recall(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What was answered a moment ago, or is now; None, and not remembered, where Slack does not say."""
        found = self.remembered.get(key)
        if found is not None and self.now() < found[0] + REMEMBERED:
            known: T = found[1]
            return known
        try:
            answer = await ask()
        except SlackError as error:
            log.warning("Slack did not say who may see what (%s), so less is shown", error)
            return None
        self.remembered[key] = (self.now(), answer)
        self.remembered.move_to_end(key)
        while len(self.remembered) > MOST_REMEMBERED:
            self.remembered.popitem(last=False)
        return answer


async def list_channels(client: AsyncWebClient, user: str | None, types: str) -> frozenset[str]:
    """The ids of channels, a page at a time."""
    found: set[str] = set()
    cursor = ""
    for _ in range(MOST_PAGES):
        whose = {} if user is None else {"user": user}
        page = await answered(
            client.users_conversations(types=types, exclude_archived=True, limit=A_PAGE, cursor=cursor, **whose)
        )
        found |= {channel["id"] for channel in page.get("channels") or ()}
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return frozenset(found)
