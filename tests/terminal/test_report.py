"""What the terminal says of filters, of the largest rows, and of periods of different lengths."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.analysis.question import Filter
from bot.messages.report import report_answer
from bot.terminal.report import report_as_csv, report_as_json, report_as_text
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CHECKOUT, SEARCH, report

if TYPE_CHECKING:
    from bot.analysis.report import Report

SPEND = {CHECKOUT: 60, SEARCH: 30, "w3": 7, "w4": 3}


def asked(text: str) -> Report:
    return report(text, spend=SPEND, previous={CHECKOUT: 40, "w3": 5})


def test_the_largest_rows_come_with_what_the_others_come_to() -> None:
    text = str(report_as_text(asked("7d top 2")))
    assert "checkout" in text
    assert "+2 more" in text
    assert "w3" not in text
    assert "+2 more" in preview_as_text(report_answer(asked("7d top 2")))


def test_json_has_what_the_others_come_to_where_only_the_largest_were_asked_for() -> None:
    found = json.loads(report_as_json(asked("7d top 2")))
    assert [row["id"] for row in found["rows"]] == [CHECKOUT, SEARCH]
    assert found["rest"] == {"rows": 2, "spend": "10", "previous": "5"}


def test_json_says_what_was_filtered_and_compared_and_nothing_of_it_otherwise() -> None:
    answer = asked("7d vs last week")
    filtered = replace(answer, question=replace(answer.question, filters=(Filter(name="prod", kind="workspace"),)))
    found = json.loads(report_as_json(filtered))
    assert found["question"] == "7d by workspace workspace:prod vs last week"
    assert (found["filters"], found["previous_until"]) == (["workspace:prod"], "2026-11-16")
    assert {"question", "filters", "rest"}.isdisjoint(json.loads(report_as_json(asked("7d"))))


def test_csv_has_the_rows_that_were_asked_for() -> None:
    assert report_as_csv(asked("7d top 1 csv")).splitlines()[1:] == [f"{CHECKOUT},checkout,60,40"]


def test_periods_of_different_lengths_are_told_a_day() -> None:
    answer = asked("7d vs last month")
    assert answer.change_percent is None
    assert {row.change_percent for row in answer.rows} == {None}
    for shown in (str(report_as_text(answer)), preview_as_text(report_answer(answer))):
        assert "not as many days, so no percentages:" in " ".join(shown.replace("│", " ").split())


def test_a_headline_says_what_filters_leave() -> None:
    answer = report()
    kept, left = Filter(name="prod", kind="workspace"), Filter(name="batch", kind="tier", excluded=True)
    message = report_answer(replace(answer, question=replace(answer.question, filters=(kept, left))))
    assert message.text.startswith("prod without batch: $119.00 in 7 days")
    assert report_answer(answer).text.startswith("$119.00 in 7 days")
