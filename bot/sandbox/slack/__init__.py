"""A local Slack on loopback: Web API, Socket Mode, signed HTTP and response URLs, with Slack's limits, and faults."""

from bot.sandbox.slack.local import LocalSlack

__all__ = ["LocalSlack"]
