"""Cost shared among people, to the nano-dollar."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.attribution import TOKEN_TYPES, by_key
from bot.analysis.groupings import NO_PERSON, NOT_ATTRIBUTABLE
from bot.analysis.people import Actors, by_person, claude_code_workspaces, person_shares, untold_days
from bot.model import (
    NO_ACCOUNT,
    NOT_A_PERSON,
    ApiKey,
    ClaudeCodeUse,
    CostLine,
    Person,
    PersonCostLine,
    PersonLine,
    PersonWeight,
    usd,
)
from tests.builders import (
    CHECKOUT,
    HAIKU,
    JANE,
    OPUS,
    SAM,
    SEARCH,
    TODAY,
    YESTERDAY,
    cost_line,
    names,
    other_cost_line,
    person_cost_line,
    person_line,
    tokens,
    usage_line,
)
from tests.laws import CACHED, lists_of, numbered, one_of_each, with_amounts, with_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.analysis.attribution import Share
    from bot.analysis.people import Weights

CLAUDE_CODE = frozenset({CHECKOUT})
JOAN = "user_joan"


def shared(
    cost: list[CostLine],
    usage: list[PersonLine],
    *,
    weights: Weights | None = None,
    claude_code: frozenset[str] = CLAUDE_CODE,
    actors: Sequence[PersonCostLine] = (),
) -> dict[str, int]:
    spend = by_person(cost, usage, weights=weights or {}, claude_code=claude_code, actors=actors)
    return {who: amount for (who,), amount in spend.items()}


def weighing(*weights: tuple[str, int], day: date = YESTERDAY, model: str = OPUS) -> Weights:
    return {(day, model): list(weights)}


def test_a_line_is_shared_by_the_tokens_of_its_kind() -> None:
    usage = [person_line(tokens(output=300, uncached_input=9)), person_line(tokens(output=100), account_id=SAM)]
    assert shared([cost_line(4)], usage) == {JANE: usd(3), SAM: usd(1)}


def test_tokens_without_an_account_are_nobodys() -> None:
    assert shared([cost_line(4)], [person_line(account_id=NO_ACCOUNT)]) == {NO_PERSON: usd(4)}


def test_cost_without_tokens_stays_whole_beside_the_people() -> None:
    assert shared([cost_line(4), other_cost_line(7)], [person_line()]) == {JANE: usd(4), NOT_ATTRIBUTABLE: usd(7)}


def test_what_is_nobodys_in_claude_codes_workspace_is_shared_by_its_estimates() -> None:
    usage = [person_line(account_id=NO_ACCOUNT)]
    assert shared([cost_line(4)], usage, weights=weighing((JANE, 30), (SAM, 10))) == {JANE: usd(3), SAM: usd(1)}


@pytest.mark.parametrize(
    "elsewhere", [weighing((JANE, 1), day=TODAY), weighing((JANE, 1), model=HAIKU), weighing((JANE, 0))]
)
def test_an_estimate_of_another_line_weighs_nothing(elsewhere: Weights) -> None:
    assert shared([cost_line(4)], [person_line(account_id=NO_ACCOUNT)], weights=elsewhere) == {NO_PERSON: usd(4)}


def test_estimates_hold_in_claude_codes_workspace_only() -> None:
    cost, usage = [cost_line(4, workspace_id=SEARCH)], [person_line(account_id=NO_ACCOUNT, workspace_id=SEARCH)]
    assert shared(cost, usage, weights=weighing((JANE, 1))) == {NO_PERSON: usd(4)}


def test_cost_without_tokens_has_no_part_in_the_estimates() -> None:
    assert shared([other_cost_line(4)], [], weights=weighing((JANE, 1))) == {NOT_ATTRIBUTABLE: usd(4)}


def test_whoever_usage_tells_itself_has_no_part_in_the_rest() -> None:
    usage = [person_line(), person_line(account_id=NO_ACCOUNT)]
    assert shared([cost_line(4)], usage, weights=weighing((JANE, 8), (SAM, 1))) == {JANE: usd(2), SAM: usd(2)}


def test_keys_of_claude_codes_workspace_stay_nobodys() -> None:
    usage = [person_line(account_id=NO_ACCOUNT)]
    assert shared([cost_line(4)], usage, weights=weighing((JANE, 1), (NO_ACCOUNT, 3))) == {
        JANE: usd(1),
        NO_PERSON: usd(3),
    }


# --- Where the bill itself knows ---


def test_the_bills_own_dollars_by_person_come_first() -> None:
    actors = [person_cost_line(3, account_id=SAM), person_cost_line(1, account_id=NO_ACCOUNT)]
    assert shared([cost_line(4)], [person_line()], actors=actors) == {SAM: usd(3), NO_PERSON: usd(1)}


def test_they_are_what_a_line_is_shared_by_and_not_what_it_comes_to() -> None:
    cost = [cost_line(8), cost_line(4, context_window="200k-1M"), cost_line(5, model=HAIKU)]
    actors = [person_cost_line(3, account_id=SAM), person_cost_line(1)]
    assert shared(cost, [], actors=actors) == {SAM: usd(9), JANE: usd(3), NOT_ATTRIBUTABLE: usd(5)}


@pytest.mark.parametrize(
    ("account_id", "token_type", "row"),
    [
        (NOT_A_PERSON, "output_tokens", NO_PERSON),
        (NOT_A_PERSON, "", NO_PERSON),
        (NO_ACCOUNT, "output_tokens", NO_PERSON),
        (NO_ACCOUNT, "", NOT_ATTRIBUTABLE),
        (JANE, "", JANE),
    ],
)
def test_an_actor_has_a_row(account_id: str, token_type: str, row: str) -> None:
    actors = [person_cost_line(1, account_id=account_id, token_type=token_type)]
    assert shared([cost_line(4, token_type=token_type)], [], actors=actors) == {row: usd(4)}


def test_a_credit_is_shared_by_what_it_was_given_for() -> None:
    actors = [person_cost_line(-3, account_id=SAM), person_cost_line(-1)]
    assert shared([cost_line(-4)], [], actors=actors) == {SAM: usd(-3), JANE: usd(-1)}


def test_whoever_the_bill_names_has_no_part_in_what_it_does_not() -> None:
    actors = [person_cost_line(1), person_cost_line(3, account_id=NO_ACCOUNT)]
    assert shared([cost_line(4)], [], actors=actors, weights=weighing((JANE, 5), (SAM, 5))) == {
        JANE: usd(1),
        SAM: usd(3),
    }


# --- Whom the report means ---

PEOPLE = {JANE: Person(JANE, "Jane", "Jane@Example.com"), SAM: Person(SAM, "Sam", "")}
KEYS = [ApiKey("apikey_1", "of-code", "active", CHECKOUT), ApiKey("apikey_2", "elsewhere", "active", SEARCH)]


@pytest.mark.parametrize(
    ("email", "api_key_name", "account_id"),
    [
        ("jane@example.com", "", JANE),
        ("Gone@example.com", "", "gone@example.com"),
        ("", "of-code", NO_ACCOUNT),
        ("", "", NO_ACCOUNT),
    ],
)
def test_an_actor_is_found_by_what_the_report_says(email: str, api_key_name: str, account_id: str) -> None:
    actors = Actors(PEOPLE, KEYS, CLAUDE_CODE)
    uses = [ClaudeCodeUse(email, api_key_name, OPUS, 5), ClaudeCodeUse("", "elsewhere", OPUS, 7)]
    assert actors.weights(YESTERDAY, uses) == [PersonWeight(YESTERDAY, account_id, OPUS, 5)]


def test_the_workspace_is_known_by_its_name() -> None:
    assert claude_code_workspaces(names(workspaces={CHECKOUT: "Claude Code", SEARCH: "search"})) == CLAUDE_CODE


def test_days_are_untold_where_tokens_of_the_workspace_have_no_account() -> None:
    lines = [
        person_line(account_id=NO_ACCOUNT, day=TODAY),
        person_line(account_id=NO_ACCOUNT, day=TODAY, model=HAIKU),
        person_line(account_id=NO_ACCOUNT, workspace_id=SEARCH),
        person_line(tokens(), account_id=NO_ACCOUNT),
        person_line(),
    ]
    assert untold_days(lines, CLAUDE_CODE) == [TODAY]


# --- Laws ---

MODELS, DAYS = [OPUS, HAIKU], [YESTERDAY, TODAY]
PLACES: dict[str, list[Any]] = {"day": DAYS, "model": MODELS, "workspace_id": [CHECKOUT, SEARCH]}
USAGE = with_output(
    one_of_each(person_line, counts=CACHED, **PLACES, account_id=[NO_ACCOUNT, JANE, SAM]), 10**12, max_size=15
)
COST = with_amounts(
    one_of_each(cost_line, **PLACES, token_type=[*TOKEN_TYPES, "some_new_tokens", ""]), -(10**15), 10**15, max_size=15
)
ACTORS = lists_of(
    one_of_each(
        person_cost_line,
        dollars=range(-5, 6),
        **PLACES,
        token_type=[*TOKEN_TYPES, ""],
        account_id=[NO_ACCOUNT, NOT_A_PERSON, JANE, SAM],
    ),
    max_size=10,
)
WEIGHTS = st.builds(
    lambda scopes, *weights: dict(zip(scopes, weights, strict=False)),
    lists_of(list(product(DAYS, MODELS))).map(dict.fromkeys),
    *[numbered([NO_ACCOUNT, JANE, SAM, JOAN], 0, 10**12, max_size=4)] * 4,
)


@given(cost=COST, usage=USAGE, weights=WEIGHTS, actors=ACTORS)
def test_people_add_up_to_their_line_and_to_the_bill(
    cost: list[CostLine], usage: list[PersonLine], weights: Weights, actors: list[PersonCostLine]
) -> None:
    cost, usage = sorted(cost), sorted(usage)
    for line, shares in person_shares(cost, usage, weights=weights, claude_code=CLAUDE_CODE, actors=actors):
        assert sum(amount for _, amount in shares) == line.amount
    assert sum(shared(cost, usage, weights=weights, actors=actors).values()) == sum(line.amount for line in cost)


@given(cost=COST, usage=USAGE, weights=WEIGHTS)
def test_an_estimate_moves_only_what_is_nobodys(
    cost: list[CostLine], usage: list[PersonLine], weights: Weights
) -> None:
    cost, usage = sorted(cost), sorted(usage)
    without = person_shares(cost, usage, weights={}, claude_code=CLAUDE_CODE)
    for (line, before), (_, after) in zip(
        without, person_shares(cost, usage, weights=weights, claude_code=CLAUDE_CODE), strict=True
    ):
        nobodys = sum(amount for who, amount in before if who == NO_PERSON)
        moved = sum(abs(added_up(after, who) - added_up(before, who)) for who in {JANE, SAM, JOAN, NOT_ATTRIBUTABLE})
        assert moved == abs(nobodys - added_up(after, NO_PERSON)) <= abs(line.amount)


@given(cost=COST, usage=USAGE, weights=WEIGHTS, factor=st.integers(2, 10**6))
def test_estimates_weigh_the_same_in_any_currency(
    cost: list[CostLine], usage: list[PersonLine], weights: Weights, factor: int
) -> None:
    cost, usage = sorted(cost), sorted(usage)
    larger = {key: [(who, weight * factor) for who, weight in each] for key, each in weights.items()}
    assert shared(cost, usage, weights=larger) == shared(cost, usage, weights=weights)


@given(cost=COST, usage=USAGE)
def test_people_are_attributed_as_keys_are(cost: list[CostLine], usage: list[PersonLine]) -> None:
    cost, usage = sorted(cost), sorted(usage)
    by_keys = [
        usage_line(
            line.tokens,
            day=line.day,
            workspace_id=line.series.workspace_id,
            model=line.series.model,
            api_key_id=line.series.account_id or NO_PERSON,
        )
        for line in usage
    ]
    assert by_person(cost, usage, weights={}, claude_code=()) == by_key(cost, by_keys)


def added_up(shares: Sequence[Share], who: str) -> int:
    """What one row has of a line."""
    return sum(amount for each, amount in shares if each == who)
