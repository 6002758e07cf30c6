"""What is nobody's, and rules that say nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import Estate, Ownership, Rule, Staleness, Team, find_stale, find_unowned
from bot.model import Names, Organization

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.analysis.ownership import Thing

TODAY = date(2026, 11, 22)
LONG_AGO = date(2026, 8, 1)


def owned(*rules: Rule) -> Ownership:
    return Ownership(teams=(Team(name="ads", owns=rules),))


def estate(
    ownership: Ownership,
    spend: Mapping[Thing, int],
    *,
    listed: Sequence[Thing] = (),
    beside: Organization | None = None,
) -> Estate:
    return Estate(spend=spend, owners=ownership.on(TODAY, Names()), listed=listed, beside=beside)


def unowned(ownership: Ownership, spend: Mapping[Thing, int]) -> list[tuple[str, str | None, int]]:
    found = find_unowned([estate(ownership, spend)])
    return [(each.workspace_id, each.key_id, each.spend) for each in found]


def test_keys_beside_owned_ones_are_named_the_dearest_first() -> None:
    spend = {("prod", "a"): 1, ("prod", "b"): 2, ("prod", "c"): 9}

    assert unowned(owned(Rule(team="ads", key="c")), spend) == [("prod", "b", 2), ("prod", "a", 1)]


def test_a_workspace_of_which_nothing_is_owned_is_one_thing() -> None:
    assert unowned(owned(), {("prod", "a"): 1, ("prod", "b"): 2, ("web", "c"): 4}) == [
        ("web", None, 4),
        ("prod", None, 3),
    ]


def test_what_spent_nothing_is_not_named() -> None:
    assert unowned(owned(Rule(team="ads", key="a")), {("prod", "a"): 1, ("prod", "b"): 0}) == []


def test_what_two_claim_equally_is_named_with_both() -> None:
    one, other = Rule(team="ads", key="*-ci", source="line 4"), Rule(team="ads", key="x-c?", source="line 9")

    (found,) = find_unowned([estate(owned(one, other), {("prod", "x-ci"): 1})])

    assert found.key_id == "x-ci"
    assert found.rules == (one, other)


def test_what_several_organisations_have_tells_whose_it_is() -> None:
    (found,) = find_unowned([estate(owned(), {("default", "a"): 1}, beside=Organization("org_eu", "Europe"))])

    assert found.workspace_id == "default@org_eu"


def stale(rule: Rule, *, spend: Sequence[Thing] = (), listed: Sequence[Thing] = ()) -> Staleness | None:
    ownership = owned(rule)
    estates = [estate(ownership, dict.fromkeys(spend, 1), listed=listed)]
    found = find_stale(ownership, estates, today=TODAY, first_day=LONG_AGO)
    return found[0].why if found else None


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule(team="ads", key="ci-*"), None),
        (Rule(team="ads", workspace="prod"), None),
        (Rule(team="ads", workspace="archive"), Staleness.SPENT_NOTHING),
        (Rule(team="ads", key="old"), Staleness.SPENT_NOTHING),
        (Rule(team="ads", key="ci-*", workspace="web"), Staleness.NAMES_NOTHING),
        (Rule(team="ads", key="typo"), Staleness.NAMES_NOTHING),
        (Rule(team="ads", key="typo", since=TODAY + timedelta(days=1)), None),
        (Rule(team="ads", key="typo", until=LONG_AGO), Staleness.ENDED),
        (Rule(team="ads", key="typo", until=LONG_AGO + timedelta(days=1)), None),
    ],
)
def test_a_rule_that_says_nothing_says_why(rule: Rule, why: Staleness | None) -> None:
    listed = [("archive", ""), ("prod", "old")]

    assert stale(rule, spend=[("prod", "ci-nightly")], listed=listed) is why


def test_a_workspaces_rule_whose_keys_have_their_own_is_not_stale() -> None:
    ownership = owned(Rule(team="ads", workspace="prod"), Rule(team="ads", key="a"))

    assert find_stale(ownership, [estate(ownership, {("prod", "a"): 1})], today=TODAY, first_day=LONG_AGO) == ()
