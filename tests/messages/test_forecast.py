"""What is said of a month: the golden messages, and what changes them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.analysis.month import MonthPart, find_month
from bot.analysis.question import Filter, Question
from bot.messages.forecast import forecast_answer, month_answer
from bot.model import Freshness, Organization, usd
from bot.terminal.forecast import forecast_as_json, forecast_as_text
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CHECKOUT, NOW, SEARCH, TODAY, alert, fetched_days, last_days, names, question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.month import Month
    from bot.model import Alert, Message

KNOWN = Freshness(data_as_of=NOW, first_fetched_at=NOW, newest_day=TODAY, oldest_day=None)
NEVER = Freshness(data_as_of=None, first_fetched_at=None, newest_day=None, oldest_day=None)
RISEN = alert(previous=280, current=910, opened_day=date(2026, 11, 20))


def a_month(
    *,
    alerts: Sequence[Alert] = (),
    days: int = 120,
    today: date = TODAY,
    workspaces: Sequence[str] = (CHECKOUT, SEARCH),
    called: dict[str, str] | None = None,
    beside: Organization | None = None,
) -> Month:
    """Forty dollars a workday, ten on others; checkout is at three times that lately if an alert is open."""
    known = last_days(days, until=today)
    usual = {day: 40 if day.weekday() < 5 else 10 for day in known.days()}
    spend: dict[tuple[str, ...], int] = {
        (day.isoformat(), id_): usd(amount * (3 if alerts and id_ == CHECKOUT and day in known.days()[-3:] else 1))
        for day, amount in usual.items()
        for id_ in workspaces
    }
    part = MonthPart(
        beside=beside,
        spend=spend,
        fetched=fetched_days(known),
        names=names(workspaces=called),
        alerts=alerts,
        freshness=KNOWN if days else NEVER,
    )
    return find_month([part], today=today)


def chart_of(message: Message) -> dict[str, list[float]]:
    (chart,) = [block["chart"] for block in message.blocks if block["type"] == "data_visualization"]
    return {series["name"]: [point["value"] for point in series["data"]] for series in chart["series"]}


def test_the_month_so_far() -> None:
    message = month_answer(a_month(), share_id="x")
    assert message.text == snapshot("November: $1,320 so far, $1,860 forecast")
    assert preview_as_text(message) == snapshot("""\
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
│ November adding up, USD                                                    │
│ █ So far  │ Forecast                                                       │
│ Nov 3  ███│                              $180.00                           │
│ Nov 6  ███████│                          $420.00                           │
│ Nov 9  █████████│                        $540.00                           │
│ Nov 12 █████████████│                    $780.00                           │
│ Nov 15 ███████████████│                  $900.00                           │
│ Nov 18 ███████████████████│               $1,140                           │
│ Nov 21 ██████████████████████│            $1,320                           │
│ Nov 24 ██████████████████████   │         $1,320                           │
│ Nov 27 ██████████████████████       │     $1,320                           │
│ Nov 30 ██████████████████████         │   $1,320                           │
│                                                                            │
│ ╭───────────┬─────────┬──────────┬─────────╮                               │
│ │ Workspace │  So far │ Forecast │     Oct │                               │
│ ├───────────┼─────────┼──────────┼─────────┤                               │
│ │ checkout  │ $660.00 │  $930.00 │ $970.00 │                               │
│ │ search    │ $660.00 │  $930.00 │ $970.00 │                               │
│ ╰───────────┴─────────┴──────────┴─────────╯                               │
│                                                                            │
│ [ Share in channel ]                                                       │
│                                                                            │
│ UTC days 1–30 Nov 2026 · Sun 22 Nov is part of the forecast · from the     │
│ bill · data as of 22 Nov 09:30 UTC · workspaces are forecast each by       │
│ itself                                                                     │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_the_forecast_while_an_alert_is_open() -> None:
    message = forecast_answer(a_month(alerts=[RISEN]), share_id=None)
    assert message.text == snapshot("November: $2,580 if checkout stays up, $2,040 if not, $1,500 so far")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ November: $2,580 if checkout stays up, $2,040 if not, $1,500 so far        │
│                                                                            │
│ 🔴 checkout up 225 %: $280.00 → $910.00, firing since Fri 20 Nov           │
│                                                                            │
│ Month to date         If it stays up                                       │
│ $1,500                $2,580                                               │
│ 21 of 30 days         $2,526 – $2,634                                      │
│ If it stops           Last month                                           │
│ $2,040                $1,940                                               │
│ $2,013 – $2,067       October                                              │
│ Pace                                                                       │
│ $71.43 a day                                                               │
│ up 10 % on October                                                         │
│                                                                            │
│ How: each of 9 days to come counts half as that weekday last week, half as │
│ its mean over four weeks.                                                  │
│ Band: what eight in ten of 76 such forecasts of the past were off by.      │
│                                                                            │
│ November adding up, USD                                                    │
│ █ So far  │ If it stays up                                                 │
│ Nov 3  ██│                               $180.00                           │
│ Nov 6  █████│                            $420.00                           │
│ Nov 9  ███████│                          $540.00                           │
│ Nov 12 ██████████│                       $780.00                           │
│ Nov 15 ███████████│                      $900.00                           │
│ Nov 18 ██████████████│                    $1,140                           │
│ Nov 21 ███████████████████│               $1,500                           │
│ Nov 24 ███████████████████    │           $1,500                           │
│ Nov 27 ███████████████████         │      $1,500                           │
│ Nov 30 ███████████████████             │  $1,500                           │
│                                                                            │
│ UTC days 1–30 Nov 2026 · Sun 22 Nov is part of the forecast · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_an_alert_of_all_that_is_asked_about_is_not_named_twice() -> None:
    asked = Question(period=question("month").period, filters=(Filter(name="checkout", kind="workspace"),))
    month = replace(a_month(alerts=[RISEN], workspaces=[CHECKOUT]), question=asked)
    message = month_answer(month, share_id=None)
    assert message.text == snapshot("checkout in November: $840.00 so far, $1,650 if it stays up, $1,110 if not")
    assert all(block["type"] != "table" for block in message.blocks)


def test_several_alerts_are_counted() -> None:
    other = replace(RISEN, id=2, workspace_id="wrkspc_other")
    month = a_month(alerts=[RISEN, other], workspaces=(CHECKOUT, "wrkspc_other"))
    assert len(month.risen) == 1  # the other one is at its usual level
    assert "if checkout stays up" in month_answer(month, share_id=None).text
    twice = replace(month, risen=(RISEN, other))
    assert "if 2 workspaces stay up" in month_answer(twice, share_id=None).text


def test_lines_of_the_chart_part_where_the_known_days_end() -> None:
    lines = chart_of(month_answer(a_month(), share_id=None))
    assert list(lines) == ["So far", "Forecast", "October"]
    assert len({len(points) for points in lines.values()}) == 1
    assert lines["So far"][:7] == lines["Forecast"][:7]
    assert len({*lines["So far"][6:]}) == 1
    assert lines["Forecast"][-1] > lines["Forecast"][6]
    assert lines["October"][-1] == 2 * (22 * 40 + 9 * 10)


def test_without_all_of_the_month_before_the_chart_leaves_it_out() -> None:
    assert list(chart_of(month_answer(a_month(days=40), share_id=None))) == ["So far", "Forecast"]


def test_too_few_days_make_no_forecast() -> None:
    message = forecast_answer(a_month(days=9), share_id=None)
    assert message.text == snapshot("November: too few days known for a forecast, $540.00 so far")
    assert "No forecast" in str(message.blocks)
    assert all(block["type"] != "data_visualization" for block in message.blocks)


def test_on_the_first_there_is_no_complete_day() -> None:
    message = month_answer(a_month(today=date(2026, 11, 1)), share_id=None)
    assert message.text == snapshot("November: no complete day yet, $1,860 forecast")


def test_before_the_first_sync_there_is_no_data_and_no_zero() -> None:
    for answer in (forecast_answer, month_answer):
        message = answer(a_month(days=0), share_id=None)
        assert "$" not in str(message)
        assert message.text.startswith("No data for November yet")


def test_days_that_were_not_fetched_are_named() -> None:
    month = a_month()
    known = {day: amount for day, amount in month.spend.whole.items() if day.day != 10}
    gone = find_month(
        [
            MonthPart(
                beside=None,
                spend={(day.isoformat(), CHECKOUT): amount for day, amount in known.items()},
                fetched={day: fetched for day, fetched in fetched_days(last_days(120)).items() if day in known},
                names=names(),
                alerts=(),
                freshness=KNOWN,
            )
        ],
        today=TODAY,
    )
    assert "not fetched whole: Tue 10 Nov, a forecast stands for them" in str(month_answer(gone, share_id=None).blocks)


def test_the_terminal_says_the_same() -> None:
    assert str(forecast_as_text(a_month(alerts=[RISEN]))) == snapshot("""\
November: $1,500 so far, $2,580 if checkout stays up, $2,040 if not
Workspace	So far	Forecast	Last month
checkout	$840.00	$1,223	$970.00
search	$660.00	$930.00	$970.00
If it stays up: $2,580, $2,526 – $2,634
If it stops: $2,040, $2,013 – $2,067
last month: $1,940 (October)
pace: $71.43 a day, up 10 % on October
known: 21 of 30 days
How: each of 9 days to come counts half as that weekday last week, half as its mean over four weeks.
Band: what eight in ten of 76 such forecasts of the past were off by.
from the bill
data as of 22 Nov 09:30 UTC\
""")


def test_json_is_exact() -> None:
    month = a_month(alerts=[RISEN], beside=Organization("org", "Acme"))
    assert forecast_as_json(month) == snapshot("""\
{
  "since": "2026-11-01",
  "until": "2026-12-01",
  "currency": "USD",
  "spent": "1500",
  "known_days": 21,
  "missing_days": [],
  "estimated_days": [],
  "forecast": "2152.5",
  "low": "2119.875",
  "high": "2185.125",
  "rough": false,
  "past_errors": 76,
  "if_it_continues": {
    "forecast": "2580",
    "low": "2526",
    "high": "2634"
  },
  "if_it_stops": {
    "forecast": "2040",
    "low": "2013",
    "high": "2067"
  },
  "alerts": [
    "wrkspc_checkout"
  ],
  "last_month": "1940",
  "last_month_missing_days": [],
  "pace_percent": "10.46",
  "data_as_of": "2026-11-22T09:30:00+00:00",
  "organizations": [
    "Acme"
  ],
  "workspaces": [
    {
      "id": "wrkspc_checkout",
      "label": "checkout",
      "spent": "840",
      "forecast": "1222.5",
      "last_month": "970"
    },
    {
      "id": "wrkspc_search",
      "label": "search",
      "spent": "660",
      "forecast": "930",
      "last_month": "970"
    }
  ]
}\
""")
    assert '"forecast": null' in forecast_as_json(a_month(days=9))


def test_it_says_of_what_it_is_and_which_alert_is_about_more() -> None:
    asked = Question(period=question("month").period, filters=(Filter(name="*opus*", kind="model"),))
    month = replace(a_month(), question=asked, left_out=(RISEN,))

    message = month_answer(month, share_id=None)

    assert message.text == "opus in November: $1,320 so far, $1,860 forecast"
    shown = preview_as_text(message)
    assert "An alert is open about all of checkout. What it does to this part" in shown
    assert "understood as month model:*opus*" in " ".join(shown.replace("│", "").split())
    assert "An alert is open about all of checkout." in str(forecast_as_text(month))
    assert json.loads(forecast_as_json(month))["filters"] == ["model:*opus*"]
