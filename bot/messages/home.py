"""The Home tab: the month, 14 days, open alerts, one's own workspaces, what to ask; and answers in windows.

A Home tab shows neither tables nor charts: days are bars of text there, workspaces columns of text.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from slackblocks import Button, HomeTabView

from bot.analysis.budget import most_urgent_first
from bot.messages.alert_views import explained, small_prints
from bot.messages.alerts import open_lines
from bot.messages.breakdown import in_a_cell
from bot.messages.budget_views import line_of
from bot.messages.commands import COMMAND
from bot.messages.forecast import figures, month_small_print, month_subject, summed
from bot.messages.layout import (
    CELL_NAME_LENGTH,
    actions,
    build_modal,
    code_block,
    distinct_labels,
    first_lines,
    headline,
    paragraph,
    small_print,
)
from bot.messages.numbers import day_name, money, number
from bot.messages.plain import padded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from slackblocks import Block

    from bot.analysis.budget import BudgetNow
    from bot.analysis.month import Month, WorkspaceMonth
    from bot.analysis.units import UnitReport
    from bot.model import Message, NanoUsd

ASK = "home_ask_"
"""How the actions of the questions' buttons begin."""

ANSWER_VIEW = "home_answer"
DAYS = 14
BAR_CELLS = 14
BLOCK, HALF_BLOCK = "█", "▌"
ALERTS_NAMED = 5
BUDGETS = 4
WORKSPACES = 8


class Common(NamedTuple):
    """A question that has a button, as it would be typed."""

    title: str
    typed: str


QUESTIONS = (
    Common("Last 7 days", "7d"),
    Common("This month", "month"),
    Common("30 days by model", "30d by model"),
    Common("By key", "7d by key"),
    Common("Alerts", "alerts"),
    Common("Help", "help"),
)


def home_view(
    month: Month,
    *,
    workspaces: Sequence[WorkspaceMonth],
    budgets: Sequence[BudgetNow] = (),
    units: Sequence[UnitReport] = (),
) -> dict[str, Any]:
    """Somebody's Home tab; `workspaces` are the month's, their own first, `budgets` and `units` what they may see."""
    subject = month_subject(month)
    known = month.data_as_of is not None
    return view_of(
        headline(subject),
        figures(month) if known else paragraph("why", "Nothing was fetched yet, so what it cost is unknown, not zero."),
        paragraph("days", "*Last 14 days*", code_block(day_bars(month))) if known else None,
        paragraph("open", *alert_lines(month, units)),
        budgets_block(budgets),
        workspaces_block(workspaces),
        questions(),
        paragraph("type", what_to_type()),
        small_print(*(month_small_print(month) if known else [f"type `{COMMAND} status` to see when data comes"])),
    )


def view_of(*blocks: Block | None) -> dict[str, Any]:
    """A Home tab of these blocks."""
    return dict(HomeTabView([block for block in blocks if block is not None]).to_dict())


def apology_view(message: Message) -> dict[str, Any]:
    """What there is to see where nothing can be told, with the questions all the same."""
    return view_of(*explained(message), questions())


def budgets_block(budgets: Sequence[BudgetNow]) -> Block | None:
    """The most urgent budgets, each with its bar."""
    lines = [line_of(now) for now in most_urgent_first(budgets)]
    return paragraph("budgets", "*Budgets*", *first_lines(lines, limit=BUDGETS, noun="budget")) if lines else None


# --- Days ---


def day_bars(month: Month) -> list[str]:
    """A line for each of the last days, today so far included."""
    days = [month.today - timedelta(days=back) for back in reversed(range(DAYS))]
    amounts = {day: month.spend.whole.get(day, month.spend.begun.get(day)) for day in days}
    largest = max((amount for amount in amounts.values() if amount), default=0)
    shown = [money(amount) for amount in amounts.values()]
    width = max(map(len, shown))
    return [
        f"{day_name(day):<10}  {bar(amounts[day], largest):<{BAR_CELLS}}  {text:>{width}}{so_far(month, day)}".rstrip()
        for day, text in zip(days, shown, strict=True)
    ]


def so_far(month: Month, day: date) -> str:
    """What a day's amount lacks to be the bill's."""
    return " so far" if day in month.spend.begun else ""


def bar(amount: NanoUsd | None, largest: NanoUsd) -> str:
    """An amount as a bar; the largest fills it.

    >>> bar(100, 100), bar(50, 100), bar(3, 100), bar(0, 100), bar(None, 100)
    ('██████████████', '███████', '▌', '', '')
    """
    if not amount or amount < 0 or not largest:
        return ""
    halves = max(1, round(2 * BAR_CELLS * amount / largest))
    return BLOCK * (halves // 2) + HALF_BLOCK * (halves % 2)


# --- Alerts, workspaces ---


def alert_lines(month: Month, units: Sequence[UnitReport]) -> list[str]:
    """What is open."""
    lines = open_lines(month.alerts, month.names, units)
    return first_lines(lines, limit=ALERTS_NAMED, noun="alert") if lines else ["✅ No open alerts"]


def workspaces_block(workspaces: Sequence[WorkspaceMonth]) -> Block | None:
    """Workspaces with what they come to; those that do not fit as one."""
    if not workspaces:
        return None
    shown = workspaces if len(workspaces) <= WORKSPACES else workspaces[: WORKSPACES - 1]
    rest = workspaces[len(shown) :]
    names = distinct_labels([in_a_cell(each.label) for each in shown], CELL_NAME_LENGTH)
    rows = [(name, money(each.spent), money(each.total)) for name, each in zip(names, shown, strict=True)]
    if rest:
        spent, total, _ = map(money, summed(rest))
        rows.append((f"+{number(len(rest))} more", spent, total))
    return paragraph(
        "workspaces",
        "*Workspaces this month* (those you ask about first)",
        code_block(padded([("", "So far", "Forecast"), *rows])),
    )


# --- Questions ---


def questions() -> Block:
    """A button for each common question; the answer opens in a window."""
    return actions(
        *(Button(each.title, action_id=f"{ASK}{place}", value=each.typed) for place, each in enumerate(QUESTIONS))
    )


def what_to_type() -> str:
    """What to try in any channel."""
    examples = {
        "why checkout": "what drove a workspace's change",
        "forecast": "how sure the forecast is",
        "30d by workspace model": "two ways to split it at once",
        "help": "all of it",
    }
    listed = "\n".join(f"`{COMMAND} {typed}` {meaning}" for typed, meaning in examples.items())
    return f"*In any channel*\n{listed}"


def waiting_view() -> dict[str, Any]:
    """The window before its answer is there."""
    return build_modal("Claude cost", paragraph("wait", "One moment …"), callback_id=ANSWER_VIEW, carries="")


def answer_view(message: Message) -> dict[str, Any]:
    """An answer in a window, its table as text."""
    headlines = [headline(block["text"]["text"]) for block in message.blocks if block["type"] == "header"]
    return build_modal(
        "Claude cost", *headlines, *explained(message), *small_prints(message), callback_id=ANSWER_VIEW, carries=""
    )
