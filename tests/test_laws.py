"""A draw that says much at once leaves nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from tests.laws import lists_of, numbered, tuples_of

if TYPE_CHECKING:
    from collections.abc import Sequence

UNSHRUNK = settings(max_examples=1000, phases=(Phase.generate,), database=None)


@pytest.mark.parametrize(
    ("lists", "thing"),
    [
        (lists_of("abc"), "a"),
        (lists_of("abc"), "c"),
        (numbered("ab", -3, 4), ("a", -3)),
        (numbered("ab", -3, 4), ("b", 4)),
        (st.lists(tuples_of("ab", "xyz")), ("a", "x")),
        (st.lists(tuples_of("ab", "xyz")), ("b", "z")),
    ],
)
def test_the_first_and_the_last_of_all_there_is_are_drawn(lists: st.SearchStrategy[Sequence[Any]], thing: Any) -> None:
    assert find(lists, lambda drawn: thing in drawn, settings=UNSHRUNK)
