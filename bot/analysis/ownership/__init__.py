"""Who owns what was spent: teams, rules with dates, and the dollars that follow from them."""

from bot.analysis.ownership.changes import Move, TeamChange, add_moves, find_changes, find_moves
from bot.analysis.ownership.checks import Estate, Stale, Staleness, TeamsCheck, Unowned, find_stale, find_unowned
from bot.analysis.ownership.dollars import by_owner, shared_out, spans_of
from bot.analysis.ownership.joined import joined
from bot.analysis.ownership.lines import lines_of_teams
from bot.analysis.ownership.looking import find_teams_lens, find_whole_lens
from bot.analysis.ownership.owners import UNOWNED, History, Owner, Owners, Ownership, Part, Thing
from bot.analysis.ownership.rules import WHOLE, Rule, Team, WrongRules, check_teams
from bot.analysis.ownership.spreadsheet import read_teams, written_teams
from bot.analysis.ownership.weekly import LineOf, TeamLine, TeamWeeks, by_team, find_team_weeks

__all__ = [
    "UNOWNED",
    "WHOLE",
    "Estate",
    "History",
    "LineOf",
    "Move",
    "Owner",
    "Owners",
    "Ownership",
    "Part",
    "Rule",
    "Stale",
    "Staleness",
    "Team",
    "TeamChange",
    "TeamLine",
    "TeamWeeks",
    "TeamsCheck",
    "Thing",
    "Unowned",
    "WrongRules",
    "add_moves",
    "by_owner",
    "by_team",
    "check_teams",
    "find_changes",
    "find_moves",
    "find_stale",
    "find_team_weeks",
    "find_teams_lens",
    "find_unowned",
    "find_whole_lens",
    "joined",
    "lines_of_teams",
    "read_teams",
    "shared_out",
    "spans_of",
    "written_teams",
]
