"""A simulated organisation: what it used, what it is billed, and what its Admin API would report at a moment.

It is an oracle for the bot and shares nothing with it: a price list of its own, sums of its own in exact decimal
cents. Everything follows from `today`, `days` and `seed`, day by day and without end, so that a clock may run on.
Deviations are put in by hooks: `restate`, `hold_back`, `charge`, `rename_workspace`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bot.sandbox import people, scenario
from bot.sandbox.analytics import KeyedLine, keyed_other
from bot.sandbox.price_list import (
    HOURLY_CENTS,
    HOURLY_WORDS,
    TOKEN_KINDS,
    TOKEN_TYPES,
    UNBILLED_TIERS,
    UNLISTED,
    WEB_SEARCH_CENTS,
    cents_per_token,
    listed_cents_per_token,
)
from bot.sandbox.stories import COUNTS, DAY_SECONDS, Usage, marked, part_of, reached

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from bot.model import Interval
    from bot.sandbox.entries import ApiKeyEntry, WorkspaceEntry
    from bot.sandbox.stories import Running, Stream

COST_LAG = timedelta(hours=2)
"""How far the bill is behind."""

USAGE_LAG = timedelta(minutes=5)
"""How far the usage report is behind."""

ONE_DAY = timedelta(days=1)

Row: TypeAlias = dict[str, Any]

USAGE_DIMENSIONS = ("workspace_id", "api_key_id", "model", "service_tier", "context_window", "inference_geo")
UNKNOWN_DIMENSIONS = ("service_account_id", "speed")
"""What the API can group by and nobody here has."""

DESCRIPTION_FIELDS = (
    "description",
    "model",
    "cost_type",
    "token_type",
    "service_tier",
    "context_window",
    "inference_geo",
)


class BilledLine(NamedTuple):
    """One line of a day's bill: `amount` in exact cents; a null workspace is the default one."""

    workspace_id: str | None
    description: str
    model: str | None
    cost_type: str
    token_type: str | None
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An amount on the bill that comes from no usage: a session, a credit (negative)."""

    workspace_id: str | None
    cost_type: str
    description: str
    cents: Decimal

    def line(self) -> BilledLine:
        """As the bill shows it."""
        return other_line(self.workspace_id, self.cost_type, self.description, self.cents)


class SimulatedOrganization:
    """Workspaces, keys, usage and a bill for every day from `founded` on, without end."""

    stories = scenario.Stories()

    def __init__(
        self,
        *,
        name: str,
        founded: date,
        seed: int,
        workspaces: Iterable[WorkspaceEntry],
        api_keys: Iterable[ApiKeyEntry],
        streams: Sequence[Stream],
        running: Sequence[Running],
        discount_percent: Decimal = Decimal(0),
    ) -> None:
        self.id = "7c1d6f0a-52b8-4c5e-9a41-3f0d8e2b9c11"
        self.name = name
        self.founded = founded
        self.workspaces = list(workspaces)
        self.api_keys = list(api_keys)
        self.users = list(people.USERS)
        self._seed = seed
        self._streams = streams
        self._running = running
        self._kept = 1 - discount_percent / 100
        self._usage: dict[date, list[Usage]] = {}
        self._whole_days: dict[date, list[BilledLine]] = {}
        self._charges: dict[date, list[Charge]] = defaultdict(list)
        self._restatements: dict[tuple[date, str | None], Decimal] = {}
        self._held_back: dict[date, datetime] = {}
        self._corrections: list[tuple[date, *tuple[Hashable, ...]]] = []
        self._made_of: tuple[Hashable, ...] = ()
        self._add(founded, seed, tuple(self.workspaces), tuple(streams), tuple(running), discount_percent)

    # --- Hooks ---

    def restate(self, day: date, workspace_id: str | None, factor: Decimal | str) -> None:
        """Multiply a workspace's bill of a day, from now on, as a correction by Anthropic would."""
        self._corrections.append((day, "restated", workspace_id, factor))
        known = self._restatements.get((day, workspace_id), Decimal(1))
        self._restatements[day, workspace_id] = known * Decimal(factor)

    def hold_back(self, day: date, *, until: datetime) -> None:
        """Let the bill know nothing of a day until that moment: a day that comes late."""
        self._corrections.append((day, "held back", until))
        self._held_back[day] = until

    def charge(self, day: date, charge: Charge) -> None:
        """Put something else on a day's bill; negative cents are a credit."""
        self._corrections.append((day, "charged", charge))
        self._charges[day].append(charge)

    def open_workspace(self, workspace: WorkspaceEntry, *streams: Stream) -> None:
        """Add a workspace and the work that is done there, as if both had been there all along."""
        self.workspaces = [*self.workspaces, workspace]
        self._streams = [*self._streams, *streams]
        self._usage.clear()
        self._whole_days.clear()
        self._add(workspace, *streams)

    def rename_workspace(self, workspace_id: str, name: str) -> None:
        """Change a workspace's name; its id stays."""
        self.workspaces = [replace(w, name=name) if w.id == workspace_id else w for w in self.workspaces]

    def mark_ids(self, mark: str) -> None:
        """Put a mark at the end of every id of a workspace or key: no two organisations have one in common."""
        self.workspaces = [replace(each, id=f"{each.id}{mark}") for each in self.workspaces]
        homes = {each.id: each for each in self.workspaces}
        self.api_keys = [
            replace(each, id=f"{each.id}{mark}", workspace=homes[f"{each.workspace.id}{mark}"])
            for each in self.api_keys
        ]
        self._streams = [each.marked(mark) for each in self._streams]
        self._running = [replace(each, workspace_id=marked(each.workspace_id, mark)) for each in self._running]
        self._add("marked", mark)

    def answers_at(self, now: datetime) -> dict[Hashable, Any]:
        """What was answered at this moment about times that were not over."""
        return passing_answers_of(self._made_of, now)

    def corrections(self, *, since: datetime, until: datetime) -> tuple[Hashable, ...]:
        """What was done to the bill of the days in a range: an answer about them is another one since."""
        return tuple(each for each in self._corrections if since.date() <= each[0] and midnight_of(each[0]) < until)

    def _add(self, *what: Hashable) -> None:
        self._made_of = (*self._made_of, what)
        self.answers = answers_of(self._made_of)

    # --- What is true ---

    def usage_on(self, day: date) -> list[Usage]:
        """A whole day's usage, one row per key, model, tier, context window and geo."""
        if day < self.founded:
            return []
        if day not in self._usage:
            self._usage[day] = [row for stream in self._streams for row in used_on(stream, day, self._seed)]
        return self._usage[day]

    def invoice(self, interval: Interval) -> Decimal:
        """The bill of whole days, as finally settled, in exact cents.

        Added up from each key's tokens, without the lines that `cost_results` reports.
        """
        return sum((self._invoice_of(day) for day in interval.days()), Decimal(0))

    def invoice_by_workspace(self, interval: Interval) -> dict[str | None, Decimal]:
        """The same per workspace; None is the default one."""
        total: defaultdict[str | None, Decimal] = defaultdict(Decimal)
        for day in interval.days():
            for workspace_id, cents in self._items_of(day):
                total[workspace_id] += cents * self._restated(day, workspace_id)
        return dict(total)

    def _invoice_of(self, day: date) -> Decimal:
        return sum((cents * self._restated(day, where) for where, cents in self._items_of(day)), Decimal(0))

    def _items_of(self, day: date) -> Iterator[tuple[str | None, Decimal]]:
        for row in self.usage_on(day):
            if row.service_tier not in UNBILLED_TIERS:
                yield row.workspace_id, listed_cents(row) * self._kept
            yield row.workspace_id, row.web_searches * WEB_SEARCH_CENTS
        for running in self._running_on(day):
            yield running.workspace_id, running.hours_on(day) * HOURLY_CENTS[running.cost_type]
        for charge in self._charges[day]:
            yield charge.workspace_id, charge.cents

    def listed(self, interval: Interval) -> Decimal:
        """Whole days' tokens, also those a contract pays for, and searches at public prices, in exact cents."""
        usage = [row for day in interval.days() for row in self.usage_on(day)]
        tokens = sum((listed_cents(row) for row in usage if row.model not in UNLISTED), Decimal(0))
        return tokens + sum(row.web_searches for row in usage) * WEB_SEARCH_CENTS

    def differences(self, interval: Interval) -> dict[str, Decimal]:
        """What the invoice has beyond the listed prices, by cause, in exact cents; together with them it adds up."""
        totals: defaultdict[str, Decimal] = defaultdict(Decimal)
        for day in interval.days():
            for cause, cents in self._differences_on(day):
                totals[cause] += cents
        return {cause: cents for cause, cents in totals.items() if cents}

    def _differences_on(self, day: date) -> Iterator[tuple[str, Decimal]]:
        for row in self.usage_on(day):
            yield from self._differences_of(row, self._restated(day, row.workspace_id))
        for running in self._running_on(day):
            cents = running.hours_on(day) * HOURLY_CENTS[running.cost_type]
            yield running.cost_type, cents * self._restated(day, running.workspace_id)
        for charge in self._charges[day]:
            yield charge.cost_type, charge.cents * self._restated(day, charge.workspace_id)

    def _differences_of(self, row: Usage, restated: Decimal) -> Iterator[tuple[str, Decimal]]:
        cents = listed_cents(row)
        yield "restated", row.web_searches * WEB_SEARCH_CENTS * (restated - 1)
        if row.service_tier in UNBILLED_TIERS:
            yield "priority_tier", -cents
        elif row.model in UNLISTED:
            yield "unpriced_model", cents * self._kept * restated
        else:
            yield "discount", cents * (self._kept - 1)
            yield "restated", cents * self._kept * (restated - 1)

    def _running_on(self, day: date) -> Sequence[Running]:
        return self._running if day >= self.founded else ()

    def _restated(self, day: date, workspace_id: str | None) -> Decimal:
        return self._restatements.get((day, workspace_id), Decimal(1))

    # --- What is reported ---

    def bill(self, day: date, *, now: datetime) -> list[BilledLine]:
        """The lines of a day's bill as far as it is known at a moment."""
        second = self._billed_until(day, now)
        if second == 0:
            return []
        tokens = self._whole_day(day) if second == DAY_SECONDS else self._token_lines(day, second)
        lines = [*tokens, *self._other_lines(day, second)]
        return [line._replace(amount=line.amount * self._restated(day, line.workspace_id)) for line in lines]

    def cost_results(self, day: date, *, grouping: frozenset[str], now: datetime) -> list[Row]:
        """The rows of a day's bucket of the cost report."""
        totals: defaultdict[BilledLine, Decimal] = defaultdict(Decimal)
        for line in self.bill(day, now=now):
            totals[ungrouped(line, grouping)] += line.amount
        return [cost_row(line, amount) for line, amount in totals.items()]

    def usage_results(
        self,
        *,
        since: datetime,
        until: datetime,
        grouping: frozenset[str],
        filters: Mapping[str, frozenset[str]],
        now: datetime,
    ) -> list[Row]:
        """The rows of a bucket of the usage report; a bucket lies within one UTC day."""
        known_until = min(until, now - USAGE_LAG)
        if known_until <= since:
            return []
        midnight = midnight_of(since.date())
        start, end = (int((moment - midnight).total_seconds()) for moment in (since, known_until))
        parts = [part_of(row, from_second=start, to_second=end) for row in self.usage_on(since.date())]
        rows = [row for row in parts if matches(row, filters)]
        if "account_id" not in grouping:
            return usage_rows(rows, grouping, account_id=None)
        return [
            row
            for account_id, used in people.by_account(rows).items()
            for row in usage_rows(used, grouping, account_id=account_id)
        ]

    def claude_code_results(self, day: date, *, now: datetime) -> list[Row]:
        """The records of a day of the Claude Code report."""
        known = (now - people.CLAUDE_CODE_LAG - midnight_of(day)).total_seconds()
        second = int(min(max(known, 0), DAY_SECONDS))
        rows = [part_of(row, from_second=0, to_second=second) for row in self.usage_on(day)]
        return people.claude_code_records([row for row in rows if row.output], day)

    def refreshed_at(self, now: datetime) -> datetime:
        """Up to when the bill is known at a moment: to the day that is held back, if one is."""
        late = (midnight_of(day) for day, until in self._held_back.items() if now < until)
        return min([now - COST_LAG, *late])

    def keyed_lines(self, *, since: datetime, until: datetime) -> Iterator[KeyedLine]:
        """The bill of a part of a UTC day, by key; restatements are in it."""
        day = since.date()
        start, end = (int((moment - midnight_of(day)).total_seconds()) for moment in (since, until))
        for line in [*self._keyed_usage(day, start, end), *self._keyed_other(day, start, end)]:
            factor = self._restated(day, line.workspace_id)
            real_id = line.workspace_id or self.default_workspace.id
            cents, list_cents = line.cents * factor, line.list_cents * factor
            yield line._replace(workspace_id=real_id, cents=cents, list_cents=list_cents)

    def _keyed_usage(self, day: date, start: int, end: int) -> Iterator[KeyedLine]:
        parts = [part_of(row, from_second=start, to_second=end) for row in self.usage_on(day)]
        for account_id, rows in people.by_account(parts).items():
            for row in rows:
                actor = account_id or row.api_key_id
                yield from (line._replace(actor=actor) for line in self._keyed_part(row))

    def _keyed_part(self, part: Usage) -> Iterator[KeyedLine]:
        where, who, model, tier, window, geo = part[:6]
        for kind in TOKEN_KINDS:
            cents = getattr(part, kind) * cents_per_token(model, kind, service_tier=tier, inference_geo=geo)
            words = ("tokens", model, TOKEN_TYPES[kind], tier, window, geo)
            yield KeyedLine(where, who, *words, cents * self._kept, cents)
        yield keyed_other(where, who, "web_search", part.web_searches * WEB_SEARCH_CENTS)

    def _keyed_other(self, day: date, start: int, end: int) -> Iterator[KeyedLine]:
        for running in self._running_on(day):
            hours = reached(running.hours_on(day), end) - reached(running.hours_on(day), start)
            yield keyed_other(running.workspace_id, None, running.cost_type, hours * HOURLY_CENTS[running.cost_type])
        for charge in self._charges[day] if start == 0 < end else []:
            yield keyed_other(charge.workspace_id, None, charge.cost_type, charge.cents)

    def _billed_until(self, day: date, now: datetime) -> int:
        if day in self._held_back and now < self._held_back[day]:
            return 0
        known = (now - COST_LAG - midnight_of(day)).total_seconds()
        return int(min(max(known, 0), DAY_SECONDS))

    def _whole_day(self, day: date) -> list[BilledLine]:
        """A whole day's tokens; they never change, what is made of them does."""
        if day not in self._whole_days:
            self._whole_days[day] = list(self._token_lines(day, DAY_SECONDS))
        return self._whole_days[day]

    def _token_lines(self, day: date, second: int) -> Iterator[BilledLine]:
        tokens: Counter[tuple[str | None, str, str, str, str, str]] = Counter()
        for usage in self.usage_on(day):
            part = part_of(usage, from_second=0, to_second=second)
            for kind in TOKEN_KINDS:
                tokens[part.workspace_id, *part[2:6], kind] += getattr(part, kind)
        for (workspace_id, model, tier, window, geo, kind), count in tokens.items():
            if count and tier not in UNBILLED_TIERS:
                amount = count * cents_per_token(model, kind, service_tier=tier, inference_geo=geo) * self._kept
                text = describe(model, kind, tier)
                yield BilledLine(workspace_id, text, model, "tokens", TOKEN_TYPES[kind], tier, window, geo, amount)

    def _other_lines(self, day: date, second: int) -> Iterator[BilledLine]:
        searches: Counter[str | None] = Counter()
        for usage in self.usage_on(day):
            searches[usage.workspace_id] += reached(usage.web_searches, second)
        for workspace_id, count in searches.items():
            if count:
                yield other_line(workspace_id, "web_search", "Web Search Usage", count * WEB_SEARCH_CENTS)
        for running in self._running_on(day):
            hours = reached(running.hours_on(day), second)
            if hours:
                kind = running.cost_type
                yield other_line(running.workspace_id, kind, HOURLY_WORDS[kind], hours * HOURLY_CENTS[kind])
        yield from (charge.line() for charge in self._charges[day])

    @cached_property
    def default_workspace(self) -> WorkspaceEntry:
        """The one that reports call null."""
        return next(workspace for workspace in self.workspaces if workspace.is_default)


def simulated_organization(
    *, today: date, days: int = 120, seed: int = 1, discount_percent: Decimal = Decimal(0)
) -> SimulatedOrganization:
    """An organisation with `days` of history before `today` and the stories of `scenario` in it.

    On `today` − 1 an alert is to speak for the first time, and of `stories.broken_cache` alone. The discount is off
    tokens and off nothing else.
    """
    founded = today - timedelta(days=days)
    workspaces = scenario.build_workspaces(today, founded=founded)
    return SimulatedOrganization(
        name="Meridian Robotics",
        founded=founded,
        seed=seed,
        workspaces=workspaces,
        api_keys=scenario.build_api_keys(workspaces),
        streams=scenario.build_streams(today),
        running=scenario.build_running(today),
        discount_percent=discount_percent,
    )


def second_organization(*, today: date, days: int = 120, seed: int = 2) -> SimulatedOrganization:
    """Another organisation with the same stories, amounts and ids of its own, for whoever has two."""
    organization = simulated_organization(today=today, days=days, seed=seed)
    organization.id = "e0b4a7d2-91c3-4f68-8d5e-6a7f2c1b0d34"
    organization.name = "Meridian Europe"
    organization.mark_ids("Eu")
    return organization


@cache
def used_on(stream: Stream, day: date, seed: int) -> tuple[Usage, ...]:
    """A stream's day: the same for every organisation that has this stream and seed, so made once."""
    return tuple(stream.usage_on(day, seed=seed))


@lru_cache(maxsize=16)
def answers_of(made_of: tuple[Hashable, ...]) -> dict[Hashable, Any]:
    """What was answered about times that were over: the same for every organisation made of the same, so made once."""
    del made_of
    return {}


@lru_cache(maxsize=64)
def passing_answers_of(made_of: tuple[Hashable, ...], now: datetime) -> dict[Hashable, Any]:
    """What was answered at one moment: where the clock stands still, as in tests, that is often asked again."""
    del made_of, now
    return {}


def listed_cents(usage: Usage) -> Decimal:
    """What one key's tokens cost before a discount, and without the contract that may pay for them."""
    tokens = (
        getattr(usage, kind)
        * listed_cents_per_token(usage.model, kind, service_tier=usage.service_tier, inference_geo=usage.inference_geo)
        for kind in TOKEN_KINDS
    )
    return sum(tokens, Decimal(0))


def describe(model: str, kind: str, service_tier: str) -> str:
    """The bill's words for a line of tokens; nobody should parse them."""
    tier = " (Batch)" if service_tier == "batch" else ""
    words = {
        "uncached_input": "Input Tokens",
        "output": "Output Tokens",
        "cache_read": "Input Tokens, Cache Hit",
        "cache_write_5m": "Input Tokens, Cache Write 5m",
        "cache_write_1h": "Input Tokens, Cache Write 1h",
    }
    return f"{model.replace('-', ' ').title()} Usage{tier} - {words[kind]}"


def other_line(workspace_id: str | None, cost_type: str, description: str, amount: Decimal) -> BilledLine:
    """A line that is not tokens: its model, tier, window and geo are null."""
    return BilledLine(workspace_id, description, None, cost_type, None, None, None, None, amount)


def ungrouped(line: BilledLine, grouping: frozenset[str]) -> BilledLine:
    """A line with every dimension nulled that was not asked for, and without its amount: what rows are added up by."""
    hidden: dict[str, Any] = {"amount": Decimal(0)}
    if "workspace_id" not in grouping:
        hidden["workspace_id"] = None
    if "description" not in grouping:
        hidden |= dict.fromkeys(DESCRIPTION_FIELDS)
    return line._replace(**hidden)


def cost_row(line: BilledLine, amount: Decimal) -> Row:
    """A row of the cost report."""
    return {"currency": "USD", "amount": plain(amount), **{k: v for k, v in line._asdict().items() if k != "amount"}}


def plain(cents: Decimal) -> str:
    """Cents as the API writes them: no exponent, no zeros at the end.

    >>> plain(Decimal("291.90150"))
    '291.9015'
    >>> plain(Decimal("1E+2"))
    '100'
    """
    text = format(cents, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def matches(usage: Usage, filters: Mapping[str, frozenset[str]]) -> bool:
    """Whether a row passes the filters, given as the values allowed for a dimension."""
    return all(getattr(usage, dimension, None) in allowed for dimension, allowed in filters.items())


def usage_rows(usage: Iterable[Usage], grouping: frozenset[str], *, account_id: str | None) -> list[Row]:
    """Rows of the usage report, added up over every dimension that was not asked for; empty ones left out."""
    many = len(USAGE_DIMENSIONS)
    asked = [name in grouping for name in USAGE_DIMENSIONS]
    totals: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in usage:
        key = tuple(value if wanted else None for value, wanted in zip(row[:many], asked, strict=True))
        totals[key] = tuple(map(add, totals[key], row[many:])) if key in totals else row[many:]
    return [
        usage_row(key, dict(zip(COUNTS, counts, strict=True))) | {"account_id": account_id}
        for key, counts in totals.items()
        if any(counts)
    ]


def usage_row(key: tuple[str | None, ...], counts: Mapping[str, int]) -> Row:
    """A row of the usage report."""
    return {
        "uncached_input_tokens": counts["uncached_input"],
        "cache_creation": {
            "ephemeral_1h_input_tokens": counts["cache_write_1h"],
            "ephemeral_5m_input_tokens": counts["cache_write_5m"],
        },
        "cache_read_input_tokens": counts["cache_read"],
        "output_tokens": counts["output"],
        "server_tool_use": {"web_search_requests": counts["web_searches"]},
        **dict(zip(USAGE_DIMENSIONS, key, strict=True)),
        **dict.fromkeys(UNKNOWN_DIMENSIONS),
    }


def midnight_of(day: date) -> datetime:
    """The instant a UTC day begins."""
    return datetime.combine(day, time(), tzinfo=UTC)
