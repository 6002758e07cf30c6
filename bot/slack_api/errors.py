"""What can go wrong when the bot says something unasked.

SlackError
├── NotPosted   Slack said no: the message is certainly not there, so it may be sent again
└── Ambiguous   nobody knows: the answer was lost, the message may be there
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

UNREACHABLE = "unreachable"
"""Not Slack's word but the network's: nothing was heard of Slack at all."""

MENDS = {
    "not_in_channel": "invite the bot to the channel: /invite @Claude cost",
    "channel_not_found": "check CLAUDECOST_CHANNEL, and invite the bot if the channel is private",
    "is_archived": "the channel is archived: set CLAUDECOST_CHANNEL to another one",
    "invalid_auth": "SLACK_BOT_TOKEN is not accepted: copy it again from OAuth & Permissions",
    "not_authed": "SLACK_BOT_TOKEN is not accepted: copy it again from OAuth & Permissions",
    "account_inactive": "the app was removed from the workspace: install it again",
    "token_revoked": "the app was removed from the workspace: install it again",
    "missing_scope": "reinstall the app from manifest.yml, which asks for chat:write and commands",
    UNREACHABLE: "check the network and SLACK_API_URL",
    "restricted_action": "the workspace's settings forbid the bot to post there: ask a Slack admin",
}
"""Slack's error → what a person does about it."""

NOT_ACCEPTED = (
    "SLACK_APP_TOKEN is not accepted: create an app-level token with connections:write under Basic Information"
)
APP_TOKEN_MENDS = {
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "not_allowed_token_type"), NOT_ACCEPTED),
    "missing_scope": "give the app-level token connections:write, under Basic Information",
    UNREACHABLE: MENDS[UNREACHABLE],
}
"""The same for calls that are made with the app-level token."""


class SlackError(OutsideFailed):
    """A call to Slack that did not end well; its text is one line."""


class NotPosted(SlackError):
    """Slack refused: the message is not there. `permanent` if only a person can change that."""

    def __init__(
        self, error: str, *, permanent: bool, retry_after: float | None = None, mends: Mapping[str, str] = MENDS
    ) -> None:
        mend = mends.get(error)
        said = "Slack is unreachable" if error == UNREACHABLE else f"Slack said {error}"
        super().__init__(said + (f"; {mend}" if mend else ""))
        self.error = error
        self.permanent = permanent
        self.retry_after = retry_after

    @property
    def is_refusal(self) -> bool:
        """Whether it was Slack that said no, and will again until somebody changes something."""
        return self.error != UNREACHABLE and self.retry_after is None


class Ambiguous(SlackError):
    """The answer was lost: the message may or may not be there."""
