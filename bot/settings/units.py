"""The tables `[[units]]` of `claudecost.toml`: what is counted outside, and where each day's count is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.analysis.budget import Scope
from bot.analysis.units import Unit
from bot.counts.sources import CsvFile, CsvUrl, PrometheusQuery, Source, SqlQuery
from bot.settings.values import parse_name, parse_url

SOURCES = "give exactly one of csv, url, sql (with database) or prometheus (with query)"


def parse_inside(value: str) -> str:
    """An address without a name and password in it: it stands in a file that many may read."""
    url = parse_url(value)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("has no host or port that can be one; write it like http://10.0.0.7:9090") from None
    if "@" in parts.netloc:
        raise ValueError("has a name or a password in it; use an address inside your network that asks for none")
    return url


class UnitTable(BaseModel):
    """What dollars are divided by: so many `unit` a day, and whose dollars they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(parse_name)]
    unit: Annotated[str, AfterValidator(parse_name)]
    csv: Path | None = None
    url: Annotated[str, AfterValidator(parse_inside)] | None = None
    sql: str | None = Field(default=None, min_length=1)
    database: Path | None = None
    prometheus: Annotated[str, AfterValidator(parse_inside)] | None = None
    query: str | None = Field(default=None, min_length=1)
    team: str | None = Field(default=None, min_length=1)
    workspace: str | None = Field(default=None, min_length=1)
    product: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def check_source(self) -> UnitTable:
        """One source, whole."""
        given = [each for each in (self.csv, self.url, self.sql, self.prometheus) if each is not None]
        if len(given) != 1:
            raise ValueError(f"has {'several sources' if given else 'no source'}; {SOURCES}")
        if (self.sql is None) is not (self.database is None):
            raise ValueError("needs both `sql`, a query, and `database`, the path of the SQLite file it reads")
        if (self.prometheus is None) is not (self.query is None):
            raise ValueError("needs both `prometheus`, the server's address, and `query`, what is asked of it")
        return self

    def built(self) -> Unit:
        """As the rules take it."""
        return Unit(
            name=self.name,
            unit=self.unit,
            scope=Scope(team=self.team, workspace=self.workspace, product=self.product),
        )

    def source(self) -> Source:
        """Where its counts are read."""
        if self.csv is not None:
            return CsvFile(self.csv)
        if self.url is not None:
            return CsvUrl(self.url)
        if self.sql is not None and self.database is not None:
            return SqlQuery(self.sql, self.database)
        return PrometheusQuery(str(self.prometheus), str(self.query))


def check_units(tables: list[UnitTable]) -> list[UnitTable]:
    """No two have one name: it is what people ask for."""
    names = [table.name.casefold() for table in tables]
    for table in tables:
        if names.count(table.name.casefold()) > 1:
            raise ValueError(f'has "{table.name}" twice; give each unit a name of its own')
    return tables
