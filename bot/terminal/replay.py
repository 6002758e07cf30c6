"""What `claudecost replay` prints: a line for each message, and what they come to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.messages.numbers import counted, money, money_change, number, rate
from bot.model import WHOLE_ORGANIZATION
from bot.terminal.page import Page, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.replay import Said, Summary
    from bot.model import Names


def said_as_json(said: Said, names: Names) -> str:
    """A message as one line of JSON, with its organisation where there are several."""
    is_whole = said.workspace_id == WHOLE_ORGANIZATION
    return json.dumps(
        {
            "day": said.day.isoformat(),
            **({"organization": names.organization} if names.organization else {}),
            "workspace_id": None if is_whole else said.workspace_id,
            "workspace": names.workspace(said.workspace_id),
            "kind": said.kind,
            "notifies": said.notifies,
            "models": list(said.models),
            "previous": exact(said.previous),
            "current": exact(said.current),
            "increase": exact(said.increase),
            "reason": said.reason,
        },
        ensure_ascii=False,
    )


def summary_as_json(summary: Summary) -> str:
    """The last line: all messages, and beside them those that notify."""
    return json.dumps(
        {
            "summary": {
                "days": summary.days,
                "messages": summary.messages,
                "per_week": summary.per_week(summary.messages),
                "by_kind": summary.by_kind,
                "notifying": summary.notifying,
                "notifying_per_week": summary.per_week(summary.notifying),
            }
        }
    )


def replay_as_text(messages: Sequence[tuple[Said, Names]], summary: Summary) -> Page:
    """The same for people."""
    notifying = (
        f"{number(summary.notifying)} of them new in the channel, {rate(summary.per_week(summary.notifying))} a week"
    )
    return Page(
        title=f"{counted(summary.messages, 'message')} in {counted(summary.days, 'day')}: {notifying}",
        header=("Day", "Kind", "Workspace", "Before", "Now", "Rise", "Reason"),
        rows=tuple(said_as_cells(said, names) for said, names in messages),
        align="lllrrrl",
        notes=("Nothing was posted. Days are judged by what is stored of them now, restatements included.",),
    )


def said_as_cells(said: Said, names: Names) -> tuple[str, ...]:
    """A message as a row."""
    return (
        said.day.isoformat(),
        said.kind.replace("_", " "),
        names.workspace(said.workspace_id),
        money(said.previous),
        money(said.current),
        money_change(said.increase),
        said.reason.replace("_", " "),
    )
