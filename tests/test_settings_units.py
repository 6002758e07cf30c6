"""`[[units]]`: exactly one source, whole, and addresses that hide nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.analysis.budget import Scope
from bot.analysis.units import Unit
from bot.counts.sources import CsvFile, CsvUrl, PrometheusQuery, SqlQuery
from bot.settings.units import UnitTable, check_units

TICKETS: dict[str, Any] = {"name": "tickets", "unit": "ticket"}


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ({"csv": "t.csv"}, CsvFile(Path("t.csv"))),
        ({"url": "http://10.0.0.1/t.csv"}, CsvUrl("http://10.0.0.1/t.csv")),
        ({"sql": "SELECT 1, 2", "database": "t.db"}, SqlQuery("SELECT 1, 2", Path("t.db"))),
        ({"prometheus": "http://p:9090/", "query": "sum(t)"}, PrometheusQuery("http://p:9090", "sum(t)")),
    ],
)
def test_a_unit_has_one_source(given: dict[str, Any], source: object) -> None:
    table = UnitTable(**TICKETS, **given, product="support")

    assert table.source() == source
    assert table.built() == Unit(name="tickets", unit="ticket", scope=Scope(product="support"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "has no source; give exactly one of csv, url, sql"),
        ({"csv": "t.csv", "url": "http://10.0.0.1/t.csv"}, "has several sources"),
        ({"sql": "SELECT 1, 2"}, "needs both `sql`"),
        ({"csv": "t.csv", "query": "sum(t)"}, "needs both `prometheus`"),
        ({"url": "http://me:secret@10.0.0.1/t.csv"}, "has a name or a password in it"),
        ({"url": "counts.csv"}, "is not a URL"),
        ({"url": "http://10.0.0.1:99999/t.csv"}, "has no host or port that can be one"),
        ({"url": "http://[::1/t.csv"}, "has no host or port that can be one"),
    ],
)
def test_anything_else_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        UnitTable(**TICKETS, **given)


def test_no_two_units_have_one_name() -> None:
    tables = [UnitTable(name=name, unit="ticket", csv=Path("t.csv")) for name in ("tickets", "Tickets")]

    with pytest.raises(ValueError, match='has "tickets" twice'):
        check_units(tables)
