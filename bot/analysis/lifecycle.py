"""What people and time do to an alert; evaluations are in `alert`.

Pure: from an alert and a click, or the time, to the alert as it stands afterwards, or the reason why nothing changes.

    firing ──acknowledge──▶ acknowledged ──doubles──▶ escalated
      │ ▲ ▲                                              │
      │ │ └─ time over, still breaching ── snoozed ◀─────┤ snooze (fourfold breaks it)
      │ └── breach within three days ── resolved         │
      └──────────── expect ──▶ expected (closed) ◀───────┘

Whoever clicks has seen the rise as it is then: that is the level from which it has to double, or to grow fourfold.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.model import Alert, AlertState, Finding, Reason, Status, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bot.model import AlertMember, Handling, NanoUsd

SNOOZE_DAYS = (1, 3, 7)
REMINDER_DAYS = (3, 7)
SAME_SNOOZE = timedelta(hours=1)
"""Two people who snooze an alert for as long at once are nearer to each other than that."""

WEEK = timedelta(days=7)
LONGEST_NUMBER = 19
UNANSWERED = frozenset({AlertState.FIRING, AlertState.ESCALATED})
STATE_AFTER = {
    Verb.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
    Verb.SNOOZE: AlertState.SNOOZED,
    Verb.EXPECT: AlertState.EXPECTED,
    Verb.NOISE: AlertState.ACKNOWLEDGED,
}


# --- Clicks ---


class Refusal(StrEnum):
    """Why a click changes nothing."""

    RESOLVED = "resolved"
    EXPECTED = "expected"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    NOISE = "noise"


def clicked(alert: Alert, handling: Handling) -> Alert | Refusal:
    """The alert after somebody's click, or why that changes nothing."""
    refusal = reason_to_refuse(alert, handling)
    if refusal is not None:
        return refusal
    if not alert.state.is_open:
        return replace(alert, handling=handling)
    return replace(alert, state=STATE_AFTER[handling.verb], handling=handling, members=seen(alert.members))


def reason_to_refuse(alert: Alert, handling: Handling) -> Refusal | None:
    """A closed alert takes no more than a verdict; what is so already is not done again."""
    if alert.state is AlertState.EXPECTED:
        return Refusal.EXPECTED
    if handling.verb is Verb.NOISE:
        return Refusal.NOISE if is_noise(alert) else None
    if alert.state is AlertState.RESOLVED:
        return Refusal.RESOLVED
    if handling.verb is Verb.ACKNOWLEDGE and alert.state is AlertState.ACKNOWLEDGED and not is_noise(alert):
        return Refusal.ACKNOWLEDGED
    return Refusal.SNOOZED if is_same_snooze(alert, handling) else None


def is_noise(alert: Alert) -> bool:
    """Whether noise is the last thing that it was called."""
    return alert.handling is not None and alert.handling.verb is Verb.NOISE and alert.state not in UNANSWERED


def is_same_snooze(alert: Alert, handling: Handling) -> bool:
    """Whether the alert is snoozed for about as long already."""
    known = alert.handling
    if alert.state is not AlertState.SNOOZED or known is None or known.until is None or handling.until is None:
        return False
    return abs(known.until - handling.until) < SAME_SNOOZE


def seen(members: Iterable[AlertMember]) -> tuple[AlertMember, ...]:
    """Members whose rise is told as it is now, if it is more than was told before."""
    return tuple(replace(member, posted_increase=max(member.posted_increase, member.increase)) for member in members)


# --- Time ---


def is_awake(alert: Alert, now: datetime) -> bool:
    """Whether a snooze is over while the alert is not calm; a calm one ends, or breaches and wakes up then."""
    until = alert.handling.until if alert.handling else None
    is_over = alert.state is AlertState.SNOOZED and (until is None or until <= now)
    return is_over and alert.calm_evaluations == 0


def awakened(alert: Alert) -> Alert:
    """A snoozed alert as it fires again; it has just been told, so that no reminder of these days is due."""
    return reminded(replace(alert, state=AlertState.FIRING))


def reminder_due(alert: Alert) -> int | None:
    """After how many days the thread is reminded that nobody acknowledged; None if somebody did, or it was."""
    days = days_reached(alert)
    return days if alert.state in UNANSWERED and days > alert.reminded_after else None


def reminded(alert: Alert) -> Alert:
    """An alert of which the thread has just been told, by a reminder or otherwise."""
    return replace(alert, reminded_after=days_reached(alert))


def days_reached(alert: Alert) -> int:
    """The last of the days on which a reminder is due that an alert has been open for, 0 before the first."""
    days_open = (alert.judged_day - alert.opened_day).days
    return max((days for days in REMINDER_DAYS if days <= days_open), default=0)


# --- What is expected ---


def first_day_covered(day: date) -> date:
    """What is expected up to this day or later still has days in the week that ends with `day`."""
    return day - WEEK + timedelta(days=1)


def hold_expected(findings: Sequence[Finding], expected: Iterable[Alert], *, floor: NanoUsd) -> list[Finding]:
    """The findings of a day, those kept back that somebody expects.

    Args:
        findings: What was found, in any order.
        expected: Alerts that were closed because they are expected, with days in the week that is judged.
        floor: The smallest rise worth a message.
    """
    accepted = {alert.workspace_id: accepted_of(alert) for alert in expected}
    return [
        replace(finding, status=Status.HELD, reason=Reason.EXPECTED)
        if finding.status is Status.DUE and is_expected(finding, accepted.get(finding.workspace_id), floor=floor)
        else finding
        for finding in findings
    ]


def accepted_of(alert: Alert) -> dict[str | None, NanoUsd]:
    """The rises that somebody expects, by model."""
    return {member.model: max(member.posted_increase, 0) for member in alert.members}


def is_expected(finding: Finding, accepted: Mapping[str | None, NanoUsd] | None, *, floor: NanoUsd) -> bool:
    """Whether a rise is part of what was accepted: not twice as much and a floor more, nor another large model."""
    if accepted is None:
        return False
    known = accepted.get(finding.model)
    if known is None:
        return 2 * finding.increase < max(accepted.values())
    return finding.increase < 2 * known or finding.increase < known + floor


# --- Buttons ---


def reference(alert: Alert) -> str:
    """What a button carries: enough to find its alert again, and to tell it from another one of a new database.

    >>> from datetime import date
    >>> reference(Alert(id=7, workspace_id="wrkspc_1", state=AlertState.FIRING, opened_day=date(2026, 11, 21),
    ...     judged_day=date(2026, 11, 22), members=(), previous=0, current=0))
    '7-20261121-29527720'
    """
    return f"{alert.id}-{alert.opened_day:%Y%m%d}-{zlib.crc32(alert.workspace_id.encode()):08x}"


def id_of(some_reference: str) -> int | None:
    """The number in a reference; None if it is none."""
    number, _, _ = some_reference.partition("-")
    return int(number) if number.isdecimal() and len(number) < LONGEST_NUMBER else None
