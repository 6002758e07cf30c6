"""Who works in the simulated organisation: its users, whose usage without a key is whose, and Claude Code's report.

What people do without a key carries their account, as after a login. In the workspace "Claude Code" only a part does;
who used the rest is told by the Claude Code report alone, in rounded cents. Both follow from the same tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.sandbox.entries import WorkspaceEntry, rfc3339
from bot.sandbox.price_list import TOKEN_KINDS, cents_per_token
from bot.sandbox.stories import COUNTS, Stream, Usage, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from bot.sandbox.organization import SimulatedOrganization

CLAUDE_CODE = "wrkspc_01ClaudeCode"
ADA, BEN, ZOE = "user_01AdaLovelace", "user_01BenOkafor", "user_01ZoeONeil"

Weights: TypeAlias = "tuple[tuple[str | None, int], ...]"

WHOSE: Weights = ((ADA, 5), (BEN, 3), (ZOE, 2))
"""Whose the usage without a key is."""

WHOSE_CODE: Weights = ((ADA, 2), (None, 3))
"""Whose it is in Claude Code's workspace, as far as the usage report knows."""

UNTOLD: Weights = ((BEN, 2), (ZOE, 1))
"""Whose the rest of that is."""

JOINED = datetime(2025, 9, 1, 8, tzinfo=UTC)
CLAUDE_CODE_LAG = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEntry:
    """A member of the organisation as the Admin API lists them."""

    id: str
    name: str
    email: str
    role: str = "developer"
    added_at: datetime = JOINED

    def as_json(self) -> dict[str, Any]:
        """One item of `GET …/users`."""
        return {
            "id": self.id,
            "type": "user",
            "email": self.email,
            "name": self.name,
            "role": self.role,
            "added_at": rfc3339(self.added_at),
        }


USERS = (
    UserEntry(id=ADA, name="Ada Lovelace", email="ada@meridian.example", role="admin"),
    UserEntry(id=BEN, name="Ben Okafor", email="Ben.Okafor@meridian.example"),
    UserEntry(id=ZOE, name="Zoë <R&D> O'Neil", email="zoe@meridian.example", role="claude_code_user"),
)
EMAILS = {user.id: user.email for user in USERS}


def actor_of(actor_id: str | None) -> dict[str, Any] | None:
    """Whoever is behind a cost, as `analytics/cost` has them: a user, or a key that nobody stands for."""
    user = next((user for user in USERS if user.id == actor_id), None)
    if user is not None:
        named = {"user_id": user.id, "name": user.name, "email_address": user.email}
        return {"type": "user_actor", **named, "deleted": False}
    return None if actor_id is None else {"type": "api_actor", "api_key_id": actor_id}


def open_claude_code(organization: SimulatedOrganization) -> None:
    """Gives the organisation the workspace that Anthropic makes for Claude Code, and people who work there."""
    created = datetime.combine(organization.founded, time(12), UTC)
    organization.open_workspace(
        WorkspaceEntry(id=CLAUDE_CODE, name="Claude Code", created_at=created),
        Stream(workspace_id=CLAUDE_CODE, model="claude-sonnet-5", daily_usd=21, keys=((None, 1),)),
        Stream(workspace_id=CLAUDE_CODE, model="claude-haiku-4-5", daily_usd=2, keys=((None, 1),)),
    )


def by_account(rows: Iterable[Usage]) -> dict[str | None, list[Usage]]:
    """Usage cut by account; None is what came with a key, and what no account is known of."""
    found: dict[str | None, list[Usage]] = {}
    for row in rows:
        whose = WHOSE_CODE if row.workspace_id == CLAUDE_CODE else WHOSE
        parts = [(None, row)] if row.api_key_id is not None else parts_of(row, whose)
        for account, part in parts:
            found.setdefault(account, []).append(part)
    return found


def claude_code_records(rows: Iterable[Usage], day: date) -> list[dict[str, Any]]:
    """The Claude Code report of a day: each user's models, and two records that are none of this bill's business."""
    of_code = by_account(row for row in rows if row.workspace_id == CLAUDE_CODE)
    used: dict[str | None, list[Usage]] = {ADA: of_code.get(ADA, [])}
    for row in of_code.get(None, []):
        for account, part in parts_of(row, UNTOLD):
            used.setdefault(account, []).append(part)
    records = [record({"type": "user_actor", "email_address": EMAILS[who]}, used[who], day) for who in used if who]
    if not any(used.values()):
        return []
    subscribed = {"type": "user_actor", "email_address": EMAILS[BEN]}
    elsewhere = {"type": "api_actor", "api_key_name": "review-bot"}
    return [
        *records,
        record(subscribed, used[ADA], day, customer_type="subscription"),
        record(elsewhere, used[ADA], day),
    ]


def parts_of(row: Usage, weights: Weights) -> Iterator[tuple[str | None, Usage]]:
    """A row shared by weight, in whole tokens that add up to it."""
    shares: Sequence[tuple[int, ...]] = list(
        zip(*(split(getattr(row, count), [weight for _, weight in weights]) for count in COUNTS), strict=True)
    )
    for (account, _), share in zip(weights, shares, strict=True):
        yield account, Usage(*row[: len(row) - len(COUNTS)], *share)  # type: ignore[arg-type]  # a slice forgets its types


def record(actor: dict[str, Any], rows: Sequence[Usage], day: date, *, customer_type: str = "api") -> dict[str, Any]:
    """One record of the report."""
    return {
        "actor": actor,
        "core_metrics": {
            "commits_by_claude_code": 3,
            "lines_of_code": {"added": 214, "removed": 87},
            "num_sessions": 4,
            "pull_requests_by_claude_code": 1,
        },
        "customer_type": customer_type,
        "date": f"{day}T00:00:00Z",
        "model_breakdown": [model_of(row) for row in rows],
        "organization_id": "7c1d6f0a-52b8-4c5e-9a41-3f0d8e2b9c11",
        "subscription_type": None if customer_type == "api" else "team",
        "terminal_type": "vscode",
        "tool_actions": {"edit_tool": {"accepted": 25, "rejected": 3}},
    }


def model_of(row: Usage) -> dict[str, Any]:
    """One model of a record, with its cost in whole cents."""
    return {
        "estimated_cost": {"amount": int(cents_of(row).to_integral_value()), "currency": "USD"},
        "model": row.model,
        "tokens": {
            "cache_creation": row.cache_write_5m + row.cache_write_1h,
            "cache_read": row.cache_read,
            "input": row.uncached_input,
            "output": row.output,
        },
    }


def cents_of(row: Usage) -> Decimal:
    """What tokens cost at list prices."""
    tier, geo = row.service_tier, row.inference_geo
    prices = [cents_per_token(row.model, kind, service_tier=tier, inference_geo=geo) for kind in TOKEN_KINDS]
    return sum((getattr(row, kind) * price for kind, price in zip(TOKEN_KINDS, prices, strict=True)), prices[0] * 0)
