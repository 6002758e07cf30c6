"""What whoever clicked is told, in one line that nobody else sees, where a click could not do what it was for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.lifecycle import Refusal
from bot.messages.alert_state import quoted
from bot.messages.layout import escape, instant, person
from bot.messages.numbers import day_name
from bot.model import Message

if TYPE_CHECKING:
    from bot.model import Alert

UNKNOWN_ALERT = Message(
    "This button is from before the bot's data was set up anew. `/claudecost alerts` shows what is open now."
)
NOT_A_MEMBER = Message("Only members of this Slack workspace can do that; guests and other organisations cannot.")
NOT_IN_SIGHT = Message("You may not see all of what this alert is about, so it is not yours to act on.")
DAY_IS_OVER = "Choose today or a later day."
TOO_LATE = Message("Slack waits no longer for that window. Click again.")
KEPT = "That is kept, but nobody sees it in the message: "


def refused(alert: Alert, refusal: Refusal) -> Message:
    """Why a click changed nothing, with who was faster."""
    return Message(f"{reason(alert, refusal)} Nothing changed.")


def reason(alert: Alert, refusal: Refusal) -> str:
    """The same without the consequence."""
    if refusal is Refusal.RESOLVED or alert.handling is None:
        return f"This alert was resolved on {day_name(alert.judged_day)}."
    handling = alert.handling
    who, when = person(handling.user), instant(handling.at)
    match refusal:
        case Refusal.EXPECTED:
            return f"{who} closed this alert as expected, {when}: {quoted(handling.reason)}."
        case Refusal.SNOOZED if handling.until is not None:
            return f"{who} has already snoozed this alert until {instant(handling.until)}."
        case Refusal.NOISE:
            return f"{who} has already called this alert noise, {when}."
    return f"{who} has already acknowledged this alert, {when}."


def not_shown(error: str) -> Message:
    """That what was clicked is kept, but Slack did not take the change of the message."""
    return Message(f"{KEPT}{escape(error)}.")


def deleted() -> Message:
    """The same where the message is gone."""
    return Message(f"{KEPT}it was deleted. `/claudecost alerts` shows what is open.")
