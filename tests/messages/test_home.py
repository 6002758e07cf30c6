"""The Home tab: what is on it, and that Slack takes it whatever things are called."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.messages.home import answer_view, apology_view, home_view
from bot.messages.notices import could_not_answer
from bot.messages.report import report_answer
from bot.messages.sight import of_what_may_be_seen
from bot.model import Message
from bot.sandbox.slack.limits import refuse_view
from bot.terminal.slack_preview import preview_as_text
from tests.builders import kept_answer, report
from tests.messages.test_forecast import RISEN, a_month
from tests.messages.test_limits import LONG, answers
from tests.messages.test_units import FIRING, report_of
from tests.messages.test_units import RISEN as TICKETS

if TYPE_CHECKING:
    from typing import Any

    from bot.analysis.month import Month


def home(month: Month) -> dict[str, Any]:
    view = home_view(month, workspaces=month.workspaces)
    assert refuse_view(view) is None
    return view


def drawn(view: dict[str, Any]) -> str:
    return preview_as_text(Message("", tuple(view["blocks"])))


def test_what_somebody_sees() -> None:
    assert drawn(home(a_month())) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ November: $1,320 so far, $1,860 forecast                                   │
│                                                                            │
│ Month to date    Forecast                                                  │
│ $1,320           $1,860                                                    │
│ 21 of 30 days    $1,833 – $1,887                                           │
│ Last month       Pace                                                      │
│ $1,940           $62.86 a day                                              │
│ October          down 2.8 % on October                                     │
│                                                                            │
│ Last 14 days                                                               │
│ Mon 9 Nov   ██████████████  $80.00                                         │
│ Tue 10 Nov  ██████████████  $80.00                                         │
│ Wed 11 Nov  ██████████████  $80.00                                         │
│ Thu 12 Nov  ██████████████  $80.00                                         │
│ Fri 13 Nov  ██████████████  $80.00                                         │
│ Sat 14 Nov  ███▌            $20.00                                         │
│ Sun 15 Nov  ███▌            $20.00                                         │
│ Mon 16 Nov  ██████████████  $80.00                                         │
│ Tue 17 Nov  ██████████████  $80.00                                         │
│ Wed 18 Nov  ██████████████  $80.00                                         │
│ Thu 19 Nov  ██████████████  $80.00                                         │
│ Fri 20 Nov  ██████████████  $80.00                                         │
│ Sat 21 Nov  ███▌            $20.00                                         │
│ Sun 22 Nov                       –                                         │
│                                                                            │
│ ✅ No open alerts                                                          │
│                                                                            │
│ Workspaces this month (those you ask about first)                          │
│            So far  Forecast                                                │
│ checkout  $660.00   $930.00                                                │
│ search    $660.00   $930.00                                                │
│                                                                            │
│ [ Last 7 days ] [ This month ] [ 30 days by model ] [ By key ] [ Alerts ]  │
│ [ Help ]                                                                   │
│                                                                            │
│ In any channel                                                             │
│ /claudecost why checkout what drove a workspace's change                   │
│ /claudecost forecast how sure the forecast is                              │
│ /claudecost 30d by workspace model two ways to split it at once            │
│ /claudecost help all of it                                                 │
│                                                                            │
│ UTC days 1–30 Nov 2026 · Sun 22 Nov is part of the forecast · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_open_alerts_are_named() -> None:
    assert "🔴 checkout up 225 %" in drawn(home(a_month(alerts=[RISEN])))


def test_an_open_rise_per_unit_is_named() -> None:
    month = a_month()
    view = home_view(month, workspaces=month.workspaces, units=[report_of(replace(TICKETS, rise=FIRING))])

    assert "🔴 tickets up 42 %: $0.395 → $0.561 per ticket" in drawn(view)
    assert "No open alerts" not in drawn(view)


def test_before_the_first_sync_nothing_is_known() -> None:
    shown = drawn(home(a_month(days=0)))
    assert "No data for November yet" in shown
    assert "$" not in shown


def test_unknown_days_have_no_bar() -> None:
    shown = drawn(home(a_month(days=9)))
    assert re.search(r"Thu 12 Nov +– ", shown)
    assert "Fri 13 Nov  ██████████████  $80.00" in shown


def test_slack_takes_a_thousand_workspaces_of_long_names() -> None:
    ids = [f"wrkspc_{number}" for number in range(1000)]
    view = home(a_month(workspaces=ids, days=31, called={id_: f"{place}{LONG}" for place, id_ in enumerate(ids)}))
    assert "+993 more" in drawn(view)
    assert "<!channel>" not in str(view)


def test_every_answer_fits_into_a_window() -> None:
    for message in answers(lambda number: f"{number}{LONG}"[:200], many=30):
        assert refuse_view(answer_view(message)) is None


def test_a_window_says_whose_sight_its_answer_is_of() -> None:
    view = answer_view(of_what_may_be_seen(report_answer(report())))

    assert refuse_view(view) is None
    assert "of what you may see" in str(view)


def test_a_window_has_what_the_answer_says() -> None:
    view = answer_view(kept_answer(report(), answer_id="x"))
    assert view["type"] == "modal"
    assert view["blocks"][0]["type"] == "header"
    assert "checkout" in str(view)
    assert "share_answer" not in str(view)


def test_where_nothing_can_be_told_the_questions_stay() -> None:
    view = apology_view(could_not_answer("Something went wrong."))
    assert refuse_view(view) is None
    assert view["blocks"][-1]["type"] == "actions"
