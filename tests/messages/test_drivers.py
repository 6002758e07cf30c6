"""Why, in a line: what drove the change and which keys, in figures that add up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.hints import Look
from bot.messages.drivers import first_driver, named_drivers, why_line
from bot.messages.hints import SENTENCES, hint_lines, month_end
from bot.messages.numbers import adding_up
from bot.model import NO_KEY, WorkspaceLines
from tests.builders import CI_KEY, HAIKU, SONNET, TODAY, cost_line, names, other_cost_line
from tests.changes import BEFORE, broken_cache, used, why, workspace_lines

NAMES = names(api_keys={CI_KEY: "ci", "apikey_ingest": "ingest-prod", "b": "<lab> & Co"})
GREW = (used(BEFORE, output=4), used(output=5))


def said(*parts: WorkspaceLines) -> str:
    return why_line(why(*parts), NAMES).replace("*", "")


def test_a_broken_cache_by_a_new_key() -> None:
    assert said(*broken_cache()) == (
        "Why: cache hit rate 90 % → 43 % +$568.00, more tokens +$14.50. "
        "Key `ingest-prod` +$842.50 (first seen 21 Nov); 1 other key −$260.00."
    )


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (GREW, "more tokens +$25.00."),
        (GREW[::-1][:1], "nothing was spent in the days before."),
        ((used(BEFORE, output=5), used(output=4)), "fewer tokens −$25.00."),
        ((used(BEFORE, output=4), used(output=4, times=2)), "higher prices +$100.00."),
        ((used(BEFORE, output=4), used(model=SONNET, output=4, times=2)), "dearer models +$100.00."),
        ((used(BEFORE, output=4), used(model=HAIKU, output=4, times="0.5")), "cheaper models −$50.00."),
        ((used(BEFORE, tier="batch", output=4, times="0.5"), used(output=4)), "less batch +$50.00."),
        ((used(BEFORE, output=4), used(window="200k-1M", output=4, times=2)), "longer requests +$100.00."),
        ((used(BEFORE, uncached_input=4, output=1), used(uncached_input=3, output=2)), "longer outputs +$20.00."),
        ((used(BEFORE, uncached_input=4), used(uncached_input=2, cache_write_5m=2)), "less from the cache +$2.50."),
        ((used(BEFORE, output=4), used(output=4), workspace_lines([other_cost_line(3)])), "code execution +$3.00."),
        (
            (used(BEFORE, output=4), used(output=4), workspace_lines([cost_line(3, model="x")])),
            "tokens without usage +$3",
        ),
        ((used(BEFORE, output=4), used(output=4)), "nothing changed."),
    ],
)
def test_each_driver_has_its_words(parts: tuple[WorkspaceLines, ...], words: str) -> None:
    assert f"Why: {words}" in said(*parts)


def test_small_drivers_are_told_together() -> None:
    parts = (used(BEFORE, output=40, uncached_input=1), used(output=50, uncached_input=1))
    charges = workspace_lines([other_cost_line(1)])
    assert [part.words for part in named_drivers(why(*parts, charges))] == ["more tokens", "all else"]


def test_a_small_driver_alone_has_its_own_words() -> None:
    parts = (used(BEFORE, output=40), used(output=50), workspace_lines([other_cost_line(1)]))
    assert [part.words for part in named_drivers(why(*parts))] == ["more tokens", "code execution"]


def test_the_notification_has_the_first_driver() -> None:
    driver = first_driver(why(*broken_cache()))
    assert driver is not None
    assert (driver.words, driver.figure.text) == ("cache hit rate 90 % → 43 %", "+$568.00")
    assert first_driver(why(used(output=1))) is None


# --- Keys ---


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (GREW, "Key ci all of it."),
        (
            (*GREW, used(key="b", output=1)),
            "Keys ci +$25.00 and &lt;lab&gt; &amp; Co +$25.00 (first seen 21 Nov) of it.",
        ),
        ((used(key=NO_KEY, output=1),), "Console and logins all of it."),
        (
            (used(key=NO_KEY, output=1), used(output=1)),
            " ci +$25.00 (first seen 21 Nov) and Console and logins +$25.00 of",
        ),
        ((used(BEFORE, output=1),), "Key ci all of it."),
    ],
)
def test_keys_behind_a_change(parts: tuple[WorkspaceLines, ...], words: str) -> None:
    assert words in said(*parts).replace("`", "")


def test_no_key_is_named_where_nothing_changed() -> None:
    assert said(used(BEFORE, output=4), used(output=4)) == "Why: nothing changed."


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefg"), st.booleans(), st.integers(0, 10**6), st.integers(0, 10**6)),
        min_size=1,
        max_size=9,
    )
)
def test_what_is_written_adds_up_to_what_is_written_of_the_whole(uses: list[tuple[str, bool, int, int]]) -> None:
    found = why(
        *(
            used(*([BEFORE] if earlier else []), key=key, output=f"{output}e-6", uncached_input=f"{input_}e-6")
            for key, earlier, output, input_ in uses
        )
    )
    (whole,) = adding_up([found.increase], before=found.previous, now=found.current)
    assert sum(part.figure.amount for part in named_drivers(found)) == whole.amount
    _, _, keys = why_line(found, NAMES).partition(". ")
    if keys and "all of it" not in keys:
        written = re.findall(r"([+−]?)\$([\d,]+)(?:\.(\d\d))?\*", keys)
        assert sum(in_cents(*each) for each in written) * 10**7 == whole.amount


def in_cents(sign: str, dollars: str, cents: str) -> int:
    """A figure in cents."""
    return int(f"{'-' if sign == '−' else ''}{dollars.replace(',', '')}{cents or '00'}")


# --- What to look at ---


def test_every_look_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Look)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (broken_cache(), "claude-opus-5-5 writes to the cache what it used to read: look for a date or an id"),
        ((used(BEFORE, output=1), used(output=3)), "ci sends 3.0 times its tokens: look for a retry loop"),
        ((used(BEFORE, output=4), used(output=5)), "ci sends more of the same"),
        ((*GREW, used(BEFORE, key="x", output=4), used(key="x", output=5)), "several keys send more of the same"),
        ((used(BEFORE, output=4), used(output=4), used(key="b", output=4)), "&lt;lab&gt; &amp; Co is new"),
        ((used(BEFORE, output=4), used(output=4), workspace_lines([other_cost_line(3)])), "Code execution is billed"),
        (
            (used(BEFORE, uncached_input=8, output=2), used(uncached_input=5, output=5)),
            "from 20 % to 50 % of its tokens",
        ),
    ],
)
def test_what_to_look_at(parts: tuple[WorkspaceLines, ...], words: str) -> None:
    (line,) = hint_lines(why(*parts), NAMES)
    assert words in line.replace("`", "")


def test_a_fall_needs_no_look() -> None:
    found = why(used(BEFORE, output=5), used(output=4))
    assert (hint_lines(found, NAMES), month_end(found, days=1, since=TODAY)) == ([], "")


def test_a_second_driver_of_a_fourth_has_a_hint_too() -> None:
    lines = hint_lines(why(used(BEFORE, output=4), used(output=8, times="1.5")), NAMES)
    assert ["2.0 times" in lines[0], "costs more" in lines[1]] == [True, True]


def test_what_it_costs_if_it_stays_is_an_estimate() -> None:
    assert month_end(why(*GREW), days=7, since=TODAY) == "+$32.14 est. by 30 Nov"
