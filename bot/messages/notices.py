"""What the channel is told of the bot itself: once when it begins, once when it is over."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.messages.basis import unpriced_total
from bot.messages.layout import (
    HEADLINE_NAME_LENGTH,
    build_message,
    clip,
    code,
    escape,
    headline,
    instant,
    label,
    paragraph,
)
from bot.messages.numbers import counted, day_name, day_range, listed, moment, percent_explained
from bot.messages.reconcile import matches_the_bill, unexplained_in_words, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.analysis.reconcile import Reconciliation
    from bot.model import Message, Names, Unpriced


SENTENCE_LENGTH = 500
MODELS_NAMED = 5
MODEL_LENGTH = 80


def key_refused(*, settings: Sequence[str], now: datetime, organization: str | None = None) -> Message:
    """No key works: `settings` names those that were tried. The operator has to act."""
    subject = "⚠️ Anthropic refuses the Admin key: no new data"
    return _notice(
        f"{subject} since {moment(now)}",
        subject,
        f"{listed([code(setting) for setting in settings])} got a 401 at {instant(now)}. "
        "Until this is mended there are no new numbers and no new alerts; answers come from the days already stored.",
        f"*To mend it:* make a new Admin key in the Claude Console, set {code(settings[0])} and restart the bot.",
        organization=organization,
    )


def key_accepted(*, setting: str, now: datetime, organization: str | None = None) -> Message:
    """A key works again."""
    subject = "✅ The Admin key works again"
    return _notice(
        f"{subject}: data is coming in since {moment(now)}",
        subject,
        f"{code(setting)} is in use since {instant(now)}. Days that were missed are being fetched and checked.",
        organization=organization,
    )


def key_replaced(*, refused: str, in_use: str, organization: str | None = None) -> Message:
    """The second key took over because the first was refused: nothing is broken, but something is to be tidied."""
    subject = "🔑 The next Admin key took over"
    return _notice(
        f"{subject}: {refused} was refused, {in_use} is in use",
        subject,
        f"{code(refused)} was refused, {code(in_use)} is in use. Nothing was missed.",
        f"*To finish the rotation:* move the new key to {code(refused)} and unset {code(in_use)}.",
        organization=organization,
    )


def data_stale(*, data_as_of: datetime, organization: str | None = None) -> Message:
    """No data came for more than a day."""
    subject = "⚠️ No new data for more than 26 hours"
    return _notice(
        f"{subject}: the newest is of {moment(data_as_of)}",
        subject,
        f"The newest data is of {instant(data_as_of)}. Until it flows again nothing new is checked, so "
        "*silence does not mean that all is well*.",
        "*To find out why:* run `claudecost doctor` where the bot runs, or look at its log.",
        organization=organization,
    )


def data_fresh(*, data_as_of: datetime, organization: str | None = None) -> Message:
    """Data comes again."""
    subject = "✅ New data again"
    return _notice(
        f"{subject}, as of {moment(data_as_of)}",
        subject,
        f"Data as of {instant(data_as_of)}. Days that were missed are being fetched and checked.",
        organization=organization,
    )


def not_judged(*, missing: int, day: date, organization: str | None = None) -> Message:
    """Too few days are known to compare two weeks."""
    subject = f"⚠️ Not judged: {counted(missing, 'day')} missing"
    return _notice(
        f"{subject} in the week up to {day_name(day)}",
        subject,
        f"Of the week up to {day_name(day)}, {counted(missing, 'day')} cannot be compared with the week before: "
        "one of the two was never fetched. There are no alerts until at least five can.",
        "The next syncs fetch what is missing; `/claudecost status` shows how far they are.",
        organization=organization,
    )


def models_unpriced(unpriced: Sequence[Unpriced], *, organization: str | None = None) -> Message:
    """Models came that no price is known for."""
    subject = f"🏷️ No price is known for {counted(len(unpriced), 'new model')}"
    named = listed([code(clip(each.model, MODEL_LENGTH)) for each in unpriced[:MODELS_NAMED]])
    return _notice(
        f"{subject}; {unpriced_total(unpriced)}",
        subject,
        f"{unpriced_total(unpriced)} lately: {named}{' and others' if unpriced[MODELS_NAMED:] else ''}. "
        "The bill has their dollars all the same; they cannot be checked against tokens, nor estimated.",
        '*To mend it:* update the bot, or set a price under `[prices."…"]` in `claudecost.toml`.',
        organization=organization,
    )


def bill_drifts(found: Reconciliation, *, names: Names, organization: str | None = None) -> Message:
    """The bill is not what tokens × price make: how much is not, and where."""
    subject = "⚠️ The bill drifts from its tokens"
    where = unexplained_in_words(found, names)
    return _notice(
        f"{subject}: {percent_explained(found.explained_percent or Decimal(0))} explained, {day_range(found.interval)}",
        subject,
        f"{day_range(found.interval)}: tokens × price {verdict(found)}. Reports and alerts go by the bill.",
        *([f"*Not explained:* {where}"] if where else []),
        "*To find out why:* `claudecost reconcile` shows each difference; prices, multipliers and a discount are set "
        "in `claudecost.toml`.",
        organization=organization,
    )


def bill_matches(found: Reconciliation, *, organization: str | None = None) -> Message:
    """The bill is what tokens × price make, again."""
    subject = "✅ The bill matches its tokens again"
    return _notice(
        f"{subject}, {day_range(found.interval)}",
        subject,
        f"Tokens × price {matches_the_bill(found)}.",
        organization=organization,
    )


def could_not_answer(sentence: str) -> Message:
    """Something went wrong with an answer; `sentence` says what and who can act."""
    return build_message(sentence, paragraph("sorry", f"⚠️ {escape(clip(sentence, SENTENCE_LENGTH))}"))


def _notice(text: str, subject: str, *lines: str, organization: str | None) -> Message:
    return build_message(_about(organization, text), headline(_about(organization, subject)), paragraph("why", *lines))


def _about(organization: str | None, said: str) -> str:
    """What is said, with the organisation's name after the sign where there are several."""
    if organization is None:
        return said
    sign, _, rest = said.partition(" ")
    return f"{sign} {label(organization, HEADLINE_NAME_LENGTH)}: {rest}"
