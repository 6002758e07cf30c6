"""How many examples a law is held against.

An ordinary run tries a few of each law, and other ones each time; `pytest --hypothesis-profile thorough` tries ten
times as many. No run fails because the machine is busy: an example may take its time.
"""

from __future__ import annotations

from itertools import cycle, product
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")

BYTES = 256
FAR = 7_919
"""A prime: its multiples come to each place once before they come to any again."""

USUALLY_MOST = 12
"""More are seldom in a list of any length; what they are begins anew then."""

FIRST_SURROGATE = 0xD800
"""No character from there on up to some place stands alone in a text."""

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


@settings(ORDINARY, max_examples=2, database=None)
@given(st.lists(st.text(), min_size=100, max_size=100))
def look_up_what_is_drawn_from(_: list[str]) -> None:
    """Hypothesis has looked up all characters and all constants of the bot's code now, and kept them in its folder.

    It looks when it first draws one, which is one time in twenty.
    """


# --- Draws, each of which takes most of a law's time: one says as much as it can ---


def one_of_each(build: Callable[..., T], **choices: Sequence[Any]) -> list[T]:
    """All that can be built of any one of each choice."""
    return [build(**dict(zip(choices, chosen, strict=True))) for chosen in product(*choices.values())]


def lists_of(things: Sequence[T], *, min_size: int = 0, max_size: int | None = None) -> st.SearchStrategy[list[T]]:
    """Some of these, each as often as it comes: one text is the only draw, a character for each.

    Most characters of a text are among the first 256, so these stand for things from everywhere.
    """
    many = len(things)
    assert many <= FIRST_SURROGATE
    assert many % FAR
    return st.text(st.characters(max_codepoint=many - 1), min_size=min_size, max_size=max_size).map(
        lambda text: [things[ord(character) * FAR % many] for character in text]
    )


def tuples_of(*choices: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """One of each of these; a single draw says which, a byte for each."""
    assert max(map(len, choices)) <= BYTES
    return st.binary(min_size=len(choices), max_size=len(choices)).map(
        lambda drawn: tuple(choice[byte % len(choice)] for choice, byte in zip(choices, drawn, strict=True))
    )


def numbered(
    things: Sequence[T], least: int, most: int, *, max_size: int | None = None
) -> st.SearchStrategy[list[tuple[T, int]]]:
    """Some of these, each with any number from `least` to `most`; one draw says which all of them are."""
    chosen = lists_of(things, min_size=USUALLY_MOST if max_size is None else max_size, max_size=max_size)
    numbers = st.lists(st.integers(least, most), max_size=max_size)
    return st.builds(lambda chosen, numbers: list(zip(cycle(chosen), numbers, strict=False)), chosen, numbers)


def with_amounts(
    lines: Sequence[Any], least: int, most: int, *, max_size: int | None = None
) -> st.SearchStrategy[list[Any]]:
    """Some of these lines, each of any nano-dollars from `least` to `most`."""
    return numbered(lines, least, most, max_size=max_size).map(
        lambda drawn: [line._replace(amount=amount) for line, amount in drawn]
    )


CACHED = [tokens(cache_read=count) for count in range(4)]


def with_output(lines: Sequence[Any], most: int, *, max_size: int | None = None) -> st.SearchStrategy[list[Any]]:
    """Some of these lines of usage, each of any tokens of output up to `most`."""
    return numbered(lines, 0, most, max_size=max_size).map(
        lambda drawn: [line._replace(tokens=line.tokens._replace(output=output)) for line, output in drawn]
    )


def with_tokens(lines: Sequence[Any], most: int, *, max_size: int) -> st.SearchStrategy[list[Any]]:
    """Some of these lines of usage, each of any tokens of output and of cache reads up to `most`."""
    return st.builds(
        lambda lines, counts: [
            line._replace(tokens=tokens(output=output, cache_read=cache_read))
            for line, (output, cache_read) in zip(lines, counts, strict=False)
        ],
        lists_of(lines, min_size=max_size, max_size=max_size),
        st.lists(st.tuples(*[st.integers(0, most)] * 2), max_size=max_size),
    )


def one_of_a_series(lines: Iterable[Any]) -> list[Any]:
    """Lines without a second one of the same day and series."""
    return list({(line.day, line.series): line for line in lines}.values())
