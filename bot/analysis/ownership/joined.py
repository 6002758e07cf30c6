"""Who owns what, all that is known of it: the configuration, the imported spreadsheet, what people said in Slack."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.analysis.ownership.owners import Ownership
from bot.analysis.ownership.rules import Rule, Team, WrongRules, check_teams
from bot.analysis.ownership.spreadsheet import read_teams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.model import Claim, TeamSheet


def joined(configured: Sequence[Team], sheet: TeamSheet | None, claims: Iterable[Claim]) -> Ownership:
    """Everything, in force together; of a team in both places, the rules of both.

    The configuration by itself was checked when it was read.

    Raises:
        WrongRules: where the two contradict each other, with a line for each fault and both places.
    """
    imported = () if sheet is None else read_teams(sheet.text, name=sheet.name)
    teams = {team.name: team for team in configured}
    for team in imported:
        teams[team.name] = together(teams[team.name], team) if team.name in teams else team
    if imported:
        check_teams(list(teams.values()))
    for rule in claimed(claims, teams):
        team = teams[rule.team]
        teams[rule.team] = replace(team, owns=(*team.owns, rule))
    return Ownership(teams=tuple(teams.values()))


def together(configured: Team, imported: Team) -> Team:
    """A team that is in both places. Raises `WrongRules` where they say different things of it."""
    for what in ("cost_center", "channel", "owners", "parent"):
        here, there = getattr(configured, what), getattr(imported, what)
        if here and there and here != there:
            raise WrongRules(
                f'team "{configured.name}" has one {what} in claudecost.toml and another in the spreadsheet; '
                "make them alike"
            )
    said = {without_source(rule) for rule in configured.owns}
    new = [rule for rule in imported.owns if without_source(rule) not in said]
    return replace(
        configured,
        cost_center=configured.cost_center or imported.cost_center,
        channel=configured.channel or imported.channel,
        owners=configured.owners or imported.owners,
        parent=configured.parent or imported.parent,
        owns=(*configured.owns, *new),
    )


def without_source(rule: Rule) -> Rule:
    """A rule wherever it stands."""
    return replace(rule, source="")


def claimed(claims: Iterable[Claim], teams: Iterable[str]) -> list[Rule]:
    """What people said as rules, each until the next one about the same key; of teams that are gone, nothing."""
    by_key: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        by_key.setdefault((claim.workspace_id, claim.key_id), []).append(claim)
    known = frozenset(teams)
    return [rule for said in by_key.values() for rule in rules_of(said) if rule.team in known]


def rules_of(said: Sequence[Claim]) -> list[Rule]:
    """What was said of one key, in the order it was said: the last word counts from its day on."""
    inforce: list[Claim] = []
    for claim in said:
        inforce = [*(before for before in inforce if before.since < claim.since), claim]
    return [
        Rule(
            team=claim.team,
            workspace=claim.workspace_id,
            key=claim.key_id,
            since=claim.since,
            until=after.since if after else None,
            source=f"what {claim.given_by} said in Slack on {claim.given_at:%Y-%m-%d}",
            is_claim=True,
        )
        for claim, after in pairwise([*inforce, None])
        if claim is not None
    ]
