"""An organisation at bench size, its JSON written straight from integers so that the server is never the bottleneck.

200 workspaces × 12 models over 400 days are one million rows of cost and nearly as many of usage. Each workspace bills
one line per model, in one kind of token, and every second one a line without tokens. Ten of the models belong to a key
each, the others to the Console. Some workspaces treble from `today` − 2 on. All figures are integers: tokens, and
tokens × dollars per million, which is the amount in ten-thousandths of a cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.sandbox.admin_api.answers import bad_request
from bot.sandbox.entries import ApiKeyEntry, WorkspaceEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.model import Interval
    from bot.sandbox.organization import Row
    from bot.sandbox.people import UserEntry

COST_GROUPING = frozenset({"workspace_id", "description"})
USAGE_GROUPING = frozenset({"workspace_id", "api_key_id", "model", "service_tier", "context_window"})
HOUR_GROUPING = USAGE_GROUPING - {"api_key_id"}

PERCENTS = tuple(80 + (position * position * 37 + position * 11) % 41 for position in range(101))
"""How a day differs from the average; read at a stride, so that neighbours differ."""

RHYTHM = (118, 120, 121, 119, 116, 56, 50)
"""Percent by weekday, Monday first."""

SURGE_EVERY = 40
"""One workspace in so many trebles."""

CODE_EXECUTION = 500_000
"""An average day's container hours of a workspace, in ten-thousandths of a cent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series: the JSON before its figure, its average tokens a day, its price in whole dollars per million."""

    cost_head: str
    usage_head: str
    hour_head: str
    usage_tail: str
    average: int
    price: int
    surges: bool


class BigOrganization:
    """Answers the two reports with the groupings the bot asks for, and no others; days and hours are always whole."""

    def __init__(self, *, today: date, workspaces: int, models: int, keys: int, days: int) -> None:
        self.id = "0b1c9a52-77e0-4d0e-8f63-b1600000b166"
        self.name = "Big organisation"
        self.today = today
        self.founded = today - timedelta(days=days)
        founded_at = datetime.combine(self.founded, time(), tzinfo=UTC)
        self.workspaces = [workspace_entry(index, founded_at) for index in range(workspaces)]
        self.api_keys = [
            ApiKeyEntry(
                id=f"apikey_{index:06d}",
                name=f"Key {index}",
                status="active",
                workspace=self.workspaces[index % workspaces],
                created_at=founded_at,
            )
            for index in range(keys)
        ]
        self.users: list[UserEntry] = []
        self._lines = [
            line_of(w, m, keys=keys, workspaces=workspaces) for w in range(workspaces) for m in range(models)
        ]
        self._other_heads = [other_head(index) for index in range(0, workspaces, 2)]

    def cost_results(self, day: date, *, grouping: frozenset[str], now: datetime) -> bytes:
        """A day's rows as a JSON array."""
        del now
        require(grouping, COST_GROUPING)
        if day < self.founded:
            return b"[]"
        lines = zip(self._lines, self._tokens(day), strict=True)
        amounts = [(line.cost_head, tokens * line.price) for line, tokens in lines]
        amounts += [(head, CODE_EXECUTION) for head in self._other_heads]
        rows = [f'{head}{amount // 10_000}.{amount % 10_000:04d}"}}' for head, amount in amounts]
        return f"[{','.join(rows)}]".encode()

    def usage_results(
        self,
        *,
        since: datetime,
        until: datetime,
        grouping: frozenset[str],
        filters: Mapping[str, frozenset[str]],
        now: datetime,
    ) -> bytes:
        """A day's rows as a JSON array, or those of an hour, which has a part of them and no keys."""
        del now
        is_hour = until - since == timedelta(hours=1)
        require(grouping, HOUR_GROUPING if is_hour else USAGE_GROUPING)
        if filters or not (is_hour or until - since == timedelta(days=1)):
            raise bad_request("The big organisation has only whole days and hours, unfiltered")
        if since.date() < self.founded:
            return b"[]"
        lines = zip(self._lines, self._tokens(since.date()), strict=True)
        if is_hour:
            rows = [f"{line.hour_head}{tokens // 24}{line.usage_tail}" for line, tokens in lines]
        else:
            rows = [f"{line.usage_head}{tokens}{line.usage_tail}" for line, tokens in lines]
        return f"[{','.join(rows)}]".encode()

    def claude_code_results(self, day: date, *, now: datetime) -> list[Row]:
        """Nobody uses Claude Code here."""
        del day, now
        return []

    def invoice(self, interval: Interval) -> Decimal:
        """The bill of whole days in exact cents."""
        days = [day for day in interval.days() if day >= self.founded]
        return Decimal(sum(self._total(day) for day in days)).scaleb(-4)

    def _total(self, day: date) -> int:
        tokens = sum(line.price * count for line, count in zip(self._lines, self._tokens(day), strict=True))
        return tokens + len(self._other_heads) * CODE_EXECUTION

    def _tokens(self, day: date) -> list[int]:
        ordinal = day.toordinal()
        rhythm = RHYTHM[day.weekday()]
        surge = 3 if day >= self.today - timedelta(days=2) else 1
        return [
            line.average * rhythm * PERCENTS[(position * 7 + ordinal) % 101] // 10_000 * (surge if line.surges else 1)
            for position, line in enumerate(self._lines)
        ]


def big_organization(
    *, today: date, workspaces: int = 200, models: int = 12, keys: int = 2_000, days: int = 400
) -> BigOrganization:
    """`workspaces` × `models` lines of cost a day for `days` days before `today`, and on."""
    return BigOrganization(today=today, workspaces=workspaces, models=models, keys=keys, days=days)


def workspace_entry(index: int, founded_at: datetime) -> WorkspaceEntry:
    """The first workspace is the default one."""
    return WorkspaceEntry(
        id=f"wrkspc_{index:06d}", name=f"Workspace {index}", created_at=founded_at, is_default=index == 0
    )


def line_of(workspace: int, model: int, *, keys: int, workspaces: int) -> Line:
    """A workspace's use of a model: input for even ones, output for odd ones; by a key as long as there are any."""
    where = "null" if workspace == 0 else f'"wrkspc_{workspace:06d}"'
    key = model * workspaces + workspace
    name = f"claude-bench-{model}"
    tokens = "output_tokens" if model % 2 else "uncached_input_tokens"
    return Line(
        cost_head=cost_head(where, f'"{name}"', ("tokens", f'"{tokens}"', '"standard"', '"0-200k"', '"global"')),
        usage_head=usage_head(where, f'"apikey_{key:06d}"' if key < keys else "null", name, tokens),
        hour_head=usage_head(where, "null", name, tokens),
        usage_tail="}",
        average=(workspace * 7919 + model * 104_729) % 900_000 + 100_000,
        price=1 + model,
        surges=workspace % SURGE_EVERY == SURGE_EVERY - 1,
    )


def cost_head(workspace: str, model: str, dimensions: tuple[str, str, str, str, str]) -> str:
    """A cost row's JSON up to its amount."""
    cost_type, token_type, tier, window, geo = dimensions
    return (
        f'{{"currency":"USD","workspace_id":{workspace},"description":"Usage","model":{model},"cost_type":"{cost_type}",'
        f'"token_type":{token_type},"service_tier":{tier},"context_window":{window},"inference_geo":{geo},"amount":"'
    )


def other_head(workspace: int) -> str:
    """The same for a line without tokens."""
    where = "null" if workspace == 0 else f'"wrkspc_{workspace:06d}"'
    return cost_head(where, "null", ("code_execution", "null", "null", "null", "null"))


def usage_head(workspace: str, key: str, model: str, tokens: str) -> str:
    """A usage row's JSON up to its one count that is not zero."""
    zero = "output_tokens" if tokens == "uncached_input_tokens" else "uncached_input_tokens"
    return (
        f'{{"workspace_id":{workspace},"api_key_id":{key},"model":"{model}","service_tier":"standard",'
        f'"context_window":"0-200k","inference_geo":null,"account_id":null,"service_account_id":null,"speed":null,'
        f'"cache_creation":{{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0}},"cache_read_input_tokens":0,'
        f'"server_tool_use":{{"web_search_requests":0}},"{zero}":0,"{tokens}":'
    )


def require(grouping: frozenset[str], needed: frozenset[str]) -> None:
    """Refuse any other grouping: the JSON is made for this one."""
    if grouping != needed:
        raise bad_request(f"The big organisation answers only when grouped by {', '.join(sorted(needed))}")
