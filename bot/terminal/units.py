"""What `claudecost unit` and a report by unit print."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.messages.units import unit_answer, units_answer
from bot.model import Interval
from bot.terminal.page import exact, percent_or_null, written
from bot.terminal.slack_preview import preview

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.units import Stretch, UnitDays, UnitReport
    from bot.terminal.slack_preview import Preview

PLACES = 12


def units_as_text(reports: Sequence[UnitReport]) -> Preview:
    """All of them, as Slack would show it."""
    return preview(units_answer(reports, share_id=None))


def unit_as_text(report: UnitReport, *, today: date) -> Preview:
    """One, as Slack would show it."""
    return preview(unit_answer(report.days, today=today, share_id=None))


def units_as_json(reports: Sequence[UnitReport]) -> str:
    """The fixed shape; what is not known is null, and a day without a count is listed."""
    return written({"units": [unit_as_json(each) for each in reports]})


def unit_as_json(report: UnitReport) -> dict[str, Any]:
    """One unit over two stretches of days, and day by day."""
    return {
        "name": report.unit.name,
        "unit": report.unit.unit,
        "scope": str(report.unit.scope),
        **stretch_as_json(report.current),
        "previous": stretch_as_json(report.previous),
        "change_percent": percent_or_null(report.change_percent),
        "daily": [day_as_json(report.days, day) for day in report.current.interval.days()],
        "rising_since": None if report.days.rise is None else report.days.rise.since.isoformat(),
        "trouble": report.days.trouble,
    }


def stretch_as_json(stretch: Stretch) -> dict[str, Any]:
    """Some days: dollars and counts of those of which both are known."""
    return {
        "since": stretch.interval.since.isoformat(),
        "until": stretch.interval.until.isoformat(),
        "known_days": len(stretch.days),
        "spend": exact(stretch.amount) if stretch.days else None,
        "count": plain(stretch.count) if stretch.days else None,
        "per_unit": plain(stretch.per_unit),
        "uncounted_days": [day.isoformat() for day in stretch.uncounted],
        "missing_days": [day.isoformat() for day in stretch.missing],
        "estimated": stretch.estimated,
    }


def day_as_json(days: UnitDays, day: date) -> dict[str, Any]:
    """One day: whatever of it is known."""
    known = days.stretch(Interval(day, day + timedelta(days=1)))
    return {
        "day": day.isoformat(),
        "spend": exact(days.spend.get(day, 0)) if day in days.fetched else None,
        "count": plain(days.counts.get(day)),
        "per_unit": plain(known.per_unit),
    }


def plain(value: Decimal | None) -> str | None:
    """A number without an exponent, to the twelfth decimal; null where it is not known.

    >>> from decimal import Decimal
    >>> plain(Decimal(1) / 3), plain(Decimal("41.50")), plain(None)
    ('0.333333333333', '41.5', None)
    """
    if value is None:
        return None
    text = f"{value:.{PLACES}f}"
    return text.rstrip("0").rstrip(".")
