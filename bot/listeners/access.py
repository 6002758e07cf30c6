"""Who may act on alerts: members of the Slack workspace, for now."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.slack_api import answered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

SEES_GUESTS = "users:read"
NO_MEMBER = ("is_restricted", "is_ultra_restricted", "is_stranger")


async def may_act(body: Mapping[str, Any], *, client: AsyncWebClient, context: AsyncBoltContext) -> bool:
    """Whether somebody may act on alerts: nobody from another organisation, as people in shared channels are.

    Guests neither, where the bot was granted `users:read`; without it Slack does not tell them from members. Raises
    `NotPosted` or `Ambiguous` where Slack does not say who it is.
    """
    if not is_of_this_workspace(body):
        return False
    if SEES_GUESTS not in ((context.authorize_result and context.authorize_result.bot_scopes) or ()):
        return True
    answer = await answered(client.users_info(user=body["user"]["id"]))
    known: Mapping[str, Any] = answer.get("user") or {}
    return not any(known.get(flag) for flag in NO_MEMBER)


def is_of_this_workspace(body: Mapping[str, Any]) -> bool:
    """Whether somebody belongs to the workspace the bot is installed in, or to its enterprise."""
    home = {(body.get(place) or {}).get("id") for place in ("team", "enterprise")}
    return body["user"].get("team_id") in home
