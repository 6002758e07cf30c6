"""Replying through a response URL: a refusal is no exception, its status has to be looked at."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeAlias

from aiohttp import ClientError

from bot.messages.plain import as_told

if TYPE_CHECKING:
    from slack_bolt.context.respond.async_respond import AsyncRespond

    from bot.model import Message

log = logging.getLogger(__name__)


RESPONSE_TYPES = {"asker": "ephemeral", "channel": "in_channel"}
"""What is replaced stays visible to whom it was."""

Place: TypeAlias = Literal["asker", "channel", "original"]


async def reply(respond: AsyncRespond, message: Message, *, to: Place) -> None:
    """Answers the asker alone or the whole channel, or in place of the message that was clicked on.

    As plain text if Slack refuses the blocks.
    """
    for shown in as_told(message):
        try:
            answer = await respond(
                text=shown.text,
                blocks=list(shown.blocks),
                response_type=RESPONSE_TYPES.get(to),
                replace_original=to == "original",
                unfurl_links=False,
            )
        except (ClientError, TimeoutError) as error:
            log.warning("nobody knows whether an answer got to Slack (%s)", type(error).__name__)
            return
        if answer.status_code == HTTPStatus.OK:
            return
        log.warning("Slack refused an answer (HTTP %s: %s)", answer.status_code, answer.body[:200])
