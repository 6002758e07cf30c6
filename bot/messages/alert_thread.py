"""An alert's history, told in the thread of its message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.alert import Event
from bot.messages.alert_state import CRITICAL, ENDINGS, quoted, why_again
from bot.messages.layout import build_message, code, escape, instant, paragraph, person
from bot.messages.numbers import counted, day_name, listed, money, money_alike, money_change, money_change_alike, number
from bot.model import Resolution, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Alert, Handling, Message, NanoUsd


REFERRED = 3


def reply(text: str, line: str) -> Message:
    """A line of plain text for the notification, and one of mrkdwn."""
    return build_message(text, paragraph("reply", line))


# --- What evaluations and time do ---


def escalated(alert: Alert, root: Message, *, critical: str = "") -> Message:
    """That an alert speaks again, and why; the channel sees it too.

    `root` is its message as it is now, `critical` the line that says that it is.
    """
    subject = next((block["text"]["text"] for block in root.blocks if block["type"] == "header"), "")
    lines = [f"🔺 *Escalated*: {why_again(alert)}.", f"*{escape(subject)}*", *filter(None, [critical])]
    return build_message(f"{CRITICAL if critical else '🔺 Escalated'}: {subject}", paragraph("reply", *lines))


def referred(told: Sequence[tuple[str, NanoUsd, str | None]], mark: str) -> Message:
    """That alerts of workspaces, or of teams below, tell of what a team's would escalate for.

    `told` has what each is called, what it has of the rise, and its channel; None where that is the thread's own.
    """
    named = [
        f"{code(name)} {money_change(rise)}{mark}{f' in <#{channel}>' if channel else ''}"
        for name, rise, channel in told[:REFERRED]
    ]
    more = [f"{number(len(told) - REFERRED)} more"] if len(told) > REFERRED else []
    return reply(
        "↪️ It grew, and other alerts tell of most of it",
        f"↪️ *It grew*, and other alerts tell of most of it: {listed([*named, *more])}.",
    )


def reopened(alert: Alert, mark: str) -> Message:
    """That a breach came back before a new alert was due."""
    return reply(
        "🔴 Firing again: the rise is back",
        f"🔴 *Firing again*: the rise is back, so soon after its end. {now(alert, mark)}",
    )


def awake(alert: Alert, mark: str) -> Message:
    """That a snooze is over, and the rise is not."""
    return reply(
        "🔴 Firing again: the snooze is over",
        f"🔴 *Firing again*: the snooze is over and spend is still up. {now(alert, mark)}",
    )


def reminder(alert: Alert, days: int, *, mark: str) -> Message:
    """That nobody has acknowledged it for so many days."""
    return reply(
        f"⏰ Day {days}: still firing, nobody has acknowledged it",
        f"⏰ *Day {days}*: still firing, and nobody has acknowledged it. {now(alert, mark)}",
    )


def resolved(alert: Alert, excess: NanoUsd | None, mark: str) -> Message:
    """How it ended."""
    ending = ENDINGS[alert.resolution or Resolution.BACK_TO_NORMAL]
    lasted = counted((alert.judged_day - alert.opened_day).days + 1, "day")
    total = "" if excess is None or excess <= 0 else f" In all {money(excess)}{mark} above the level before."
    return reply(f"✅ Resolved: {ending}", f"✅ *Resolved*: {ending} after {lasted}.{total}")


def after(
    event: Event, alert: Alert, *, root: Message, excess: NanoUsd | None, mark: str, critical: str = ""
) -> Message | None:
    """What the thread is told of an evaluation; nothing of a day that only went on."""
    match event:
        case Event.ESCALATED:
            return escalated(alert, root, critical=critical)
        case Event.REOPENED:
            return reopened(alert, mark)
        case Event.RESOLVED:
            return resolved(alert, excess, mark)
    return None


def now(alert: Alert, mark: str) -> str:
    """The rise as it is now; `mark` is what every number carries that is not from the bill."""
    before, current = money_alike(alert.lead.previous, alert.lead.current)
    rise = money_change_alike(alert.lead.increase, beside=[alert.lead.previous, alert.lead.current])
    return f"Now {before} → {current} (*{rise}*){mark.removesuffix('.')}."


# --- What people do ---


def handled(handling: Handling) -> Message:
    """What somebody did, and what that means."""
    who = person(handling.user)
    match handling.verb:
        case Verb.SNOOZE if handling.until is not None:
            line = f"💤 {who} snoozed this until {instant(handling.until)}. Four times the rise breaks it."
            return reply("💤 Snoozed", line)
        case Verb.EXPECT if handling.last_day is not None:
            line = (
                f"📌 {who} expects this up to {day_name(handling.last_day)}: {quoted(handling.reason)}. "
                "Closed; twice the rise is a new alert."
            )
            return reply("📌 Expected", line)
        case Verb.NOISE:
            return reply("🔇 Called noise", f"🔇 {who} called this noise. That counts in the digest.")
    return reply("👀 Acknowledged", f"👀 {who} acknowledged this. No more reminders, unless the rise doubles.")
