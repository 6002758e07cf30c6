"""A digest's line on dollars per unit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Budget, Scope
from bot.analysis.ownership import Rule, Team
from bot.analysis.units import Unit
from bot.analysis.weeks import IsoWeek
from bot.loading.digest import Teller
from bot.loading.units import Units
from bot.model import Source, TeamSheet, usd
from bot.snapshots.parts import parts_of
from tests.builders import CHECKOUT, CONTRACT, NOW, TODAY, cost_line, last_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.snapshots import Store

LAST_WEEK = IsoWeek.of(TODAY).before()
TICKETS = Units(all=[Unit(name="tickets", unit="ticket")])


@pytest.fixture
def told(store: Store) -> Store:
    """A dollar a day, and four tickets."""
    days = last_days(30)
    cost = [cost_line(1, day=day) for day in days.days()]
    store.ledger.save_days(days, cost=cost, usage=[], source=Source.COST_REPORT, fetched_at=NOW)
    store.units.save_counts("tickets", dict.fromkeys(days.days(), Decimal(4)), at=NOW)
    return store


def text(store: Store, units: Units, *workspaces: str, teams: Sequence[Team] = ()) -> str:
    teller = Teller(contract=CONTRACT, prices=None, units=units, teams=teams)
    return str(teller.tell(parts_of(store), LAST_WEEK, today=TODAY, workspaces=workspaces).message.blocks)


def test_a_digest_says_what_one_of_many_cost(told: Store) -> None:
    assert "*Per unit:* $0.250 per `ticket` (0 %)" in text(told, TICKETS)


def test_a_digest_of_some_workspaces_does_not(told: Store) -> None:
    assert "Per unit" not in text(told, TICKETS, CHECKOUT)


def test_a_teams_digest_says_what_its_own_units_cost(told: Store) -> None:
    teams = (Team(name="support", owns=(Rule(team="support", workspace=CHECKOUT),)),)
    own = Unit(name="tickets", unit="ticket", scope=Scope(team="support"))

    said = text(told, Units(all=[own, *TICKETS.all], teams=teams), "team:support", teams=teams)

    assert "*Per unit:* $0.250 per `ticket` (0 %)" in said
    assert said.count("per `ticket`") == 1


def test_whose_what_is_is_loaded_once_for_a_digest(told: Store) -> None:
    teams = (Team(name="support", owns=(Rule(team="support", workspace=CHECKOUT),)),)
    units = Units(all=[Unit(name="tickets", unit="ticket", scope=Scope(team="support"))], teams=teams)
    budgets = [Budget(name="own", amount=usd(9), scope=Scope(team="support"))]
    teller = Teller(contract=CONTRACT, prices=None, units=units, teams=teams, budgets=budgets)
    run: list[str] = []
    told.session.db.conn.set_trace_callback(run.append)

    message = teller.tell(parts_of(told), LAST_WEEK, today=TODAY, workspaces=["team:support"]).message

    assert "*Per unit:*" in str(message.blocks)
    assert "`own`" in str(message.blocks)
    assert sum("FROM team_sheet" in statement for statement in run) == 1


def test_teams_that_cannot_be_read_keep_no_digest_back(told: Store) -> None:
    told.teams.save_sheet(TeamSheet("teams.csv", "nonsense", NOW))

    assert "Per unit" not in text(told, TICKETS)
