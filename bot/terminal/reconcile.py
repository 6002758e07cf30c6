"""What `claudecost reconcile` prints."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.analysis.groupings import LABELS
from bot.analysis.organizations import owner_of
from bot.analysis.reconcile import Cause
from bot.messages.basis import days_named
from bot.messages.numbers import day_range, money, money_change, number, tokens
from bot.messages.reconcile import WORTH_NAMING, verdict
from bot.model import NO_MODEL
from bot.terminal.page import Page, exact, percent_or_null, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.analysis.organizations import OrganizationPart
    from bot.analysis.reconcile import KeyDifference, Reconciliation, Row
    from bot.model import Names, NanoUsd

ROWS_SHOWN = 30
KEYS_SHOWN = 10


def reconciliation_as_json(
    reconciliation: Reconciliation, organizations: Sequence[OrganizationPart] = (), *, causes: bool = False
) -> str:
    """The fixed shape of `reconcile --json`; every row, also those without a difference.

    `model` is null for cost that belongs to none; what no price is known for expects 0 and has the reason
    `unpriced_model`, so that rows add up. Of several `organizations` each row names its own. A row's
    reason is the largest of its causes; `causes`, if asked for, has all of each. `keys` are those of days on which the
    bill tells dollars by key, beside what sharing its lines by tokens gives them. `left_out` are days without a whole
    bill so far; the amounts are null where that is all of them. Neither is there where there are none.
    """
    known = reconciliation.is_known
    sums = {cause.value: exact(amount) for cause, amount in reconciliation.causes.items()}
    keys = [_key_as_json(key) for key in reconciliation.keys]
    left_out = [day.isoformat() for day in reconciliation.left_out]
    return written(
        {
            "since": reconciliation.interval.since.isoformat(),
            "until": reconciliation.interval.until.isoformat(),
            "billed": exact(reconciliation.billed if known else None),
            "expected": exact(reconciliation.expected if known else None),
            "difference": exact(reconciliation.difference if known else None),
            "explained_percent": percent_or_null(reconciliation.explained_percent),
            "rows": [_row_as_json(row, organizations) for row in reconciliation.rows],
            "unpriced": [{"model": each.model, "tokens": each.tokens} for each in reconciliation.unpriced],
            **({"causes": sums} if causes else {}),
            **({"keys": keys} if keys else {}),
            **({"left_out": left_out} if left_out else {}),
        }
    )


def _row_as_json(row: Row, organizations: Sequence[OrganizationPart]) -> dict[str, Any]:
    whose = {"organization": owner_of([row.workspace_id], organizations)} if organizations else {}
    return {
        "day": row.day.isoformat(),
        **whose,
        "workspace_id": row.workspace_id,
        "model": row.model or None,
        "billed": exact(row.billed),
        "expected": exact(row.expected),
        "difference": exact(row.difference),
        "reason": row.reason.value if row.reason else None,
    }


def _key_as_json(key: KeyDifference) -> dict[str, Any]:
    return {
        "api_key_id": key.api_key_id,
        "billed": exact(key.billed),
        "shared": exact(key.shared),
        "difference": exact(key.difference),
    }


class Scope(NamedTuple):
    """A workspace × model over all the days on which its two sides differ."""

    workspace_id: str
    model: str
    days: int
    billed: NanoUsd
    expected: NanoUsd
    causes: Mapping[Cause, NanoUsd]

    @property
    def difference(self) -> NanoUsd:
        """What was billed beyond tokens × price."""
        return self.billed - self.expected


def reconciliation_as_text(reconciliation: Reconciliation, names: Names) -> Page:
    """The largest differences, days added up, with their reasons."""
    scopes = _scopes_of(row for row in reconciliation.rows if row.causes)
    more = len(scopes) - ROWS_SHOWN
    left_out = reconciliation.left_out
    return Page(
        title=f"{day_range(reconciliation.interval)}: {_both_sides(reconciliation)}",
        header=("Workspace", "Model", "Days", "Billed", "Expected", "Difference", "Reason"),
        rows=tuple(_scope_as_cells(scope, names) for scope in scopes[:ROWS_SHOWN]),
        align="llrrrrl",
        notes=(
            f"{number(more)} smaller differences are in --json" if more > 0 else "",
            _sum_of_causes(reconciliation),
            verdict(reconciliation) or "no billed day to compare",
            *_keys_in_words(reconciliation.keys, names),
            *(f"no price is known for {each.model}: {tokens(each.tokens)} tokens" for each in reconciliation.unpriced),
            f"left out, without a whole bill so far: {days_named(left_out)}" if left_out else "",
        ),
    )


def _both_sides(reconciliation: Reconciliation) -> str:
    if not reconciliation.is_known:
        return "no whole bill so far"
    return f"billed {money(reconciliation.billed)}, tokens × price {money(reconciliation.expected)}"


def _scopes_of(rows: Iterable[Row]) -> list[Scope]:
    groups: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.workspace_id, row.model].append(row)
    scopes = [_scope_of(*key, days) for key, days in groups.items()]
    return sorted(scopes, key=lambda scope: -sum(map(abs, scope.causes.values())))


def _scope_of(workspace_id: str, model: str, rows: Sequence[Row]) -> Scope:
    causes: defaultdict[Cause, NanoUsd] = defaultdict(int)
    for row in rows:
        for cause, amount in row.causes.items():
            causes[cause] += amount
    return Scope(
        workspace_id=workspace_id,
        model=model,
        days=len(rows),
        billed=sum(row.billed for row in rows),
        expected=sum(row.expected for row in rows),
        causes=dict(sorted(causes.items(), key=lambda part: -abs(part[1]))),
    )


def _keys_in_words(keys: Iterable[KeyDifference], names: Names) -> list[str]:
    """The keys whose own dollars on the bill are others than a share of its lines by tokens, a line each."""
    worth = [key for key in keys if abs(key.difference) >= WORTH_NAMING][:KEYS_SHOWN]
    return [f"by key: {_key_in_words(key, names)}" for key in worth]


def _key_in_words(key: KeyDifference, names: Names) -> str:
    label = LABELS.get(key.api_key_id) or names.api_key(key.api_key_id)
    return f"{label} {money(key.billed)} on the bill, {money(key.shared)} by its tokens"


def _sum_of_causes(reconciliation: Reconciliation) -> str:
    parts = _parts(reconciliation.causes)
    return f"difference {money_change(reconciliation.difference)}: {', '.join(parts)}" if parts else ""


def _parts(causes: Mapping[Cause, NanoUsd]) -> list[str]:
    return [f"{_in_words(cause)} {money_change(amount)}" for cause, amount in causes.items()]


def _in_words(cause: Cause) -> str:
    return cause.value.replace("_", " ")


def _scope_as_cells(scope: Scope, names: Names) -> tuple[str, ...]:
    unpriced = Cause.UNPRICED_MODEL in scope.causes and not scope.expected
    return (
        names.workspace(scope.workspace_id),
        "no model" if scope.model == NO_MODEL else scope.model,
        str(scope.days),
        money(scope.billed),
        "unpriced" if unpriced else money(scope.expected),
        money_change(scope.difference),
        ", ".join(_parts(scope.causes)) if len(scope.causes) > 1 else "".join(map(_in_words, scope.causes)),
    )
