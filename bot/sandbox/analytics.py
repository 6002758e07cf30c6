"""What `analytics/cost` reports of a simulated organisation: its bill by whatever was asked for, keys among it.

Like the organisation, an oracle that shares nothing with the bot: rows come from each key's own tokens.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from bot.sandbox import people

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping
    from datetime import datetime

Row: TypeAlias = dict[str, Any]

DIMENSIONS = (
    "actor",
    "actor_type",
    "agent_id",
    "api_key_id",
    "claude_tag_category",
    "claude_tag_user_id",
    "context_window",
    "cost_type",
    "deployment_id",
    "environment_id",
    "inference_geo",
    "model",
    "product",
    "rbac_group_id",
    "service_tier",
    "session_id",
    "slack_channel_id",
    "speed",
    "token_type",
    "user_profile_id",
    "workspace_id",
)
"""What a row can be grouped by; most of it nobody here has, and is null."""

NOT_AVAILABLE = "not_available"
"""What the filters call a null region."""


class KeyedLine(NamedTuple):
    """A part of the bill by key, in exact cents, before and after the discount."""

    workspace_id: str | None
    api_key_id: str | None
    cost_type: str
    model: str | None
    token_type: str | None
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    cents: Decimal
    list_cents: Decimal
    actor: str | None = None


def keyed_other(workspace_id: str | None, api_key_id: str | None, cost_type: str, cents: Decimal) -> KeyedLine:
    """A line that is not tokens, and that no discount is off."""
    return KeyedLine(workspace_id, api_key_id, cost_type, None, None, None, None, None, cents, cents)


@runtime_checkable
class KeyedOrganization(Protocol):
    """An organisation that knows its bill by key."""

    answers: dict[Hashable, Any]
    """What was answered about times that are known to their end, by what was asked."""

    def answers_at(self, now: datetime) -> dict[Hashable, Any]:
        """The same about times that are not, as known at a moment."""
        ...

    def corrections(self, *, since: datetime, until: datetime) -> Hashable:
        """What was done to the bill of a range after it was made; it is a part of what was asked."""
        ...

    def keyed_lines(self, *, since: datetime, until: datetime) -> Iterable[KeyedLine]:
        """The bill of a part of a UTC day; the default workspace has its real id."""
        ...

    def refreshed_at(self, now: datetime) -> datetime:
        """Up to when the bill is known at a moment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What rows are asked for: `groupings` and `filters` name dimensions."""

    groupings: frozenset[str]
    filters: Mapping[str, frozenset[str]]


def bucket_rows(lines: Iterable[KeyedLine], asked: Asked) -> Iterator[tuple[Row, Decimal, Decimal]]:
    """A bucket's groups with their amounts and list amounts; what cost nothing is no row."""
    amounts: defaultdict[tuple[Any, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in lines:
        if passes(line, asked.filters):
            total = amounts[tuple(getattr(line, name, None) for name in sorted(asked.groupings))]
            total[0] += line.cents
            total[1] += line.list_cents
    for values, (cents, list_cents) in amounts.items():
        if cents or list_cents:
            named = dict(zip(sorted(asked.groupings), values, strict=True))
            group = {name: named.get(name) for name in DIMENSIONS}
            yield {**group, "actor": people.actor_of(group["actor"])}, cents, list_cents


def passes(line: KeyedLine, filters: Mapping[str, frozenset[str]]) -> bool:
    """Whether a line is one of those asked for."""
    return all(
        (getattr(line, name, None) or (NOT_AVAILABLE if name == "inference_geo" else None)) in allowed
        for name, allowed in filters.items()
    )
