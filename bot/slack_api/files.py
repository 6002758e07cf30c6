"""A file for one person alone: an ephemeral message can hold none, so it goes into the direct message with the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack_api.post import answered

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

WRITES_FILES = "files:write"
"""The scope it takes, which is optional."""


async def send_file(client: AsyncWebClient, *, user: str, said: str, name: str, content: str) -> None:
    """Says a line to somebody directly, and the file below it. Raises `NotPosted` or `Ambiguous`.

    Slack shares a file in a conversation and not with a user; the posted line tells the id of theirs, for which
    `conversations.open` would need a scope more.
    """
    told = await answered(client.chat_postMessage(channel=user, text=said))
    await answered(client.files_upload_v2(channel=told["channel"], filename=name, title=name, content=content))
