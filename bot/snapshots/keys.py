"""Dollars by API key: the bill's own where it tells them, and which lines need sharing elsewhere.

Days whose source is `analytics` come with dollars per key, in a table of their own. On all others a line is shared:
it can have been used by the keys whose usage has its workspace, model, tier and context window. Where that is one
key at most, nothing is to be shared, and SQLite adds up: in a quarter of the time it takes to read the lines, and
without holding up other threads. What several keys can have used is read line by line, for the analysis to share.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.model import BILLED_TOKENS, Source
from bot.snapshots.columns import day_number
from bot.snapshots.spend import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Dimension, Interval, NanoUsd
    from bot.snapshots.database import Session

SoleSpend: TypeAlias = "defaultdict[tuple[str, ...], defaultdict[str | None, NanoUsd]]"

TOKEN_TYPES = ", ".join(f"'{token_type}'" for token_type in BILLED_TOKENS)
TOKENS = " ".join(f"WHEN '{token_type}' THEN {column}" for token_type, column in BILLED_TOKENS.items())

# Each series of the bill beside every one of usage it can have been used by; once, without one, where there is none.
USERS = f"""
    SELECT billed.id AS cost_id, token_type, used.id AS usage_id, api_key_id, count(used.id) OVER one_line AS users
    FROM cost_series AS billed
    LEFT JOIN usage_series AS used
        ON used.organization_id = billed.organization_id AND used.workspace_id = billed.workspace_id
        AND used.model = billed.model AND used.service_tier = billed.service_tier
        AND used.context_window = billed.context_window AND token_type IN ({TOKEN_TYPES})
    WHERE billed.organization_id = ?1
    WINDOW one_line AS (PARTITION BY billed.id)
"""  # noqa: S608 -- the model's own names

TELLS_KEYS = f"source = '{Source.ANALYTICS}'"
SHARED_DAY = f"day NOT IN (SELECT day FROM fetched_day WHERE organization_id = ?1 AND {TELLS_KEYS})"  # noqa: S608 -- the same
SHARED_COST = f"{SHARED_DAY} AND series_id IN (SELECT cost_id FROM ({USERS}) WHERE users > 1)"  # noqa: S608 -- the same
SHARED_USAGE = f"{SHARED_DAY} AND series_id IN (SELECT usage_id FROM ({USERS}) WHERE users > 1)"  # noqa: S608 -- the same

KeyDimension: TypeAlias = "Dimension | Literal['key']"

KEY_COLUMNS: dict[KeyDimension, str] = {
    "day": "date(day * 86400, 'unixepoch')",
    "workspace": "workspace_id",
    "model": "model",
    "cost_type": "cost_type",
    "token_type": "token_type",
    "key": "coalesce(nullif(api_key_id, ''), iif(token_type = '', 'not_attributable', 'console'))",
}
"""Tokens without a key came from the Console or a login; of other cost without one nothing is known."""


def load_key_spend(session: Session, interval: Interval, by: Sequence[KeyDimension]) -> dict[tuple[str, ...], NanoUsd]:
    """The dollars that the bill itself tells by key, summed by dimensions, in their order; keys by their row ids."""
    columns = ", ".join(KEY_COLUMNS[dimension] for dimension in by)
    rows = session.execute(
        f"""
        SELECT {columns}, sum(spent)
        FROM (
            SELECT day, series_id, sum(amount) AS spent FROM key_cost
            WHERE organization_id = ? AND day >= ? AND day < ?
            GROUP BY {"day, series_id" if "day" in by else "series_id"}
        )
        JOIN key_cost_series ON key_cost_series.id = series_id
        GROUP BY {columns}
        """,  # noqa: S608 -- columns are this module's own names
        (session.organization_id, day_number(interval.since), day_number(interval.until)),
    )
    return {row[:-1]: row[-1] for row in rows}


def load_sole_spend(session: Session, interval: Interval, within: Sequence[Dimension]) -> SoleSpend:
    """Spend of the lines that one key at most can have used, by dimensions, then by key id; None is without tokens.

    CROSS JOIN keeps its order: left to choose, SQLite reads every day once for each series.
    """
    number = "cost_id, cost.day" if "day" in within else "cost_id"
    columns = "".join(f"{COLUMNS[dimension]}, " for dimension in within)
    rows = session.execute(
        f"""
        WITH line AS MATERIALIZED ({USERS})
        SELECT {columns} api_key_id, sum(billed), sum(used)
        FROM (
            SELECT
                cost_id, api_key_id, cost.day AS day, sum(amount) AS billed,
                sum(iif(CASE token_type {TOKENS} END > 0, amount, 0)) AS used
            FROM line
            CROSS JOIN fetched_day AS fetched
                ON fetched.organization_id = ?1 AND fetched.day >= ?2 AND fetched.day < ?3 AND NOT {TELLS_KEYS}
            CROSS JOIN cost ON cost.organization_id = ?1 AND cost.day = fetched.day AND cost.series_id = cost_id
            LEFT JOIN usage ON usage.organization_id = ?1 AND usage.day = fetched.day AND usage.series_id = usage_id
            WHERE users <= 1
            GROUP BY {number}
        )
        JOIN cost_series ON cost_series.id = cost_id
        GROUP BY {columns} api_key_id
        """,  # noqa: S608 -- the model's own names
        (session.organization_id, day_number(interval.since), day_number(interval.until)),
    )
    spend: SoleSpend = defaultdict(lambda: defaultdict(int))
    for *words, api_key_id, billed, used in rows:
        keys = spend[tuple(words)]
        keys[api_key_id] += used
        keys[None] += billed - used
    return spend
