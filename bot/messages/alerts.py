"""Which alerts are open, and what was over the threshold but kept from the channel, with the reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.messages import basis
from bot.messages.alert_state import in_a_sentence, state_line, title
from bot.messages.layout import (
    CELL_NAME_LENGTH,
    TABLE_ROWS,
    build_message,
    code,
    distinct_labels,
    first_lines,
    headline,
    paragraph,
    small_print,
    table,
)
from bot.messages.numbers import (
    counted,
    day_name,
    limit_money,
    listed,
    money_alike,
    money_change,
    number,
    percent,
    up_or_down,
)
from bot.messages.units import open_rise_line
from bot.model import Kind, Reason, Status, change_percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from slackblocks import Block

    from bot.analysis.units import UnitReport
    from bot.model import Alert, Evaluation, Finding, Message, Names, NanoUsd

OPEN_NAMED = 8
HELD_IN_SHORT = {
    Reason.BELOW_FLOOR: "too small",
    Reason.RETURN_TO_NORMAL: "back to normal",
    Reason.MODEL_SHIFT: "model shift",
    Reason.OPEN_ALERT: "in open alert",
    Reason.LIKE_LAST_MONTH: "as last month",
    Reason.USUAL_SWING: "usual swing",
    Reason.MUTED: "muted",
    Reason.EXPECTED: "expected",
    Reason.ORGANIZATION_ALERT: "price change",
    Reason.OTHER_ALERT: "told already",
    Reason.NO_BASELINE: "no baseline",
    Reason.ABOVE_THRESHOLD: "due",
    Reason.ONE_DAY: "due",
    Reason.PRICE_CHANGE: "due",
}


def alerts_answer(
    open_alerts: Sequence[Alert],
    evaluation: Evaluation | None,
    *,
    names: Names,
    floor: NanoUsd | None,
    units: Sequence[UnitReport] = (),
) -> Message:
    """The open alerts and what the newest evaluation held; None if nothing was judged yet.

    `floor` is the one that held it, None where there is no single one, or where it may not be told. Of `units` those
    are told whose rise is open.
    """
    if evaluation is None:
        return _nothing_judged(units, names)
    lines = open_lines(sorted(open_alerts, key=lambda alert: -alert.increase), names, units)
    subject = counted(len(lines), "open alert") if lines else "No open alerts"
    threshold_percent = evaluation.threshold_percent
    held = held_findings(evaluation.findings)
    kept = held_in_words(evaluation.findings, threshold_percent=threshold_percent, floor=floor)
    return build_message(
        f"{subject}. {kept}" if kept else subject,
        headline(f"🔴 {subject}" if lines else f"✅ {subject}"),
        _open(lines),
        paragraph("held", kept) if kept else None,
        _held_table(held, names),
        small_print(
            f"7 UTC days up to {day_name(evaluation.day)} against the 7 before",
            f"alerts over {percent(threshold_percent)}",
            basis.source(estimated=evaluation.estimated),
        ),
    )


def open_lines(alerts: Iterable[Alert], names: Names, units: Iterable[UnitReport]) -> list[str]:
    """What is open, a line of mrkdwn each: the alerts as they come, then those of the units whose rise is open."""
    rises = [open_rise_line(each, each.days.rise) for each in units if each.days.rise]
    return [*(open_alert_line(alert, names) for alert in alerts), *rises]


def open_alert_line(alert: Alert, names: Names) -> str:
    """One open alert on a line of mrkdwn."""
    before, now = money_alike(alert.previous, alert.current)
    change = up_or_down(change_percent(previous=alert.previous, current=alert.current))
    emoji, state = title(alert).partition(" ")[0], in_a_sentence(state_line(alert))
    return f"{emoji} {code(names.workspace(alert.workspace_id))} {change}: {before} → {now}, {state}"


def held_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Breaches kept from the channel, largest rise first; those that could not be judged are no breaches.

    A model's is not told beside its workspace's that was kept for the same reason: it is the same rise.
    """
    each_held = [each for each in findings if each.status is Status.HELD and each.kind is not Kind.NOT_JUDGED]
    whole = {(each.workspace_id, each.reason) for each in each_held if each.model is None}
    held = [each for each in each_held if each.model is None or (each.workspace_id, each.reason) not in whole]
    return sorted(held, key=lambda each: (-each.increase, each.workspace_id, each.model or ""))


def held_in_words(findings: Iterable[Finding], *, threshold_percent: Decimal, floor: NanoUsd | None) -> str:
    """What was kept back and why, counted by reason; empty if nothing was.

    >>> from decimal import Decimal
    >>> from bot.model import Finding, usd
    >>> small = Finding(workspace_id="wrkspc_1", model=None, previous=usd(2), current=usd(9), kind=Kind.RISE,
    ...     status=Status.HELD, reason=Reason.BELOW_FLOOR)
    >>> held_in_words([small, small], threshold_percent=Decimal(25), floor=usd(12))
    'Over 25 % but not announced: 2 under the $12 floor.'
    """
    each = list(findings)
    counts = Counter(finding.reason for finding in held_findings(each))
    kept = [f"{number(counts[reason])} {words}" for reason, words in _why_held(floor).items() if counts[reason]]
    sentences = [f"Over {percent(threshold_percent)} but not announced: {listed(kept)}."] if kept else []
    if unjudged := sum(finding.kind is Kind.NOT_JUDGED for finding in each):
        sentences.append(f"Not judged for missing days: {counted(unjudged, 'workspace')}.")
    return " ".join(sentences)


def _why_held(floor: NanoUsd | None) -> dict[Reason, str]:
    return {
        Reason.BELOW_FLOOR: "under the floor" if floor is None else f"under the {limit_money(floor)} floor",
        Reason.RETURN_TO_NORMAL: "back to normal after a quiet week",
        Reason.MODEL_SHIFT: "moved between models",
        Reason.LIKE_LAST_MONTH: "as on the same days of the month before",
        Reason.USUAL_SWING: "within twice their usual swing",
        Reason.MUTED: "muted",
        Reason.EXPECTED: "expected by somebody",
        Reason.ORGANIZATION_ALERT: "explained by the organisation's price change",
        Reason.OTHER_ALERT: "of teams, told elsewhere",
        Reason.OPEN_ALERT: "already in an open alert",
        Reason.NO_BASELINE: "without a baseline",
    }


def _nothing_judged(units: Sequence[UnitReport], names: Names) -> Message:
    subject = "Nothing was judged yet"
    explained = (
        "The first check runs when the days of two weeks are there. `/claudecost status` shows how far the sync is."
    )
    return build_message(
        f"{subject}: two weeks of days are needed first",
        headline(subject),
        _open(open_lines((), names, units)),
        paragraph("why", explained),
    )


def _open(lines: Sequence[str]) -> Block | None:
    return paragraph("open", *first_lines(lines, limit=OPEN_NAMED, noun="alert")) if lines else None


def _held_table(held: Sequence[Finding], names: Names) -> Block | None:
    if not held:
        return None
    first = held[:TABLE_ROWS]
    workspaces = _short(names.workspace(finding.workspace_id) for finding in first)
    models = _short(finding.model or "" for finding in first)
    shown = [
        (
            workspaces[names.workspace(finding.workspace_id)],
            money_change(finding.increase),
            HELD_IN_SHORT.get(finding.reason, finding.reason.value),
            models[finding.model] if finding.model else "all models",
        )
        for finding in first
    ]
    if len(held) > TABLE_ROWS:
        rest = sum(finding.increase for finding in held[TABLE_ROWS:])
        shown.append((f"+{number(len(held) - TABLE_ROWS)} more", money_change(rest), "", ""))
    return table(("Workspace", "Rise", "Kept because", "Model"), shown, align="lrll")


def _short(names: Iterable[str]) -> dict[str, str]:
    """What a table calls each of some names."""
    each = list(dict.fromkeys(names))
    return dict(zip(each, distinct_labels(each, CELL_NAME_LENGTH), strict=True))
