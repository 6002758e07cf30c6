"""What `claudecost teams` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.messages.numbers import counted, day_range, listed, money
from bot.messages.teams import change_in_words, stale_in_words, team_or_nobody, unowned_in_words, why_unowned
from bot.terminal.page import Page, exact, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.analysis.ownership import Move, Rule, TeamChange, TeamsCheck, Unowned
    from bot.model import Interval, Names, NanoUsd


def changes_as_text(changes: Sequence[TeamChange], *, name: str, kept: bool) -> Page:
    """What a spreadsheet changes, a line for each thing."""
    rows = tuple((change.name, line) for change in changes for line in change_in_words(change))
    verb = "changes" if kept else "would change"
    return Page(
        title=f"{name} {verb} {counted(len(rows), 'thing') if rows else 'nothing'}",
        header=("Team", "Change"),
        rows=rows,
        align="ll",
    )


def moves_as_text(moves: Mapping[Move, NanoUsd] | None, interval: Interval) -> Page:
    """The dollars that would be another team's; None for not known."""
    days = day_range(interval)
    if moves is None:
        return Page(title=f"No dollars of {days} are known yet, so none are shown to move")
    if not moves:
        return Page(title=f"No dollars of {days} go to another team")
    return Page(
        title=f"{money(sum(moves.values()))} of {days} go to another team",
        header=("From", "To", "Dollars"),
        rows=tuple(
            (team_or_nobody(one), team_or_nobody(other), money(amount)) for (one, other), amount in moves.items()
        ),
        align="llr",
    )


def teams_check_as_text(found: TeamsCheck, names: Names) -> list[Page]:
    """What nobody owns, rules that say nothing, owners who left."""
    return [unowned_as_text(found, names), *others_as_text(found)]


def unowned_as_text(found: TeamsCheck, names: Names) -> Page:
    """What nobody owns, dearest first."""
    total = sum(each.spend for each in found.unowned)
    title = f"{money(total)} of the last 30 days is nobody's" if found.unowned else "All that spent in 30 days is owned"
    return Page(
        title=title,
        header=("Whose is", "30 days", ""),
        rows=tuple((unowned_in_words(each, names), money(each.spend), why_unowned(each)) for each in found.unowned),
        align="lrl",
    )


def others_as_text(found: TeamsCheck) -> list[Page]:
    """Rules that say nothing, and owners who left."""
    stale = Page(
        title=f"{counted(len(found.stale), 'rule')} that {'says' if len(found.stale) == 1 else 'say'} nothing",
        notes=tuple(stale_in_words(each) for each in found.stale),
    )
    left = Page(
        title="Owners who left Slack",
        notes=tuple(f"{team}: {listed(owners)}" for team, owners in found.left.items()),
    )
    unknown = Page(title=f"Owners not checked: {found.not_checked}")
    return [
        *([stale] if found.stale else []),
        *([left] if found.left else []),
        *([unknown] if found.not_checked else []),
    ]


def teams_check_as_json(found: TeamsCheck, names: Names) -> str:
    """The fixed shape of `teams check --json`; `key_id` is null where all of a workspace is nobody's."""
    return written(
        {
            "unowned": [unowned_as_json(each, names) for each in found.unowned],
            "stale": [{**rule_as_json(each.rule), "reason": each.why.value} for each in found.stale],
            "left": [{"team": team, "owners": list(owners)} for team, owners in found.left.items()],
            "not_checked": found.not_checked or None,
        }
    )


def unowned_as_json(unowned: Unowned, names: Names) -> dict[str, Any]:
    """What is nobody's; `claimed_by` are the two rules that claim it equally."""
    return {
        "workspace_id": unowned.workspace_id,
        "workspace": names.workspace(unowned.workspace_id),
        "key_id": unowned.key_id,
        "key": None if unowned.key_id is None else names.api_key(unowned.key_id),
        "spend": exact(unowned.spend),
        "claimed_by": [rule.source for rule in unowned.rules or ()],
    }


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """Where a rule stands and what it names."""
    return {"team": rule.team, "workspace": rule.workspace, "key": rule.key, "source": rule.source}
