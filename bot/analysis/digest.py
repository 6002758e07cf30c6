"""The finished ISO week against the one before, and when it is due to be told."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Literal

from bot.analysis.comparison import Comparison
from bot.analysis.coverage import missing_days, partial_days
from bot.analysis.groupings import row_ids
from bot.analysis.report import Row, find_rows, known_days, largest_first
from bot.model import (
    SETTLING_TIME,
    Alert,
    Feedback,
    Finding,
    Interval,
    NanoUsd,
    Reason,
    Status,
    end_of,
    usd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import time, tzinfo

    from bot.analysis.groupings import Words
    from bot.analysis.organizations import OrganizationPart
    from bot.analysis.reconcile import Reconciliation
    from bot.model import CostLine, FetchedDay, Names, Organization, Unpriced

WEEK = timedelta(days=7)
MOST_MOVERS = 5
WORTH_A_LINE = usd(1)
"""A week's dollars below which a series that moved, came or went is not worth a line."""


# --- Weeks, and when their digest is due ---


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """A week from Monday to Sunday, UTC, as ISO 8601 numbers them."""

    year: int
    week: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02d}"

    @classmethod
    def of(cls, day: date) -> IsoWeek:
        """The week a day lies in.

        >>> str(IsoWeek.of(date(2027, 1, 3)))
        '2026-W53'
        """
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """A week as it is written.

        >>> IsoWeek.parse("2026-W47").interval.since
        datetime.date(2026, 11, 16)

        Raises:
            ValueError: with a sentence for people, if it is no week.
        """
        match = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip().upper(), re.ASCII)
        if match is None:
            raise ValueError(f'"{text}" is not a week; write it like 2026-W47')
        try:
            return cls.of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            raise ValueError(f'"{text}" is a week that does not exist; weeks go from W01 to W52 or W53') from None

    @property
    def interval(self) -> Interval:
        """Its seven days."""
        monday = date.fromisocalendar(self.year, self.week, 1)
        return Interval(monday, monday + WEEK)

    @property
    def end(self) -> datetime:
        """The instant it ends."""
        return end_of(self.interval.until - timedelta(days=1))

    def before(self, weeks: int = 1) -> IsoWeek:
        """The week that many weeks earlier."""
        return IsoWeek.of(self.interval.since - weeks * WEEK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the digest is said: a weekday (0 = Monday) and a time of day in a time zone."""

    weekday: int
    at: time
    timezone: tzinfo

    def instants(self, since: date) -> Iterator[datetime]:
        """The scheduled instants, UTC, from the first whose local date is `since` or later."""
        day = since + timedelta(days=(self.weekday - since.weekday()) % 7)
        while True:
            yield datetime.combine(day, self.at, self.timezone).astimezone(UTC)
            day += WEEK

    def due(self, week: IsoWeek) -> datetime:
        """When a week's digest is due, UTC.

        That is the first scheduled time on or after the Monday that follows, as the clock on the wall has it, or after
        the UTC week's end where that comes first; but never before the last day had three hours to settle.
        """
        monday = week.interval.until
        instants = self.instants(monday - timedelta(days=1))
        told = next(one for one in instants if one >= week.end or one.astimezone(self.timezone).date() >= monday)
        return max(told, week.end + SETTLING_TIME)


def digest_due(
    now: datetime, *, weekday: int, at: time, timezone: tzinfo, started_at: datetime | None
) -> IsoWeek | None:
    """The latest finished week whose digest is due; None if that was before `started_at`, or nothing ever started."""
    schedule = Schedule(weekday=weekday, at=at, timezone=timezone)
    this_week = IsoWeek.of(now.astimezone(UTC).date())
    week = next(week for week in weeks_back(this_week) if schedule.due(week) <= now)
    return week if started_at is not None and schedule.due(week) >= started_at else None


def next_digest_at(now: datetime, *, weekday: int, at: time, timezone: tzinfo) -> datetime:
    """The next instant a digest becomes due, UTC."""
    schedule = Schedule(weekday=weekday, at=at, timezone=timezone)
    this_week = IsoWeek.of(now.astimezone(UTC).date())
    return min(due for back in range(4) if (due := schedule.due(this_week.before(back))) > now)


def weeks_back(week: IsoWeek) -> Iterator[IsoWeek]:
    """A week and those before it."""
    while True:
        yield week
        week = week.before()


# --- What it says ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A workspace × model that moved, came or stopped.

    `model` is None where the workspace speaks for its models: it came, stopped, or hardly moved as a whole. It is
    `NO_MODEL` for cost that belongs to no model.
    """

    workspace_id: str
    workspace: str
    model: str | None
    spend: NanoUsd
    previous: NanoUsd

    @property
    def change(self) -> NanoUsd:
        """Dollars above the week before."""
        return self.spend - self.previous


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedWeek:
    """An earlier week whose bill has changed since a digest told it, or since it was known if none did.

    `told` is what it came to then.
    """

    week: IsoWeek
    told: NanoUsd
    total: NanoUsd

    @property
    def change(self) -> NanoUsd:
        """Dollars above what was told."""
        return self.total - self.told

    @property
    def is_worth_telling(self) -> bool:
        """More than a dollar, and more than one percent of what was told."""
        return abs(self.change) > WORTH_A_LINE and abs(self.change) * 100 > abs(self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest(Comparison):
    """A week, told. Rows add up to the totals, largest first.

    `daily` holds the fetched days of both weeks, `estimated_days` those of them that are not from the bill. `movers`,
    `started` and `stopped` share no series. `held` are breaches kept from the channel, by reason.
    `feedback` is what people made of the alerts of four weeks. Where several
    `organizations` are told of, `by_organization` has a row for each.
    """

    week: IsoWeek
    by_workspace: tuple[Row, ...]
    by_model: tuple[Row, ...]
    movers: tuple[Mover, ...]
    started: tuple[Mover, ...]
    stopped: tuple[Mover, ...]
    daily: Mapping[date, NanoUsd]
    open_alerts: tuple[Alert, ...]
    held: Mapping[Reason, tuple[Finding, ...]]
    estimated_days: tuple[date, ...]
    unpriced: tuple[Unpriced, ...]
    data_as_of: datetime | None
    reconciliation: Reconciliation | None = None
    restated: tuple[RestatedWeek, ...]
    organizations: tuple[OrganizationPart, ...] = ()
    by_organization: tuple[Row, ...] = ()
    feedback: Feedback | None = None

    @property
    def estimated(self) -> bool:
        """Whether any amount is not from the bill."""
        return bool(self.estimated_days)

    @property
    def known_days(self) -> tuple[date, ...]:
        """The days of both weeks that were fetched."""
        return tuple(self.daily)

    @property
    def total_estimated(self) -> bool:
        """Whether the week's own total is not all from the bill."""
        return any(day in self.estimated_days for day in self.interval.days())

    @property
    def previous_estimated(self) -> bool:
        """Whether that of the week before is not."""
        return any(day in self.estimated_days for day in self.previous_interval.days())

    @property
    def interval(self) -> Interval:
        """The week's days."""
        return self.week.interval

    @property
    def previous_interval(self) -> Interval:
        """The days of the week before."""
        return self.week.before().interval

    @property
    def is_over(self) -> bool:
        """Whether no day of the week was still to end when the data was fetched."""
        as_of = self.data_as_of
        to_come = [day for day in self.missing_days if as_of is not None and end_of(day) > as_of]
        return not self.partial_days and not to_come

    @property
    def is_in_part(self) -> bool:
        """Whether days of the week are not known whole for the only reason that an organisation lacks them."""
        lacking = {day for part in self.organizations for day in part.missing_days}
        return bool(self.partial_days) and lacking.issuperset(self.partial_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSpend:
    """What a digest is made from: spend by (workspace id, model) of its week and the one before, and by day of both.

    `restated` are earlier weeks, beside what was told of them.
    """

    current: Mapping[tuple[str, str], NanoUsd]
    previous: Mapping[tuple[str, str], NanoUsd]
    daily: Mapping[date, NanoUsd]
    fetched: Mapping[date, FetchedDay]
    unpriced: Sequence[Unpriced] = ()
    data_as_of: datetime | None = None
    restated: Sequence[RestatedWeek] = ()


def find_digest(
    week: IsoWeek, *, spend: WeekSpend, names: Names, alerts: Iterable[Alert], findings: Iterable[Finding]
) -> Digest:
    """The digest of `week`, with the alerts that are open and the findings of the newest evaluation."""
    now, before = week.interval, week.before().interval
    known = known_days(now, spend.daily, spend.fetched)
    known_before = known_days(before, spend.daily, spend.fetched)
    missing, missing_before = missing_days(now, spend.fetched), missing_days(before, spend.fetched)
    partial = partial_days(known, spend.fetched)
    compared = Breakdowns(
        current=spend.current if known else None,
        previous=spend.previous if known_before else None,
        names=names,
        comparable=not (missing or missing_before or partial),
    )
    moved = compared.find_movers()
    return Digest(
        week=week,
        total=sum(spend.current.values()) if known else None,
        previous_total=sum(spend.previous.values()) if known_before else None,
        by_workspace=compared.rows("workspace"),
        by_model=compared.rows("model"),
        movers=tuple(mover for mover in moved if mover.spend and mover.previous)[:MOST_MOVERS],
        started=tuple(mover for mover in moved if not mover.previous),
        stopped=tuple(mover for mover in moved if not mover.spend),
        daily=known_before | known,
        open_alerts=tuple(alert for alert in alerts if alert.state.is_open),
        held=held_by_reason(findings),
        estimated_days=tuple(day for day in (*known_before, *known) if not spend.fetched[day].is_billed),
        unpriced=tuple(spend.unpriced),
        data_as_of=spend.data_as_of,
        missing_days=missing,
        previous_missing_days=missing_before,
        restated=tuple(week for week in spend.restated if week.is_worth_telling),
        partial_days=partial,
    )


def feedback_of_all(parts: Iterable[Feedback]) -> Feedback:
    """What people made of the alerts of several organisations."""
    known = list(parts)
    return Feedback(
        alerts=sum(part.alerts for part in known),
        real=sum(part.real for part in known),
        noise=sum(part.noise for part in known),
    )


def find_restated(told: Mapping[str, NanoUsd], fetched: Mapping[date, FetchedDay]) -> list[RestatedWeek]:
    """What was told or first known of weeks (`2026-W47`) beside what their fetched days come to now, newest first."""
    totals: defaultdict[IsoWeek, NanoUsd] = defaultdict(int)
    for day, known in fetched.items():
        totals[IsoWeek.of(day)] += known.total
    weeks = ((IsoWeek.parse(text), amount) for text, amount in sorted(told.items(), reverse=True))
    return [RestatedWeek(week=week, told=amount, total=totals[week]) for week, amount in weeks if week in totals]


def first_known(fetched: Mapping[date, FetchedDay], changes: Iterable[CostLine]) -> dict[str, NanoUsd]:
    """What whole weeks (`2026-W47`) came to before their bill changed; `changes` are those since their days settled."""
    totals = {day: known.total for day, known in fetched.items()}
    changed = set()
    for line in changes:
        totals[line.day] -= line.amount
        changed.add(IsoWeek.of(line.day))
    whole = [week for week in changed if all(day in totals for day in week.interval.days())]
    return {str(week): sum(totals[day] for day in week.interval.days()) for week in whole}


def by_organization(parts: Iterable[tuple[Organization, Mapping[date, FetchedDay]]], week: IsoWeek) -> tuple[Row, ...]:
    """A row for each organisation, from its fetched days of both weeks; compared where it has all of them whole."""
    rows = [organization_row(organization, fetched, week) for organization, fetched in parts]
    return tuple(sorted(rows, key=largest_first))


def organization_row(organization: Organization, fetched: Mapping[date, FetchedDay], week: IsoWeek) -> Row:
    """One organisation's week."""
    sides = [[fetched[day] for day in side.interval.days() if day in fetched] for side in (week, week.before())]
    spend, previous = (sum(known.total for known in side) if side else None for side in sides)
    return Row(
        ids=(organization.id,),
        labels=(organization.name,),
        spend=spend,
        previous=previous,
        comparable=all(len(side) == WEEK.days and all(known.is_over for known in side) for side in sides),
    )


def restated_together(parts: Iterable[Iterable[RestatedWeek]]) -> list[RestatedWeek]:
    """What was told of weeks by each organisation, beside what these come to now, newest first."""
    weeks: dict[IsoWeek, RestatedWeek] = {}
    for restated in chain.from_iterable(parts):
        known = weeks.get(restated.week)
        told, total = (known.told, known.total) if known else (0, 0)
        weeks[restated.week] = RestatedWeek(week=restated.week, told=told + restated.told, total=total + restated.total)
    return [weeks[week] for week in sorted(weeks, reverse=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdowns:
    """Two weeks of spend by (workspace id, model), ready to be told by either; a week without a known day is None."""

    current: Mapping[tuple[str, str], NanoUsd] | None
    previous: Mapping[tuple[str, str], NanoUsd] | None
    names: Names
    comparable: bool

    def rows(self, by: Literal["workspace", "model"]) -> tuple[Row, ...]:
        """A row for each workspace, or each model."""
        position = ("workspace", "model").index(by)
        return find_rows(
            None if self.current is None else row_ids(summed(self.current, position), [by]),
            None if self.previous is None else row_ids(summed(self.previous, position), [by]),
            by=[by],
            names=self.names,
            comparable=self.comparable,
        )

    def find_movers(self) -> list[Mover]:
        """What changed by a dollar or more, most first; nothing while a day of either week is unknown."""
        if not self.comparable or self.current is None or self.previous is None:
            return []
        lines = {
            key: (self.current.get(key, 0), self.previous.get(key, 0)) for key in {**self.current, **self.previous}
        }
        movers = (self.mover(*key, *amounts) for key, amounts in merged_where_models_do_not_matter(lines).items())
        return sorted((mover for mover in movers if abs(mover.change) >= WORTH_A_LINE), key=most_moved_first)

    def mover(self, workspace_id: str, model: str | None, spend: NanoUsd, previous: NanoUsd) -> Mover:
        """A series with its workspace's name."""
        workspace = self.names.workspace(workspace_id)
        return Mover(workspace_id=workspace_id, workspace=workspace, model=model, spend=spend, previous=previous)


def summed(spend: Mapping[tuple[str, str], NanoUsd], position: int) -> dict[Words, NanoUsd]:
    """Spend by one half of its key."""
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for key, amount in spend.items():
        totals[(key[position],)] += amount
    return dict(totals)


def merged_where_models_do_not_matter(
    lines: Mapping[tuple[str, str], tuple[NanoUsd, NanoUsd]],
) -> dict[tuple[str, str | None], tuple[NanoUsd, NanoUsd]]:
    """(This week, the week before) by workspace × model.

    A workspace that is all new or all gone is one line, and so is one that moved by less than a tenth: whatever its
    models did, they did to each other.
    """
    workspaces: defaultdict[str, tuple[NanoUsd, NanoUsd]] = defaultdict(lambda: (0, 0))
    for (workspace_id, _), (spend, previous) in lines.items():
        total, total_before = workspaces[workspace_id]
        workspaces[workspace_id] = (total + spend, total_before + previous)
    whole = {
        workspace_id for workspace_id, (now, before) in workspaces.items() if 0 in {now, before} or same(now, before)
    }
    merged: dict[tuple[str, str | None], tuple[NanoUsd, NanoUsd]] = {
        (workspace_id, None): workspaces[workspace_id] for workspace_id in whole
    }
    return merged | {key: amounts for key, amounts in lines.items() if key[0] not in whole}


def same(now: NanoUsd, before: NanoUsd) -> bool:
    """Whether two weeks differ by less than a tenth.

    >>> same(1_099, 1_000), same(1_100, 1_000)
    (True, False)
    """
    return abs(now - before) * 10 < abs(before)


def most_moved_first(mover: Mover) -> tuple[NanoUsd, str, str]:
    """A sort key that leaves no two movers equal."""
    return -abs(mover.change), mover.workspace_id, mover.model or ""


def held_by_reason(findings: Iterable[Finding]) -> dict[Reason, tuple[Finding, ...]]:
    """Breaches kept from the channel, under the reason for it."""
    held: defaultdict[Reason, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.status is Status.HELD:
            held[finding.reason].append(finding)
    return {reason: tuple(held[reason]) for reason in Reason if reason in held}
