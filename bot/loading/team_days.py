"""Teams' days: what each team spent on each, in all organisations, as things are owned on the day that is judged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.coverage import DAYS_LOOKED_AT
from bot.analysis.organizations import own_id
from bot.analysis.ownership import LineOf, by_team, find_team_weeks
from bot.loading.keys import spend_by_key
from bot.model import Interval
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.analysis.coverage import Known
    from bot.analysis.groupings import Words
    from bot.analysis.ownership import Ownership, Rule, TeamLine, TeamWeeks
    from bot.model import NanoUsd
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

DAY = timedelta(days=1)


@dataclass(kw_only=True)
class TeamDays:
    """All organisations' days by team, whichever of them `store` has the books of."""

    store: Store
    ownership: Ownership
    each: list[PartDays] = field(init=False)

    def __post_init__(self) -> None:
        self.each = [PartDays(part=part, ownership=self.ownership) for part in parts_of(self.store)]

    @property
    def parts(self) -> list[Part]:
        """The books of each organisation."""
        return [days.part for days in self.each]

    @property
    def is_of_several(self) -> bool:
        """Whether there are several."""
        return len(self.each) > 1

    @property
    def is_home(self) -> bool:
        """Whether teams are judged with these books: those of the first organisation."""
        return self.each[0].part.store.session.organization_id == self.store.session.organization_id

    def load_weeks(self, known: Known) -> TeamWeeks | None:
        """Five weeks of every team; None where there are no teams, or nothing can be compared."""
        if not self.ownership.teams or not known.compared:
            return None
        until = known.newest + DAY
        daily = self.load(Interval(until - DAYS_LOOKED_AT * DAY, until), judged=known.day)
        return find_team_weeks(daily, self.ownership, known=known)

    def load(self, interval: Interval, *, judged: date) -> Mapping[date, Mapping[TeamLine, NanoUsd]]:
        """The days of an interval as they are owned on the judged one; others are forgotten."""
        loaded = [(days.part, days.load(interval, judged=judged)) for days in self.each]
        if not self.is_of_several:
            return loaded[0][1]
        return {day: lines_of_all([(part, daily[day]) for part, daily in loaded]) for day in interval.days()}


def lines_of_all(parts: list[tuple[Part, Mapping[TeamLine, NanoUsd]]]) -> dict[TeamLine, NanoUsd]:
    """The lines of several organisations, with ids of workspaces that no other has."""
    totals: defaultdict[TeamLine, NanoUsd] = defaultdict(int)
    for part, lines in parts:
        for (team, workspace_id, model), amount in lines.items():
            totals[team, own_id(workspace_id, part.beside), model] += amount
    return dict(totals)


@dataclass(kw_only=True)
class PartDays:
    """One organisation's days by team. Each is read once, and shared out once as long as nothing changes hands."""

    part: Part
    ownership: Ownership
    read: dict[date, Mapping[Words, NanoUsd]] = field(default_factory=dict)
    owned: dict[date, Mapping[TeamLine, NanoUsd]] = field(default_factory=dict)
    line_of: LineOf | None = None
    in_force: list[Rule] = field(default_factory=list)

    def load(self, interval: Interval, *, judged: date) -> Mapping[date, Mapping[TeamLine, NanoUsd]]:
        """The days of an interval as they are owned on the judged one; others are forgotten."""
        line_of = self.lines_on(judged)
        self.read = self.load_days(interval)
        self.owned = {
            day: self.owned[day] if day in self.owned else by_team(spend, line_of) for day, spend in self.read.items()
        }
        return self.owned

    def lines_on(self, day: date) -> LineOf:
        """Whose what is on a day."""
        in_force = [rule for rule in self.ownership.rules if rule.holds_on(day)]
        if self.line_of is None or in_force != self.in_force:
            self.in_force, self.owned = in_force, {}
            self.line_of = LineOf(self.ownership.on(day, self.part.store.names.load_names()))
        return self.line_of

    def load_days(self, interval: Interval) -> dict[date, Mapping[Words, NanoUsd]]:
        """Each day's dollars by workspace, model and key; those that were not read before are read now."""
        days = interval.days()
        left = [day for day in days if day not in self.read]
        new = by_day(self.part.store, Interval(left[0], left[-1] + DAY)) if left else {}
        return {day: self.read[day] if day in self.read else new.get(day.isoformat(), {}) for day in days}


def by_day(store: Store, interval: Interval) -> dict[str, dict[Words, NanoUsd]]:
    """Dollars by workspace, model and key, of each ISO day with any."""
    found: dict[str, dict[Words, NanoUsd]] = {}
    for (day, *words), amount in spend_by_key(store, interval, within=["day", "workspace", "model"]).items():
        found.setdefault(day, {})[tuple(words)] = amount
    return found
