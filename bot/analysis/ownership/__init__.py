"""Who owns what was spent: teams, rules with dates, and the dollars that follow from them."""

from bot.analysis.ownership.dollars import by_owner, spans_of
from bot.analysis.ownership.joined import joined
from bot.analysis.ownership.owners import UNOWNED, Owner, Owners, Ownership
from bot.analysis.ownership.rules import Rule, Team, WrongRules, check_teams

__all__ = [
    "UNOWNED",
    "Owner",
    "Owners",
    "Ownership",
    "Rule",
    "Team",
    "WrongRules",
    "by_owner",
    "check_teams",
    "joined",
    "spans_of",
]
