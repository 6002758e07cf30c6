"""What spend can be broken down by: for each grouping its title, where its values come from, and what they are called.

A grouping is one word of `Grouping` and one entry of `GROUPS`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from bot.model import BILLED_TOKENS, Names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.analysis.calendar import Unit
    from bot.model import Dimension, NanoUsd

Grouping: TypeAlias = Literal[
    "workspace",
    "model",
    "key",
    "person",
    "day",
    "week",
    "month",
    "type",
    "tier",
    "token",
    "org",
    "team",
    "cost_center",
    "service",
    "product",
    "environment",
]

Words: TypeAlias = tuple[str, ...]
"""What a row of a breakdown is about, a word for each of its groupings: ids, or names where there are no ids."""

GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

OWNED: tuple[Grouping, ...] = ("team", "cost_center", "service", "product", "environment")
"""The groupings that no bill knows: they follow from who owns what."""

UNOWNED_ROW = "unowned"
"""The row of what nobody owns; it is never left out."""

NO_MODEL_ROW = "no_model"
"""The row of cost that belongs to no model."""

CONSOLE = "console"
"""The row of usage without an API key."""

NOT_ATTRIBUTABLE = "not_attributable"
"""The row of cost that has no tokens, and so no key."""

NO_PERSON = "no_person"
"""The row of usage without an account: most API keys, service accounts."""

NO_TOKENS = "no_tokens"
"""The row of cost that is not for tokens."""

NO_TYPE = "no_type"
"""The row of cost the bill gives no type."""

NO_TIER = "no_tier"
"""The row of cost that has no service tier, because it is not for tokens."""

LABELS = {
    NO_MODEL_ROW: "No model (code execution, search, …)",
    CONSOLE: "Console and logins",
    NOT_ATTRIBUTABLE: "Not attributable to a key",
    NO_PERSON: "No person",
    NO_TOKENS: "No tokens (code execution, search, …)",
    NO_TYPE: "Without a type",
    NO_TIER: "No tier (code execution, search, …)",
    UNOWNED_ROW: "Unowned",
    "session_usage": "Sessions",
    "cache_write_5m": "Cache write, 5 minutes",
    "cache_write_1h": "Cache write, 1 hour",
}


def in_words(name: str) -> str:
    """One of the API's own names as people write it, so that new ones can be read too.

    >>> in_words("web_search")
    'Web search'
    """
    return name.replace("_", " ").capitalize()


def token_kind(token_type: str) -> str:
    """The row id of one of the bill's token types: kinds of tokens as `Tokens` names them, others as they come.

    >>> token_kind("cache_read_input_tokens"), token_kind("")
    ('cache_read', 'no_tokens')
    """
    return BILLED_TOKENS.get(token_type, token_type) or NO_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One grouping.

    `dimension` is the bill's own that it groups by; None where the bill has none, and its lines are shared instead.
    `unit` is there where rows are stretches of time. `row_id` makes a row id of one of its values, and `named` a label
    of a row id; `own_labels` are of rows that other groupings call otherwise.
    """

    title: str
    dimension: Dimension | None
    unit: Unit | None = None
    row_id: Callable[[str], str] = str
    named: Callable[[Names, str], str] = lambda _names, row_id: row_id
    own_labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, row_id: str, names: Names) -> str:
        """What people call a row."""
        return self.own_labels.get(row_id) or LABELS.get(row_id) or self.named(names, row_id)


def owned(title: str, *, none: str = "") -> Group:
    """A grouping by what ownership says; `none` is the row of what is somebody's and has no such word."""
    return Group(
        title=title,
        dimension=None,
        row_id=lambda value: value or UNOWNED_ROW,
        own_labels={none: f"No {title.lower()}"} if none else {},
    )


GROUPS: dict[Grouping, Group] = {
    "workspace": Group(title="Workspace", dimension="workspace", named=Names.workspace),
    "model": Group(title="Model", dimension="model", row_id=lambda model: model or NO_MODEL_ROW),
    "key": Group(title="API key", dimension=None, named=Names.api_key),
    "person": Group(
        title="Person",
        dimension=None,
        named=Names.person,
        own_labels={NOT_ATTRIBUTABLE: "Not attributable to a person"},
    ),
    "day": Group(title="UTC day", dimension="day", unit="day", named=Names.stretch),
    "week": Group(title="ISO week", dimension="day", unit="week", named=Names.stretch),
    "month": Group(title="Month", dimension="day", unit="month", named=Names.stretch),
    "type": Group(
        title="Type",
        dimension="cost_type",
        row_id=lambda cost_type: cost_type or NO_TYPE,
        named=lambda _names, row_id: in_words(row_id),
    ),
    "tier": Group(
        title="Tier",
        dimension="service_tier",
        row_id=lambda tier: tier or NO_TIER,
        named=lambda _names, row_id: in_words(row_id),
    ),
    "token": Group(
        title="Tokens",
        dimension="token_type",
        row_id=token_kind,
        named=lambda _names, row_id: in_words(row_id),
    ),
    "org": Group(title="Organisation", dimension=None, named=Names.organization_name),
    "team": owned("Team"),
    "cost_center": owned("Cost centre", none="no_cost_center"),
    "service": owned("Service", none="no_service"),
    "product": owned("Product", none="no_product"),
    "environment": owned("Environment", none="no_environment"),
}


def time_in(by: Sequence[Grouping]) -> Grouping | None:
    """The one of some groupings whose rows are stretches of time.

    >>> time_in(("model", "week")), time_in(("model",))
    ('week', None)
    """
    return next((grouping for grouping in by if GROUPS[grouping].unit), None)


def row_ids(spend: Mapping[Words, NanoUsd], by: Sequence[Grouping]) -> dict[Words, NanoUsd]:
    """Spend by the values of some groupings, under row ids.

    >>> row_ids({("", "cache_read_input_tokens"): 3, ("", ""): 5}, ["model", "token"])
    {('no_model', 'cache_read'): 3, ('no_model', 'no_tokens'): 5}
    """
    called = [GROUPS[grouping].row_id for grouping in by]
    totals: defaultdict[Words, NanoUsd] = defaultdict(int)
    for values, amount in spend.items():
        totals[tuple([row_id(value) for row_id, value in zip(called, values, strict=True)])] += amount
    return dict(totals)


class Labels(dict[str, str]):
    """What the rows of a grouping are called, each found out once: crossed with others the same ones come often."""

    def __init__(self, grouping: Grouping, names: Names) -> None:
        self.group = GROUPS[grouping]
        self.names = names

    def __missing__(self, row_id: str) -> str:
        label = self[row_id] = self.group.label(row_id, self.names)
        return label


def labelled(by: Sequence[Grouping], names: Names) -> Callable[[Words], Words]:
    """What rows are called: a label for each of their groupings."""
    columns = [Labels(grouping, names) for grouping in by]
    return lambda ids: tuple([column[row_id] for column, row_id in zip(columns, ids, strict=True)])
