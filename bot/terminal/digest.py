"""What `claudecost digest` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.analysis.organizations import owner_of
from bot.analysis.schedule import every_of
from bot.terminal.budgets import budget_as_json
from bot.terminal.page import exact, percent_or_null, row_as_json, written
from bot.terminal.slack_preview import preview
from bot.terminal.units import unit_as_json

if TYPE_CHECKING:
    from bot.analysis.digest import Digest
    from bot.analysis.report import Row
    from bot.model import Message
    from bot.terminal.slack_preview import Preview


def digest_as_json(digest: Digest, message: Message) -> str:
    """The fixed shape of `digest --json`, with `week` or `month`; `message` is what says it."""
    return written(
        {
            every_of(digest.period): str(digest.period),
            "since": digest.interval.since.isoformat(),
            "until": digest.interval.until.isoformat(),
            "total": exact(digest.total),
            "previous_total": exact(digest.previous_total),
            "change_percent": percent_or_null(digest.change_percent),
            **shared_as_json(digest),
            **organizations_as_json(digest),
            "by_workspace": [_row_as_json(row, digest) for row in digest.by_workspace],
            "by_model": [row_as_json(row) for row in digest.by_model],
            **({"units": [unit_as_json(each) for each in digest.units]} if digest.units else {}),
            **({"budgets": [budget_as_json(each) for each in digest.budgets]} if digest.budgets else {}),
            "message": {"text": message.text, "blocks": list(message.blocks)},
        }
    )


def shared_as_json(digest: Digest) -> dict[str, Any]:
    """What a team has of things that other teams have a share of, which is in no other figure."""
    return {} if digest.shared is None else {"shared": exact(digest.shared)}


def organizations_as_json(digest: Digest) -> dict[str, Any]:
    """A row for each organisation, where there are several."""
    return {"by_organization": [row_as_json(row) for row in digest.by_organization]} if digest.by_organization else {}


def _row_as_json(row: Row, digest: Digest) -> dict[str, Any]:
    whose = {"organization": owner_of(row.ids, digest.organizations)} if digest.organizations else {}
    return {**row_as_json(row), **whose}


def digest_as_text(message: Message) -> Preview:
    """The message as Slack would show it."""
    return preview(message)
