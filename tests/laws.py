"""How many examples a law is held against.

An ordinary run tries a few of each law, and other ones each time; `pytest --hypothesis-profile thorough` tries ten
times as many. No run fails because the machine is busy: an example may take its time.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

ORDINARY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
THOROUGH = settings(ORDINARY, max_examples=200)


def choose_ordinary() -> None:
    """What is in force unless the command line names another profile."""
    settings.register_profile("ordinary", ORDINARY)
    settings.register_profile("thorough", THOROUGH)
    settings.load_profile("ordinary")


def dear(divisor: int = 2) -> settings:
    """For a law whose examples each fill a database or render every message: fewer of them."""
    return settings(max_examples=settings().max_examples // divisor)
