"""What could be saved: each with its arithmetic, what it assumes, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPS
from bot.analysis.hints import percent_of
from bot.analysis.savings import Confidence, Kind
from bot.messages import basis
from bot.messages.answer_buttons import SHARE
from bot.messages.layout import build_message, button, code, headline, paragraph, short_model, small_print
from bot.messages.numbers import counted, day_range, money, money_alike, percent, tokens

if TYPE_CHECKING:
    from slackblocks import Block

    from bot.analysis.savings import Saving, Savings
    from bot.model import Message

SHOWN = 6

TITLES = {
    Kind.UNREAD_WRITES: "caching costs more than it saves",
    Kind.UNCACHED: "input that is not cached",
    Kind.BATCH: "requests that could go in batches",
    Kind.LONG_CONTEXT: "requests over 200k tokens",
    Kind.DEARER_MODEL: "a dearer model for the same kind of work",
}

ARITHMETIC = {
    Kind.UNREAD_WRITES: "{tokens} input tokens went through the cache for {paid}; uncached they would be {instead}",
    Kind.UNCACHED: "{tokens} input tokens cost {paid}; at what {beside} pays for each of its own, {instead}",
    Kind.BATCH: "{tokens} tokens sent at once cost {paid}; in batches {instead}",
    Kind.LONG_CONTEXT: "{tokens} tokens in long requests cost {paid}; at the price of shorter ones {instead}",
    Kind.DEARER_MODEL: "{tokens} tokens cost {paid}; at the prices of {beside} {instead}",
}

ASSUMES = {
    Kind.UNREAD_WRITES: "assumes the same requests without `cache_control`",
    Kind.UNCACHED: "assumes its prompts repeat as much as those of {beside}, which gets as much output for its input",
    Kind.BATCH: "assumes they can wait up to 24 hours, like those that this key does send in batches",
    Kind.LONG_CONTEXT: "assumes the prompts can be cut below 200k tokens",
    Kind.DEARER_MODEL: "assumes that model is good enough: input, cache and output are alike, quality is not measured",
}

SURE = {
    Confidence.HIGH: "sure, for it is arithmetic",
    Confidence.MEDIUM: "fairly sure",
    Confidence.LOW: "a guess worth checking",
}


NOTHING_FOUND = (
    "Caching pays where it is used, no key without it resembles one that has it, no key that sends batches sends the "
    "like at once, and no dearer model does what a cheaper one beside it does. What is below a dollar, or a thousandth "
    "of spend, is left out."
)


def savings_answer(found: Savings, *, share_id: str | None) -> Message:
    """What could have been saved in the days looked at, the largest first."""
    if not found.savings:
        return nothing_found(found)
    subject = _subject(found)
    return build_message(
        subject,
        headline(subject),
        *_paragraphs(found),
        None if share_id is None else button("Share in channel", action_id=SHARE, value=share_id),
        small_print(
            "they overlap, so they do not add up",
            f"UTC days {day_range(found.interval)}",
            "prices as billed in these days",
            *_rests_on(found),
        ),
    )


def saving_line(found: Savings) -> str:
    """The largest saving of which there is some certainty in a sentence of mrkdwn, else the largest; empty without one.

    It is said every week: a guess is not to be said before what is known.
    """
    if not found.savings:
        return ""
    saving = min(found.savings, key=lambda each: each.confidence is Confidence.LOW)
    return f"{money(saving.amount)} {_whose(saving, found)}: {TITLES[saving.kind]} ({SURE[saving.confidence]})"


def nothing_found(found: Savings) -> Message:
    """That there is nothing to say, or no data to say it from."""
    subject = "No savings found" if found.spend is not None else "No days to look for savings in yet"
    looked = NOTHING_FOUND if found.spend is not None else "`/claudecost status` shows how far the sync is."
    return build_message(subject, headline(subject), paragraph("why", looked), small_print(*_rests_on(found)))


def _subject(found: Savings) -> str:
    largest = found.savings[0]
    part = f" ({percent(percent_of(largest.amount, found.spend))} of spend)" if found.spend else ""
    more = len(found.savings) - 1
    others = f", and {counted(more, 'more place')} to look" if more else ""
    return f"{money(largest.amount)} could have been saved in {counted(len(found.interval), 'day')}{part}{others}"


def _paragraphs(found: Savings) -> list[Block]:
    told: list[str] = []
    assumed: set[str] = set()
    for saving in found.savings[:SHOWN]:
        assumption = _assumption(saving, found)
        told.append(
            _told(saving, found, assumption="makes the same assumption" if assumption in assumed else assumption)
        )
        assumed.add(assumption)
    more = len(found.savings) - SHOWN
    if more > 0:
        told.append(f"_+{counted(more, 'smaller one')}_")
    return [paragraph(f"saving_{number}", text) for number, text in enumerate(told, 1)]


def _told(saving: Saving, found: Savings, *, assumption: str) -> str:
    paid, instead = money_alike(saving.paid, saving.instead)
    words = {"tokens": tokens(saving.tokens), "paid": paid, "instead": instead, "beside": _beside(saving, found)}
    title = f"*{money(saving.amount)}* {_whose(saving, found)}: {TITLES[saving.kind]}"
    arithmetic = ARITHMETIC[saving.kind].format(**words)
    return f"{title}\n{arithmetic}. {SURE[saving.confidence].capitalize()}: this {assumption}."


def _assumption(saving: Saving, found: Savings) -> str:
    return ASSUMES[saving.kind].format(beside=_beside(saving, found))


def _whose(saving: Saving, found: Savings) -> str:
    workspace = code(found.names.workspace(saving.workspace_id))
    model = code(short_model(saving.model))
    if saving.key is None:
        return f"{workspace}, {model}"
    return f"{code(_key(saving.key, found))} in {workspace}, {model}"


def _beside(saving: Saving, found: Savings) -> str:
    if saving.kind is Kind.DEARER_MODEL:
        return code(short_model(saving.beside))
    return code(_key(saving.beside, found))


def _key(row_id: str, found: Savings) -> str:
    return GROUPS["key"].label(row_id, found.names)


def _rests_on(found: Savings) -> list[str]:
    return [
        basis.days_unknown(found.missing_days),
        basis.source(estimated=found.estimated),
        basis.as_of(found.data_as_of),
    ]
