"""What `claudecost check` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.analysis.organizations import only_floor
from bot.messages import basis
from bot.messages.numbers import counted, day_range, limit_money, money, money_change, number, percent, percent_change
from bot.model import WHOLE_ORGANIZATION, Kind
from bot.terminal.page import Page, exact, percent_or_null, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.model import Evaluation, Finding, Names, NanoUsd


def check_as_json(evaluation: Evaluation, names: Names) -> str:
    """The fixed shape of `check --json`."""
    return written(
        {
            "day": evaluation.day.isoformat(),
            "since": evaluation.interval.since.isoformat(),
            "until": evaluation.interval.until.isoformat(),
            "threshold_percent": format(evaluation.threshold_percent, "f"),
            "floor": exact(evaluation.floor),
            "findings": [_finding_as_json(finding, names) for finding in evaluation.findings],
        }
    )


def checks_as_json(checks: Sequence[tuple[Evaluation, Names]]) -> str:
    """The same of several organisations: each finding names its own, and the day it was found on.

    The days above are those of the newest evaluation; `floor` is null where each organisation has its own.
    """
    newest = max((evaluation for evaluation, _ in checks), key=lambda evaluation: evaluation.day)
    return written(
        {
            "day": newest.day.isoformat(),
            "since": newest.interval.since.isoformat(),
            "until": newest.interval.until.isoformat(),
            "threshold_percent": format(newest.threshold_percent, "f"),
            "floor": exact(only_floor(evaluation for evaluation, _ in checks)),
            "findings": [
                {
                    "organization": names.organization,
                    "day": evaluation.day.isoformat(),
                    **_finding_as_json(finding, names),
                }
                for evaluation, names in checks
                for finding in evaluation.findings
            ],
        }
    )


def _finding_as_json(finding: Finding, names: Names) -> dict[str, Any]:
    return {
        "workspace_id": workspace_or_null(finding.workspace_id),
        "workspace": names.workspace(finding.workspace_id),
        "model": finding.model,
        "previous": exact(finding.previous),
        "current": exact(finding.current),
        "increase": exact(finding.increase),
        "change_percent": percent_or_null(finding.change_percent),
        "kind": finding.kind.value,
        "status": finding.status.value,
        "reason": finding.reason.value,
    }


def workspace_or_null(workspace_id: str) -> str | None:
    """A workspace's id; null for the organisation as a whole."""
    return None if workspace_id == WHOLE_ORGANIZATION else workspace_id


def is_doubling(finding: Finding, *, floor: NanoUsd) -> bool:
    """Whether it is told for half the floor, as a week that more than doubles can be."""
    is_enough = finding.increase < floor <= 2 * finding.increase
    return finding.kind is Kind.RISE and finding.current > 2 * finding.previous and is_enough


def check_as_text(evaluation: Evaluation, names: Names, *, days_left_out: Sequence[date] = ()) -> Page:
    """Every finding, with the reason it was announced or kept back; `days_left_out` were not compared."""
    told = len(evaluation.told)
    held = len(evaluation.findings) - told
    whose = "" if names.organization is None else f"{names.organization}: "
    rule = f"over {percent(evaluation.threshold_percent)} and at least {limit_money(evaluation.floor)} more"
    halved = any(is_doubling(finding, floor=evaluation.floor) for finding in evaluation.told)
    return Page(
        title=f"{whose}{_compared(evaluation, days_left_out)}: {counted(told, 'finding')} to tell, {number(held)} held",
        header=("Workspace", "Model", "Before", "Now", "Rise", "Change", "Status", "Reason"),
        rows=tuple(_finding_as_cells(finding, names) for finding in evaluation.findings),
        align="llrrrrll",
        notes=(
            f"{rule}, half of it where a calm week more than doubled" if halved else rule,
            f"not compared, not known whole here or a week earlier: {basis.days_named(days_left_out)}"
            if days_left_out
            else "",
            basis.source(estimated=True) if evaluation.estimated else "",
        ),
    )


def not_judged_in_words(evaluation: Evaluation, days_left_out: Sequence[date]) -> str:
    """That too few days are known for a gate to pass, and which are not."""
    return (
        f"{_compared(evaluation, days_left_out)}, which is too few to judge; not known whole here or a week earlier: "
        f'{basis.days_named(days_left_out)}; run "claudecost sync"'
    )


def _compared(evaluation: Evaluation, days_left_out: Sequence[date]) -> str:
    week = day_range(evaluation.interval)
    if not days_left_out:
        return f"{week} against the 7 days before"
    days = len(evaluation.interval)
    return f"{week}, {days - len(days_left_out)} of {days} days compared with those a week earlier"


def _finding_as_cells(finding: Finding, names: Names) -> tuple[str, ...]:
    return (
        names.workspace(finding.workspace_id),
        "all models" if finding.model is None else finding.model,
        money(finding.previous),
        money(finding.current),
        money_change(finding.increase),
        percent_change(finding.change_percent),
        finding.status.value,
        finding.reason.value.replace("_", " "),
    )
