"""EDGE: HTTP to Slack's Web API, for what the bot says unasked."""

from bot.slack_api.errors import Ambiguous, NotPosted, SlackError
from bot.slack_api.post import SlackPoster

__all__ = ["Ambiguous", "NotPosted", "SlackError", "SlackPoster"]
