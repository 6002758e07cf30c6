"""Small changes for tests: what a workspace used on one day, and on the same weekday before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.ask_why import parse_why
from bot.analysis.cache import TYPE_OF
from bot.analysis.explanation import About, explain_lines
from bot.analysis.why import explain
from bot.model import WorkspaceLines
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    NOW,
    OPUS,
    TODAY,
    YESTERDAY,
    cost_line,
    fetched_days,
    last_days,
    other_cost_line,
    tokens,
    usage_line,
)
from tests.builders import names as some_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bot.analysis.explanation import Explanation
    from bot.analysis.why import Why
    from bot.model import CostLine, FetchedDay, KeyCostLine, Names, UsageLine

BEFORE = YESTERDAY - timedelta(days=7)
OPUS_PRICES = {
    "uncached_input": "5",
    "output": "25",
    "cache_read": "0.50",
    "cache_write_5m": "6.25",
    "cache_write_1h": "10",
}
"""Dollars per million tokens."""


def workspace_lines(
    cost: Iterable[CostLine] = (),
    usage: Iterable[UsageLine] = (),
    *,
    key_cost: Iterable[KeyCostLine] = (),
) -> WorkspaceLines:
    """What is stored of a workspace."""
    return WorkspaceLines(sorted(cost), sorted(usage), sorted(key_cost))


def used(
    day: date = YESTERDAY,
    *,
    key: str = CI_KEY,
    model: str = OPUS,
    tier: str = "standard",
    window: str = "0-200k",
    times: str | int = 1,
    **millions: str | int,
) -> WorkspaceLines:
    """Millions of tokens by kind, and the bill for them at so many times the prices of Opus."""
    counts = tokens(**{kind: int(Decimal(count) * 10**6) for kind, count in millions.items()})
    cost = [
        cost_line(
            str(Decimal(count) * Decimal(OPUS_PRICES[kind]) * Decimal(times)),
            day=day,
            model=model,
            token_type=TYPE_OF[kind],
            service_tier=tier,
            context_window=window,
        )
        for kind, count in millions.items()
    ]
    usage = usage_line(counts, day=day, api_key_id=key, model=model, service_tier=tier, context_window=window)
    return workspace_lines(cost, [usage])


def together(*parts: WorkspaceLines) -> WorkspaceLines:
    """All of them."""
    return workspace_lines(
        (line for part in parts for line in part.cost),
        (line for part in parts for line in part.usage),
        key_cost=(line for part in parts for line in part.key_cost),
    )


def first_days(lines: WorkspaceLines) -> dict[str, date]:
    """Each key's first day here."""
    return {line.series.api_key_id: line.day for line in reversed(lines.usage) if line.series.api_key_id}


def why(*parts: WorkspaceLines, model: str | None = None) -> Why:
    """Why yesterday was not like the same weekday before."""
    lines = together(*parts)
    return explain(lines, previous=[BEFORE], current=[YESTERDAY], first_days=first_days(lines), model=model)


def broken_cache() -> tuple[WorkspaceLines, ...]:
    """A new key whose prompts break the cache: the hit rate falls from 90 % to 43 %, beside an old one as ever."""
    return (
        used(BEFORE, cache_read=180, uncached_input=20, output=4),
        used(cache_read=20, uncached_input=2, output="0.4"),
        used(key="apikey_ingest", cache_read=70, uncached_input=20, cache_write_5m=98, output="3.8"),
    )


def week_that_rose() -> tuple[WorkspaceLines, ...]:
    """More than a third up: above all a new key with a broken cache, and a model that was not there before."""
    return (
        used(BEFORE, cache_read=900, uncached_input=50, cache_write_5m=50, output=9),
        used(cache_read=880, uncached_input=51, cache_write_5m=52, output=9),
        used(key="apikey_ingest", cache_read=10, uncached_input=5, cache_write_5m=60, output=2),
        used(key="apikey_batch", model=HAIKU, times="0.2", uncached_input=10, output=10),
        workspace_lines([other_cost_line(12), other_cost_line(10, day=BEFORE)]),
    )


def explanation(
    *parts: WorkspaceLines,
    period: str = "yesterday",
    workspace: str = "checkout",
    fetched: Mapping[date, FetchedDay] | None = None,
    names: Names | None = None,
) -> Explanation:
    """The answer about a workspace that spent so much yesterday, and on the same weekday before."""
    lines = together(*parts)
    keys = {CI_KEY: "ci", "apikey_ingest": "ingest-prod"}
    called = some_names(workspaces={CHECKOUT: workspace}, api_keys=keys) if names is None else names
    return explain_lines(
        parse_why(f"{workspace} {period}", today=TODAY),
        About(CHECKOUT, called.workspaces[CHECKOUT].name),
        lines,
        fetched=fetched_days(last_days(90)) if fetched is None else fetched,
        names=replace(called, first_days=first_days(lines)),
        data_as_of=NOW,
    )
