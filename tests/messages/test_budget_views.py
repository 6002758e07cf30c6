"""The list of budgets and the windows of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from bot.messages.budget_views import budgets_answer, details_view, raise_view
from bot.model import Raise, usd
from bot.sandbox.slack.limits import refuse_message, refuse_view
from bot.terminal.slack_preview import preview_as_text
from tests.builders import NOW
from tests.messages.test_budget import SEARCH, now

if TYPE_CHECKING:
    from bot.analysis.budget import BudgetNow
    from bot.model import Message

RAISE = Raise(
    budget="search", since=NOW.date().replace(day=1), amount=usd(3000), user="U1", reason="<!channel>", at=NOW
)


def sendable(message: Message) -> Message:
    assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
    return message


def called(name: str, a_day: int = 10) -> BudgetNow:
    return now(a_day, budget=replace(SEARCH, name=name))


def test_the_fullest_budget_comes_first() -> None:
    message = sendable(budgets_answer([called("ads"), called("search", 160), called("web", 95)]))

    assert preview_as_text(message, width=78) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ 3 budgets, 1 over                                                          │
│                                                                            │
│ 🔴 search $3,380 of $2,500, $1,547 above the even line, forecast 192 %, 8  │
│ days left                                                                  │
│ ██████████████│██████ 135 %                                                │
│                                                                            │
│ 🟠 web $2,015 of $2,500, $182 above the even line, forecast 114 %, 8 days  │
│ left                                                                       │
│ ██████████████│██░░░░ 81 %                                                 │
│                                                                            │
│ ads $230 of $2,500, $1,603 below the even line, forecast 12 %, 8 days left │
│ █░░░░░░░░░░░░░│░░░░░░ 9.2 %                                                │
│                                                                            │
│ │ is the even line to today · /claudecost budget NAME shows one with its   │
│ chart                                                                      │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_without_budgets_it_says_how_to_set_one() -> None:
    assert "[[budgets]]" in str(sendable(budgets_answer([])).blocks)


@pytest.mark.parametrize("name", ["n" * 200, "<!channel>`&" * 15])
def test_no_name_breaks_slacks_limits(name: str) -> None:
    message = sendable(budgets_answer([called(f"{name}{number}") for number in range(30)]))

    assert "<!channel>" not in str([block for block in message.blocks if block["type"] != "header"])


@pytest.mark.parametrize("name", ["search", "n" * 200, "<!channel>`&" * 15])
def test_windows_hold_whatever_the_names(name: str) -> None:
    found = replace(called(name), drivers=((name, usd(9)),) * 50)

    for view in (details_view(found, [RAISE] * 9, carries="id"), raise_view(found, carries="id")):
        assert refuse_view(view) is None
        assert "<!channel>" not in str(view["blocks"])
