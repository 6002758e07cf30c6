"""What can go wrong when the bot says something unasked.

SlackError
├── NotPosted   Slack said no: the message is certainly not there, so it may be sent again
└── Ambiguous   nobody knows: the answer was lost, the message may be there
"""

from __future__ import annotations

MENDS = {
    "not_in_channel": "invite the bot to the channel: /invite @Claude cost",
    "channel_not_found": "check CLAUDECOST_CHANNEL, and invite the bot if the channel is private",
    "is_archived": "the channel is archived: set CLAUDECOST_CHANNEL to another one",
    "invalid_auth": "SLACK_BOT_TOKEN is not accepted: copy it again from OAuth & Permissions",
    "not_authed": "SLACK_BOT_TOKEN is not accepted: copy it again from OAuth & Permissions",
    "account_inactive": "the app was removed from the workspace: install it again",
    "token_revoked": "the app was removed from the workspace: install it again",
    "missing_scope": "reinstall the app from manifest.yml, which asks for chat:write and commands",
    "restricted_action": "the workspace's settings forbid the bot to post there: ask a Slack admin",
}
"""Slack's error → what a person does about it."""


class SlackError(Exception):
    """A call to Slack that did not end well; its text is one line."""


class NotPosted(SlackError):
    """Slack refused: the message is not there. `permanent` if only a person can change that."""

    def __init__(self, error: str, *, permanent: bool, retry_after: float | None = None) -> None:
        mend = MENDS.get(error)
        super().__init__(f"Slack said {error}" + (f"; {mend}" if mend else ""))
        self.error = error
        self.permanent = permanent
        self.retry_after = retry_after


class Ambiguous(SlackError):
    """The answer was lost: the message may or may not be there."""
