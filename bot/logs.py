"""Logs: one line an event on standard error, without tracebacks unless asked for, and never with a secret in it."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

QUIET = ("httpx", "httpcore", "aiohttp.access", "apscheduler", "slack_bolt", "slack_sdk", "asyncio")
"""Libraries that talk a lot, or print URLs and headers; only their warnings are shown."""


class OneLine(logging.Formatter):
    """`2026-11-22T09:00:00Z WARNING bot.jobs.sync: …`, an exception as its name and text, secrets as `…`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime
        self.secrets = sorted(filter(None, secrets), key=len, reverse=True)  # one may begin with another

    def format(self, record: logging.LogRecord) -> str:
        text = f"{self.formatTime(record, self.datefmt)}Z {record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            text += f" ({type(error).__name__}: {error})"
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return " ".join(text.split())


def configure_logging(*, secrets: Iterable[str], level: int = logging.INFO) -> None:
    """Sends every log to standard error as `OneLine`; to be called once, by the command line."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(OneLine(secrets))
    logging.basicConfig(level=level, handlers=[output], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
