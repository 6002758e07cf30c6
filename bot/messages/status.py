"""How the bot is: how current its data is, which key it uses, what it does next."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_high
from typing import TYPE_CHECKING

from bot.messages.digests import plan_lines
from bot.messages.layout import (
    TEXT_LENGTH,
    build_message,
    clip,
    code,
    escape,
    facts,
    first_lines,
    headline,
    instant,
    paragraph,
    small_print,
)
from bot.messages.numbers import counted, day_name, day_range, lasting, listed, number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, timedelta

    from slackblocks import Block

    from bot.analysis.digest_plan import Plan
    from bot.model import Freshness, Message


SOMETHING_IS_WRONG = "Something is wrong with the data; whoever sees all of the bill is told what"

TROUBLE_LENGTH = 200
TROUBLES_NAMED = 3
ORGANIZATIONS_NAMED = 8
RETIRED_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NextJob:
    """Something the clock will do: `name` as people call it ("sync", "check", "digest"), and when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationStatus:
    """How one organisation's data is. `name` is None before its first sync, unless the settings give it one."""

    name: str | None
    key_in_use: str
    freshness: Freshness
    billed_up_to: date | None
    open_alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the running process knows of itself. `organization` is None before the first sync.

    `billed_up_to` is the newest day with a bill, None where none of the last days has one. `key_in_use` is the name of
    a setting, never the key. `troubles` are notices still raised, a sentence each. Where there are several
    `organizations`, each has its own key and name. `retired` ones are not synced any more. `alert_delays` are how long
    after the end of their UTC days the last four weeks' alerts were in Slack, in the order they came; `held` messages
    and `held_levels` of budgets wait for the end of quiet hours, until `held_until`. `digests` are all there are, as of
    `at`.
    """

    organization: str | None
    version: str
    freshness: Freshness
    billed_up_to: date | None
    key_in_use: str
    next_jobs: tuple[NextJob, ...]
    open_alerts: int
    troubles: tuple[str, ...] = ()
    organizations: tuple[OrganizationStatus, ...] = ()
    retired: tuple[str, ...] = ()
    alert_delays: tuple[timedelta, ...] = ()
    held: int = 0
    held_levels: int = 0
    held_until: datetime | None = None
    digests: tuple[Plan, ...] = ()
    at: datetime | None = None


def status_answer(status: Status) -> Message:
    """Data as of, days stored, key in use, next jobs, version, and what is wrong at the moment."""
    subject = _subject(status)
    return build_message(
        subject,
        headline(subject),
        _more_troubles(status),
        facts(
            Data_as_of=_as_of(status.freshness),
            Days_stored=_days_stored(status.freshness),
            Dollars=_dollars(status),
            Open_alerts=number(status.open_alerts),
        ),
        _organizations(status),
        paragraph("next", *_next_jobs(status), *_held(status), *_delays(status)),
        _digests(status),
        small_print(
            f"key in use: {code(status.key_in_use)}" if status.key_in_use else "",
            f"organisation: {code(status.organization)}" if status.organization else "",
            f"claudecost {status.version}",
        ),
    )


def _subject(status: Status) -> str:
    if status.troubles:
        return f"⚠️ {status.troubles[0]}"
    return "✅ All well" if status.freshness.data_as_of else "⏳ Waiting for the first sync"


def _more_troubles(status: Status) -> Block | None:
    """Those that the headline has no room for, whole."""
    cut_short = status.troubles[:1] if len(_subject(status)) > TEXT_LENGTH else ()
    more = [f"⚠️ {escape(clip(trouble, TROUBLE_LENGTH))}" for trouble in (*cut_short, *status.troubles[1:])]
    return paragraph("troubles", *more[:TROUBLES_NAMED]) if more else None


def _organizations(status: Status) -> Block | None:
    """A line for each of several, and one for those that are not synced any more."""
    lines = [_organization_line(each) for each in status.organizations]
    shown = first_lines(lines, limit=ORGANIZATIONS_NAMED, noun="organisation")
    retired = [_retired_line(status.retired)] if status.retired else []
    return paragraph("organizations", *shown, *retired) if lines or retired else None


def _retired_line(names: Sequence[str]) -> str:
    named = listed([code(name) for name in names[:RETIRED_NAMED]])
    more = f" and {number(len(names) - RETIRED_NAMED)} more" if len(names) > RETIRED_NAMED else ""
    return f"Not synced any more: {named}{more}. Their history is kept; `org:NAME` shows it, totals leave it out."


def _organization_line(each: OrganizationStatus) -> str:
    name = code(each.name or each.key_in_use)
    estimated = ", est." if each.billed_up_to is None and each.freshness.data_as_of else ""
    key = f", key in use: {code(each.key_in_use)}" if each.key_in_use else ""
    return f"{name} {_as_of(each.freshness)}{estimated}{key}"


def _dollars(status: Status) -> str:
    if status.freshness.data_as_of is None:
        return "none yet"
    if status.billed_up_to is None:
        return "est.: tokens × price, no bill yet"
    return f"from Anthropic's bill up to {day_name(status.billed_up_to)}, est. since"


def _as_of(freshness: Freshness) -> str:
    return instant(freshness.data_as_of) if freshness.data_as_of else "no sync yet"


def _days_stored(freshness: Freshness) -> str:
    return "none yet" if freshness.days is None else day_range(freshness.days)


def _held(status: Status) -> list[str]:
    """What waits for the end of quiet hours."""
    waiting = (("message", status.held), ("budget level", status.held_levels))
    held = [counted(count, noun) for noun, count in waiting if count]
    if not held or status.held_until is None:
        return []
    return [f"🌙 Held for the quiet hours: {listed(held)} until {instant(status.held_until)}"]


def _delays(status: Status) -> list[str]:
    """How long people waited for alerts, from the end of the day that each tells of."""
    delays = status.alert_delays
    if not delays:
        return []
    usual = f"Alerts come {lasting(median_high(sorted(delays)))} after their day's end"
    basis = f"median of {number(len(delays))} in 4 weeks; longest {lasting(max(delays))}, last {lasting(delays[-1])}"
    return [f"{usual} ({basis})" if len(delays) > 1 else f"{usual} (one in 4 weeks)"]


def _digests(status: Status) -> Block | None:
    """Those besides the main one, which is among the next jobs."""
    others = [plan for plan in status.digests if not plan.is_main]
    if status.at is None or not others:
        return None
    return paragraph("digests", "*Other digests*", *plan_lines(others, now=status.at))


def _next_jobs(status: Status) -> list[str]:
    lines = [f"Next {job.name}: {instant(job.at)}" for job in sorted(status.next_jobs, key=lambda job: job.at)]
    return lines or ["Another process runs the clock; this one only answers."]
