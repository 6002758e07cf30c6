"""EDGE: HTTP to Slack's Web API, for what the bot says unasked."""

from bot.slack_api.directory import SEES_CHANNELS, SEES_GROUPS, Directory
from bot.slack_api.errors import APP_TOKEN_MENDS, Ambiguous, NotPosted, SlackError
from bot.slack_api.examine import SEES_PEOPLE, Installation, SlackExaminer
from bot.slack_api.files import WRITES_FILES, send_file
from bot.slack_api.post import SlackPoster, answered

__all__ = [
    "APP_TOKEN_MENDS",
    "SEES_CHANNELS",
    "SEES_GROUPS",
    "SEES_PEOPLE",
    "WRITES_FILES",
    "Ambiguous",
    "Directory",
    "Installation",
    "NotPosted",
    "SlackError",
    "SlackExaminer",
    "SlackPoster",
    "answered",
    "send_file",
]
