"""Dollars by owner, from what is stored."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import Owner, Ownership, Rule, Team
from bot.jobs.keys import share_day
from bot.loading.owners import load_ownership, spend_by_owner
from bot.model import Interval, Source, TeamSheet, usd
from tests.builders import CHECKOUT, NOW, SEARCH, TODAY, YESTERDAY, cost_line, other_cost_line, usage_line

if TYPE_CHECKING:
    from bot.snapshots import Store
    from bot.snapshots.keys import KeyDimension

BOTH = Interval(YESTERDAY - timedelta(days=1), TODAY)
ADS, WEB = Owner(team="ads"), Owner(team="web")


def owned(*rules: Rule) -> Ownership:
    names = dict.fromkeys(rule.team for rule in rules)
    return Ownership(teams=tuple(Team(name=name, owns=tuple(r for r in rules if r.team == name)) for name in names))


def save(store: Store) -> None:
    """Two days: $4 a day in checkout by two keys alike, $1 of code execution there, $2 in search by one of them."""
    for day in BOTH.days():
        store.ledger.save_days(
            Interval(day, day + timedelta(days=1)),
            cost=[
                cost_line(4, day=day, workspace_id=CHECKOUT),
                other_cost_line(1, day=day, workspace_id=CHECKOUT),
                cost_line(2, day=day, workspace_id=SEARCH),
            ],
            usage=[
                usage_line(day=day, workspace_id=CHECKOUT, api_key_id="a"),
                usage_line(day=day, workspace_id=CHECKOUT, api_key_id="b"),
                usage_line(day=day, workspace_id=SEARCH, api_key_id="a"),
            ],
            source=Source.COST_REPORT,
            fetched_at=NOW,
        )


def test_a_key_takes_its_dollars_along_wherever_it_spends(store: Store) -> None:
    save(store)

    found = spend_by_owner(store, BOTH, owned(Rule(team="ads", key="a"), Rule(team="web", workspace=CHECKOUT)))

    assert found == {(ADS, ()): usd(8), (WEB, ()): usd(6)}


def test_what_changes_hands_is_each_owners_on_his_days(store: Store) -> None:
    save(store)
    moving = owned(Rule(team="ads", key="a", until=YESTERDAY), Rule(team="web", key="a", since=YESTERDAY))

    found = spend_by_owner(store, BOTH, moving)

    assert (found[ADS, ()], found[WEB, ()], found[Owner(), ()]) == (usd(4), usd(4), usd(6))


def test_todays_owners_can_have_had_it_all_along(store: Store) -> None:
    save(store)
    moving = owned(Rule(team="ads", key="a", until=YESTERDAY), Rule(team="web", key="a", since=YESTERDAY))

    found = spend_by_owner(store, BOTH, moving, as_of=TODAY)

    assert found == {(WEB, ()): usd(8), (Owner(), ()): usd(6)}


def test_owners_stand_beside_other_groupings_in_their_order(store: Store) -> None:
    save(store)

    found = spend_by_owner(store, BOTH, owned(Rule(team="ads", key="a")), within=["day", "workspace"])

    assert found[ADS, (YESTERDAY.isoformat(), SEARCH)] == usd(2)
    assert sum(found.values()) == sum(store.ledger.load_spend(BOTH, ["workspace"]).values())


MOVING = owned(
    Rule(team="ads", key="a", until=YESTERDAY),
    Rule(team="web", key="a", since=YESTERDAY),
    Rule(team="ads", key="b", share=Decimal(40)),
    Rule(team="web", key="b", share=Decimal(60)),
    Rule(team="web", workspace=CHECKOUT),
)
"""One key changes hands, one is shared, the rest is a workspace's."""


@pytest.mark.parametrize("within", [["day"], ["day", "workspace"], ["model", "day"], ["key", "day"]])
def test_days_that_were_shared_among_keys_are_owned_as_others(store: Store, within: list[KeyDimension]) -> None:
    save(store)
    before = spend_by_owner(store, BOTH, MOVING, within=within)
    for day in list(store.keys.newest_left(most=9)):
        share_day(store, day)

    assert not store.keys.days_left(BOTH)
    assert spend_by_owner(store, BOTH, MOVING, within=within) == before
    assert sum(before.values()) == usd(14)


def test_what_was_imported_counts_beside_the_configuration(store: Store) -> None:
    store.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key\nweb,prod,\n", NOW))

    assert [team.name for team in load_ownership(store, [Team(name="ads")]).teams] == ["ads", "web"]
