"""Slack's Web API as a table of methods: who may call them, and what they do to the workspace. No network here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.conversations import Conversations
from bot.sandbox.slack.payloads import user_json
from bot.sandbox.slack.refusals import MethodRefusedError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from bot.sandbox.slack.files import Files
    from bot.sandbox.slack.methods import Arguments, Method
    from bot.sandbox.slack.views import Views
    from bot.sandbox.slack.workspace import Workspace


class TokenKind(StrEnum):
    """A bot token (`xoxb-…`) calls methods, an app token (`xapp-…`) opens sockets."""

    BOT = "bot"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token is for and what it was granted."""

    kind: TokenKind
    scopes: tuple[str, ...]


CHAT_METHODS = (
    "chat.postMessage",
    "chat.update",
    "chat.delete",
    "chat.postEphemeral",
    "chat.scheduleMessage",
    "chat.deleteScheduledMessage",
)
READ_SCOPES = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY_SCOPES = ("channels:history", "groups:history", "im:history", "mpim:history")
SCOPES: dict[str, tuple[str, ...]] = {
    "apps.connections.open": ("connections:write",),
    **dict.fromkeys(CHAT_METHODS, ("chat:write",)),
    **dict.fromkeys(("conversations.info", "conversations.members", "users.conversations"), READ_SCOPES),
    **dict.fromkeys(("conversations.history", "conversations.replies"), HISTORY_SCOPES),
    "conversations.join": ("channels:join",),
    "conversations.open": ("im:write", "mpim:write"),
    "users.info": ("users:read",),
    "usergroups.users.list": ("usergroups:read",),
    **dict.fromkeys(("files.getUploadURLExternal", "files.completeUploadExternal"), ("files:write",)),
}
"""What each method needs, any one of them; methods that are not listed need a token and no more."""


class WebApi:
    """The methods the stand-in knows; any other is `unknown_method`."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        views: Views,
        tokens: dict[str, Token],
        files: Files,
        open_link: Callable[[], str],
        post_interval: timedelta | None,
    ) -> None:
        self._workspace = workspace
        self._views = views
        self._tokens = tokens
        self._open_link = open_link
        self.chat = Chat(workspace, scopes=self._bot_scopes, post_interval=post_interval)
        conversations = Conversations(workspace, scopes=self._bot_scopes)
        self._methods: dict[str, Method] = {
            "api.test": lambda arguments: {"args": arguments},
            "apps.connections.open": self._open_connection,
            "usergroups.users.list": self._list_group,
            "users.info": self._show_user,
            "views.open": self._open_view,
            "views.push": self._push_view,
            "views.publish": self._publish_view,
            "views.update": self._update_view,
            **self.chat.methods(),
            **conversations.methods(),
            **files.methods(),
        }

    def call(self, method: str, arguments: Arguments, *, token: str | None) -> dict[str, Any]:
        """The answer's JSON: `ok` and what the method gives, or `error` and why.

        Raises:
            RateLimitedError: Too soon after the last message to that channel.
        """
        try:
            known = self._authorize(method, token)
            run = self._auth_test(known) if method == "auth.test" else self._methods[method]
            return {"ok": True, **run(arguments)}
        except MethodRefusedError as refused:
            return refused.refusal.answer()

    def granted(self, token: str | None) -> tuple[str, ...]:
        """The scopes of a token, for the `X-OAuth-Scopes` header."""
        known = self._tokens.get(token or "")
        return known.scopes if known else ()

    def _bot_scopes(self) -> frozenset[str]:
        bots = (token.scopes for token in self._tokens.values() if token.kind is TokenKind.BOT)
        return frozenset(scope for scopes in bots for scope in scopes)

    def _authorize(self, method: str, token: str | None) -> Token:
        if method != "auth.test" and method not in self._methods:
            raise MethodRefusedError(Refusal("unknown_method", extra={"req_method": method}))
        if not token:
            raise MethodRefusedError("not_authed")
        known = self._tokens.get(token)
        if known is None:
            raise MethodRefusedError("invalid_auth")
        wanted = TokenKind.APP if method == "apps.connections.open" else TokenKind.BOT
        if known.kind is not wanted and method != "auth.test":
            raise MethodRefusedError("not_allowed_token_type")
        _require_any(SCOPES.get(method, ()), known)
        return known

    def _auth_test(self, token: Token) -> Method:
        place = self._workspace
        if token.kind is TokenKind.APP:
            return lambda _arguments: {"app_name": "claudecost", "app_id": place.app_id}
        return lambda _arguments: {
            "url": f"https://{place.team_domain}.slack.com/",
            "team": place.team_domain.title(),
            "user": place.users[place.bot_user].name,
            "team_id": place.team_id,
            "user_id": place.bot_user,
            "bot_id": place.bot_id,
            "is_enterprise_install": False,
        }

    def _open_connection(self, _arguments: Arguments) -> dict[str, Any]:
        return {"url": self._open_link()}

    def _show_user(self, arguments: Arguments) -> dict[str, Any]:
        user = self._workspace.users.get(arguments.get("user", ""))
        if user is None:
            raise MethodRefusedError("user_not_found")
        return {"user": user_json(user)}

    def _list_group(self, arguments: Arguments) -> dict[str, Any]:
        members = self._workspace.user_groups.get(arguments.get("usergroup", ""))
        if members is None:
            raise MethodRefusedError("no_such_subteam")
        return {"users": list(members)}

    def _open_view(self, arguments: Arguments) -> dict[str, Any]:
        return {"view": self._views.open(arguments.get("view"), trigger_id=arguments.get("trigger_id", ""))}

    def _push_view(self, arguments: Arguments) -> dict[str, Any]:
        return {"view": self._views.push(arguments.get("view"), trigger_id=arguments.get("trigger_id", ""))}

    def _publish_view(self, arguments: Arguments) -> dict[str, Any]:
        user = arguments.get("user_id", "")
        if user not in self._workspace.users:
            raise MethodRefusedError("user_not_found")
        return {"view": self._views.publish(arguments.get("view"), user=user, seen=arguments.get("hash"))}

    def _update_view(self, arguments: Arguments) -> dict[str, Any]:
        view = self._views.update(
            arguments.get("view"),
            view_id=arguments.get("view_id"),
            external_id=arguments.get("external_id"),
            seen=arguments.get("hash"),
        )
        return {"view": view}


def _require_any(needed: tuple[str, ...], token: Token) -> None:
    if needed and not set(needed) & set(token.scopes):
        extra = {"needed": ",".join(needed), "provided": ",".join(token.scopes)}
        raise MethodRefusedError(Refusal("missing_scope", extra=extra))
