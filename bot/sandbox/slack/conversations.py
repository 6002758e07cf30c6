"""The Web API's conversations methods: what a channel is, who is in it, what was said there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.payloads import channel_json, message_json
from bot.sandbox.slack.refusals import MethodRefusedError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bot.sandbox.slack.methods import Arguments, Method
    from bot.sandbox.slack.workspace import SlackChannel, SlackMessage, Workspace

TRUE = (True, "true", "1", 1)
SCOPE_OF_TYPE = {"public_channel": "channels:read", "private_channel": "groups:read"}
MESSAGES_A_PAGE = 100
MOST_MESSAGES_A_PAGE = 999


class Conversations:
    """Channels as the bot sees them: private ones it is not in do not exist for it."""

    def __init__(self, workspace: Workspace, *, scopes: Callable[[], Collection[str]]) -> None:
        self._workspace = workspace
        self._scopes = scopes

    def methods(self) -> dict[str, Method]:
        return {
            "conversations.history": self.history,
            "conversations.info": self.info,
            "conversations.join": self.join,
            "conversations.members": self.members,
            "conversations.open": self.open,
            "conversations.replies": self.replies,
            "users.conversations": self.of_user,
        }

    def info(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._visible(arguments, "read")
        return {"channel": channel_json(channel, seen_by=self._workspace.bot_user)}

    def members(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._visible(arguments, "read")
        return {"members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}

    def of_user(self, arguments: Arguments) -> dict[str, Any]:
        """The channels that a user, or else the bot, is in; of private ones those that the bot is in, too."""
        bot = self._workspace.bot_user
        user = str(arguments.get("user") or bot)
        types = str(arguments.get("types") or "public_channel").split(",")
        self._require([SCOPE_OF_TYPE[kind] for kind in types if kind in SCOPE_OF_TYPE])
        kinds = [kind == "private_channel" for kind in types]
        found = [
            channel
            for channel in self._workspace.channels.values()
            if not channel.is_direct
            and channel.is_private in kinds
            and user in channel.members
            and (bot in channel.members or not channel.is_private)
        ]
        return {
            "channels": [channel_json(channel, seen_by=bot) for channel in found],
            "response_metadata": {"next_cursor": ""},
        }

    def join(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._workspace.channels.get(str(arguments.get("channel")))
        if channel is None or channel.is_private:
            raise MethodRefusedError("channel_not_found")
        if channel.is_archived:
            raise MethodRefusedError("is_archived")
        channel.members.add(self._workspace.bot_user)
        return {"channel": channel_json(channel, seen_by=self._workspace.bot_user)}

    def open(self, arguments: Arguments) -> dict[str, Any]:
        """The direct message with one user."""
        user = str(arguments.get("users"))
        if user not in self._workspace.users:
            raise MethodRefusedError("user_not_found")
        return {"channel": {"id": self._workspace.direct_message_with(user).id}}

    def history(self, arguments: Arguments) -> dict[str, Any]:
        """Messages of a channel, newest first, without the replies in threads."""
        channel = self._readable(arguments)
        shown = [message for message in self._said_in(channel, arguments) if not message.is_reply or message.broadcast]
        return self._page(arguments, list(reversed(shown)))

    def replies(self, arguments: Arguments) -> dict[str, Any]:
        """A thread: its parent and the replies, oldest first."""
        channel = self._readable(arguments)
        parent = str(arguments.get("ts"))
        thread = [message for message in self._said_in(channel, arguments) if parent in (message.ts, message.thread_ts)]
        if not thread:
            raise MethodRefusedError("thread_not_found")
        return self._page(arguments, thread)

    def _visible(self, arguments: Arguments, purpose: str) -> SlackChannel:
        channel = self._workspace.channels.get(str(arguments.get("channel")))
        if channel is None:
            raise MethodRefusedError("channel_not_found")
        self._require([f"{_family(channel)}:{purpose}"])
        if channel.is_private and self._workspace.bot_user not in channel.members:
            raise MethodRefusedError("channel_not_found")
        return channel

    def _require(self, needed: Sequence[str]) -> None:
        missing = [scope for scope in needed if scope not in self._scopes()]
        if missing:
            extra = {"needed": missing[0], "provided": self._provided()}
            raise MethodRefusedError(Refusal("missing_scope", extra=extra))

    def _readable(self, arguments: Arguments) -> SlackChannel:
        channel = self._visible(arguments, "history")
        if self._workspace.bot_user not in channel.members:
            raise MethodRefusedError("not_in_channel")
        return channel

    def _provided(self) -> str:
        return ",".join(sorted(self._scopes()))

    def _said_in(self, channel: SlackChannel, arguments: Arguments) -> list[SlackMessage]:
        """What everybody in the channel can see between `oldest` and `latest`, oldest first."""
        oldest, latest = str(arguments.get("oldest") or "0"), str(arguments.get("latest") or "99999999999")
        bounds = {oldest, latest} if arguments.get("inclusive") in TRUE else set()
        said = [
            message
            for message in self._workspace.messages()
            if message.channel == channel.id
            and not message.is_ephemeral
            and (float(oldest) < float(message.ts) < float(latest) or message.ts in bounds)
        ]
        return sorted(said, key=lambda message: message.ts)

    def _page(self, arguments: Arguments, messages: Sequence[SlackMessage]) -> dict[str, Any]:
        start = int(arguments.get("cursor") or 0)
        end = start + min(int(arguments.get("limit") or MESSAGES_A_PAGE), MOST_MESSAGES_A_PAGE)
        show = self._with_metadata if arguments.get("include_all_metadata") in TRUE else self._plain
        has_more = end < len(messages)
        return {
            "messages": [show(message) for message in messages[start:end]],
            "has_more": has_more,
            "response_metadata": {"next_cursor": str(end) if has_more else ""},
        }

    def _plain(self, message: SlackMessage) -> dict[str, Any]:
        return message_json(self._workspace, message)

    def _with_metadata(self, message: SlackMessage) -> dict[str, Any]:
        metadata = {"metadata": message.metadata} if message.metadata else {}
        return {**self._plain(message), **metadata}


def _family(channel: SlackChannel) -> str:
    if channel.is_direct:
        return "im"
    return "groups" if channel.is_private else "channels"
