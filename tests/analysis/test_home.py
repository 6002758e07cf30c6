"""Whose workspaces come first: what somebody asked about and acted on, then what spent most."""

from __future__ import annotations

from bot.analysis.home import own_first
from bot.analysis.month import WorkspaceMonth
from tests.builders import CHECKOUT, SEARCH, TODAY


def workspace(id_: str, label: str) -> WorkspaceMonth:
    return WorkspaceMonth(id=id_, label=label, spent=1, total=2, last_month=3)


KNOWN = [workspace("wrkspc_big", "Data & science"), workspace(CHECKOUT, "checkout"), workspace(SEARCH, "search")]


def order(*questions: str, handled: tuple[str, ...] = ()) -> list[str]:
    return [each.label for each in own_first(KNOWN, questions=questions, handled=handled, today=TODAY)]


def test_without_questions_what_spent_most_comes_first() -> None:
    assert order("7d by workspace", "30d by model", "why") == ["Data & science", "checkout", "search"]


def test_what_was_asked_about_most_comes_first() -> None:
    assert order("why search", "why check 30d", "why SEARCH last month")[:2] == ["search", "checkout"]


def test_filters_count_and_what_is_left_out_does_not() -> None:
    assert order("30d by model workspace:search -workspace:checkout")[0] == "search"
    assert order("7d by workspace -workspace:search")[0] == "Data & science"


def test_a_name_is_read_as_slack_sends_it() -> None:
    assert order("why search", 'why "data &amp; sci" 7d', "why data &amp; science")[0] == "Data & science"


def test_alerts_somebody_acted_on_count_too() -> None:
    assert order(handled=(SEARCH,))[0] == "search"


def test_a_filter_of_nothing_names_nothing() -> None:
    assert order("7d workspace:*")[0] == "Data & science"
