"""How many examples a law is held against.

An ordinary run tries a few of each law, and other ones each time; `pytest --hypothesis-profile thorough` tries ten
times as many. No run fails because the machine is busy: an example may take its time.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.builders import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

ORDINARY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
THOROUGH = settings(ORDINARY, max_examples=300)


def choose_ordinary() -> None:
    """What is in force unless the command line names another profile."""
    settings.register_profile("ordinary", ORDINARY)
    settings.register_profile("thorough", THOROUGH)
    settings.load_profile("ordinary")


def dear(divisor: int = 3) -> settings:
    """For a law whose examples each fill a database or render every message: fewer of them."""
    return settings(max_examples=settings().max_examples // divisor)


# --- Draws, each of which takes most of a law's time ---


def one_of_each(build: Callable[..., T], **choices: Sequence[Any]) -> st.SearchStrategy[T]:
    """What is built of any one of each choice; a single draw for all of them."""
    return st.sampled_from([build(**dict(zip(choices, chosen, strict=True))) for chosen in product(*choices.values())])


def with_amounts(lines: st.SearchStrategy[Any], amounts: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Lines of any of these nano-dollars."""
    return st.tuples(lines, amounts).map(lambda drawn: drawn[0]._replace(amount=drawn[1]))


def with_tokens(lines: st.SearchStrategy[Any], **counts: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Lines of usage of any of these tokens."""

    def counted(drawn: tuple[Any, ...]) -> Any:
        line, *some = drawn
        return line._replace(tokens=tokens(**dict(zip(counts, some, strict=True))))

    return st.tuples(lines, *counts.values()).map(counted)
