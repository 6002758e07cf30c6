"""How long to wait before asking again."""

from __future__ import annotations

import pytest

from bot.admin_api.patience import Failure, Patience
from tests.admin_api.stand_in import NOW


def wait(
    *,
    attempt: int = 1,
    waited: float = 0.0,
    chance: float = 0.5,
    status: int = 429,
    retry_after: str | None = None,
    reset: str | None = None,
) -> float | None:
    failure = Failure(what="no", status=status, retry_after=retry_after, reset=reset)
    return Patience().wait(failure, attempt=attempt, waited=waited, now=NOW, chance=chance)


def test_retry_after_is_obeyed() -> None:
    assert wait(retry_after="7", reset="2026-11-22T09:31:00Z") == 7.0


def test_retry_after_may_be_a_date() -> None:
    assert wait(retry_after="Sun, 22 Nov 2026 09:30:45 GMT") == 45.0


def test_a_reset_that_lies_ahead_is_waited_for() -> None:
    assert wait(reset="2026-11-22T09:31:00Z") == 60.0


@pytest.mark.parametrize("reset", ["2026-11-22T09:29:59Z", "2026-11-22T09:30:00Z", "soon", ""])
def test_a_stale_reset_is_not_believed(reset: str) -> None:
    assert wait(reset=reset) == 15.0


def test_a_reset_says_nothing_about_a_server_error() -> None:
    assert wait(status=503, reset="2026-11-22T09:31:00Z") == 15.0


@pytest.mark.parametrize("retry_after", ["-1", "nan", "inf", "later", ""])
def test_a_senseless_retry_after_is_not_believed(retry_after: str) -> None:
    assert wait(retry_after=retry_after) == 15.0


@pytest.mark.parametrize(("attempt", "shortest", "longest"), [(1, 10, 20), (2, 20, 40), (3, 40, 80), (4, 80, 160)])
def test_the_wait_doubles_with_jitter(attempt: int, shortest: float, longest: float) -> None:
    assert (wait(attempt=attempt, chance=0.0), wait(attempt=attempt, chance=1.0)) == (shortest, longest)


def test_attempts_are_bounded() -> None:
    assert wait(attempt=5, retry_after="0") is None


def test_waits_are_bounded_together() -> None:
    assert (wait(waited=590, retry_after="10"), wait(waited=590, retry_after="11")) == (10.0, None)
