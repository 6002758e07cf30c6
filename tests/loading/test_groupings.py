"""An answer is offered by what can differ, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import Rule, Team
from bot.loading.groupings import offered_groupings
from bot.model import NOBODY, Organization, Privacy, TeamSheet
from bot.snapshots import open_store
from tests.builders import NOW, ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.snapshots import Store

SEARCH = Team(name="search", owns=(Rule(team="search", key="ci-*", product="finder"),))
BOOKED = Team(name="pay", cost_center="4711", owns=(Rule(team="pay", workspace="pay-*", environment="prod"),))


def beyond_the_bill(store: Store, *teams: Team, privacy: Privacy = NOBODY) -> set[str]:
    bill = {"workspace", "model", "key", "day", "week", "month", "type", "tier", "token"}
    offered = {str(grouping) for grouping in offered_groupings(store, privacy, teams)}
    assert bill <= offered
    return offered - bill


@pytest.mark.parametrize(
    ("teams", "offered"),
    [
        ([], set()),
        ([SEARCH], {"team", "product"}),
        ([BOOKED], {"team", "cost_center", "environment"}),
    ],
)
def test_teams_and_the_like_are_offered_where_rules_tell_of_them(
    store: Store, teams: Sequence[Team], offered: set[str]
) -> None:
    assert beyond_the_bill(store, *teams) == offered


def test_where_rules_contradict_each_other_teams_alone_are_offered(store: Store) -> None:
    store.teams.save_sheet(TeamSheet("teams.csv", "nonsense", NOW))
    assert beyond_the_bill(store, SEARCH) == {"team"}


def test_people_are_offered_where_they_may_be_told(store: Store) -> None:
    assert beyond_the_bill(store, privacy=Privacy(people=True)) == {"person"}


def test_organisations_are_offered_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "claudecost.db"
    with open_store(path) as store:
        store.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "SECOND": "Europe"})
        store.save_organization(ORGANIZATION, seen_at=NOW)
        assert beyond_the_bill(store) == set()
    with open_store(path, "SECOND") as store:
        store.save_organization(Organization("org_europe", "Europe"), seen_at=NOW)
        assert beyond_the_bill(store) == {"org"}
