"""Quiet hours: a span of the local day in which nobody is to be woken by what can wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `since` (in) to `until` (out) by the local clock, over midnight where `until` is the earlier one."""

    since: time
    until: time
    timezone: tzinfo

    def __str__(self) -> str:
        return f"{self.since:%H:%M} to {self.until:%H:%M} {self.timezone}"  # a dash would make an emoji of `:00–07:`

    def end_after(self, now: datetime) -> datetime | None:
        """The instant at which the quiet hours end that `now` lies in; None where it lies in none.

        >>> night = QuietHours(since=time(22), until=time(7), timezone=UTC)
        >>> str(night.end_after(datetime(2026, 11, 22, 22, 0, tzinfo=UTC)))
        '2026-11-23 07:00:00+00:00'
        >>> night.end_after(datetime(2026, 11, 22, 7, 0, tzinfo=UTC)) is None
        True
        """
        local = now.astimezone(self.timezone)
        clock = local.time()
        if self.since < self.until:
            return self.ending_on(local.date(), now) if self.since <= clock < self.until else None
        if clock >= self.since:
            return self.ending_on(local.date() + DAY, now)
        return self.ending_on(local.date(), now) if clock < self.until else None

    def ending_on(self, day: date, now: datetime) -> datetime:
        """The end on a local day; where clocks are set back the same time comes twice, and the later one may be it."""
        end = datetime.combine(day, self.until, self.timezone).astimezone(UTC)
        again = datetime.combine(day, self.until.replace(fold=1), self.timezone).astimezone(UTC)
        return end if end > now else again
