"""The month so far and by its end: in all, by workspace, beside the month before, and what its open alerts do to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.coverage import partial_days
from bot.analysis.forecast import (
    DAYS_BEFORE,
    DailySpend,
    Forecast,
    Outlook,
    find_outlook,
    find_pace,
    find_rise,
    forecast_without_band,
)
from bot.analysis.organizations import all_names, freshness_of_all, known_by_all, own_alert, own_id
from bot.model import WHOLE_ORGANIZATION, Interval, team_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.analysis.forecast import Pace, Rise
    from bot.analysis.lens import Lens
    from bot.analysis.question import Meant, Question
    from bot.model import Alert, FetchedDay, Freshness, Names, NanoUsd, Organization

DAYS_BEHIND = 8
"""The newest whole day may lie so many days before today, and a forecast still rests on all it can."""


def days_looked_at(today: date) -> Interval:
    """Which days have to be loaded for `find_month`."""
    return Interval(today - timedelta(days=DAYS_BEFORE + DAYS_BEHIND), today + timedelta(days=1))


def month_of(day: date) -> Interval:
    """The month that a day lies in."""
    since = day.replace(day=1)
    return Interval(since, (since + timedelta(days=31)).replace(day=1))


def month_before(month: Interval) -> Interval:
    """The one before it."""
    return month_of(month.since - timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPart:
    """What is known of one organisation: dollars by ISO day and workspace id, days, names, open alerts.

    `left_out` are open alerts about more than the dollars are of: what they do to this part cannot be told.
    """

    beside: Organization | None
    spend: Mapping[tuple[str, ...], NanoUsd]
    fetched: Mapping[date, FetchedDay]
    names: Names
    alerts: Sequence[Alert]
    freshness: Freshness
    left_out: Sequence[Alert] = ()
    is_of_team: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceMonth:
    """A workspace's month; amounts are None where they are unknown, or too little is known for a forecast."""

    id: str
    label: str
    spent: NanoUsd | None
    total: NanoUsd | None
    last_month: NanoUsd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What a month comes to. Its workspaces, what spent most first, are forecast each by itself.

    `last_month` is the month before, as far as it is known. `alerts` are open, largest rise first; the outlook has two
    more numbers because of those of them whose level before is known, `risen`. `left_out` are open alerts about more
    than it is of, which is what `question` leaves. `organizations` are whose it is where there are several, `unheard`
    those of which nothing is in it.
    """

    today: date
    spend: DailySpend
    outlook: Outlook
    last_month: Forecast
    workspaces: tuple[WorkspaceMonth, ...]
    alerts: tuple[Alert, ...]
    risen: tuple[Alert, ...]
    names: Names
    estimated_days: tuple[date, ...]
    data_as_of: datetime | None
    organizations: tuple[str, ...] = ()
    left_out: tuple[Alert, ...] = ()
    question: Question | None = None
    unheard: tuple[str, ...] = ()

    @property
    def forecast(self) -> Forecast:
        """What it comes to as ever."""
        return self.outlook.forecast

    @property
    def missing_days(self) -> tuple[date, ...]:
        """Its days up to today of which nothing, or not all, is known."""
        return self.forecast.missing_days

    @property
    def known_days(self) -> tuple[date, ...]:
        """Its days that are known whole."""
        return self.forecast.known_days

    @property
    def estimated(self) -> bool:
        """Whether not all of what was spent is from the bill."""
        return bool(self.estimated_days)

    @property
    def pace(self) -> Pace | None:
        """How it stands against last month's dollars in even parts; None where not all of that is known."""
        last = self.last_month
        return find_pace(self.forecast, target=last.spent) if last.spent and not last.missing_days else None


def find_month(parts: Sequence[MonthPart], *, today: date) -> Month:
    """What the month of `today` comes to, over all of these organisations."""
    month = month_of(today)
    fetched = known_by_all([part.fetched for part in parts])
    each = [(part, own) for part in parts for own in spend_by_workspace(part)]
    spend = added_up([daily for _, (_, daily) in each], fetched)
    alerts = sorted((pair for part in parts for pair in own_alerts(part)), key=lambda pair: -pair[0].increase)
    rises = list(find_rises(parts, today=today))
    names = all_names([(part.beside, part.names) for part in parts])
    return Month(
        today=today,
        spend=spend,
        outlook=find_outlook(spend, month, today=today, rises=[rise for _, rise in rises]),
        last_month=forecast_without_band(spend, month_before(month), today=today),
        workspaces=tuple(sorted(workspaces_in(each, names, month, today), key=most_first)),
        alerts=tuple([alert for alert, _ in alerts]),
        risen=tuple([alert for alert, _ in rises]),
        names=names,
        estimated_days=tuple([day for day in spend.whole if day in month.days() and not fetched[day].is_billed]),
        data_as_of=freshness_of_all([part.freshness for part in parts]).data_as_of,
        organizations=tuple([part.beside.name for part in parts if part.beside is not None]),
        left_out=tuple([own_alert(alert, part.beside) for part in parts for alert in part.left_out]),
    )


# --- Days ---


def spend_by_workspace(part: MonthPart) -> Iterator[tuple[str, DailySpend]]:
    """Each workspace's own id and its days; a day without a line of it cost nothing."""
    dates = {day.isoformat(): day for day in part.fetched}
    lines: defaultdict[str, dict[date, NanoUsd]] = defaultdict(dict)
    for (day, workspace_id), amount in part.spend.items():
        if day in dates:
            lines[workspace_id][dates[day]] = amount
    whole, begun = whole_and_begun(part.fetched)
    for workspace_id, by_day in lines.items():
        yield workspace_id, DailySpend(on(whole, by_day), on(begun, by_day))


def in_days(by_day: Mapping[str, NanoUsd], fetched: Mapping[date, FetchedDay]) -> DailySpend:
    """Dollars by ISO day as days that are known whole, or only begun."""
    whole, begun = whole_and_begun(fetched)
    amounts = {day: by_day.get(day.isoformat(), 0) for day in fetched}
    return DailySpend(on(whole, amounts), on(begun, amounts))


def whole_and_begun(fetched: Mapping[date, FetchedDay]) -> tuple[list[date], list[date]]:
    """The days that are known whole, and those that had only begun."""
    begun = set(partial_days(fetched, fetched))
    return [day for day in fetched if day not in begun], [day for day in fetched if day in begun]


def on(days: Iterable[date], by_day: Mapping[date, NanoUsd]) -> dict[date, NanoUsd]:
    """What each of these days cost; nothing, where no line says so."""
    return {day: by_day.get(day, 0) for day in days}


def added_up(parts: Iterable[DailySpend], fetched: Mapping[date, FetchedDay]) -> DailySpend:
    """All of them, on the days that are known of all."""
    totals: defaultdict[date, NanoUsd] = defaultdict(int)
    for part in parts:
        for days in (part.whole, part.begun):
            for day, amount in days.items():
                totals[day] += amount
    whole, begun = whole_and_begun(fetched)
    return DailySpend(on(whole, totals), on(begun, totals))


# --- Workspaces ---


def workspaces_in(
    each: Iterable[tuple[MonthPart, tuple[str, DailySpend]]], names: Names, month: Interval, today: date
) -> Iterator[WorkspaceMonth]:
    """Those that spend something, or did last month."""
    for part, (workspace_id, spend) in each:
        now = forecast_without_band(spend, month, today=today)
        before = forecast_without_band(spend, month_before(month), today=today)
        if now.spent or now.total or before.spent:
            own = own_id(workspace_id, part.beside)
            yield WorkspaceMonth(
                id=own, label=names.workspace(own), spent=now.spent, total=now.total, last_month=before.spent
            )


def most_first(workspace: WorkspaceMonth) -> tuple[NanoUsd, NanoUsd, str]:
    """What was spent most on first, then what will be."""
    return -(workspace.spent or 0), -(workspace.total or 0), workspace.id


# --- Alerts ---


def own_alerts(part: MonthPart) -> Iterator[tuple[Alert, Alert]]:
    """Its open alerts as answers call them, and as they are; one about the whole organisation stands for all."""
    whole = [alert for alert in part.alerts if alert.workspace_id == WHOLE_ORGANIZATION]
    for alert in whole or part.alerts:
        yield own_alert(alert, part.beside), alert


class AlertsWithin(NamedTuple):
    """Open alerts about what filters leave whole, and those about more than that, part of which is left."""

    told: list[Alert]
    left_out: list[Alert]


def alerts_within(
    alerts: Sequence[Alert], meant: Sequence[Meant], lens: Lens, *, spent: Collection[str]
) -> AlertsWithin:
    """Which alerts have a part in a month that some filters leave; `spent` are the workspaces with dollars in it."""
    if not meant:
        return AlertsWithin([*alerts], [])
    told = [alert for alert in alerts if is_left_whole(alert, meant, lens)]
    about_more = {WHOLE_ORGANIZATION, *spent}
    return AlertsWithin(told, [alert for alert in alerts if alert not in told and alert.workspace_id in about_more])


def is_left_whole(alert: Alert, meant: Sequence[Meant], lens: Lens) -> bool:
    """Whether filters leave all that an alert is about: of a workspace, or of the only team that is named."""
    if (team := team_of(alert.workspace_id)) is not None:
        return [(each.filter.excluded, *(thing.word for thing in each.things)) for each in meant] == [(False, team)]
    is_cut = any(each.filter.kind != "workspace" for each in meant) or alert.workspace_id == WHOLE_ORGANIZATION
    return not is_cut and lens.has(workspace=alert.workspace_id)


def is_about_all(alert: Alert, part: MonthPart) -> bool:
    """Whether an alert is about all that a part has: a team's has one only where its dollars are all there are."""
    return alert.workspace_id == WHOLE_ORGANIZATION or (part.is_of_team and team_of(alert.workspace_id) is not None)


def find_rises(parts: Sequence[MonthPart], *, today: date) -> Iterator[tuple[Alert, Rise]]:
    """Each open alert that may go on or stop, with its days; two alerts have none in common."""
    for part in (part for part in parts if part.alerts):
        by_workspace = dict(spend_by_workspace(part))
        everything = added_up(list(by_workspace.values()), part.fetched)
        by_workspace |= {alert.workspace_id: everything for alert in part.alerts if is_about_all(alert, part)}
        for own, alert in own_alerts(part):
            spike = alert.lead.spike
            rise = alert.workspace_id in by_workspace and find_rise(
                by_workspace[alert.workspace_id],
                opened_day=alert.opened_day,
                spike_day=None if spike is None else spike.day,
                today=today,
            )
            if rise:
                yield own, rise
