"""A budget's message: bar, figures, what drives it, what stops it; within Slack's limits whatever the names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from inline_snapshot import snapshot

from bot.analysis.budget import Budget, BudgetNow, On, Period, Scope, find_standing
from bot.analysis.forecast import DailySpend
from bot.messages.budget import bar, budget_message, closing_message, ended_reply, level_reply, set_aside_message
from bot.model import Interval, Raise, Source, usd
from bot.sandbox.slack.limits import refuse_message
from bot.terminal.slack_preview import preview_as_text
from tests.builders import NOW, TODAY, fetched_days, last_days

HALF, MOST, ALL = Decimal(50), Decimal(80), Decimal(100)
SEARCH = Budget(name="search", amount=usd(2500), scope=Scope(team="search"))


def now(a_day: int = 95, *, budget: Budget = SEARCH, today: date = TODAY, raises: tuple[Raise, ...] = ()) -> BudgetNow:
    whole = dict.fromkeys(Interval(date(2026, 9, 1), today).days(), usd(a_day))
    standing = find_standing(budget, DailySpend(whole, {today: usd(20)}), today=today, raises=raises)
    return BudgetNow(
        standing=standing,
        fetched=fetched_days(Interval(date(2026, 9, 1), today)),
        data_as_of=NOW,
        drivers=(("checkout", usd(a_day * 14)), ("ranking", usd(a_day * 5)), ("lab", usd(a_day)), ("ci", usd(a_day))),
    )


def shown(found: BudgetNow, **said: object) -> str:
    message = budget_message(found, **said)  # type: ignore[arg-type]
    assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
    return preview_as_text(message, width=78)


def test_a_budget_that_is_nearly_spent() -> None:
    assert shown(now(), told=(HALF, MOST), taken={MOST: "U0ALICE01"}) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ search: 81 % spent, $2,015 of $2,500; 8 days left                          │
│                                                                            │
│ 🟠 50 % and 80 % reached                                                   │
│ 👀 @U0ALICE01 has taken it on                                              │
│                                                                            │
│ ██████████████│██░░░░ 81 %                                                 │
│                                                                            │
│ Spent                    Forecast                                          │
│ $2,015                   $2,850                                            │
│ 81 % of $2,500           $2,807 – $2,893                                   │
│                          114 % of the budget                               │
│ Even pace                Left a day                                        │
│ $1,833                   $60.63                                            │
│ an even line to today    forecast $95.00                                   │
│                                                                            │
│ What drives it: checkout $1,330, ranking $475.00, lab $95.00, 1 other      │
│                                                                            │
│ At this pace all of it is spent on Fri 27 Nov. What stops it: nothing      │
│ here; requests go on until a spend limit of the workspace, set in the      │
│ Claude Console, refuses them.                                              │
│                                                                            │
│ Adding up, USD                                                             │
│ █ Spent, then forecast  │ Even line                                        │
│ Nov 3  ███│                              $285.00                           │
│ Nov 6  ██████│                           $570.00                           │
│ Nov 9  ████████│█                        $855.00                           │
│ Nov 12 ███████████│█                      $1,140                           │
│ Nov 15 ██████████████│█                   $1,425                           │
│ Nov 18 █████████████████│█                $1,710                           │
│ Nov 21 ████████████████████│█             $1,995                           │
│ Nov 24 ██████████████████████│███         $2,280                           │
│ Nov 27 █████████████████████████│███      $2,565                           │
│ Nov 30 ████████████████████████████│███   $2,850                           │
│                                                                            │
│ [ Acknowledge ] [ Raise… ] [ Details ]                                     │
│                                                                            │
│ budget of team search · UTC days 1–30 Nov 2026 · from the bill · data as   │
│ of 22 Nov 09:30 UTC                                                        │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_budget_that_is_over_and_was_raised() -> None:
    raised = Raise(
        budget="search", since=date(2026, 11, 1), amount=usd(3000), user="U0BOB0001", reason="launch <week>", at=NOW
    )

    assert shown(now(160, raises=(raised,)), told=(HALF, MOST, ALL)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ search: over budget, 113 % spent, $3,380 of $3,000; 8 days left            │
│                                                                            │
│ 🔴 Over budget                                                             │
│ Raised from $2,500 to $3,000 by @U0BOB0001: launch <week>                  │
│                                                                            │
│ ██████████████│██████ 113 %                                                │
│                                                                            │
│ Spent                    Forecast                                          │
│ $3,380                   $4,800                                            │
│ 113 % of $3,000          $4,728 – $4,872                                   │
│                          160 % of the budget                               │
│ Even pace                Left a day                                        │
│ $2,200                   $0.00                                             │
│ an even line to today    forecast $160.00                                  │
│                                                                            │
│ What drives it: checkout $2,240, ranking $800.00, lab $160.00, 1 other     │
│                                                                            │
│ What stops it: nothing here; requests go on until a spend limit of the     │
│ workspace, set in the Claude Console, refuses them.                        │
│                                                                            │
│ Adding up, USD                                                             │
│ █ Spent, then forecast  │ Even line                                        │
│ Nov 3  ██│                               $480.00                           │
│ Nov 6  ████│█                            $960.00                           │
│ Nov 9  ██████│███                         $1,440                           │
│ Nov 12 ████████│████                      $1,920                           │
│ Nov 15 ██████████│█████                   $2,400                           │
│ Nov 18 ████████████│██████                $2,880                           │
│ Nov 21 ██████████████│███████             $3,360                           │
│ Nov 24 ████████████████│█████████         $3,840                           │
│ Nov 27 ██████████████████│██████████      $4,320                           │
│ Nov 30 ████████████████████│███████████   $4,800                           │
│                                                                            │
│ [ Acknowledge ] [ Raise… ] [ Details ]                                     │
│                                                                            │
│ budget of team search · UTC days 1–30 Nov 2026 · from the bill · data as   │
│ of 22 Nov 09:30 UTC                                                        │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_budget_without_spend() -> None:
    assert shown(now(0)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ search: 0.8 % spent, $20 of $2,500; 8 days left                            │
│                                                                            │
│ 🟢 Within budget                                                           │
│                                                                            │
│ ░░░░░░░░░░░░░░│░░░░░░ 0.8 %                                                │
│                                                                            │
│ Spent                    Forecast                                          │
│ $20.00                   $20.00                                            │
│ 0.8 % of $2,500          $19.00 – $21.00                                   │
│                          0.8 % of the budget                               │
│ Even pace                Left a day                                        │
│ $1,833                   $310.00                                           │
│ an even line to today    forecast $0.00                                    │
│                                                                            │
│ At this pace it lasts.                                                     │
│                                                                            │
│ Adding up, USD                                                             │
│ █ Spent, then forecast  │ Even line                                        │
│ Nov 3     │                               $0.00                            │
│ Nov 6        │                            $0.00                            │
│ Nov 9            │                        $0.00                            │
│ Nov 12              │                     $0.00                            │
│ Nov 15                 │                  $0.00                            │
│ Nov 18                    │               $0.00                            │
│ Nov 21                       │            $0.00                            │
│ Nov 24                           │       $20.00                            │
│ Nov 27                              │    $20.00                            │
│ Nov 30                                 │ $20.00                            │
│                                                                            │
│ [ Acknowledge ] [ Raise… ] [ Details ]                                     │
│                                                                            │
│ budget of team search · UTC days 1–30 Nov 2026 · from the bill · data as   │
│ of 22 Nov 09:30 UTC                                                        │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_budget_of_which_nothing_is_known() -> None:
    standing = find_standing(SEARCH, DailySpend({}, {}), today=TODAY)
    found = BudgetNow(standing=standing, fetched={}, data_as_of=None)

    assert budget_message(found).text == "search: nothing known yet of $2,500"
    assert (
        budget_message(replace(found, unmatched=("team search",))).text
        == "search: nothing known of $2,500, as nothing is called team search"
    )


def test_levels_are_told_with_the_forecast() -> None:
    assert level_reply(now(), [MOST], mention="S0ONCALL1").text == snapshot(
        "80 % of budget search reached: $2,015 of $2,500, forecast $2,850 (114 %), 8 days left"
    )
    assert "<!subteam^S0ONCALL1>" in str(level_reply(now(), [MOST], mention="S0ONCALL1").blocks)


def test_a_period_that_is_over_says_how_it_ended() -> None:
    november = replace(SEARCH, period=Period.PROJECT, days=Interval(date(2026, 11, 1), date(2026, 12, 1)))

    assert closing_message(now(budget=november, today=date(2026, 12, 1))).text == snapshot(
        "search: 1–30 Nov ended over budget, 114 % spent ($2,850 of $2,500)"
    )


def test_estimated_days_are_marked() -> None:
    found = replace(now(), fetched=fetched_days(last_days(3), source=Source.ESTIMATE))

    assert "87 % spent est." not in budget_message(now()).text
    assert " est." in budget_message(found).text


@pytest.mark.parametrize(("a_day", "said"), [(0, 0), (10, 1), (95, 16), (1000, 20)])
def test_the_bar_fills_up_and_no_further(a_day: int, said: int) -> None:
    assert bar(now(a_day).standing).count("█") == said


def test_what_a_budget_said_before_it_was_none_any_more_is_escaped_once() -> None:
    before = budget_message(now(budget=replace(SEARCH, name="R&D <!channel>")), told=(ALL,))
    (paragraph,) = [block for block in set_aside_message("R&D", before, today=TODAY).blocks if "Before" in str(block)]
    assert paragraph["text"]["text"].startswith("Before: R&amp;D &lt;")


@pytest.mark.parametrize("name", ["n" * 200, "<!channel>`&" * 15])
def test_no_name_breaks_slacks_limits(name: str) -> None:
    budget = replace(SEARCH, name=name, scope=Scope(team=name, workspace=name, key=name, model=name))
    found = replace(now(budget=budget), drivers=((name, usd(9)),) * 50, unmatched=(name,) * 20)

    for message in (budget_message(found, told=(ALL,)), level_reply(found, [ALL]), closing_message(found)):
        assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
        assert "<!channel>" not in str([block for block in message.blocks if block["type"] != "header"])


@pytest.mark.parametrize("days", [1, 7, 92, 400])
def test_a_chart_fits_whatever_the_period(days: int) -> None:
    project = Interval(TODAY - timedelta(days=days - 1), TODAY + timedelta(days=1))

    assert shown(now(budget=replace(SEARCH, period=Period.PROJECT, days=project)))


def test_levels_by_the_forecast_are_told_as_such() -> None:
    by_forecast = now(budget=replace(SEARCH, on=On.FORECAST))

    assert "50 % and 80 % reached by the forecast" in shown(by_forecast, told=(HALF, MOST))
    assert level_reply(by_forecast, [MOST]).text.startswith("80 % of budget search reached by the forecast: $2,015 of")


def test_a_budget_whose_team_is_gone_shows_no_figures() -> None:
    """They would look like no spend."""
    standing = find_standing(SEARCH, DailySpend({}, {}), today=TODAY)
    found = BudgetNow(standing=standing, fetched={}, data_as_of=NOW, unmatched=("team search",))

    assert shown(found) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ search: nothing known of $2,500, as nothing is called team search          │
│                                                                            │
│ ⚠️ Nothing is called team search, so nothing is counted and no level can   │
│ be reached. Change [[budgets]], or [[teams]], in claudecost.toml.          │
│                                                                            │
│ budget of team search · UTC days 1–30 Nov 2026 · nothing is called so:     │
│ team search · data as of 22 Nov 09:30 UTC                                  │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_without_a_forecast_the_chart_ends_today() -> None:
    """Seven days are too few for one."""
    whole = dict.fromkeys(Interval(date(2026, 11, 19), TODAY).days(), usd(9))
    standing = find_standing(SEARCH, DailySpend(whole, {TODAY: usd(2)}), today=TODAY)
    found = BudgetNow(standing=standing, fetched=fetched_days(last_days(3)), data_as_of=NOW)

    (chart,) = [block for block in budget_message(found).blocks if block["type"] == "data_visualization"]
    assert [series["name"] for series in chart["chart"]["series"]] == ["Spent", "Even line"]
    assert chart["chart"]["axis_config"]["categories"][-1] == "Nov 22"


def test_how_a_period_ended_says_which_levels_came_late() -> None:
    november = replace(SEARCH, days=Interval(date(2026, 11, 1), date(2026, 12, 1)))
    ended = now(budget=november, today=date(2026, 12, 1))

    assert "100 % reached in its last days" in str(closing_message(ended, reached=(ALL,)).blocks)
    assert ended_reply(ended, [ALL]).text == snapshot(
        "100 % reached in the last days of search: 1–30 Nov ended over budget, 114 % spent ($2,850 of $2,500)"
    )
