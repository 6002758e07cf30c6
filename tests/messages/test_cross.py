"""A cross of two groupings is one table that adds up and that a phone can show."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.messages.report import report_answer
from bot.terminal.slack_preview import preview_as_text
from tests.builders import (
    CHECKOUT,
    HAIKU,
    OPUS,
    SEARCH,
    TODAY,
    cross_report,
    fetched_day,
    fetched_days,
    names,
    question,
)

if TYPE_CHECKING:
    from bot.model import Message

KEYS = {"key_ci": "ci-nightly", "key_eu": "ingest-prod-eu-west-1", "key_us": "ingest-prod-us-east-1"}
PAIRS: dict[tuple[str, ...], str | int] = {
    (CHECKOUT, "key_ci"): "1240.20",
    (CHECKOUT, "console"): "61.20",
    (CHECKOUT, "not_attributable"): "4.40",
    (SEARCH, "key_eu"): "402.77",
    (SEARCH, "key_us"): "398.10",
}
BEFORE: dict[tuple[str, ...], str | int] = {**PAIRS, (CHECKOUT, "key_ci"): 1000, (SEARCH, "key_us"): 0}
NAMES = names(api_keys=KEYS)


def table_of(message: Message) -> list[list[str]]:
    (table,) = (block for block in message.blocks if block["type"] == "table")
    return [[cell["text"] for cell in row] for row in table["rows"]]


def daily(text: str, spend: dict[str, int]) -> dict[tuple[str, ...], str | int]:
    """The same spend on each day of a period."""
    return {(day.isoformat(), id_): usd for day in question(text).period.current.days() for id_, usd in spend.items()}


def test_a_week_by_workspace_and_key() -> None:
    message = report_answer(cross_report("7d by workspace key", spend=PAIRS, previous=BEFORE, names=NAMES))
    assert message.text == snapshot("$2,107 in 7 days, up 43 % (+$638); most: checkout · ci-nightly $1,240 (59 %)")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $2,107 in 7 days, up 43 % (+$638)                                          │
│                                                                            │
│ What moved: search · ingest-prod-us-east-1 +$398.10, checkout · ci-nightly │
│ +$240.20                                                                   │
│                                                                            │
│ Largest, USD                                                               │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ ci-nightly   ██████████████████████████│█████   $1,240                     │
│ ingest-prod… ██████████│                       $402.77                     │
│ ingest…ast-1 │█████████                        $398.10                     │
│ Console and… ██│                                $61.20                     │
│ Not attribu… │                                   $4.40                     │
│                                                                            │
│ ╭───────────┬────────────┬─────────┬────────╮                              │
│ │ Workspace │ API key    │   Spend │ Change │                              │
│ ├───────────┼────────────┼─────────┼────────┤                              │
│ │ checkout  │ ci-nightly │  $1,240 │  +24 % │                              │
│ │ search    │ ingest-pr… │ $402.77 │    0 % │                              │
│ │ search    │ inges…st-1 │ $398.10 │    new │                              │
│ │ checkout  │ Console,…  │  $61.20 │    0 % │                              │
│ │ checkout  │ No key     │   $4.40 │    0 % │                              │
│ ╰───────────┴────────────┴─────────┴────────╯                              │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · complete days · from the bill · │
│ data as of 22 Nov 09:30 UTC · understood as 7d by workspace key            │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_more_than_ten_rows_are_nine_and_one_for_the_rest() -> None:
    spend: dict[tuple[str, ...], str | int] = {(CHECKOUT, f"key_{number}"): number for number in range(1, 31)}
    table = table_of(report_answer(cross_report("7d by workspace key", spend=spend, previous=spend)))
    assert len(table) == 1 + 10
    assert table[-1] == ["+21 more", "–", "$231.00", "0 %"]


def test_a_name_that_comes_again_is_the_same_and_two_alike_stay_apart() -> None:
    table = table_of(report_answer(cross_report("7d by workspace key", spend=PAIRS, previous=BEFORE, names=NAMES)))
    assert [row[:2] for row in table[1:]] == snapshot(
        [
            ["checkout", "ci-nightly"],
            ["search", "ingest-pr…"],
            ["search", "inges…st-1"],
            ["checkout", "Console,…"],
            ["checkout", "No key"],
        ]
    )


def test_models_are_told_without_what_they_share() -> None:
    spend: dict[tuple[str, ...], str | int] = {(OPUS, "output"): 2, (HAIKU, "no_tokens"): 1}
    table = table_of(report_answer(cross_report("7d by model token", spend=spend, previous={})))
    assert table == snapshot(
        [
            ["Model", "All", "Output", "No tokens"],
            ["opus-5-5", "$2.00", "$2.00", "–"],
            ["haiku-4-5", "$1.00", "–", "$1.00"],
            ["All", "$3.00", "$2.00", "$1.00"],
        ]
    )


def test_days_and_what_spent_most_on_them() -> None:
    spend = daily("30d", {CHECKOUT: 40, SEARCH: 30, "staging": 20, "demo": 10})
    message = report_answer(cross_report("30d by workspace day", spend=swapped(spend), previous={}))
    assert table_of(message) == snapshot(
        [
            ["UTC day", "checkout", "search", "+2 more"],
            ["21 earlier days", "$840.00", "$630.00", "$630.00"],
            ["Fri 13 Nov", "$40.00", "$30.00", "$30.00"],
            ["Sat 14 Nov", "$40.00", "$30.00", "$30.00"],
            ["Sun 15 Nov", "$40.00", "$30.00", "$30.00"],
            ["Mon 16 Nov", "$40.00", "$30.00", "$30.00"],
            ["Tue 17 Nov", "$40.00", "$30.00", "$30.00"],
            ["Wed 18 Nov", "$40.00", "$30.00", "$30.00"],
            ["Thu 19 Nov", "$40.00", "$30.00", "$30.00"],
            ["Fri 20 Nov", "$40.00", "$30.00", "$30.00"],
            ["Sat 21 Nov", "$40.00", "$30.00", "$30.00"],
        ]
    )


def swapped(spend: dict[tuple[str, ...], str | int]) -> dict[tuple[str, ...], str | int]:
    """The other grouping first."""
    return {(two, one): amount for (one, two), amount in spend.items()}


def test_a_day_never_fetched_is_no_zero_in_a_column() -> None:
    period = question("2d").period
    fetched = fetched_days(period.current)
    del fetched[period.current.since]
    spend = {ids: usd for ids, usd in daily("2d", {CHECKOUT: 5}).items() if ids[0] != period.current.since.isoformat()}
    table = table_of(report_answer(cross_report("2d by day workspace", spend=spend, previous={}, fetched=fetched)))
    assert table == [["UTC day", "checkout"], ["Fri 20 Nov", "–"], ["Sat 21 Nov", "$5.00"]]


def test_today_is_so_far_and_has_no_change() -> None:
    fetched = {
        TODAY: fetched_day(TODAY, fetched_at=datetime(2026, 11, 22, 9, tzinfo=UTC)),
        date(2026, 11, 15): fetched_day(date(2026, 11, 15)),
    }
    asked = cross_report("today by workspace key", spend=PAIRS, previous=BEFORE, fetched=fetched, names=NAMES)
    table = table_of(report_answer(asked))
    assert {row[-1] for row in table[1:]} == {"–"}


def test_a_cross_adds_up_both_ways() -> None:
    spend: dict[tuple[str, ...], str | int] = {
        (f"wrkspc_{one}", model): one + place
        for one in range(30)
        for place, model in enumerate((OPUS, HAIKU, "claude-next", "claude-old"))
    }
    header, *lines = table_of(report_answer(cross_report("7d by workspace model", spend=spend, previous={})))
    figures = [[float(cell.strip("$").replace(",", "")) for cell in line[1:]] for line in lines]
    assert [header[1], header[4]] == ["All", "+2 more"]
    assert [line[0] for line in lines[-2:]] == ["+25 more", "All"]
    assert all(sum(line[1:]) == line[0] for line in figures)
    assert [sum(column[:-1]) for column in zip(*figures, strict=True)] == figures[-1]
    assert figures[-1][0] == sum(map(float, spend.values()))
