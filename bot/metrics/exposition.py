"""The exposition: metrics as OpenMetrics text, by `prometheus-client`.

Here, at the door, exact amounts become floats, because the format knows nothing else: each is the double nearest to
its dollars, and nothing is added up from them. Names from outside are label values only, escaped by the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from bot.model import dollars, start_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from bot.analysis.budget import BudgetNow
    from bot.analysis.metrics import Metrics, OrganizationMetrics, Thing
    from bot.analysis.units import UnitReport
    from bot.model import NanoUsd

    Samples = Iterable[tuple[Sequence[str], float | None]]

LABELS: dict[Thing, tuple[str, ...]] = {
    "workspace": ("workspace", "workspace_id"),
    "model": ("model",),
    "team": ("team",),
    "key": ("key", "key_id"),
}
"""What says which thing it is: its name, and its id where several can have one name."""


@dataclass(frozen=True, eq=False)
class SnapshotCollector(Collector):
    """One look at the snapshots, for a registry of its own."""

    metrics: Metrics

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry that is made for one answer holds no other collector whose names these could be."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every family, also one without samples: what is not known has none."""
        organizations = self.metrics.organizations
        for thing in LABELS:
            yield spend_by(thing, organizations)
        yield from of_organizations(organizations)
        yield from of_budgets(self.metrics.budgets)
        yield from of_units(self.metrics.units)


def spend_by(thing: Thing, organizations: Sequence[OrganizationMetrics]) -> Metric:
    """What each workspace, model, team or key cost."""
    labels = ("organization", *LABELS[thing], "window", "basis")
    samples = (
        ((each.called, *words_of(each, thing, part.id), part.window.value, part.basis.value), in_dollars(amount))
        for each in organizations
        for part, amount in each.spent.get(thing, {}).items()
    )
    return gauge(f"{thing}_spend_dollars", f"Spend by {thing}, of the month to date and of a day.", labels, samples)


def words_of(each: OrganizationMetrics, thing: Thing, id_: str) -> tuple[str, ...]:
    """The values of its own labels."""
    return (each.names[thing][id_], id_)[: len(LABELS[thing])]


def of_organizations(organizations: Sequence[OrganizationMetrics]) -> Iterator[Metric]:
    """How current each organisation's data is, and how well its bill matches its tokens."""
    label = ("organization",)
    synced = (((each.called,), each.last_sync.timestamp() if each.last_sync else None) for each in organizations)
    yield gauge("last_sync_timestamp_seconds", "When the newest data was fetched.", label, synced)
    newest = (
        ((each.called,), start_of(each.last_day).timestamp() if each.last_day else None) for each in organizations
    )
    yield gauge("last_complete_day_timestamp_seconds", "When the last complete day began.", label, newest)
    missing = (((each.called,), each.missing) for each in organizations)
    yield gauge("missing_days", "Days of this month before today that were never fetched.", label, missing)
    alerts = (((each.called,), each.alerts) for each in organizations)
    yield gauge("alerts_open", "Alerts that are open.", label, alerts)
    percents = (((each.called,), float(each.gap.percent / 100) if each.gap else None) for each in organizations)
    help_text = "Part of the last settled week's bill that its tokens do not explain."
    yield gauge("reconciliation_unexplained_ratio", help_text, label, percents)
    amounts = (((each.called,), in_dollars(each.gap.amount) if each.gap else None) for each in organizations)
    yield gauge("reconciliation_unexplained_dollars", "The same in dollars, either way.", label, amounts)
    unpriced = (((each.called, model.model), model.tokens) for each in organizations for model in each.unpriced)
    help_text = "Tokens of this month's estimated days whose model has no price; they are in no dollars."
    yield gauge("unpriced_tokens", help_text, (*label, "model"), unpriced)


def of_budgets(budgets: Sequence[BudgetNow]) -> Iterator[Metric]:
    """How each budget stands in its period."""
    standings = [each.standing for each in budgets]
    names = [(each.budget.name,) for each in standings]
    columns: dict[str, tuple[str, list[NanoUsd | None]]] = {
        "budget_allowed_dollars": ("What a budget allows in its period.", [each.allowed for each in standings]),
        "budget_spent_dollars": ("What of it is spent, estimates too.", [each.spent for each in standings]),
        "budget_forecast_dollars": ("What the period will have cost.", [each.forecast.total for each in standings]),
    }
    for name, (help_text, amounts) in columns.items():
        yield gauge(name, help_text, ("budget",), zip(names, map(in_dollars, amounts), strict=True))
    used = [None if each.spent is None else each.spent / (each.allowed or 1) for each in standings]
    yield gauge("budget_used_ratio", "Which part of a budget is spent.", ("budget",), zip(names, used, strict=True))


def of_units(units: Sequence[UnitReport]) -> Iterator[Metric]:
    """What one of each unit cost, and how many were counted on the days of which both are known."""
    names = [(each.unit.name,) for each in units]
    weeks = [each.current for each in units]
    costs = [None if each.per_unit is None else float(each.per_unit) for each in weeks]
    help_text = "What one cost, of the last seven complete days."
    yield gauge("per_unit_dollars", help_text, ("unit",), zip(names, costs, strict=True))
    counts = [float(each.count) if each.days else None for each in weeks]
    yield gauge("units_counted", "How many were counted on those days.", ("unit",), zip(names, counts, strict=True))


def in_dollars(amount: NanoUsd | None) -> float | None:
    """An exact amount as the double nearest to its dollars; unknown stays so."""
    return None if amount is None else float(dollars(amount))


def gauge(name: str, help_text: str, labels: Sequence[str], samples: Samples) -> GaugeMetricFamily:
    """A family; what is unknown has no sample."""
    unit = name.rpartition("_")[2]
    family = GaugeMetricFamily(f"claudecost_{name}", help_text, labels=labels, unit=unit if unit in UNITS else "")
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family


UNITS = {"dollars", "seconds", "ratio"}


def exposition(metrics: Metrics, *, accept: str = "") -> tuple[bytes, str]:
    """The text, and its content type: OpenMetrics, or what came before it for whoever accepts nothing newer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(metrics))
    if "text/plain" in accept and "openmetrics" not in accept:
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4
    return generate_openmetrics(registry), CONTENT_TYPE_LATEST


def dashboard() -> str:
    """The dashboard for Grafana, as JSON to be imported there."""
    return files("bot.metrics").joinpath("grafana.json").read_text(encoding="utf-8")
