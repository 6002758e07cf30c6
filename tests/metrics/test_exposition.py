"""The text that is scraped, and the dashboard over it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed
from prometheus_client.parser import text_string_to_metric_families as parsed_plain

from bot.analysis.budget import Budget, BudgetNow, find_standing
from bot.analysis.forecast import DailySpend
from bot.analysis.metrics import Basis, Gap, Metrics, OrganizationMetrics, Part, Window
from bot.analysis.units import Unit, UnitDays, find_report, last_week
from bot.metrics.exposition import dashboard, exposition
from bot.model import Unpriced, usd
from tests.builders import NOW, TODAY, YESTERDAY, fetched_day

if TYPE_CHECKING:
    from prometheus_client.samples import Sample

HOSTILE = 'check"out\\ \n# EOF <b>'
PART = Part("wrkspc_1", Window.LAST_COMPLETE_DAY, Basis.BILLED)
ORGANIZATION = OrganizationMetrics(
    called="Example",
    spent={"workspace": {PART: usd("1248.371234567")}, "key": {PART: 1}, "model": {PART: 1}, "team": {PART: 1}},
    names={thing: {"wrkspc_1": HOSTILE} for thing in ("workspace", "key", "model", "team")},
    last_sync=NOW,
    last_day=YESTERDAY,
    missing=2,
    unpriced=[Unpriced("claude-next", 1200)],
    gap=Gap(usd(3), Decimal("0.20")),
    alerts=1,
)
DAYS = {YESTERDAY - timedelta(days=back): usd(10) for back in range(40)}
STANDING = find_standing(Budget(name="all", amount=usd(1000)), DailySpend(DAYS, {}), today=TODAY)
WEEK = last_week(TODAY)
TICKETS = UnitDays(
    unit=Unit(name="tickets", unit="ticket"),
    spend=DAYS,
    counts={day: Decimal(8) for day in WEEK.days()[1:]},
    fetched={day: fetched_day(day) for day in WEEK.days()},
)
METRICS = Metrics(
    organizations=[ORGANIZATION],
    budgets=[BudgetNow(standing=STANDING, fetched={}, data_as_of=NOW)],
    units=[find_report(TICKETS, WEEK, WEEK.shifted(-7))],
)


def samples(metrics: Metrics = METRICS) -> dict[str, Sample]:
    """What a scraper reads, by name; each name has one sample here."""
    text, _ = exposition(metrics)
    return {sample.name: sample for family in parsed(text.decode()) for sample in family.samples}


def test_a_scraper_reads_dollars_and_names_as_they_are() -> None:
    spend = samples()["claudecost_workspace_spend_dollars"]

    assert spend.value == 1248.371234567
    assert spend.labels == {
        "organization": "Example",
        "workspace": HOSTILE,
        "workspace_id": "wrkspc_1",
        "window": "last_complete_day",
        "basis": "billed",
    }


def test_budgets_have_what_is_used_allowed_and_forecast() -> None:
    found = samples()

    assert found["claudecost_budget_used_ratio"].value == 0.21
    assert found["claudecost_budget_spent_dollars"].value == 210
    assert found["claudecost_budget_allowed_dollars"].value == 1000
    assert found["claudecost_budget_forecast_dollars"].value == 300
    assert found["claudecost_budget_used_ratio"].labels == {"budget": "all"}


def test_units_have_what_one_cost_on_the_days_that_are_known() -> None:
    found = samples()

    assert found["claudecost_per_unit_dollars"].value == 1.25
    assert found["claudecost_units_counted"].value == 48
    assert found["claudecost_per_unit_dollars"].labels == {"unit": "tickets"}


def test_a_unit_that_was_not_counted_has_no_sample() -> None:
    uncounted = find_report(replace(TICKETS, counts={}), WEEK, WEEK.shifted(-7))

    assert samples(Metrics(units=[uncounted])) == {}


def test_how_current_and_how_exact_the_data_is_can_be_read() -> None:
    found = {name: sample.value for name, sample in samples().items()}

    assert found["claudecost_last_sync_timestamp_seconds"] == NOW.timestamp()
    assert found["claudecost_missing_days"] == 2
    assert found["claudecost_alerts_open"] == 1
    assert found["claudecost_unpriced_tokens"] == 1200
    assert found["claudecost_reconciliation_unexplained_ratio"] == 0.002
    assert found["claudecost_reconciliation_unexplained_dollars"] == 3


def test_what_is_unknown_has_no_sample() -> None:
    nothing = OrganizationMetrics(
        called="Example", spent={}, names={}, last_sync=None, last_day=None, missing=0, unpriced=[], gap=None
    )

    assert set(samples(Metrics(organizations=[nothing]))) == {"claudecost_missing_days", "claudecost_alerts_open"}


def test_who_knows_only_the_older_text_gets_that() -> None:
    text, content_type = exposition(METRICS, accept="text/plain;version=0.0.4")

    assert content_type.startswith("text/plain")
    assert "claudecost_alerts_open" in {family.name for family in parsed_plain(text.decode())}


def test_the_dashboard_names_what_exists_and_all_of_it() -> None:
    text, _ = exposition(METRICS)
    families = {family.name for family in parsed(text.decode())}

    named = set(re.findall(r"\bclaudecost_\w+", dashboard()))

    assert named == families


def test_the_dashboard_groups_by_labels_that_exist() -> None:
    labels = {label for sample in samples().values() for label in sample.labels}
    expressions = [target["expr"] for panel in json.loads(dashboard())["panels"] for target in panel["targets"]]
    used = {label for each in expressions for label in re.findall(r"(\w+)=~?\"|by \((\w+)\)", each)}

    assert {word for pair in used for word in pair if word} <= labels
