"""Which lines of the bill need sharing among keys, and what the others come to.

A line can have been used by the keys whose usage has its workspace, model, tier and context window. Where that is one
key at most, nothing is to be shared, and SQLite adds up: in a quarter of the time it takes to read the lines, and
without holding up other threads. What several keys can have used is read line by line, for the analysis to share.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.model import BILLED_TOKENS
from bot.snapshots.columns import day_number

if TYPE_CHECKING:
    from bot.model import Interval, NanoUsd
    from bot.snapshots.database import Session

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

SHARED_COST = f"series_id IN (SELECT cost_id FROM ({USERS}) WHERE users > 1)"  # noqa: S608 -- the same
SHARED_USAGE = f"series_id IN (SELECT usage_id FROM ({USERS}) WHERE users > 1)"  # noqa: S608 -- the same

# CROSS JOIN keeps this order: left to choose, SQLite reads every day once for each series.
LOAD_SOLE_SPEND = f"""
WITH line AS MATERIALIZED ({USERS})
SELECT api_key_id, sum(amount), sum(iif(CASE token_type {TOKENS} END > 0, amount, 0))
FROM line
CROSS JOIN fetched_day AS fetched ON fetched.organization_id = ?1 AND fetched.day >= ?2 AND fetched.day < ?3
CROSS JOIN cost ON cost.organization_id = ?1 AND cost.day = fetched.day AND cost.series_id = cost_id
LEFT JOIN usage ON usage.organization_id = ?1 AND usage.day = fetched.day AND usage.series_id = usage_id
WHERE users <= 1
GROUP BY cost_id
"""  # noqa: S608 -- the same


def load_sole_spend(session: Session, interval: Interval) -> dict[str | None, NanoUsd]:
    """Spend of the lines that one key at most can have used, by key id; None is spend without tokens."""
    spend: defaultdict[str | None, NanoUsd] = defaultdict(int)
    bounds = (session.organization_id, day_number(interval.since), day_number(interval.until))
    for api_key_id, billed, used in session.execute(LOAD_SOLE_SPEND, bounds):
        spend[api_key_id] += used
        spend[None] += billed - used
    return spend
