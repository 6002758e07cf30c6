"""The log: one line an event, no traceback, and no secret wherever it hides."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

import pytest

from bot.logs import OneLine, configure_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-ant-admin01-secret"
TOKEN = "xoxb-1-secret"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What a logger called `bot.test` writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine([KEY, TOKEN, ""]))
    log.addHandler(handler)
    log.propagate = False
    yield written
    log.removeHandler(handler)
    log.propagate = True


log = logging.getLogger("bot.test")


@pytest.fixture
def _root_as_it_was() -> Iterator[None]:
    """Puts the root logger back as pytest had it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_has_time_level_and_place(output: io.StringIO) -> None:
    log.warning("fetched %d days", 7)

    line = output.getvalue()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARNING bot\.test: fetched 7 days\n", line)


def test_secrets_are_left_out_of_the_message(output: io.StringIO) -> None:
    log.warning(f"key {KEY} and {TOKEN}")  # noqa: G004 -- as a careless library would

    assert "key … and …" in output.getvalue()


def test_secrets_are_left_out_of_the_arguments(output: io.StringIO) -> None:
    log.warning("headers: %s", {"x-api-key": KEY})

    assert KEY not in output.getvalue()


def test_secrets_are_left_out_of_exceptions(output: io.StringIO) -> None:
    try:
        raise ValueError(f"refused:\n  {KEY}")  # noqa: TRY301 -- as deep as it may come from
    except ValueError:
        log.exception("it failed")

    assert output.getvalue().endswith("it failed (ValueError: refused: …)\n")


def test_an_exception_is_one_line_without_a_traceback(output: io.StringIO) -> None:
    try:
        raise KeyError("x")  # noqa: TRY301
    except KeyError:
        log.exception("it failed\nbadly")

    assert output.getvalue().count("\n") == 1
    assert "Traceback" not in output.getvalue()


def test_a_secret_that_begins_with_another_leaves_nothing_behind() -> None:
    record = logging.LogRecord("bot", logging.INFO, "", 1, f"{KEY}-and-more", (), None)

    assert OneLine([KEY, f"{KEY}-and-more"]).format(record).endswith(": …")


@pytest.mark.usefixtures("_root_as_it_was")
def test_everything_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(secrets=[KEY])
    logging.getLogger("bot.jobs").info("synced with %s", KEY)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("INFO bot.jobs: synced with …\n")


@pytest.mark.usefixtures("_root_as_it_was")
@pytest.mark.parametrize("library", ["httpx", "aiohttp.access", "slack_sdk.web.async_client", "slack_bolt.AsyncApp"])
def test_libraries_are_only_heard_when_they_warn(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(secrets=())
    logging.getLogger(library).info("GET https://api.anthropic.com/…")
    logging.getLogger(library).warning("retrying")

    assert capsys.readouterr().err.count("\n") == 1
