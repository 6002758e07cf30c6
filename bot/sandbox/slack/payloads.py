"""What Slack sends to an app, field by field (docs.slack.dev: slash commands, interaction payloads, Events API)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import SlackChannel, SlackMessage, SlackUser, Workspace

VERIFICATION_TOKEN = "local-verification-token"  # noqa: S105 – Slack's deprecated field; it guards nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What a payload hands over for the answer: where to respond, and what opens a modal."""

    response_url: str
    trigger_id: str


def command_payload(
    workspace: Workspace, *, command: str, text: str, user: SlackUser, channel: SlackChannel, callback: Callback
) -> dict[str, Any]:
    """A slash command; over HTTP each field is a string in a form."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": callback.response_url,
        "trigger_id": callback.trigger_id,
    }


def action_payload(
    workspace: Workspace,
    *,
    user: SlackUser,
    action: dict[str, Any],
    state: dict[str, Any],
    trigger_id: str,
) -> dict[str, Any]:
    """The part of a click that does not depend on where the element was."""
    return {
        "type": "block_actions",
        **_interaction(workspace, user),
        "api_app_id": workspace.app_id,
        "trigger_id": trigger_id,
        "state": {"values": state},
        "actions": [{**action, "action_ts": workspace.new_ts()}],
    }


def in_message(
    workspace: Workspace, *, message: SlackMessage, channel: SlackChannel, response_url: str
) -> dict[str, Any]:
    """Where a click was, if on a message. Slack keeps no ephemeral message, so it cannot send its content along."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.is_ephemeral,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    place: dict[str, Any] = {
        "container": container,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "response_url": response_url,
    }
    return place if message.is_ephemeral else {**place, "message": message_json(workspace, message)}


def in_view(view: dict[str, Any]) -> dict[str, Any]:
    """Where a click was, if in a modal or a Home tab."""
    return {"container": {"type": "view", "view_id": view["id"]}, "view": view}


def shortcut_payload(workspace: Workspace, *, callback_id: str, user: SlackUser, trigger_id: str) -> dict[str, Any]:
    """A global shortcut: it happens nowhere, so it has no channel and no response URL."""
    return {
        "type": "shortcut",
        **_interaction(workspace, user),
        "action_ts": workspace.new_ts(),
        "callback_id": callback_id,
        "trigger_id": trigger_id,
    }


def submission_payload(
    workspace: Workspace, *, user: SlackUser, view: dict[str, Any], state: dict[str, Any], trigger_id: str
) -> dict[str, Any]:
    """A modal sent off, with what was typed and chosen under `view.state.values[block_id][action_id]`."""
    return {
        "type": "view_submission",
        **_interaction(workspace, user),
        "api_app_id": workspace.app_id,
        "trigger_id": trigger_id,
        "view": {**view, "state": {"values": state}},
        "response_urls": [],
    }


def suggestion_payload(
    workspace: Workspace, *, user: SlackUser, view: dict[str, Any], block_id: str, action_id: str, typed: str
) -> dict[str, Any]:
    """What somebody typed so far in a menu whose options the app loads."""
    return {
        "type": "block_suggestion",
        **_interaction(workspace, user),
        "api_app_id": workspace.app_id,
        **in_view(view),
        "block_id": block_id,
        "action_id": action_id,
        "value": typed,
    }


def closing_payload(workspace: Workspace, *, user: SlackUser, view: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "view_closed",
        **_interaction(workspace, user),
        "api_app_id": workspace.app_id,
        "view": view,
        "is_cleared": False,
    }


def event_payload(workspace: Workspace, event: dict[str, Any]) -> dict[str, Any]:
    """An event as the Events API wraps it."""
    instant = workspace.new_ts()
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": {"event_ts": instant, **event},
        "type": "event_callback",
        "event_id": f"Ev{instant.replace('.', '')}",
        "event_time": int(float(instant)),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def message_json(workspace: Workspace, message: SlackMessage) -> dict[str, Any]:
    """A message as the Web API and interaction payloads show it, without its metadata."""
    shown: dict[str, Any] = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    is_own = message.user == workspace.bot_user
    optional = {
        "team": workspace.team_id,
        "app_id": workspace.app_id if is_own else None,
        "bot_id": workspace.bot_id if is_own else None,
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "thread_ts": message.thread_ts,
        "edited": {"user": message.user, "ts": message.edited_ts} if message.edited_ts else None,
    }
    return {**shown, **{name: value for name, value in optional.items() if value}}


def user_json(user: SlackUser) -> dict[str, Any]:
    """A user as `users.info` shows them."""
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.name.title(),
        "deleted": user.is_deactivated,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_bot": user.is_bot,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_stranger": user.is_stranger,
        "tz": "Etc/UTC",
        "tz_offset": 0,
    }


def channel_json(channel: SlackChannel, *, seen_by: str) -> dict[str, Any]:
    """A channel as `conversations.info` shows it to one user."""
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_direct and not channel.is_private,
        "is_group": channel.is_private,
        "is_im": channel.is_direct,
        "is_private": channel.is_private or channel.is_direct,
        "is_archived": channel.is_archived,
        "is_ext_shared": channel.is_ext_shared,
        "is_shared": channel.is_ext_shared,
        "is_member": seen_by in channel.members,
        "num_members": len(channel.members),
    }


def _interaction(workspace: Workspace, user: SlackUser) -> dict[str, Any]:
    return {
        "token": VERIFICATION_TOKEN,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _channel_name(channel: SlackChannel) -> str:
    if channel.is_direct:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name
