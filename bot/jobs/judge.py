"""Judge: what a day is judged by, loaded from the snapshots, and what is found in it; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.alert import REOPENING_DAYS, AboutTeams, alerts_at_hand
from bot.analysis.anomaly import FEWEST_PAIRS, find_anomalies
from bot.analysis.coverage import DAYS_LOOKED_AT, WEEKS, Known
from bot.analysis.lifecycle import first_day_covered, hold_expected
from bot.analysis.price_change import is_widespread, price_by_workspace, rises, with_price_change
from bot.analysis.team_alerts import TeamFindings, find_team_anomalies
from bot.loading.owners import load_ownership
from bot.loading.team_days import TeamDays
from bot.model import WHOLE_ORGANIZATION, Evaluation, Interval, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date

    from bot.analysis.alert import Elsewhere
    from bot.analysis.contract import Contract, Levels
    from bot.analysis.ownership import Ownership, Team, TeamWeeks
    from bot.model import Alert, FetchedDay, Finding, Names, NanoUsd, WeeklySpend
    from bot.snapshots.store import Store

WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An evaluation and what it rests on: the weeks' spend, on the days of the week that could be compared.

    `spend` is of workspaces and of teams, as `ownership` has them on the judged day; `elsewhere` is what other alerts
    tell of those teams whose alert is open. `revision` grows whenever one of
    those days, or of the four weeks before, becomes known or changes.
    """

    evaluation: Evaluation
    spend: tuple[WeeklySpend, ...]
    compared: tuple[date, ...]
    revision: int
    levels: Levels
    ownership: Ownership
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)

    def about_teams(self, alerts: Iterable[Alert]) -> AboutTeams:
        """What must be known of the teams that some alerts are about."""
        teams = {alert.workspace_id: team_of(alert.workspace_id) for alert in alerts}
        known = self.ownership.by_name
        gone = frozenset(id_ for id_, team in teams.items() if team is not None and team not in known)
        return AboutTeams(elsewhere=self.elsewhere, gone=gone)

    @property
    def days_left_out(self) -> tuple[date, ...]:
        """Days of the week that could not be compared: they or their partners have no bill yet, or never came."""
        return tuple(day for day in self.evaluation.interval.days() if day not in self.compared)

    @property
    def days_unknown(self) -> int:
        """How many days are missing where that is too many to judge the week, else none."""
        return len(self.days_left_out) if len(self.compared) < FEWEST_PAIRS else 0


def judge(store: Store, *, day: date, contract: Contract, teams: Sequence[Team] = ()) -> Judgement:
    """Judges `day` from the snapshots, as if it were the newest; writes nothing.

    `teams` are those of the configuration. Raises `EquallySpecific`, and `WrongRules` where others contradict them.
    """
    expected = store.alerts.load_expected(first_day_covered(day))
    view = load_view(store, day, TeamDays(store=store, ownership=load_ownership(store, teams)))
    return view.judge(contract, load_alerts_at_hand(store, day), expected)


def load_alerts_at_hand(store: Store, day: date) -> list[Alert]:
    """The alerts a breach of `day` belongs to, if one does."""
    return alerts_at_hand(store.alerts.load_alerts_since(day - timedelta(days=REOPENING_DAYS)), day)


def load_view(store: Store, day: date, teams: TeamDays) -> View:
    """What there is to judge a day by: only that day and the days up to it, and who owns what on it."""
    window = Interval(day - timedelta(days=DAYS_LOOKED_AT - 1), day + timedelta(days=1))
    fetched = store.ledger.load_fetched_days(window)
    five_weeks = day - timedelta(days=WEEK * WEEKS)
    known = Known.of(day, fetched)
    return View(
        known=known,
        spend=tuple(store.ledger.load_weekly_spend(known.compared, WEEKS, baseline=known.baseline)),
        estimated=any(not fetched[day].is_billed for day in known.compared),
        revision=revision_of(known for day, known in fetched.items() if day > five_weeks),
        teams=teams.load_weeks(known),
        ownership=teams.ownership,
        names=store.names.load_names,
        price_changes=lambda: load_price_changes(store, known.compared),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a day is judged by, under any contract and beside any open alerts; `teams` is None where there are none.

    Names and what price explains are loaded only by those who need them.
    """

    known: Known
    spend: tuple[WeeklySpend, ...]
    teams: TeamWeeks | None
    ownership: Ownership
    estimated: bool
    revision: int
    names: Callable[[], Names]
    price_changes: Callable[[], dict[str, NanoUsd]]

    def judge(self, contract: Contract, at_hand: Sequence[Alert], expected: Sequence[Alert] = ()) -> Judgement:
        """What is found beside alerts that are open, or that somebody expects. Raises `EquallySpecific`."""
        floor = contract.floor(sum([series.previous for series in self.spend]))
        levels = contract.levels(floor, self.names() if contract.overrides else None)
        open_alerts = {alert.workspace_id for alert in at_hand}
        findings = hold_expected(self.find(levels, open_alerts), expected, floor=floor)
        of_teams = self.find_in_teams(levels, open_alerts, findings, expected)
        evaluation = Evaluation(
            day=self.known.day,
            threshold_percent=contract.threshold_percent,
            floor=floor,
            findings=(*findings, *of_teams.findings),
            estimated=self.estimated,
        )
        return Judgement(
            evaluation=evaluation,
            spend=self.spend if self.teams is None else (*self.spend, *self.teams.spend),
            compared=self.known.compared,
            revision=self.revision,
            levels=levels,
            ownership=self.ownership,
            elsewhere=of_teams.elsewhere,
        )

    def find(self, levels: Levels, at_hand: Collection[str]) -> list[Finding]:
        """Each workspace's findings, and the organisation's where most of them breach."""
        findings = find_anomalies(self.spend, known=self.known, levels=levels, open_alerts=at_hand)
        widespread = is_widespread(findings, self.spend)
        is_open = WHOLE_ORGANIZATION in at_hand
        if not self.known.compared or not (widespread or is_open):
            return findings
        return with_price_change(
            findings,
            rises(self.spend, self.price_changes()),
            floor=levels.floor,
            widespread=widespread,
            is_open=is_open,
        )

    def find_in_teams(
        self,
        levels: Levels,
        at_hand: Collection[str],
        workspaces: Sequence[Finding],
        expected: Sequence[Alert],
    ) -> TeamFindings:
        """Each team's findings, those held that alerts of workspaces tell of."""
        if self.teams is None:
            return TeamFindings([], {})
        return find_team_anomalies(
            self.teams, workspaces, known=self.known, levels=levels, open_alerts=at_hand, expected=expected
        )


def load_price_changes(store: Store, days: Sequence[date]) -> dict[str, NanoUsd]:
    """What of each workspace's change from the week before price explains."""
    previous = {day - timedelta(days=WEEK) for day in days}
    both = Interval(min(previous), max(days) + timedelta(days=1))
    return price_by_workspace(
        store.ledger.load_cost_lines(both),
        store.ledger.load_usage_lines(both),
        current=set(days),
        previous=previous,
    )


def revision_of(days: Iterable[FetchedDay]) -> int:
    """A number that grows when a day that was missing or partial becomes whole, and when one is restated."""
    return sum(1 + day.revision for day in days if day.is_over)
