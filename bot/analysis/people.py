"""Who spent it in person: each line of the bill shared by the tokens of accounts, as it is among keys.

A line's tokens without an account are `no_person`, cost without tokens is not attributable. Where the bill itself tells
dollars by actor, those are what its lines are shared by, also lines without tokens. In the workspace that
Anthropic calls "Claude Code" the Claude Code report knows more: what its users' work was estimated at. Those estimates
are weights for the part of a line that no account is known of, and never dollars: whatever they are, people add up to
the line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.analysis.attribution import Groups, Meters, Share, share, values_of
from bot.analysis.days import side_by_side
from bot.analysis.groupings import NO_PERSON, NOT_ATTRIBUTABLE
from bot.model import NO_ACCOUNT, NOT_A_PERSON, PersonSeries, PersonWeight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.analysis.groupings import Words
    from bot.model import (
        ApiKey,
        ClaudeCodeUse,
        CostLine,
        Dimension,
        Names,
        NanoUsd,
        Person,
        PersonCostLine,
        PersonCostSeries,
        PersonLine,
        Tokens,
    )

CLAUDE_CODE = "claude code"
"""What Anthropic calls the workspace that it makes for Claude Code, in lower case."""

Weights: TypeAlias = "Mapping[tuple[date, str], Sequence[tuple[str, int]]]"
"""By day and model: account ids and their weights."""

Scope: TypeAlias = "tuple[date, str, str]"
"""Day, workspace and model."""


def claude_code_workspaces(names: Names) -> frozenset[str]:
    """The ids of the workspaces called "Claude Code"; there is one at most, unless somebody made another."""
    return frozenset(id_ for id_, each in names.workspaces.items() if each.name.strip().lower() == CLAUDE_CODE)


def untold_days(lines: Iterable[PersonLine], workspaces: Collection[str]) -> list[date]:
    """The days on which tokens of these workspaces have no account, in order."""
    untold = (
        line.day
        for line in lines
        if line.series.workspace_id in workspaces and line.series.account_id == NO_ACCOUNT and any(line.tokens)
    )
    return sorted(set(untold))


class Actors:
    """Whom the Claude Code report means: it names users by e-mail address and keys by name, never by id."""

    def __init__(self, people: Mapping[str, Person], api_keys: Iterable[ApiKey], workspaces: Collection[str]) -> None:
        self._accounts = {person.email.lower(): id_ for id_, person in people.items() if person.email}
        self._keys = {key.name for key in api_keys if key.workspace_id in workspaces}

    def weights(self, day: date, uses: Iterable[ClaudeCodeUse]) -> list[PersonWeight]:
        """What each account's work of a day weighs; keys of these workspaces are nobody's, others do not matter."""
        return [
            PersonWeight(day, self.account_of(use), use.model, use.weight)
            for use in uses
            if not use.api_key_name or use.api_key_name in self._keys
        ]

    def account_of(self, use: ClaudeCodeUse) -> str:
        """An account's id; somebody who is no member (any more) is known by the address."""
        email = use.email.lower()
        return self._accounts.get(email, email) or NO_ACCOUNT


def by_person(
    cost_lines: Iterable[CostLine],
    usage_lines: Iterable[PersonLine],
    *,
    weights: Weights,
    claude_code: Collection[str],
    actors: Iterable[PersonCostLine] = (),
    within: Sequence[Dimension] = (),
) -> dict[Words, NanoUsd]:
    """Dollars by the dimensions of `within`, then by account id, `no_person` or `not_attributable`.

    They add up to the cost lines, to the nano-dollar. Both inputs come ordered by day. `weights` are by day and model,
    `claude_code` the workspaces they hold in; `actors` are the bill's own dollars by person, on days that have them.
    """
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for line, shares in person_shares(cost_lines, usage_lines, weights=weights, claude_code=claude_code, actors=actors):
        about = values_of(line, within)
        for who, amount in shares:
            totals[*about, who] += amount
    return dict(totals)


def person_shares(
    cost_lines: Iterable[CostLine],
    usage_lines: Iterable[PersonLine],
    *,
    weights: Weights,
    claude_code: Collection[str],
    actors: Iterable[PersonCostLine] = (),
) -> Iterator[tuple[CostLine, Sequence[Share]]]:
    """Every cost line with its shares, which add up to it. Both inputs come ordered by day."""
    groups = Groups()
    meters, owners, billed = Meters(groups), Owners(groups), Billed.of(actors)
    for day, cost, usage in side_by_side(cost_lines, usage_lines):
        tokens = tokens_by_group(usage, owners)
        dollars, told = billed.dollars.get(day), accounts_told(usage, claude_code)
        for line in cost:
            series = line.series
            group, kind = meters[series]
            named = dollars.get(series[:4]) if dollars else None
            used = named or [(who, counts[kind]) for who, counts in tokens.get(group, ()) if counts[kind]]
            shares = share(line.amount, used)
            if series.workspace_id in claude_code:
                scope = (day, series.workspace_id, series.model)
                known = told.get(scope, set()) | billed.told.get(scope, set())
                others = [each for each in weights.get((day, series.model), ()) if each[0] not in known]
                shares = [part for each in shares for part in among_people(each, others)]
            yield line, shares


@dataclass(frozen=True, slots=True)
class Billed:
    """What the bill itself says of people: dollars by row id for each day, workspace, model, cost and token type.

    They are what a line is shared by, not what it comes to: the lines may have been read again since. `told` are the
    accounts named, by day, workspace and model.
    """

    dollars: Mapping[date, Mapping[tuple[str, ...], list[tuple[str, int]]]]
    told: Mapping[Scope, set[str]]

    @classmethod
    def of(cls, actors: Iterable[PersonCostLine]) -> Billed:
        """From the bill's lines by person."""
        dollars: defaultdict[date, defaultdict[tuple[str, ...], list[tuple[str, int]]]]
        dollars = defaultdict(lambda: defaultdict(list))
        told: defaultdict[Scope, set[str]] = defaultdict(set)
        for day, series, amount in actors:
            if amount:
                dollars[day][series[:4]].append((row_of(series), abs(amount)))
                told[day, series.workspace_id, series.model].add(series.account_id)
        return cls(dollars, told)


def row_of(series: PersonCostSeries) -> str:
    """The row of dollars by actor; tokens always have a user, if one without an account, and other cost need not."""
    nobody = {NOT_A_PERSON: NO_PERSON, NO_ACCOUNT: NO_PERSON if series.token_type else NOT_ATTRIBUTABLE}
    return nobody.get(series.account_id, series.account_id)


class Owners(dict[PersonSeries, tuple[int, str]]):
    """Each series' group and row id, looked up once."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    def __missing__(self, series: PersonSeries) -> tuple[int, str]:
        group = self.groups[series.workspace_id, series.model, series.service_tier, series.context_window]
        owner = self[series] = (group, series.account_id or NO_PERSON)
        return owner


def tokens_by_group(usage: Iterable[PersonLine], owners: Owners) -> Mapping[int | None, list[tuple[str, Tokens]]]:
    """A day's tokens per row id, for each group."""
    groups: defaultdict[int | None, list[tuple[str, Tokens]]] = defaultdict(list)
    for _, series, tokens in usage:
        group, who = owners[series]
        groups[group].append((who, tokens))
    return groups


def accounts_told(usage: Iterable[PersonLine], workspaces: Collection[str]) -> dict[Scope, set[str]]:
    """The accounts whose tokens usage itself tells, by day, workspace and model: they have no part in the rest."""
    told: defaultdict[Scope, set[str]] = defaultdict(set)
    for day, series, tokens in usage:
        if series.workspace_id in workspaces and series.account_id and any(tokens):
            told[day, series.workspace_id, series.model].add(series.account_id)
    return told


def among_people(part: Share, weights: Sequence[tuple[str, int]]) -> list[Share]:
    """The part of nobody in person shared by weight; any other as it is, and that too where nothing weighs."""
    who, amount = part
    weighed = [(account or NO_PERSON, weight) for account, weight in weights if weight]
    return share(amount, weighed) if who == NO_PERSON and weighed else [part]
