"""Metrics, from what is stored: they are the bill, and loaded anew only when something changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.budget import Budget
from bot.analysis.metrics import Basis, Window, days_looked_at
from bot.analysis.ownership import Rule, Team
from bot.analysis.units import Unit
from bot.loading.metrics import MetricsLoader, name_of
from bot.loading.units import Units
from bot.model import Interval, Names, Source, UnitRise, dollars, usd
from bot.wiring import build_metrics_loader, build_prices
from tests.builders import NOW, TODAY, cost_line, last_days

if TYPE_CHECKING:
    from bot.analysis.metrics import OrganizationMetrics, Thing
    from tests.loopback import Two, World

TEAMS = (Team(name="ingest", owns=(Rule(team="ingest", workspace="Ingest*"),)),)
THINGS: tuple[Thing, ...] = ("workspace", "model", "team", "key")


def loader_of(world: World) -> MetricsLoader:
    budgets = (Budget(name="all", amount=usd(100_000)),)
    return MetricsLoader(budgets=budgets, teams=TEAMS, prices=lambda: build_prices(world.settings), things=THINGS)


def total(each: OrganizationMetrics, thing: Thing, *, basis: Basis | None = None) -> int:
    return sum(
        amount
        for part, amount in each.spent[thing].items()
        if part.window is Window.MONTH_TO_DATE and basis in {None, part.basis}
    )


async def test_each_way_to_tell_spend_adds_up_to_the_month(synced: World) -> None:
    with synced.open_store() as store:
        (found,) = loader_of(synced).load(store, today=TODAY).organizations
        known = store.ledger.load_fetched_days(Interval(TODAY.replace(day=1), days_looked_at(TODAY).until))

    month = sum(day.total for day in known.values())
    assert {thing: total(found, thing) for thing in THINGS} == dict.fromkeys(THINGS, month)
    assert total(found, "team", basis=Basis.BILLED) == sum(day.total for day in known.values() if day.is_billed)
    assert set(found.names["team"]) == {"ingest", "Unowned"}


async def test_it_says_how_current_and_how_exact_it_is(synced: World) -> None:
    with synced.open_store() as store:
        metrics = loader_of(synced).load(store, today=TODAY)

    (found,) = metrics.organizations
    assert found.called == synced.organization.name
    assert found.last_sync == synced.clock()
    assert found.gap is not None
    assert found.missing == 0
    assert found.unpriced
    assert metrics.budgets[0].standing.spent == total(found, "workspace")


async def test_an_open_rise_per_unit_is_an_open_alert(synced: World) -> None:
    loader = loader_of(synced)
    with synced.open_store() as store:
        (before,) = loader.load(store, today=TODAY).organizations
        store.units.begin_rise("tickets", UnitRise(NOW, Decimal(1)))
        (after,) = loader.load(store, today=TODAY).organizations

    assert after.alerts == before.alerts + 1


async def test_each_organization_has_its_own(both: Two) -> None:
    with both.world.open_store() as store:
        found = loader_of(both.world).load(store, today=TODAY).organizations

    assert [each.called for each in found] == [both.world.organization.name, "Europe"]


async def test_sums_are_loaded_anew_only_when_something_changed(synced: World) -> None:
    loader = loader_of(synced)
    with synced.open_store() as store:
        loader.load(store, today=TODAY)
        first = loader.known
        loader.load(store, today=TODAY)
        same = loader.known
        days = Interval(TODAY, days_looked_at(TODAY).until)
        later = NOW.replace(hour=10)
        store.ledger.save_days(days, cost=[cost_line(9, day=TODAY)], usage=[], source=Source.ESTIMATE, fetched_at=later)
        loader.load(store, today=TODAY)

    assert first is same
    assert loader.known is not first


def test_keys_are_told_only_where_that_is_asked_for(world: World) -> None:
    assert "key" not in build_metrics_loader(world.settings).things


def test_what_shares_a_line_is_called_other() -> None:
    assert name_of("workspace", "", Names()) == "other"


async def test_what_was_counted_since_is_told(synced: World) -> None:
    units = Units(all=[Unit(name="tickets", unit="ticket")])
    loader = MetricsLoader(budgets=(), teams=(), prices=lambda: build_prices(synced.settings), things=(), units=units)

    with synced.open_store() as store:
        before = loader.load(store, today=TODAY).units[0].current.per_unit
        store.units.save_counts("tickets", dict.fromkeys(last_days(7).days(), Decimal(10)), at=NOW)
        (unit,) = loader.load(store, today=TODAY).units

    assert before is None
    assert unit.current.per_unit == dollars(unit.current.amount) / 70
