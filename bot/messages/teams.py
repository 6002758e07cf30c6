"""Teams in words: what is theirs, what would change, and whose something is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.groupings import GROUPS
from bot.analysis.ownership import WHOLE, Staleness
from bot.messages.numbers import listed, percent_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.analysis.ownership import Rule, Stale, Team, TeamChange, Unowned
    from bot.model import Names

UNOWNED_LABEL = "Unowned"

WHY_STALE = {
    Staleness.NAMES_NOTHING: "nothing here is called so; mend the name, or take the rule out",
    Staleness.SPENT_NOTHING: "nothing of it has spent in 30 days; take the rule out if it is gone for good",
    Staleness.ENDED: "it ended before the first day that is kept; take it out",
}

SAID_OF_TEAM = {"parent": "parent", "cost_center": "cost centre", "channel": "channel"}
SAID_OF_RULE = ("service", "product", "environment")


def team_or_nobody(name: str) -> str:
    """A team's name, or that it is nobody's.

    >>> team_or_nobody("ads"), team_or_nobody("")
    ('ads', 'Unowned')
    """
    return name or UNOWNED_LABEL


def rule_in_words(rule: Rule) -> str:
    """What a rule gives away, when, and as what.

    >>> from datetime import date
    >>> from bot.analysis.ownership import Rule
    >>> rule_in_words(Rule(team="ads", key="ci-*", since=date(2026, 11, 12), service="builds"))
    'key "ci-*" from 2026-11-12 on, as service builds'
    """
    said = [f"{what} {getattr(rule, what)}" for what in SAID_OF_RULE if getattr(rule, what)]
    share = "" if rule.share == WHOLE else f"{percent_set(rule.share)} of "
    return f"{share}{rule.named}{days_in_words(rule)}{f', as {listed(said)}' if said else ''}"


def days_in_words(rule: Rule) -> str:
    """When a rule holds; its last day is the one before `until`."""
    if rule.since is None and rule.until is None:
        return ""
    if rule.until is None:
        return f" from {rule.since} on"
    return f" until {rule.until}" if rule.since is None else f" from {rule.since} until {rule.until}"


def change_in_words(change: TeamChange) -> Iterator[str]:
    """What would be otherwise about a team, a line each."""
    if change.after is None:
        yield "is gone"
    elif change.before is None:
        yield "is new" + "".join(f", {what} {value}" for what, value in said_of(change.after).items())
    else:
        before, after = said_of(change.before), said_of(change.after)
        for what in dict.fromkeys((*before, *after)):
            if before.get(what) != after.get(what):
                yield f"{what}: {before.get(what, 'none')} becomes {after.get(what, 'none')}"
    for old, new in change.rules:
        yield rule_change_in_words(old, new)


def said_of(team: Team) -> dict[str, str]:
    """What is said of a team besides its rules, by what people call that."""
    said = {called: getattr(team, what) or "" for what, called in SAID_OF_TEAM.items()}
    said["owners"] = " ".join(team.owners)
    return {what: value for what, value in said.items() if value}


def rule_change_in_words(old: Rule | None, new: Rule | None) -> str:
    """A rule that comes, goes or changes."""
    if old is None or new is None:
        return f"gets {rule_in_words(new)}" if new else f"no longer has {rule_in_words(old)}" if old else ""
    return f"has {rule_in_words(new)}; it was {rule_in_words(old)}"


def unowned_in_words(unowned: Unowned, names: Names) -> str:
    """What is nobody's."""
    workspace = names.workspace(unowned.workspace_id)
    if unowned.key_id is None:
        return f"all of {workspace}"
    return f"{GROUPS['key'].label(unowned.key_id, names)} in {workspace}"


def why_unowned(unowned: Unowned) -> str:
    """Why two rules do not give it to anybody; empty where none is about it."""
    if unowned.rules is None:
        return ""
    places = " and ".join(rule.source for rule in unowned.rules)
    return f"{places} claim it equally; make one more specific"


def stale_in_words(stale: Stale) -> str:
    """Which rule says nothing, and why."""
    return f"{stale.rule.source}: {stale.rule.team} has {rule_in_words(stale.rule)}: {WHY_STALE[stale.why]}"
