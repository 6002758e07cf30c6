"""Whose workspaces come first on somebody's Home tab: those they asked about most, then what spent most."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING

from bot.analysis.ask_why import FORECAST, WHY
from bot.analysis.question import NotUnderstood, parse_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.analysis.month import WorkspaceMonth


def own_first(
    workspaces: Sequence[WorkspaceMonth], *, questions: Iterable[str], handled: Iterable[str], today: date
) -> tuple[WorkspaceMonth, ...]:
    """The same workspaces, those first that somebody's questions name, or whose alerts they acted on.

    `questions` are as they were typed or understood, `handled` workspace ids; each counts once.
    """
    asked = Counter(handled)
    for question in questions:
        named = named_in(question, today=today)
        asked.update(each.id for each in workspaces if any(is_meant(each, name) for name in named))
    return tuple(sorted(workspaces, key=lambda each: -asked[each.id]))


def named_in(question: str, *, today: date) -> list[str]:
    """The workspaces that a question is about, as they were typed; words that say no more are one name.

    >>> from datetime import date
    >>> named_in("why workspace:'Data science' last month", today=date(2026, 11, 22))
    ['Data science']
    >>> named_in("30d by model workspace:'Data science' -workspace:ci", today=date(2026, 11, 22))
    ['Data science']
    >>> named_in("7d by workspace", today=date(2026, 11, 22))
    []
    """
    first, _, rest = html.unescape(question).partition(" ")
    try:
        asked = parse_question(rest if first.lower() in {WHY, FORECAST} else question, today=today)
    except NotUnderstood:
        return []
    words = " ".join(each.name for each in asked.filters if each.kind is None and not each.excluded)
    named = [each.name for each in asked.filters if each.kind == "workspace" and not each.excluded]
    return [*([words] if words else []), *named]


def is_meant(workspace: WorkspaceMonth, name: str) -> bool:
    """Whether a name, or a part of one, can be of a workspace."""
    typed = name.strip("*").casefold()
    return bool(typed) and (typed in workspace.label.casefold() or typed == workspace.id.casefold())
