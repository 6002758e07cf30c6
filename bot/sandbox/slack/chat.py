"""The Web API's chat methods: post, edit, delete, whisper."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.limits import CHARACTERS_OF_A_POSTED_TEXT, CHARACTERS_OF_AN_UPDATED_TEXT, refuse_message
from bot.sandbox.slack.payloads import message_json
from bot.sandbox.slack.refusals import MethodRefusedError
from bot.sandbox.slack.workspace import SlackMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.sandbox.slack.methods import Arguments, Method
    from bot.sandbox.slack.workspace import SlackChannel, Workspace

TRUE = (True, "true", "1", 1)
LATEST_SCHEDULE = timedelta(days=120)


class RateLimitedError(Exception):
    """Too many messages to one channel; Slack's answer is a 429."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"wait {retry_after} s")
        self.retry_after = retry_after


class Chat:
    """Messages of the bot. `post_interval` is the least time between two to one channel, None for no limit."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        scopes: Callable[[], Collection[str]],
        post_interval: timedelta | None,
    ) -> None:
        self._workspace = workspace
        self._scopes = scopes
        self._post_interval = post_interval
        self._posted_at: dict[str, datetime] = {}
        self.scheduled: dict[str, str] = {}

    def methods(self) -> dict[str, Method]:
        return {
            "chat.delete": self.delete,
            "chat.deleteScheduledMessage": self.delete_scheduled,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.postMessage": self.post,
            "chat.scheduleMessage": self.schedule,
            "chat.update": self.update,
        }

    def post(self, arguments: Arguments) -> dict[str, Any]:
        """A message in a channel named by id, by `#name`, or by a user's id."""
        channel = self._writable(self._workspace.find_channel(_channel_of(arguments)))
        _require_acceptable(arguments)
        thread_ts = arguments.get("thread_ts")
        if thread_ts is not None and self._workspace.find_message(channel=channel.id, ts=thread_ts) is None:
            raise MethodRefusedError("thread_not_found")
        self._keep_pace(channel)
        message = SlackMessage(
            channel=channel.id,
            ts=self._workspace.new_ts(),
            user=self._workspace.bot_user,
            thread_ts=thread_ts,
            broadcast=arguments.get("reply_broadcast") in TRUE,
            metadata=arguments.get("metadata") or None,
            **content_of(arguments),
        )
        return self._shown(self._workspace.save(message))

    def update(self, arguments: Arguments) -> dict[str, Any]:
        """Edit a message in place; the channel must be given by its id."""
        old = self._own_message(arguments, "cant_update_message")
        _require_acceptable(arguments, characters_of_text=CHARACTERS_OF_AN_UPDATED_TEXT)
        changed = replace(old, **content_of(arguments), edited_ts=self._workspace.new_ts())
        if "metadata" in arguments:  # an empty one removes the old one
            changed = replace(changed, metadata=arguments["metadata"] or None)
        saved = self._workspace.save(changed)
        return {**self._shown(saved), "text": saved.text}

    def delete(self, arguments: Arguments) -> dict[str, Any]:
        message = self._own_message(arguments, "cant_delete_message")
        self._workspace.delete(message)
        return {"channel": message.channel, "ts": message.ts}

    def post_ephemeral(self, arguments: Arguments) -> dict[str, Any]:
        """A message one person sees; it cannot be edited or found again."""
        channel = self._writable(self._workspace.find_channel(_channel_of(arguments)))
        user = arguments.get("user")
        if user not in channel.members:
            raise MethodRefusedError("user_not_in_channel")
        _require_acceptable(arguments)
        message = SlackMessage(
            channel=channel.id,
            ts=self._workspace.new_ts(),
            user=self._workspace.bot_user,
            thread_ts=arguments.get("thread_ts"),
            visible_to=user,
            **content_of(arguments),
        )
        return {"message_ts": self._workspace.save(message).ts}

    def schedule(self, arguments: Arguments) -> dict[str, Any]:
        """A message for later, within the next 120 days; kept, but its time never comes here."""
        channel = self._writable(self._workspace.find_channel(_channel_of(arguments)))
        _require_acceptable(arguments)
        ahead = float(arguments.get("post_at") or 0) - self._workspace.now().timestamp()
        if ahead <= 0:
            raise MethodRefusedError("time_in_past")
        if ahead > LATEST_SCHEDULE.total_seconds():
            raise MethodRefusedError("time_too_far")
        scheduled_id = f"Q{len(self.scheduled) + 1:010d}"
        self.scheduled[scheduled_id] = channel.id
        return {"channel": channel.id, "scheduled_message_id": scheduled_id, "post_at": arguments["post_at"]}

    def delete_scheduled(self, arguments: Arguments) -> dict[str, Any]:
        """Takes a scheduled message back."""
        if self.scheduled.get(str(arguments.get("scheduled_message_id"))) != _channel_of(arguments):
            raise MethodRefusedError("invalid_scheduled_message_id")
        del self.scheduled[arguments["scheduled_message_id"]]
        return {}

    def _writable(self, channel: SlackChannel | None) -> SlackChannel:
        """The channel, if the bot may write there."""
        if channel is None:
            raise MethodRefusedError("channel_not_found")
        if self._workspace.bot_user not in channel.members:
            if channel.is_private:
                raise MethodRefusedError("channel_not_found")
            if "chat:write.public" not in self._scopes():
                raise MethodRefusedError("not_in_channel")
        if channel.is_archived:
            raise MethodRefusedError("is_archived")
        return channel

    def _own_message(self, arguments: Arguments, error: str) -> SlackMessage:
        channel = self._writable(self._workspace.channels.get(_channel_of(arguments)))
        message = self._workspace.find_message(channel=channel.id, ts=str(arguments.get("ts")))
        if message is None or message.is_ephemeral:
            raise MethodRefusedError("message_not_found")
        if message.user != self._workspace.bot_user:
            raise MethodRefusedError(error)
        return message

    def _keep_pace(self, channel: SlackChannel) -> None:
        now = self._workspace.now()
        last = self._posted_at.get(channel.id)
        if self._post_interval and last and now - last < self._post_interval:
            raise RateLimitedError(math.ceil((last + self._post_interval - now).total_seconds()))
        self._posted_at[channel.id] = now

    def _shown(self, message: SlackMessage) -> dict[str, Any]:
        return {
            "channel": message.channel,
            "ts": message.ts,
            "message": message_json(self._workspace, message),
        }


def content_of(arguments: Arguments) -> dict[str, Any]:
    """What a message says, from the arguments of a method or the body sent to a response URL."""
    return {
        "text": arguments.get("text") or "",
        "blocks": tuple(arguments.get("blocks") or ()),
        "attachments": tuple(arguments.get("attachments") or ()),
    }


def _channel_of(arguments: Arguments) -> str:
    channel = arguments.get("channel")
    if not isinstance(channel, str):
        raise MethodRefusedError("channel_not_found")
    return channel


def _require_acceptable(arguments: Arguments, *, characters_of_text: int = CHARACTERS_OF_A_POSTED_TEXT) -> None:
    refusal = refuse_message(arguments, characters_of_text=characters_of_text)
    if refusal is not None:
        raise MethodRefusedError(refusal)
