"""The part of an alert's message that people and time change: its state, with who and when, and its buttons.

The rest of the message is what an evaluation found, and keeps its numbers until the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slackblocks import Button, OverflowMenu, PlainText, StaticSelectMenu

from bot.analysis.lifecycle import SNOOZE_DAYS, UNANSWERED, reference
from bot.messages.layout import (
    actions,
    escape,
    instant,
    label,
    option,
    paragraph,
    person,
    unescape,
    user_group,
    with_blocks,
)
from bot.messages.numbers import counted, day_name, limit_money
from bot.model import AlertState, Reason, Resolution, Verb

if TYPE_CHECKING:
    from slackblocks import Block, Element

    from bot.model import Alert, Handling, Message, NanoUsd

ACKNOWLEDGE, SNOOZE, EXPECT, DETAILS, MORE = (
    "alert_acknowledge",
    "alert_snooze",
    "alert_expect",
    "alert_details",
    "alert_more",
)
"""What the listeners know the buttons by."""

REASON_LENGTH = 150
TITLES = {
    AlertState.FIRING: "🔴 Firing",
    AlertState.ESCALATED: "🔺 Escalated",
    AlertState.ACKNOWLEDGED: "👀 Acknowledged",
    AlertState.SNOOZED: "💤 Snoozed",
    AlertState.EXPECTED: "📌 Expected",
    AlertState.RESOLVED: "✅ Resolved",
}
NOISE = "🔇 Called noise"
CRITICAL = "🚨 Critical"
WHY_AGAIN = {
    Reason.DOUBLED: "the rise has doubled since it was told",
    Reason.QUADRUPLED: "the rise has grown fourfold since it was snoozed",
    Reason.ANOTHER_DAY: "another day far above the usual",
    Reason.ANOTHER_MODEL: "another model rises as well",
    Reason.CRITICAL: "the rise has reached the critical level",
}
ENDINGS = {
    Resolution.BACK_TO_NORMAL: "back to normal",
    Resolution.NEW_LEVEL: "stable at the new level",
    Resolution.DATA_REVISED: "the bill was revised",
    Resolution.TEAM_GONE: "its team is gone",
    Resolution.JUDGED_TOGETHER: "judged with all organisations together",
}


def with_state(message: Message, alert: Alert) -> Message:
    """The same message with another state and the buttons that go with it."""
    words = unescape(message.text).partition(": ")[2]
    return with_blocks(message, f"{opening(alert)}: {words}", state_block(alert), buttons(alert))


def opening(alert: Alert) -> str:
    """What a notification begins with: that it is critical while nobody answered, else its state."""
    is_pressing = alert.critical_day is not None and alert.state in UNANSWERED
    return CRITICAL if is_pressing else title(alert)


def title(alert: Alert) -> str:
    """The state as an emoji and a word."""
    return NOISE if called_noise(alert) else TITLES[alert.state]


def called_noise(alert: Alert) -> bool:
    """Whether somebody called it noise, and it is quiet for that."""
    return alert.state is AlertState.ACKNOWLEDGED and alert.handling is not None and alert.handling.verb is Verb.NOISE


# --- The critical level ---


def critical_line(alert: Alert, level: NanoUsd | None, *, mention: str | None = None) -> str:
    """That an alert reached the critical `level`, in dollars a day, and who is called; empty for one that did not."""
    if alert.critical_day is None or level is None:
        return ""
    emoji, _, word = CRITICAL.partition(" ")
    at_least = f"{limit_money(level)} a day or more above the week before"
    called = user_group(mention) if mention else ""
    return " ".join(filter(None, [f"{emoji} *{word}* on {day_name(alert.critical_day)}: {at_least}", called]))


# --- The state ---


def state_block(alert: Alert) -> Block:
    """The state, who and when."""
    return paragraph("state", state_line(alert))


def state_line(alert: Alert) -> str:
    """The same as a line of mrkdwn."""
    emoji, _, word = title(alert).partition(" ")
    told = f"{emoji} *{word}*{details_of(alert)}"
    return " · ".join(filter(None, [told, "" if alert.state is AlertState.FIRING else since(alert)]))


def in_a_sentence(line: str) -> str:
    """A line that says a state, after other words.

    >>> in_a_sentence("🔴 *Firing* since Sat 21 Nov")
    'firing since Sat 21 Nov'
    """
    told = line.partition(" ")[2].replace("*", "", 2)
    return told[:1].lower() + told[1:]


def details_of(alert: Alert) -> str:
    """What belongs to the state: when, by whom, why."""
    match alert.state:
        case AlertState.FIRING:
            return f" since {day_name(alert.opened_day)}"
        case AlertState.ESCALATED:
            return f" on {day_name(alert.escalated_day or alert.judged_day)}: {why_again(alert)}"
        case AlertState.RESOLVED:
            return f" on {day_name(alert.judged_day)}: {ENDINGS[alert.resolution or Resolution.BACK_TO_NORMAL]}"
    return "" if alert.handling is None else of_handling(alert.handling)


def of_handling(handling: Handling) -> str:
    """Who did it, when, and what belongs to it."""
    who = f"by {person(handling.user)}"
    match handling.verb:
        case Verb.SNOOZE if handling.until is not None:
            return f" until {instant(handling.until)} {who}"
        case Verb.EXPECT if handling.last_day is not None:
            return f" up to {day_name(handling.last_day)}, {who}: {quoted(handling.reason)}"
    return f" {who}, {instant(handling.at)}"


def since(alert: Alert) -> str:
    """Since when it has fired; of one that is over, what somebody did last."""
    if alert.state.is_open:
        return f"firing since {day_name(alert.opened_day)}"
    if alert.state is AlertState.EXPECTED:
        return f"fired on {day_name(alert.opened_day)}"
    return "" if alert.handling is None else f"{DONE[alert.handling.verb]} by {person(alert.handling.user)}"


DONE = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.SNOOZE: "snoozed",
    Verb.EXPECT: "expected",
    Verb.NOISE: "called noise",
}


def why_again(alert: Alert) -> str:
    """Why an alert speaks again."""
    return WHY_AGAIN.get(alert.reason, "it grew")


def quoted(reason: str) -> str:
    """What somebody typed, as mrkdwn."""
    return f"“{escape(label(reason, REASON_LENGTH))}”"


# --- The buttons ---


def buttons(alert: Alert) -> Block:
    """What can be done with an alert as it stands; of a closed one its details can be seen, and that it was noise."""
    value = reference(alert)
    details = Button("Details", action_id=DETAILS, value=value)
    if alert.state is AlertState.EXPECTED:
        return actions(details)
    more = OverflowMenu(MORE, [option("🔇 This was noise", value)])
    return actions(*(acting(alert, value) if alert.state.is_open else []), details, more)


def acting(alert: Alert, value: str) -> list[Element]:
    """Acknowledge, unless somebody did; snooze; expect."""
    acknowledge = Button("Acknowledge", action_id=ACKNOWLEDGE, value=value)
    return [
        *([] if alert.state is AlertState.ACKNOWLEDGED else [acknowledge]),
        StaticSelectMenu(
            SNOOZE,
            options=[option(f"for {counted(days, 'day')}", f"{value}:{days}") for days in SNOOZE_DAYS],
            placeholder=PlainText("Snooze"),
        ),
        Button("Expected…", action_id=EXPECT, value=value),
    ]
