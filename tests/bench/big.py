"""The big organisation, and a database with all its days in it, built once per run."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.admin_api.parse import CostParser, UsageParser
from bot.analysis.coverage import windows
from bot.jobs.keys import share_day
from bot.model import ApiKey, Interval, Organization, Source, Workspace
from bot.sandbox.admin_api.reports import bucket, report_body
from bot.sandbox.big_organization import COST_GROUPING, USAGE_GROUPING, BigOrganization, big_organization
from bot.snapshots import open_store
from tests.bench.processes import start_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.model import CostLine, UsageLine
    from tests.bench.processes import Start

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large the organisation is and how often things are measured. As it is, the bill has a million rows."""

    workspaces: int = 200
    models: int = 12
    keys: int = 2_000
    days: int = 400
    rounds: int = 3
    repeats: int = 31
    questions: int = 100
    settling_seconds: float = 1.0

    @property
    def cost_rows(self) -> int:
        """Lines of the bill: one per model, and one without tokens in every second workspace."""
        return (self.workspaces * self.models + -(-self.workspaces // 2)) * self.days

    @property
    def usage_rows(self) -> int:
        """Lines of usage."""
        return self.workspaces * self.models * self.days

    def tenth(self) -> Scale:
        """A tenth of the rows, and fewer repeats."""
        return Scale(workspaces=20, models=12, keys=200, days=400, rounds=1, repeats=11, questions=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What the Admin API says of some days, parsed."""

    interval: Interval
    cost: list[CostLine]
    usage: list[UsageLine]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run: how much, where, and when; `start` starts its processes."""

    scale: Scale
    folder: Path
    now: Callable[[], datetime]
    start: Start = start_python

    @cached_property
    def today(self) -> date:
        """The first day that is not in the databases."""
        return self.now().date()

    @cached_property
    def organization(self) -> BigOrganization:
        """Whose bill it is."""
        scale = self.scale
        return big_organization(
            today=self.today, workspaces=scale.workspaces, models=scale.models, keys=scale.keys, days=scale.days
        )

    @cached_property
    def big_database(self) -> Path:
        """All days."""
        return self.build(self.folder / "big.db", days=self.scale.days)

    def copy_of_big_database(self, name: str) -> Path:
        """All days in a file of its own, for a process that has never seen them."""
        return Path(shutil.copy(self.big_database, self.folder / f"{name}.db"))

    def build(self, path: Path, *, days: int) -> Path:
        """A database with the newest `days` days in it."""
        found(path, self.organization, now=self.now())
        for stretch in self.stretches(days=days):
            save(path, stretch, at=self.now())
        share(path)
        return path

    def stretches(self, *, days: int) -> Iterator[Stretch]:
        """The newest `days` days, newest first, as a backfill reads them."""
        organization, now = self.organization, self.now()
        default = organization.workspaces[0].id
        cost, usage = CostParser(default), UsageParser(default)
        for interval in windows(Interval(self.today - days * DAY, self.today)):
            yield Stretch(
                interval=interval,
                cost=cost.page(cost_page(organization, interval, now), interval).items,
                usage=usage.page(usage_page(organization, interval, now), interval).items,
            )


def cost_page(organization: BigOrganization, interval: Interval, now: datetime) -> bytes:
    """The bill of an interval on one page."""

    def results(since: datetime, _until: datetime) -> bytes:
        return organization.cost_results(since.date(), grouping=COST_GROUPING, now=now)

    return report_body([bucket(start, start + DAY, results) for start in starts(interval)], None)


def usage_page(organization: BigOrganization, interval: Interval, now: datetime) -> bytes:
    """The usage of an interval on one page."""

    def results(since: datetime, until: datetime) -> bytes:
        return organization.usage_results(since=since, until=until, grouping=USAGE_GROUPING, filters={}, now=now)

    return report_body([bucket(start, start + DAY, results) for start in starts(interval)], None)


def starts(interval: Interval) -> list[datetime]:
    """When each day begins."""
    return [datetime.combine(day, time(), UTC) for day in interval.days()]


def found(path: Path, organization: BigOrganization, *, now: datetime) -> None:
    """Creates a database that knows the organisation and its names, and no days."""
    with open_store(path) as store:
        store.save_organization(Organization(organization.id, organization.name), seen_at=now)
        workspaces = [Workspace(entry.id, entry.name) for entry in organization.workspaces]
        store.names.save_workspaces(workspaces, seen_at=now)
        keys = [ApiKey(key.id, key.name, key.status, key.workspace.id) for key in organization.api_keys]
        store.names.save_api_keys(keys, seen_at=now)


def share(path: Path) -> None:
    """Shares every day among its keys, as the bot does little by little after its syncs."""
    with open_store(path) as store:
        for day in store.keys.newest_left(most=sys.maxsize):
            share_day(store, day)


def save(path: Path, stretch: Stretch, *, at: datetime) -> None:
    """Saves a stretch of days as a sync does."""
    with open_store(path) as store:
        store.ledger.save_days(
            stretch.interval, cost=stretch.cost, usage=stretch.usage, source=Source.COST_REPORT, fetched_at=at
        )
