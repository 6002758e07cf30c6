"""What the first sync found: short, and said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import basis
from bot.messages.alerts import open_alert_line
from bot.messages.layout import (
    HEADLINE_NAME_LENGTH,
    build_message,
    code,
    first_lines,
    headline,
    instant,
    label,
    paragraph,
    small_print,
)
from bot.messages.numbers import counted, day_range, listed, moment, money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from slackblocks import Block

    from bot.model import Alert, Interval, Message, Names, NanoUsd, Organization

LARGEST_NAMED = 3
ALERTS_NAMED = 5


def backfill_done(
    *,
    organization: Organization | None,
    called: str | None = None,
    interval: Interval,
    spend: Mapping[tuple[str, ...], NanoUsd],
    names: Names,
    already_high: Sequence[Alert],
    next_digest_at: datetime | None,
    estimated: bool = False,
) -> Message:
    """What was found, what was already high (and gets no message of its own), and when the digest comes.

    `spend` is that of the interval by (workspace id,). `called` is the organisation's name where there are several.
    """
    whose = "Ready" if called is None else f"{label(called, HEADLINE_NAME_LENGTH)} is ready"
    subject = (
        f"{whose}: {counted(len(interval), 'day')} read, {money(sum(spend.values()))}{basis.mark(estimated=estimated)}"
    )
    digest = f" The first digest comes {moment(next_digest_at)}." if next_digest_at else ""
    return build_message(
        f"{subject} in {counted(len(spend), 'workspace')}.{digest}",
        headline(subject),
        paragraph("found", *_found(organization, interval, spend, names)),
        _already_high(already_high, names),
        paragraph(
            "next",
            f"*From now on:* an alert here when a workspace or a model climbs{_and_what_else(next_digest_at)}.",
        ),
        small_print(
            "UTC days, the last of them not over yet" if estimated else "complete UTC days",
            basis.source(estimated=estimated),
            "`/claudecost help` says what you can ask",
        ),
    )


def _and_what_else(next_digest_at: datetime | None) -> str:
    if next_digest_at is None:
        return ", and answers to `/claudecost`"
    return f", answers to `/claudecost`, and the weekly digest from {instant(next_digest_at)}"


def _found(
    organization: Organization | None,
    interval: Interval,
    spend: Mapping[tuple[str, ...], NanoUsd],
    names: Names,
) -> list[str]:
    whose = f"{code(organization.name)}: " if organization and organization.name else ""
    found = f"{whose}{day_range(interval)}, {counted(len(spend), 'workspace')}."
    largest = sorted(spend.items(), key=lambda item: (-item[1], item[0]))[:LARGEST_NAMED]
    named = [f"{code(names.workspace(workspace_id))} {money(amount)}" for (workspace_id,), amount in largest]
    return [found, f"Largest: {listed(named)}."] if named else [found]


def _already_high(alerts: Sequence[Alert], names: Names) -> Block | None:
    if not alerts:
        return None
    lines = [open_alert_line(alert, names) for alert in sorted(alerts, key=lambda alert: -alert.increase)]
    title = "*High already, so only said here:*"
    return paragraph("already_high", title, *first_lines(lines, limit=ALERTS_NAMED, noun="workspace"))
