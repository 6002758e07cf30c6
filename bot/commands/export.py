"""Export: spend and tokens as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.coverage import missing_days
from bot.analysis.export import (
    ORGANIZATION_COLUMN,
    export_columns,
    export_rows,
    in_order_of_days,
    is_owned,
    rows_of_all,
)
from bot.analysis.focus import FOCUS_COLUMNS, focus_rows
from bot.analysis.organizations import known_by_all, unpriced_of_all
from bot.analysis.ownership import History
from bot.commands.errors import NEVER_FETCHED, NothingYet
from bot.commands.files import output_to
from bot.commands.parts import chosen_parts, unheard_beside
from bot.loading.owners import load_ownership
from bot.wiring import build_open_store, build_prices, build_teams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from bot.analysis.export import Dimension, ExportRow, Field
    from bot.model import CostLine, FetchedDay, Interval, Unpriced, UsageLine
    from bot.settings import Settings
    from bot.snapshots import Store
    from bot.snapshots.parts import Part
    from bot.terminal.export import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export rests on: days that any organisation lacks, those that are known, and those not from the bill."""

    missing_days: tuple[date, ...]
    known_days: tuple[date, ...]
    estimated_days: tuple[date, ...]
    unpriced: tuple[Unpriced, ...]
    unheard: tuple[str, ...] = ()


def export(
    settings: Settings,
    interval: Interval,
    path: Path | None,
    *,
    by: Sequence[Dimension],
    write: Writer,
    organization: str | None = None,
    as_of: date | None = None,
) -> Exported:
    """Writes the days of an interval, to a file or standard output. Raises `NothingYet` without any of them.

    The rows of several organisations begin with whose they are. Whose what is, is what it was on each day, or with
    `as_of` what it is on that one. Raises `WrongRules` where nobody can say that.
    """
    with build_open_store(settings)() as store, store.reading():
        parts = chosen_parts(store, organization)
        fetched = fetched_of(parts, interval)
        estimated_days = [estimated_in(days) for days in fetched]
        columns = export_columns(by, estimated_days=set().union(*estimated_days))
        ownership = load_ownership(store, build_teams(settings)) if is_owned(by) else None
        rows = [
            export_rows(
                *lines_of(part.store, interval),
                names=part.store.names.load_names(),
                by=by,
                keyed=part.store.ledger.load_key_cost_lines(interval),
                estimated_days=days,
                history=None
                if ownership is None
                else History(ownership, part.store.names.load_names(), interval, as_of=as_of),
            )
            for part, days in zip(parts, estimated_days, strict=True)
        ]
        fields = [(part.beside, fields_of(each, columns)) for part, each in zip(parts, rows, strict=True)]
        with output_to(path) as output:
            write(output, columns_of_all(columns, parts), rows_of_all(fields, columns=columns))
        return exported(parts, interval, fetched, unheard=unheard_beside(store, organization))


def fields_of(rows: Iterable[ExportRow], columns: Sequence[str]) -> Iterator[tuple[Field, ...]]:
    """The fields of rows that have columns; the last may have none."""
    return (row.fields()[: len(columns)] for row in rows)


def columns_of_all(columns: Sequence[str], parts: Sequence[Part]) -> Sequence[str]:
    """The names of the fields; the organisation comes first where there are several."""
    return columns if len(parts) == 1 else (ORGANIZATION_COLUMN, *columns)


def export_focus(
    settings: Settings,
    interval: Interval,
    path: Path | None,
    *,
    write: Writer,
    organization: str | None = None,
    as_of: date | None = None,
) -> Exported:
    """The same as FOCUS has it, where the organisation is the billing account; whose it is are tags."""
    with build_open_store(settings)() as store, store.reading():
        parts = chosen_parts(store, organization)
        ownership = load_ownership(store, build_teams(settings))
        fetched = fetched_of(parts, interval)
        rows = [
            focus_rows(
                *lines_of(each, interval),
                organization=each.organization,
                names=each.names.load_names(),
                prices=build_prices(settings),
                keyed=each.ledger.load_key_cost_lines(interval),
                estimated_days=estimated_in(days),
                history=History(ownership, each.names.load_names(), interval, as_of=as_of),
            )
            for each, days in zip((part.store for part in parts), fetched, strict=True)
            if each.organization is not None
        ]
        with output_to(path) as output:
            write(output, FOCUS_COLUMNS, in_order_of_days(rows, column=FOCUS_COLUMNS.index("ChargePeriodStart")))
        return exported(parts, interval, fetched, unheard=unheard_beside(store, organization))


def fetched_of(parts: Sequence[Part], interval: Interval) -> list[dict[date, FetchedDay]]:
    """The days of an interval that are known of each organisation.

    Raises `NothingYet` if none is of any: no data is not an empty bill.
    """
    fetched = [part.store.ledger.load_fetched_days(interval) for part in parts]
    if not any(fetched):
        raise NothingYet(NEVER_FETCHED)
    return fetched


def estimated_in(fetched: Mapping[date, FetchedDay]) -> set[date]:
    """The days that the bill does not cover."""
    return {day for day, known in fetched.items() if not known.is_billed}


def exported(
    parts: Sequence[Part],
    interval: Interval,
    fetched: Sequence[Mapping[date, FetchedDay]],
    *,
    unheard: tuple[str, ...],
) -> Exported:
    """What an export of these days rests on."""
    together = known_by_all(fetched)
    return Exported(
        missing_days=tuple(sorted({day for days in fetched for day in missing_days(interval, days)})),
        known_days=tuple(together),
        estimated_days=tuple(day for day, known in together.items() if not known.is_billed),
        unpriced=tuple(unpriced_of_all(part.store.ledger.load_unpriced(interval) for part in parts)),
        unheard=unheard,
    )


def lines_of(store: Store, interval: Interval) -> tuple[Iterator[CostLine], Iterator[UsageLine]]:
    """The lines of the bill and of usage, read as they are asked for."""
    return store.ledger.load_cost_lines(interval), store.ledger.load_usage_lines(interval)
