"""Several organisations in one answer: ids that stay apart, names that tell whose they are, days that all of them know.

Workspace and key ids are unique everywhere but for the words that stand for what has no id. `beside` is the
organisation that ids or names belong to where there are several; None where it is the only one: then nothing changes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bot.analysis.estimate import most_first
from bot.analysis.groupings import CONSOLE, GROUPS, LABELS, NO_PERSON, NOT_ATTRIBUTABLE, OWNED
from bot.analysis.question import NotUnderstood, in_one_form, quoted
from bot.model import (
    DEFAULT_WORKSPACE,
    ApiKey,
    FetchedDay,
    Freshness,
    Names,
    Person,
    Workspace,
    WorkspaceLines,
    start_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date

    from bot.analysis.groupings import Grouping, Words
    from bot.analysis.reconcile import KeyDifference, Reconciliation
    from bot.model import (
        Alert,
        CostSeries,
        Evaluation,
        Finding,
        KeyCostSeries,
        NanoUsd,
        Organization,
        Tokens,
        Unpriced,
        UsageSeries,
    )

    Series = TypeVar("Series", CostSeries, KeyCostSeries, UsageSeries)

EVERYWHERE = frozenset({DEFAULT_WORKSPACE, CONSOLE, NO_PERSON, NOT_ATTRIBUTABLE})
"""Ids that every organisation has."""


def own_id(some_id: str, beside: Organization | None) -> str:
    """An id that no other organisation has.

    >>> from bot.model import Organization
    >>> europe = Organization("org_eu", "Europe")
    >>> own_id("default", europe), own_id("wrkspc_1", europe), own_id("default", None)
    ('default@org_eu', 'wrkspc_1', 'default')
    """
    return some_id if beside is None or some_id not in EVERYWHERE else f"{some_id}@{beside.id}"


def named_with(name: str, organization: Organization | None) -> str:
    """A name and whose it is."""
    return name if organization is None else f"{name} · {organization.name}"


def add_up(
    parts: Sequence[tuple[Organization | None, Mapping[Words, NanoUsd]]], *, places: Container[int]
) -> dict[Words, NanoUsd]:
    """Spend of several organisations by the same words; those at `places` are ids of workspaces or keys."""
    if len(parts) == 1 and parts[0][0] is None:
        return dict(parts[0][1])
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for beside, spend in parts:
        for words, amount in spend.items():
            own = [own_id(word, beside) if place in places else word for place, word in enumerate(words)]
            totals[tuple(own)] += amount
    return dict(totals)


def places_of_ids(by: Sequence[Grouping]) -> tuple[int, ...]:
    """Which of these groupings are by ids: of workspaces, or of what lines are shared among."""
    return tuple(
        place
        for place, grouping in enumerate(by)
        if GROUPS[grouping].dimension in {None, "workspace"} and grouping not in OWNED
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationPart:
    """One of several organisations in an answer: the days that it lacks (`lacking_days`), and the row ids it has."""

    name: str
    missing_days: tuple[date, ...]
    ids: frozenset[str]


def all_names(parts: Sequence[tuple[Organization | None, Names]]) -> Names:
    """What all the ids are called; a name that several organisations have tells whose it is."""
    if len(parts) == 1:
        return parts[0][1]
    taken = Counter(name for _, names in parts for name in used_names(names))
    workspaces: dict[str, Workspace] = {}
    api_keys: dict[str, ApiKey] = {}
    for beside, names in parts:
        for workspace in names.workspaces.values():
            name = told_apart(workspace.id, names.workspace(workspace.id), taken, beside)
            known = replace(workspace, id=own_id(workspace.id, beside), name=name)
            workspaces[known.id] = known
        for key in (*names.api_keys.values(), *NO_KEYS):
            name = told_apart(key.id, key.name, taken, beside)
            known_key = replace(key, id=own_id(key.id, beside), name=name)
            api_keys[known_key.id] = known_key
    first_days = {key: day for _, names in parts for key, day in names.first_days.items()}
    people = {id_: person for beside, names in parts for id_, person in people_of(names, beside).items()}
    return Names(workspaces=workspaces, api_keys=api_keys, first_days=first_days, people=people)


def people_of(names: Names, beside: Organization | None) -> dict[str, Person]:
    """An organisation's people, and what has none. Somebody who is in several is the same person in each."""
    called = GROUPS["person"].label
    nobody = {own_id(row_id, beside): named_with(called(row_id, names), beside) for row_id in NO_PEOPLE}
    return {id_: Person(id_, name, "") for id_, name in nobody.items()} | names.people


NO_PEOPLE = (NO_PERSON, NOT_ATTRIBUTABLE)
NO_KEYS = tuple(ApiKey(row_id, LABELS[row_id], "", "") for row_id in (CONSOLE, NOT_ATTRIBUTABLE))


def used_names(names: Names) -> set[str]:
    """The names of one organisation, each once."""
    return {names.workspace(each) for each in names.workspaces} | {key.name for key in names.api_keys.values()}


def told_apart(some_id: str, name: str, taken: Counter[str], beside: Organization | None) -> str:
    """A name; with its organisation's where another one has it too."""
    return named_with(name, beside) if some_id in EVERYWHERE or taken[name] > 1 else name


def names_beside(names: Names, beside: Organization | None) -> Names:
    """The names of one organisation's workspaces, all of them with its own: for what is said of its alerts."""
    if beside is None:
        return names
    workspaces = {
        own_id(each.id, beside): replace(
            each, id=own_id(each.id, beside), name=named_with(names.workspace(each.id), beside)
        )
        for each in names.workspaces.values()
    }
    return replace(names, workspaces=workspaces)


def known_by_all(parts: Sequence[Mapping[date, FetchedDay]]) -> dict[date, FetchedDay]:
    """The days that any organisation knows; one that is not known of all of them is partial, as if it were not over."""
    days = sorted({day for part in parts for day in part})
    return {day: known_together(day, [part.get(day) for part in parts]) for day in days}


def known_together(day: date, each: Sequence[FetchedDay | None]) -> FetchedDay:
    """What is known of a day, as old as the oldest part of it."""
    known = [one for one in each if one is not None]
    if len(each) == 1:
        return known[0]
    began = start_of(day)
    estimated = [one.source for one in known if not one.source.is_billed]
    return FetchedDay(
        day=day,
        fetched_at=min(one.fetched_at for one in known) if len(known) == len(each) else began,
        source=(estimated or [one.source for one in known])[0],
        total=sum(one.total for one in known),
        revision=sum(one.revision for one in known),
    )


def lacking_days(parts: Sequence[Mapping[date, FetchedDay]], days: Iterable[date]) -> list[tuple[date, ...]]:
    """What each organisation lacks of some days: those never fetched, and those not fetched whole as another's were."""
    asked = sorted({*days})
    whole = {day for part in parts for day, known in part.items() if known.is_over}
    return [
        tuple(day for day in asked if day not in part or (day in whole and not part[day].is_over)) for part in parts
    ]


def freshness_of_all(parts: Sequence[Freshness]) -> Freshness:
    """As current as the least current organisation that was ever fetched; from the first day of any to the last."""
    known = [part for part in parts if part.data_as_of is not None]
    return Freshness(
        data_as_of=min((part.data_as_of for part in known if part.data_as_of), default=None),
        first_fetched_at=min((part.first_fetched_at for part in known if part.first_fetched_at), default=None),
        newest_day=max((part.newest_day for part in known if part.newest_day), default=None),
        oldest_day=min((part.oldest_day for part in known if part.oldest_day), default=None),
    )


def unpriced_of_all(parts: Iterable[Iterable[Unpriced]]) -> list[Unpriced]:
    """Tokens without a price by model, most first."""
    tokens: Counter[str] = Counter()
    for part in parts:
        for each in part:
            tokens[each.model] += each.tokens
    return most_first(tokens)


def tokens_of_all(
    parts: Iterable[tuple[Organization | None, Mapping[tuple[date, str, str], Tokens]]],
) -> dict[tuple[date, str, str], Tokens]:
    """Tokens by day, workspace id and model."""
    return {
        (day, own_id(workspace_id, beside), model): tokens
        for beside, part in parts
        for (day, workspace_id, model), tokens in part.items()
    }


# --- What was found ---


def own_alert(alert: Alert, beside: Organization | None) -> Alert:
    """An alert whose workspace no other organisation has."""
    return replace(alert, workspace_id=own_id(alert.workspace_id, beside))


def own_finding(finding: Finding, beside: Organization | None) -> Finding:
    """A finding whose workspace no other organisation has."""
    return replace(finding, workspace_id=own_id(finding.workspace_id, beside))


def own_lines(lines: WorkspaceLines, beside: Organization | None) -> WorkspaceLines:
    """Lines whose workspaces no other organisation has."""
    if beside is None:
        return lines
    return WorkspaceLines(
        cost=[line._replace(series=own_series(line.series, beside)) for line in lines.cost],
        usage=[line._replace(series=own_series(line.series, beside)) for line in lines.usage],
        key_cost=[line._replace(series=own_series(line.series, beside)) for line in lines.key_cost],
    )


def own_series(series: Series, beside: Organization) -> Series:
    """What a line is about, in a workspace that no other organisation has."""
    return series._replace(workspace_id=own_id(series.workspace_id, beside))


def found_by_all(parts: Sequence[tuple[Organization | None, Evaluation | None]]) -> Evaluation | None:
    """The newest evaluations as one, of the newest day of them and by its threshold; see `only_floor`."""
    known = [(beside, evaluation) for beside, evaluation in parts if evaluation is not None]
    if not known:
        return None
    newest = max((evaluation for _, evaluation in known), key=lambda evaluation: evaluation.day)
    return replace(
        newest,
        findings=tuple(own_finding(each, beside) for beside, evaluation in known for each in evaluation.findings),
        estimated=any(evaluation.estimated for _, evaluation in known),
    )


def only_floor(evaluations: Iterable[Evaluation]) -> NanoUsd | None:
    """The floor that all of them were judged by; None where each has its own, or nothing was judged."""
    floors = {evaluation.floor for evaluation in evaluations}
    return floors.pop() if len(floors) == 1 else None


def reconciled_together(parts: Sequence[tuple[Organization | None, Reconciliation]]) -> Reconciliation:
    """Each organisation's bill against its own tokens, as one."""
    rows = [
        replace(row, workspace_id=own_id(row.workspace_id, beside)) for beside, found in parts for row in found.rows
    ]
    return replace(
        parts[0][1],
        rows=tuple(sorted(rows, key=lambda row: (row.day, row.workspace_id, row.model))),
        unpriced=tuple(unpriced_of_all(found.unpriced for _, found in parts)),
        keys=keys_of_all(parts),
        left_out=tuple(sorted({day for _, found in parts for day in found.left_out})),
    )


def keys_of_all(parts: Iterable[tuple[Organization | None, Reconciliation]]) -> tuple[KeyDifference, ...]:
    """The keys of every organisation, the largest difference first."""
    keys = [key._replace(api_key_id=own_id(key.api_key_id, beside)) for beside, found in parts for key in found.keys]
    return tuple(sorted(keys, key=lambda key: (-abs(key.difference), key)))


def owner_of(ids: Iterable[str], parts: Iterable[OrganizationPart]) -> str | None:
    """The name of the one organisation that has one of these ids; None for what several have, like a model."""
    known = list(parts)
    owners = ([part.name for part in known if row_id in part.ids] for row_id in ids)
    return next((names[0] for names in owners if len(names) == 1), None)


# --- Which of them ---


def choose(
    name: str | None, organizations: Sequence[Organization], *, retired: Sequence[Organization]
) -> list[Organization]:
    """The organisations asked for by name or id, whatever the case, or the one that a part of its name tells.

    All that are synced if none is named.

    Raises:
        NotUnderstood: with the names there are, or those that the part could be of.
    """
    if name is None:
        return list(organizations)
    known = [*organizations, *retired]
    asked = in_one_form(name)
    if found := [each for each in known if asked in {in_one_form(each.name), in_one_form(each.id)}]:
        return found
    part_of = [each for each in known if asked in in_one_form(each.name)]
    if len(part_of) != 1:
        raise NotUnderstood(f"org:{name}", names_hint(part_of or known))
    return part_of


def names_hint(organizations: Sequence[Organization]) -> str:
    """The names there are to choose from."""
    named = " or ".join(f'"org:{quoted(each.name)}"' for each in organizations)
    return f"ask for {named}" if named else 'no organisation is known yet; run "claudecost sync" first'
