"""What to look at, a short sentence each, and what a change comes to if it stays."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPS, LABELS, in_words
from bot.analysis.hints import Look, find_hint
from bot.analysis.why import by_month_end
from bot.messages.drivers import DRIVERS, amount_of
from bot.messages.layout import code, escape, label
from bot.messages.numbers import how_many_times, money_change, percent, plain_day

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.hints import DriverName, Hint
    from bot.analysis.why import Why
    from bot.model import Names

HINTS = 2
WORTH_A_HINT = 4
"""A driver of a fourth of the rise is worth looking at beside the first."""

SENTENCES = {
    Look.NEW_KEY: "{about} is new and sends most of the new tokens: ask its owner whether that is meant",
    Look.RETRY_LOOP: "{about} sends {times} times its tokens: look for a retry loop, or a job that runs more often",
    Look.MORE_TRAFFIC: "{about} more of the same, so more use rather than a fault, unless something runs too often",
    Look.DEARER_MODEL: "{about} went from {before} to {now} of the tokens: check that the work needs it",
    Look.LEFT_BATCH: "batch went from {before} to {now} of the tokens: find the run that left it, at twice the price",
    Look.LONGER_CONTEXT: "long-context requests went from {before} to {now} of the tokens, at a higher price each",
    Look.LONGER_OUTPUTS: (
        "output of {about} went from {before} to {now} of its tokens: look at `max_tokens`, thinking and prompts"
    ),
    Look.BROKEN_PREFIX: (
        "{about} writes to the cache what it used to read: look for a date or an id that changes early in the prompt"
    ),
    Look.LOST_CACHE: "{about} reads less from the cache: look for a dropped `cache_control`, or rarer requests",
    Look.CACHE_WRITES: "{about} writes more to the cache than it reads: a write costs at least 1.25 times the input",
    Look.DEARER_REGION: "{about} went from {before} to {now} of what tokens cost: that region has a higher price",
    Look.DEARER_PRICE: "a token of {about} costs more than before: a list price, or a discount that ended",
    Look.CHARGES: "{about} is billed without tokens: look at what starts it",
    Look.TOKENS_MISSING: "the bill has tokens that the usage report does not show; it may still come",
}


def hint_lines(why: Why, names: Names) -> list[str]:
    """What to look at, as mrkdwn: for the driver that raised the bill most, and for another that did a fourth of it."""
    hints = [find_hint(why, driver) for driver in worth_a_hint(why)]
    return [f"*Look at:* {sentence(hint, why, names)}." for hint in hints if hint is not None]


def worth_a_hint(why: Why) -> list[DriverName]:
    """The drivers with a hint, the largest first; none where spend did not rise."""
    if why.increase <= 0:
        return []
    first, *others = sorted(DRIVERS, key=lambda driver: -amount_of(why, driver))[:HINTS]
    return [first, *(driver for driver in others if amount_of(why, driver) * WORTH_A_HINT >= why.increase)]


def sentence(hint: Hint, why: Why, names: Names) -> str:
    """A hint as mrkdwn, without its full stop."""
    shares = {} if hint.shares is None else {"before": percent(hint.shares.before), "now": percent(hint.shares.now)}
    return SENTENCES[hint.look].format(about=about(hint, names), times=times(hint, why), **shares)


def about(hint: Hint, names: Names) -> str:
    """Whom or what a hint is about, as mrkdwn."""
    if hint.look in OF_KEYS:
        if not hint.about:
            return "several keys send"
        named = LABELS.get(hint.about) or code(GROUPS["key"].label(hint.about, names))
        return f"{named} sends" if hint.look is Look.MORE_TRAFFIC else named
    return escape(label(in_words(hint.about))) if hint.look is Look.CHARGES else code(hint.about)


OF_KEYS = {Look.NEW_KEY, Look.RETRY_LOOP, Look.MORE_TRAFFIC}


def times(hint: Hint, why: Why) -> str:
    """How many times its tokens a key sends."""
    for key in why.keys:
        if key.id == hint.about and key.previous_tokens:
            return how_many_times(Decimal(key.current_tokens) / key.previous_tokens)
    return ""


def month_end(why: Why, *, days: int, since: date) -> str:
    """What a rise of so many days adds from `since` to the end of the month if it stays; empty for no rise."""
    if why.increase <= 0:
        return ""
    month = by_month_end(why.increase, days=days, since=since)
    return f"{money_change(month.amount)} est. by {plain_day(month.last_day)}"
