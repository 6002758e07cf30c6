"""PURE: pages of `analytics/cost` → values. Each row is a day's combination of the dimensions that were asked for.

Otherwise like `parse`: what is not as documented raises `NotAsDocumented`, and series are interned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from bot.admin_api.parse import known_workspace, nano_from_cents, start_of_bucket
from bot.admin_api.parse_json import NotAsDocumented, OtherCurrency, decoded, opened, optional_text, required, shown
from bot.model import CostSeries, KeyCostSeries, NanoUsd, PersonCostSeries, start_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from bot.model import Interval

Series = TypeVar("Series", bound=CostSeries | KeyCostSeries | PersonCostSeries)

Dimensions: TypeAlias = tuple[object, ...]
"""A row's values of what was grouped by, as the API says them."""


class Row(NamedTuple, Generic[Series]):
    """One row: `dimensions` are what makes it unique on its day."""

    day: date
    dimensions: Dimensions
    series: Series
    amount: NanoUsd


@dataclass(frozen=True, slots=True)
class RowsPage(Generic[Series]):
    """One page: a day's rows can go on on the next. `refreshed_at` is up to when the whole report knows anything."""

    rows: list[Row[Series]]
    next_page: str | None
    refreshed_at: datetime


class RowsParser(Generic[Series]):
    """Reads pages grouped by `group_by`, the workspace first; `series_of` makes a series of the others' texts."""

    def __init__(
        self, group_by: tuple[str, ...], series_of: Callable[..., Series], *, default_workspace_id: str | None
    ) -> None:
        self.group_by = group_by
        self._series_of = series_of
        self._default_workspace_id = default_workspace_id
        self._known: dict[Dimensions, Series] = {}

    def page(self, body: bytes, window: Interval) -> RowsPage[Series]:
        """A page whose rows all lie in `window`."""
        answer = decoded(body)
        data, next_page = opened(answer, token="next_page")  # noqa: S106 -- the name of a field, no secret
        refreshed_at = instant(required(answer, "data_refreshed_at"))
        try:
            return RowsPage([self._row(row, window) for row in data], next_page, refreshed_at)
        except KeyError as missing:
            raise NotAsDocumented(f"a row lacks {missing}") from None
        except TypeError:
            raise NotAsDocumented("a row, or a field of it, is of the wrong type") from None

    def _row(self, row: dict[str, Any], window: Interval) -> Row[Series]:
        day = day_in(row, window)
        cost, group = row["cost"], row["group"]
        if cost["currency"] != "USD":
            raise OtherCurrency(cost["currency"])
        dimensions = self._dimensions(group)
        series = self._known.get(dimensions) or self._learn(dimensions)
        return Row(day, dimensions, series, nano_from_cents(cost["amount"]))

    def _dimensions(self, group: dict[str, Any]) -> Dimensions:
        """What a row is about; actors, who come as objects, are told by a parser of their own."""
        return tuple([group[name] for name in self.group_by])

    def _learn(self, dimensions: Dimensions) -> Series:
        workspace_id, *others = dimensions
        workspace = known_workspace(workspace_id, self._default_workspace_id)
        return self._known.setdefault(dimensions, self._series_of(workspace, *map(optional_text, others)))


def day_in(row: object, window: Interval) -> date:
    """A row's day, which begins with it."""
    started_at = start_of_bucket(row)
    day = started_at.date()
    if started_at != start_of(day):
        raise NotAsDocumented(f"a row starts at {started_at:%Y-%m-%d %H:%M}, not with a day")
    if not window.since <= day < window.until:
        raise NotAsDocumented(f"a row of {day} is no answer to {window.since} … {window.until}")
    return day


def instant(text: object) -> datetime:
    """RFC 3339 in UTC."""
    try:
        at = datetime.fromisoformat(text)  # type: ignore[arg-type]  # anything else is caught
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise NotAsDocumented(f'"data_refreshed_at" is {shown(text)}, which is no time') from None


def token_series(workspace_id: str, model: str, token_type: str, service_tier: str, context_window: str) -> CostSeries:
    """A line of tokens; one without a token type is all else that its workspace and model cost."""
    cost_type = "tokens" if token_type else ""
    return CostSeries(workspace_id, model, cost_type, token_type, service_tier, context_window, "", "")


def duplicates(seen: set[tuple[date, Dimensions]], rows: Iterable[Row[Series]]) -> date | None:
    """Adds rows to those seen; the day of one that was there before, if any was."""
    for row in rows:
        key = (row.day, row.dimensions)
        if key in seen:
            return row.day
        seen.add(key)
    return None
