"""The lens for what is some teams' lets through their keys alone, and is quickly asked."""

from __future__ import annotations

from itertools import product

from hypothesis import given

from bot.analysis.lens import Lens
from bot.analysis.ownership.looking import cuts
from tests.laws import lists_of

CONSOLE = ""
WORKSPACES, KEYS = "abcde", "pqr"


@given(lists_of(list(product(product(WORKSPACES, KEYS), [False, True]))).map(dict))
def test_what_is_theirs_comes_through_and_nothing_else(owned: dict[tuple[str, str], bool]) -> None:
    theirs, others = ({w: {k for at, k in some if at == w} for w, _ in some} for some in parted(owned))
    lens = Lens.of(cuts(theirs, others))
    assert {thing: lens.has(workspace=thing[0], key=thing[1]) for thing in owned} == owned


def parted(owned: dict[tuple[str, str], bool]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    return [thing for thing, own in owned.items() if own], [thing for thing, own in owned.items() if not own]


def test_a_hundred_workspaces_in_part_are_two_cuts() -> None:
    """In each a key is theirs and a key another's; the console is theirs in some of them."""
    names = [str(number) for number in range(100)]
    theirs = {name: {f"own-{name}", *([CONSOLE] if int(name) % 3 else [])} for name in names}
    others = {name: {f"other-{name}", *([] if int(name) % 3 else [CONSOLE])} for name in names}
    assert len(Lens.of(cuts(theirs, others)).cuts) == 2
