"""The first day that each API key was used on, among all days ever stored; noted with the days, so that nobody scans.

When a key was first listed says less: keys are listed long before and long after they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import NO_KEY
from bot.snapshots.columns import day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.model import KeyCostSeries, NanoUsd, UsageSeries
    from bot.snapshots.database import Session
    from bot.snapshots.gathering import Gathered
    from bot.snapshots.lines import Counts

SAVE = """
INSERT INTO api_key_use (organization_id, api_key_id, first_day) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET first_day = excluded.first_day WHERE excluded.first_day < first_day
"""

LOAD = "SELECT api_key_id, first_day FROM api_key_use WHERE organization_id = ?"


def save_first_days(
    session: Session, used: Gathered[UsageSeries, Counts], by_key: Gathered[KeyCostSeries, NanoUsd]
) -> None:
    """Notes keys that these days show first, or earlier than was known."""
    first: dict[str, date] = {}
    for gathered in (used, by_key):
        key_of = [series.api_key_id for series in gathered.numbering]
        for number, day in first_days(gathered.days).items():
            first[key_of[number]] = min(day, first.get(key_of[number], day))
    rows = [(session.organization_id, key, day_number(day)) for key, day in first.items() if key != NO_KEY]
    session.execute_many(SAVE, rows)


def first_days(days: Mapping[date, Mapping[int, object]]) -> dict[int, date]:
    """The first of the days that each number is in."""
    first: dict[int, date] = {}
    for day in sorted(days, reverse=True):
        first.update(dict.fromkeys(days[day], day))
    return first


def load_first_days(session: Session) -> dict[str, date]:
    """The first day of each key that was ever used."""
    return {key: day_of(number) for key, number in session.execute(LOAD, (session.organization_id,))}
