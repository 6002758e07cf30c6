"""Why: what drove the change of a part of the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands.errors import NothingYet
from bot.listeners.why import load_explanation
from bot.wiring import build_open_store, build_teams

if TYPE_CHECKING:
    from bot.analysis.ask_why import WhyQuestion
    from bot.analysis.explanation import Explanation
    from bot.settings import Settings

NOTHING_TO_COMPARE = (
    'the days asked about, or those before, were never fetched; run "claudecost sync", and see CLAUDECOST_BACKFILL_DAYS'
)


def answer_why(settings: Settings, asked: WhyQuestion) -> Explanation:
    """Why a part of the bill cost what it did.

    Raises `NotUnderstood` for names that are not there, and `NothingYet` without days on either side.
    """
    with build_open_store(settings)() as store:
        explanation = load_explanation(store, asked, build_teams(settings))
    if explanation.data_as_of is None:
        raise NothingYet
    if explanation.total is None or explanation.previous_total is None:
        raise NothingYet(NOTHING_TO_COMPARE)
    return explanation
