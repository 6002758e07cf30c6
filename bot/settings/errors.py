"""What is missing or wrong, and how the first ones are come by."""

from __future__ import annotations

from bot.model import WrongUsage

HOW_TO_SET = {
    "ANTHROPIC_ADMIN_KEY": "create an Admin key in the Claude Console under Admin keys and put it in .env",
    "SLACK_BOT_TOKEN": "install the app from manifest.yml and copy the Bot User OAuth Token (xoxb-…)",
    "SLACK_APP_TOKEN": "create an App-Level Token (xapp-…) with connections:write under Basic Information",
    "CLAUDECOST_CHANNEL": "copy the id (C…) from the bottom of the channel's details and invite the bot to it",
    "PORT": "HTTP mode (SLACK_SIGNING_SECRET without SLACK_APP_TOKEN) needs the port to listen on",
}


class WrongSettings(WrongUsage):
    """Settings that are missing or wrong: `lines` has a sentence for each, with the mend."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
