"""Lenses combine like sets of lines."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.groupings import CONSOLE, NOT_ATTRIBUTABLE
from bot.analysis.lens import EVERYTHING, NOTHING, Choice, Cut, Lens
from bot.model import NO_KEY, WorkspaceLines, usd
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    SEARCH,
    cost_line,
    key_cost_line,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.laws import one_of_each, tuples_of

FACETS: dict[str, list[str]] = {
    "workspace": [CHECKOUT, SEARCH],
    "model": [OPUS, HAIKU, ""],
    "key": ["apikey_a", "apikey_b", CONSOLE, NOT_ATTRIBUTABLE],
    "cost_type": ["tokens", "web_search"],
    "token_type": ["uncached_input_tokens", "output_tokens", ""],
    "service_tier": ["standard", "batch", ""],
}


def choices(words: list[str]) -> list[Choice]:
    """Mostly every word."""
    subsets = [some for size in range(len(words) + 1) for some in combinations(words, size)]
    some = [Choice(frozenset(words), all_but) for words in subsets for all_but in (False, True)]
    return [*some, *[Choice(all_but=True)] * (2 * len(some))]


cuts = tuples_of(*map(choices, FACETS.values())).map(lambda drawn: Cut(**dict(zip(FACETS, drawn, strict=True))))
lenses = st.builds(Lens.of, st.lists(cuts, max_size=3))
places: st.SearchStrategy[dict[str, str]] = st.sampled_from(one_of_each(dict, **FACETS))


@given(first=lenses, second=lenses, third=lenses)
def test_it_does_not_matter_which_two_are_joined_first(first: Lens, second: Lens, third: Lens) -> None:
    assert first.within(second).within(third) == first.within(second.within(third))
    assert first.within(second) == second.within(first)


@given(first=lenses, second=lenses, place=places)
def test_what_both_have_and_what_either_has(first: Lens, second: Lens, place: dict[str, str]) -> None:
    assert first.within(second).has(**place) is (first.has(**place) and second.has(**place))
    assert first.beside(second).has(**place) is (first.has(**place) or second.has(**place))


@given(lens=lenses, place=places)
def test_a_line_is_in_a_lens_or_in_its_opposite(lens: Lens, place: dict[str, str]) -> None:
    assert lens.opposite.has(**place) is not lens.has(**place)


@given(lens=lenses)
def test_everything_and_nothing_join_as_they_should(lens: Lens) -> None:
    assert lens.within(EVERYTHING) == lens.beside(NOTHING) == lens
    assert lens.within(NOTHING) == NOTHING


def test_nothing_is_left_of_words_that_exclude_each_other() -> None:
    assert Lens.only(model=[OPUS]).within(Lens.only(model=[HAIKU])) == NOTHING
    assert Lens.only(model=[OPUS]).within(Lens.all_but(model=[OPUS])) == NOTHING


LINES = WorkspaceLines(
    cost=[cost_line(10), other_cost_line(4)],
    usage=[
        usage_line(tokens(output=3), api_key_id="a"),
        usage_line(tokens(output=1), api_key_id="b"),
        usage_line(tokens(output=1), api_key_id=NO_KEY),
    ],
    key_cost=[],
)


def dollars_of(*keys: str) -> int:
    """What the bill is for some keys."""
    return sum(line.amount for line in Lens.only(key=keys).look_at(LINES).cost)


def test_a_keys_dollars_are_its_part_of_each_line() -> None:
    assert dollars_of("a") == usd(6)
    assert dollars_of("a", "b") == usd(8)
    assert dollars_of(CONSOLE) == usd(2)
    assert dollars_of(NOT_ATTRIBUTABLE) == usd(4)


def test_a_line_that_none_of_the_keys_has_a_part_of_is_not_there() -> None:
    assert Lens.only(key=["c"]).look_at(LINES) == WorkspaceLines([], [], [])


def test_whole_workspaces_and_keys_wherever_they_are_can_be_seen_together() -> None:
    seen = Lens.only(workspace=[SEARCH]).beside(Lens.only(key=["b"]))
    there = WorkspaceLines([cost_line(7, workspace_id=SEARCH)], [], [])

    assert seen.look_at(there).cost == there.cost
    assert sum(line.amount for line in seen.look_at(LINES).cost) == usd(2)


def test_where_the_bill_tells_a_keys_dollars_they_are_those() -> None:
    lines = LINES._replace(
        key_cost=[
            key_cost_line(9, api_key_id="a"),
            key_cost_line(1, api_key_id=NO_KEY),
            key_cost_line(4, api_key_id=NO_KEY, cost_type="code_execution"),
        ]
    )
    seen = Lens.only(key=["a", NOT_ATTRIBUTABLE]).look_at(lines)

    assert sum(line.amount for line in seen.cost) == usd(13) == sum(line.amount for line in seen.key_cost)


def test_tokens_of_kinds_that_are_not_looked_at_are_none() -> None:
    seen = Lens.only(token_type=["output_tokens"]).look_at(
        WorkspaceLines([], [usage_line(tokens(uncached_input=3, output=2))], [])
    )

    assert [line.tokens for line in seen.usage] == [tokens(output=2)]
