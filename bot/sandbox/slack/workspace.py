"""What a Slack workspace holds: people, channels, messages, views. No network here.

Every version of a message stays in `Workspace.log`, so that a test can count what people saw, not only what is left.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """A person or a bot. A guest is `is_restricted`; somebody from a shared channel is `is_stranger`."""

    id: str
    name: str
    team_id: str
    is_admin: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    is_deactivated: bool = False


@dataclass(slots=True, kw_only=True)
class SlackChannel:
    """A channel (`C…`) or a direct message with the bot (`D…`)."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False

    @property
    def is_direct(self) -> bool:
        return self.id.startswith("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """One version of a message. `ts` is its id in the channel, `visible_to` the only reader of an ephemeral one.

    `files` are the names of those shared with it.
    """

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[dict[str, Any], ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: dict[str, Any] | None = None
    visible_to: str | None = None
    files: tuple[str, ...] = ()
    edited_ts: str | None = None
    is_deleted: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return self.visible_to is not None

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in (None, self.ts)


class Changes:
    """Lets a test wait until something it looks for has happened."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def announce(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, look: Callable[[], T | None], *, within: float, what: str) -> T:
        """What `look` returns as soon as it is not None.

        Raises:
            TimeoutError: It was None for `within` seconds; `what` says what was waited for.
        """
        try:
            async with asyncio.timeout(within):
                while (found := look()) is None:
                    await self._next.wait()
        except TimeoutError:
            raise TimeoutError(f"no {what} within {within:g} s") from None
        return found


class Workspace:
    """The state of one Slack workspace with one app installed in it."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self.now = now
        self.team_id = "T0LOCAL01"
        self.team_domain = "local"
        self.app_id = "A0LOCAL01"
        self.bot_id = "B0LOCAL01"
        self.bot_user = "U0BOT0001"
        self.users: dict[str, SlackUser] = {}
        self.channels: dict[str, SlackChannel] = {}
        self.user_groups: dict[str, tuple[str, ...]] = {}
        self.log: list[SlackMessage] = []
        self.watchers: list[Callable[[SlackMessage], None]] = []
        self.changes = Changes()
        self._current: dict[tuple[str, str], SlackMessage] = {}
        self._last_instant = 0
        self.add_user(SlackUser(id=self.bot_user, name="claudecost", team_id=self.team_id, is_bot=True))

    # --- People and places ---

    def add_user(self, user: SlackUser) -> SlackUser:
        self.users[user.id] = user
        return user

    def add_channel(self, channel: SlackChannel) -> SlackChannel:
        self.channels[channel.id] = channel
        return channel

    def find_channel(self, reference: str) -> SlackChannel | None:
        """A channel by id, by name (`costs`, `#costs`), or the direct message with a user."""
        if reference in self.users:
            return self.direct_message_with(reference)
        name = reference.removeprefix("#")
        by_name = (channel for channel in self.channels.values() if channel.name == name)
        return self.channels.get(reference) or next(by_name, None)

    def direct_message_with(self, user: str) -> SlackChannel:
        direct = self.channels.get(f"D{user[1:]}")
        if direct is not None:
            return direct
        return self.add_channel(SlackChannel(id=f"D{user[1:]}", name=user, members={user, self.bot_user}))

    # --- Messages ---

    def new_ts(self) -> str:
        """A timestamp no message has yet; later ones sort after it, whatever the clock does."""
        instant = int(self.now().timestamp() * 1_000_000)
        self._last_instant = max(instant, self._last_instant + 1)
        seconds, micros = divmod(self._last_instant, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def save(self, message: SlackMessage) -> SlackMessage:
        """Keep this version of a message, new or changed, and tell whoever watches."""
        message = replace(message, blocks=_with_ids(message.blocks, message.ts))
        self._current[(message.channel, message.ts)] = message
        self.log.append(message)
        for watcher in self.watchers:
            watcher(message)
        self.changes.announce()
        return message

    def take_in(self, messages: Iterable[SlackMessage]) -> None:
        """Hold messages of another workspace that this one goes on from; new ones sort after them."""
        for message in messages:
            self.save(message)
            self._last_instant = max(self._last_instant, int(message.ts.replace(".", "")))

    def delete(self, message: SlackMessage) -> SlackMessage:
        """Take a message away; its deletion is its last version."""
        return self.save(replace(self._current[(message.channel, message.ts)], is_deleted=True))

    def find_message(self, *, channel: str, ts: str) -> SlackMessage | None:
        """The newest version of a message that is still there."""
        message = self._current.get((channel, ts))
        return None if message is None or message.is_deleted else message

    def messages(self) -> list[SlackMessage]:
        """What is still there, everywhere, oldest first, ephemeral messages included."""
        return [message for message in self._current.values() if not message.is_deleted]

    def versions(self, message: SlackMessage) -> list[SlackMessage]:
        """Each version of a message from the first to the newest, a deletion included."""
        place = (message.channel, message.ts)
        return [version for version in self.log if (version.channel, version.ts) == place]


def _with_ids(blocks: Iterable[dict[str, Any]], ts: str) -> tuple[dict[str, Any], ...]:
    """Slack gives each block without a `block_id` one of its own."""
    return tuple({"block_id": f"b{ts[-6:]}{index}", **block} for index, block in enumerate(blocks))
