"""Savings as people read them: dollars, arithmetic, assumption, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.analysis.savings import Confidence, Kind, Saving, Savings
from bot.messages.savings import nothing_found, saving_line, savings_answer
from bot.model import ApiKey, Names, Workspace, usd
from bot.sandbox.slack.limits import refuse_message
from bot.terminal.slack_preview import preview_as_text
from tests.builders import NOW, last_days

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-4-5-20251001"
NAMES = Names(
    workspaces={"w": Workspace("w", "checkout")},
    api_keys={"a": ApiKey("a", "ingest-prod", "active", "w"), "b": ApiKey("b", "web", "active", "w")},
)


def saving(kind: Kind, paid: int, instead: int, *, key: str | None = "a", beside: str = "") -> Saving:
    return Saving(
        kind=kind,
        workspace_id="w",
        key=key,
        model=OPUS,
        tokens=10_000_000,
        paid=usd(paid),
        instead=usd(instead),
        confidence=Confidence.MEDIUM,
        beside=beside,
    )


FOUND = Savings(
    interval=last_days(28),
    savings=(
        replace(saving(Kind.UNREAD_WRITES, 625, 500), confidence=Confidence.HIGH),
        saving(Kind.UNCACHED, 150, 60, beside="b"),
        saving(Kind.BATCH, 75, 38),
        saving(Kind.LONG_CONTEXT, 60, 30),
        replace(saving(Kind.DEARER_MODEL, 25, 5, key=None, beside=HAIKU), confidence=Confidence.LOW),
    ),
    spend=usd(4000),
    names=NAMES,
    estimated=False,
    missing_days=(),
    data_as_of=NOW,
)


def test_each_has_its_arithmetic_and_its_assumption() -> None:
    assert preview_as_text(savings_answer(FOUND, share_id="id"), width=78) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ $125.00 could have been saved in 28 days (3.1 % of spend), and 4 more      │
│ places to look                                                             │
│                                                                            │
│ $125.00 ingest-prod in checkout, claude-opus-5-5: caching costs more than  │
│ it saves                                                                   │
│ 10M input tokens went through the cache for $625.00; uncached they would   │
│ be $500.00. Sure, for it is arithmetic: this assumes the same requests     │
│ without cache_control.                                                     │
│                                                                            │
│ $90.00 ingest-prod in checkout, claude-opus-5-5: input that is not cached  │
│ 10M input tokens cost $150.00; at what web pays for each of its own,       │
│ $60.00. Fairly sure: this assumes its prompts repeat as much as those of   │
│ web, which gets as much output for its input.                              │
│                                                                            │
│ $37.00 ingest-prod in checkout, claude-opus-5-5: requests that could go in │
│ batches                                                                    │
│ 10M tokens sent at once cost $75.00; in batches $38.00. Fairly sure: this  │
│ assumes they can wait up to 24 hours, like those that this key does send   │
│ in batches.                                                                │
│                                                                            │
│ $30.00 ingest-prod in checkout, claude-opus-5-5: requests over 200k tokens │
│ 10M tokens in long requests cost $60.00; at the price of shorter ones      │
│ $30.00. Fairly sure: this assumes the prompts can be cut below 200k        │
│ tokens.                                                                    │
│                                                                            │
│ $20.00 checkout, claude-opus-5-5: a dearer model for the same kind of work │
│ 10M tokens cost $25.00; at the prices of claude-haiku-4-5 $5.00. A guess   │
│ worth checking: this assumes that model is good enough: input, cache and   │
│ output are alike, quality is not measured.                                 │
│                                                                            │
│ [ Share in channel ]                                                       │
│                                                                            │
│ they overlap, so they do not add up · UTC days 25 Oct – 21 Nov · prices as │
│ billed in these days · from the bill · data as of 22 Nov 09:30 UTC         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_an_assumption_that_several_make_is_told_once() -> None:
    both = (saving(Kind.BATCH, 300, 150), saving(Kind.BATCH, 200, 100, key="b"))
    text = str(savings_answer(replace(FOUND, savings=both), share_id=None).blocks)

    assert text.count("they can wait up to 24 hours") == 1
    assert "in batches $100.00. Fairly sure: this makes the same assumption." in text


def test_the_notification_tells_the_largest() -> None:
    assert savings_answer(FOUND, share_id=None).text == snapshot(
        "$125.00 could have been saved in 28 days (3.1 % of spend), and 4 more places to look"
    )


def test_a_digest_has_no_guess_where_something_is_surer() -> None:
    sure = replace(FOUND.savings[0], paid=usd(6), instead=usd(4))
    guess = replace(FOUND.savings[4], paid=usd(900))

    assert saving_line(replace(FOUND, savings=(guess, sure))).startswith("$2.00 `ingest-prod`")


def test_a_digest_has_a_line_of_the_largest() -> None:
    assert saving_line(FOUND) == (
        "$125.00 `ingest-prod` in `checkout`, `claude-opus-5-5`: caching costs more than it saves "
        "(sure, for it is arithmetic)"
    )


def test_without_savings_it_says_what_was_looked_for() -> None:
    assert preview_as_text(nothing_found(replace(FOUND, savings=())), width=78) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ No savings found                                                           │
│                                                                            │
│ Caching pays where it is used, no key without it resembles one that has    │
│ it, no key that sends batches sends the like at once, and no dearer model  │
│ does what a cheaper one beside it does. What is below a dollar, or a       │
│ thousandth of spend, is left out.                                          │
│                                                                            │
│ from the bill · data as of 22 Nov 09:30 UTC                                │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_without_days_there_is_nothing_to_say() -> None:
    empty = replace(FOUND, savings=(), spend=None, missing_days=last_days(28).days(), data_as_of=None)

    assert savings_answer(empty, share_id=None).text == "No days to look for savings in yet"


@pytest.mark.parametrize("name", ["n" * 200, "<!channel>`&" * 15])
def test_no_name_breaks_slacks_limits(name: str) -> None:
    names = Names(
        workspaces={"w": Workspace("w", name)},
        api_keys={key: ApiKey(key, name, "active", "w") for key in "ab"},
    )
    message = savings_answer(replace(FOUND, savings=FOUND.savings * 4, names=names), share_id="id")

    assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
    assert "<!channel>" not in str(message.blocks)
