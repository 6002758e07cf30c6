"""Units, loaded: whatever is beside a unit, its dollars are those of its scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Scope
from bot.analysis.ownership import Rule, Team
from bot.analysis.units import Unit
from bot.loading.units import Units
from bot.model import Source, usd
from tests.builders import CHECKOUT, NOW, SEARCH, YESTERDAY, cost_line, last_days

if TYPE_CHECKING:
    from bot.snapshots import Store

TEAMS = (
    Team(name="shop", owns=(Rule(team="shop", workspace=CHECKOUT, product="pay"),)),
    Team(name="tills", parent="shop", owns=(Rule(team="tills", workspace=SEARCH),)),
)
SCOPES = {
    Scope(): 7,
    Scope(team="shop"): 7,
    Scope(team="TILLS"): 4,
    Scope(product="pay"): 3,
    Scope(team="shop", workspace=SEARCH): 4,
    Scope(team="nobody"): 0,
}


@pytest.fixture
def bought(store: Store) -> Store:
    """Three dollars in one workspace, four in another."""
    cost = [cost_line(3, workspace_id=CHECKOUT), cost_line(4, workspace_id=SEARCH)]
    store.ledger.save_days(last_days(1), cost=cost, usage=[], source=Source.COST_REPORT, fetched_at=NOW)
    return store


def test_each_of_several_has_the_dollars_of_its_scope(bought: Store) -> None:
    units = Units(all=[Unit(name=str(scope), unit="one", scope=scope) for scope in SCOPES], teams=TEAMS)

    loaded = units.load(bought, last_days(1))

    assert [each.spend.get(YESTERDAY, 0) for each in loaded] == [usd(dollars) for dollars in SCOPES.values()]
    assert [each.unmatched for each in loaded if each.unmatched] == [("team nobody",)]


def test_those_of_teams_are_told_by_their_names() -> None:
    units = Units(all=[Unit(name=str(scope), unit="one", scope=scope) for scope in SCOPES])

    assert [str(each.scope) for each in units.of_teams({"tills"}).all] == ["team TILLS"]
