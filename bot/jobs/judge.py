"""Judge: what a day is judged by, loaded from the snapshots, and what is found in it; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.alert import REOPENING_DAYS, AboutTeams, alerts_at_hand
from bot.analysis.anomaly import FEWEST_PAIRS, find_anomalies
from bot.analysis.coverage import DAYS_LOOKED_AT, WEEKS, Known
from bot.analysis.lifecycle import first_day_covered, hold_expected
from bot.analysis.organizations import known_by_all, own_finding, own_id
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
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

WEEK = 7


class JudgedTeams(StrEnum):
    """Whether teams are judged with an organisation: they are with the first one, once all know the same days."""

    JUDGED = "judged"
    WAITING = "waiting"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An evaluation and what it rests on: the weeks' spend, on the days of the week that could be compared.

    `spend` is of workspaces and of teams, as `ownership` has them on the judged day; `elsewhere` is what other alerts
    tell of those whose alert is open. `revision` grows whenever one of
    those days, or of the four weeks before, becomes known or changes.
    """

    evaluation: Evaluation
    spend: tuple[WeeklySpend, ...]
    compared: tuple[date, ...]
    revision: int
    levels: Levels
    ownership: Ownership
    elsewhere: Mapping[str, Elsewhere] = field(default_factory=dict)
    teams: JudgedTeams = JudgedTeams.JUDGED
    teams_estimated: bool = False

    def is_estimated(self, workspace_id: str) -> bool:
        """Whether any amount of a workspace or a team is not from a bill."""
        return self.evaluation.estimated if team_of(workspace_id) is None else self.teams_estimated

    def about_teams(self, alerts: Iterable[Alert]) -> AboutTeams:
        """What must be known of the teams that some alerts are about."""
        teams = {id_: team for alert in alerts if (team := team_of(id_ := alert.workspace_id)) is not None}
        known = self.ownership.by_name
        return AboutTeams(
            elsewhere=self.elsewhere,
            gone=frozenset(id_ for id_, team in teams.items() if team not in known),
            moved=frozenset(teams) if self.teams is JudgedTeams.ELSEWHERE else frozenset(),
            waiting=frozenset(teams) if self.teams is JudgedTeams.WAITING else frozenset(),
        )

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


def home_of(store: Store) -> Store | None:
    """The books with which teams are judged, those of the first organisation; None where it is the only one."""
    stores = store.each()
    return stores[0] if len(stores) > 1 else None


def is_home(store: Store) -> bool:
    """Whether teams are judged with these books."""
    home = home_of(store)
    return home is None or home.session.organization_id == store.session.organization_id


def load_view(store: Store, day: date, teams: TeamDays) -> View:
    """What there is to judge a day by: only that day and the days up to it, and who owns what on it."""
    window = Interval(day - timedelta(days=DAYS_LOOKED_AT - 1), day + timedelta(days=1))
    fetched = store.ledger.load_fetched_days(window)
    known = Known.of(day, fetched)
    several = teams.is_of_several and teams.is_home
    together = load_together(teams.parts, window) if several else fetched
    of_all = Known.of(day, together) if several else known
    judged = judged_teams(teams, known, of_all)
    return View(
        known=known,
        spend=tuple(store.ledger.load_weekly_spend(known.compared, WEEKS, baseline=known.baseline)),
        estimated=any(not fetched[day].is_billed for day in known.compared),
        teams_estimated=any(not together[day].is_billed for day in known.compared),
        revision=revision_of(fetched, day) + (revision_of(together, day) if several else 0),
        teams=teams.load_weeks(of_all) if judged is JudgedTeams.JUDGED else None,
        judged=judged,
        of_all=of_all,
        previous_of_all=sum(together[each - timedelta(days=WEEK)].total for each in known.compared)
        if several
        else None,
        others=load_others(store, teams.parts, day) if several and judged is JudgedTeams.JUDGED else Others(),
        ownership=teams.ownership,
        names=store.names.load_names,
        price_changes=lambda: load_price_changes(store, known.compared),
    )


def load_together(parts: Sequence[Part], window: Interval) -> dict[date, FetchedDay]:
    """The days of all organisations; of days that not all know, that is not whole."""
    return known_by_all([part.store.ledger.load_fetched_days(window) for part in parts])


def judged_teams(teams: TeamDays, known: Known, of_all: Known) -> JudgedTeams:
    """Whether teams are judged with an organisation's day."""
    if not teams.is_home:
        return JudgedTeams.ELSEWHERE
    return JudgedTeams.JUDGED if of_all.compared == known.compared else JudgedTeams.WAITING


class Others(NamedTuple):
    """What was found in the workspaces of other organisations, and whose alert is open there."""

    findings: tuple[Finding, ...] = ()
    open_alerts: frozenset[str] = frozenset()


def load_others(store: Store, parts: Sequence[Part], day: date) -> Others:
    """What the other organisations' workspaces were judged to be on the same day, with ids that no other has."""
    others = [part for part in parts if part.store.session.organization_id != store.session.organization_id]
    found = [(part, part.store.alerts.load_evaluation()) for part in others]
    return Others(
        tuple(
            own_finding(finding, part.beside)
            for part, evaluation in found
            if evaluation is not None and evaluation.day == day
            for finding in evaluation.findings
        ),
        frozenset(
            own_id(alert.workspace_id, part.beside)
            for part in others
            for alert in load_alerts_at_hand(part.store, day)
            if alert.state.is_open and alert.workspace_id != WHOLE_ORGANIZATION
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a day is judged by, under any contract and beside any open alerts.

    `teams` is None where there are none, or they are not `judged` with it. They are by what `of_all` organisations is
    known; `others` are the findings there, and `previous_of_all` the week before of all, None where there is one alone.
    Names and what price explains are loaded only by those who need them.
    """

    known: Known
    spend: tuple[WeeklySpend, ...]
    teams: TeamWeeks | None
    judged: JudgedTeams
    of_all: Known
    previous_of_all: NanoUsd | None
    others: Others
    ownership: Ownership
    estimated: bool
    teams_estimated: bool
    revision: int
    names: Callable[[], Names]
    price_changes: Callable[[], dict[str, NanoUsd]]

    def judge(self, contract: Contract, at_hand: Sequence[Alert], expected: Sequence[Alert] = ()) -> Judgement:
        """What is found beside alerts that are open, or that somebody expects. Raises `EquallySpecific`."""
        floor = contract.floor(sum([series.previous for series in self.spend]))
        levels = contract.levels(floor, self.names() if contract.overrides else None)
        findings = hold_expected(self.find(levels, ids_of(at_hand)), expected, floor=floor)
        of_teams = self.find_in_teams(self.levels_of_teams(contract, levels), at_hand, findings, expected)
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
            teams=self.judged,
            teams_estimated=self.teams_estimated,
        )

    def levels_of_teams(self, contract: Contract, levels: Levels) -> Levels:
        """The terms of teams: the floor is that of all organisations."""
        return levels if self.previous_of_all is None else replace(levels, floor=contract.floor(self.previous_of_all))

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
        at_hand: Sequence[Alert],
        workspaces: Sequence[Finding],
        expected: Sequence[Alert],
    ) -> TeamFindings:
        """Each team's findings, those held that alerts of workspaces tell of."""
        if self.teams is None:
            return TeamFindings([], {})
        return find_team_anomalies(
            self.teams,
            [*workspaces, *self.others.findings],
            known=self.of_all,
            levels=levels,
            at_hand=ids_of(at_hand),
            open_alerts=ids_of(alert for alert in at_hand if alert.state.is_open) | self.others.open_alerts,
            expected=expected,
        )


def ids_of(alerts: Iterable[Alert]) -> set[str]:
    """What alerts are about: ids of workspaces, and of teams."""
    return {alert.workspace_id for alert in alerts}


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


def revision_of(fetched: Mapping[date, FetchedDay], day: date) -> int:
    """A number that grows when one of the five weeks up to a day becomes whole, or is restated."""
    since = day - timedelta(days=WEEK * WEEKS)
    return sum(1 + known.revision for each, known in fetched.items() if since < each and known.is_over)
