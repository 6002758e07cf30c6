"""What `claudecost check` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.messages.numbers import counted, day_range, limit_money, money, money_change, percent, percent_change
from bot.model import Status
from bot.terminal.page import Page, exact, percent_or_null, written

if TYPE_CHECKING:
    from bot.commands import Checked
    from bot.model import Finding, Names


def check_as_json(checked: Checked) -> str:
    """The fixed shape of `check --json`."""
    judgement = checked.judgement
    return written(
        {
            "day": judgement.day.isoformat(),
            "since": judgement.interval.since.isoformat(),
            "until": judgement.interval.until.isoformat(),
            "threshold_percent": format(judgement.contract.threshold_percent, "f"),
            "floor": exact(judgement.floor),
            "findings": [_finding_as_json(finding, checked.names) for finding in judgement.findings],
        }
    )


def _finding_as_json(finding: Finding, names: Names) -> dict[str, Any]:
    return {
        "workspace_id": finding.workspace_id,
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


def check_as_text(checked: Checked) -> Page:
    """Every finding, with the reason it was announced or kept back."""
    judgement = checked.judgement
    told = [finding for finding in judgement.findings if finding.status is not Status.HELD]
    held = len(judgement.findings) - len(told)
    rule = f"over {percent(judgement.contract.threshold_percent)} and at least {limit_money(judgement.floor)} more"
    return Page(
        title=f"{day_range(judgement.interval)} against the 7 days before: {counted(len(told), 'finding')} to tell, "
        f"{held:,} held",
        header=("Workspace", "Model", "Before", "Now", "Rise", "Change", "Status", "Reason"),
        rows=tuple(_finding_as_cells(finding, checked.names) for finding in judgement.findings),
        align="llrrrrll",
        notes=(rule,),
    )


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
