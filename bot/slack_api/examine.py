"""What the tokens are good for and whether the bot can speak in a channel; nothing of it is seen in Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.slack_api.errors import APP_TOKEN_MENDS, NotPosted
from bot.slack_api.post import answered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from slack_sdk.web.async_client import AsyncWebClient

LATER = timedelta(days=30)

SEES_PEOPLE = "users:read"
NOBODY = "user_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the app is installed, as whom, and what it may do."""

    team: str
    user: str
    scopes: frozenset[str]


class SlackExaminer:
    """Asks Slack about the app itself. Every method raises `NotPosted` or `Ambiguous` where the answer is no."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client

    async def fetch_installation(self) -> Installation:
        """The workspace, the bot's user and the scopes granted to the bot token."""
        answer = await answered(self.client.auth_test())
        granted = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), "")
        return Installation(
            team=str(answer.get("team")),
            user=str(answer.get("user")),
            scopes=frozenset(scope.strip() for scope in granted.split(",") if scope.strip()),
        )

    async def is_there(self, user: str) -> bool:
        """Whether somebody is known, and not deactivated; needs `SEES_PEOPLE`."""
        try:
            answer = await answered(self.client.users_info(user=user))
        except NotPosted as error:
            if error.error == NOBODY:
                return False
            raise
        known: Mapping[str, Any] = answer.get("user") or {}
        return not known.get("deleted")

    async def try_socket(self, app_token: str) -> None:
        """Asks for a socket's address, and leaves it at that."""
        await answered(self.client.apps_connections_open(app_token=app_token), mends=APP_TOKEN_MENDS)

    async def try_channel(self, channel: str, *, now: datetime) -> None:
        """Schedules a message a month ahead and takes it back at once: all that `chat:write` can tell of membership."""
        scheduled = await answered(
            self.client.chat_scheduleMessage(
                channel=channel, post_at=int((now + LATER).timestamp()), text="claudecost doctor: taken back at once"
            )
        )
        await answered(
            self.client.chat_deleteScheduledMessage(
                channel=str(scheduled["channel"]), scheduled_message_id=str(scheduled["scheduled_message_id"])
            )
        )
