"""Which workspace is meant by what somebody typed, and which days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.ask_why import UnknownWorkspace, find_workspace, parse_why, split_words
from bot.analysis.question import NotUnderstood
from bot.model import Workspace
from tests.builders import TODAY

KNOWN = [
    Workspace("wrkspc_1", "Checkout"),
    Workspace("wrkspc_2", "Checkout EU"),
    Workspace("wrkspc_3", "Search"),
    Workspace("wrkspc_4", "Search", archived=True),
    Workspace("default", "Default workspace"),
]


@pytest.mark.parametrize(
    ("text", "workspace", "period"),
    [
        ("checkout", "checkout", "7d"),
        ("checkout 30d", "checkout", "30d"),
        ("checkout LAST month", "checkout", "last month"),
        ("Data science 2026-10", "Data science", "2026-10"),
        ("“30d” today", "30d", "today"),
        ("today", "today", "7d"),
        ("checkout, eu 30d", "checkout, eu", "30d"),
    ],
)
def test_a_name_and_then_a_period(text: str, workspace: str, period: str) -> None:
    asked = parse_why(split_words(text), today=TODAY)
    assert (asked.workspace, asked.question.period.name) == (workspace, period)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "name a workspace"),
        ("checkout by model", "a workspace and a period alone"),
        ("checkout 2027-01", "ask for a month from 2023-01 to 2026-11"),
        ("checkout 500d", "ask for 1 to 400 days"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_mend(text: str, hint: str) -> None:
    with pytest.raises(NotUnderstood, match=hint):
        parse_why(split_words(text), today=TODAY)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_whatever_is_typed_is_a_question_or_refused(words: list[str]) -> None:
    try:
        asked = parse_why(words, today=TODAY)
    except NotUnderstood:
        return
    assert " ".join(words).startswith(asked.workspace)


@pytest.mark.parametrize(
    ("word", "id_"),
    [
        ("wrkspc_2", "wrkspc_2"),
        ("WRKSPC_2", "wrkspc_2"),
        ("checkout", "wrkspc_1"),
        ("  CHECKOUT eu ", "wrkspc_2"),
        ("eu", "wrkspc_2"),
        ("search", "wrkspc_3"),
        ("wrkspc_4", "wrkspc_4"),
        ("default", "default"),
    ],
)
def test_a_workspace_is_found_by_its_id_its_name_or_a_part_of_it(word: str, id_: str) -> None:
    assert find_workspace(word, KNOWN).id == id_


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("check", '"check" could be Checkout or Checkout EU; write more of its name, or its id'),
        ("chekout", '"chekout" is no workspace here; there is Checkout or Checkout EU'),
        ("zzz", '"zzz" is no workspace here; there is Checkout, Checkout EU, Search (wrkspc_3) and 2 more'),
    ],
)
def test_what_is_nearby_is_named_on_one_line(word: str, sentence: str) -> None:
    with pytest.raises(UnknownWorkspace) as unknown:
        find_workspace(word, KNOWN)
    assert str(unknown.value) == sentence


def test_namesakes_are_told_apart_by_their_ids() -> None:
    with pytest.raises(UnknownWorkspace, match=r"could be twin \(a\) or twin \(b\)"):
        find_workspace("twin", [Workspace("a", "twin"), Workspace("b", "twin")])


def test_names_stay_on_their_line() -> None:
    with pytest.raises(UnknownWorkspace) as unknown:
        find_workspace("x\ny", [Workspace("a", "one\ntwo"), Workspace("b", "\x1b[2J")])
    assert "\n" not in str(unknown.value)
    assert "\x1b" not in str(unknown.value)


def test_before_the_first_sync_there_is_no_workspace() -> None:
    with pytest.raises(UnknownWorkspace, match="there is none yet"):
        find_workspace("checkout", [])
