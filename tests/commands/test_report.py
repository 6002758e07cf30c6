"""A report's answer: now, as of a day, and where there is none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ask_why import parse_why
from bot.analysis.groupings import GROUPINGS
from bot.analysis.question import PeopleOff, parse_question
from bot.commands.check import check_only
from bot.commands.digest import answer_digest
from bot.commands.errors import NothingThen, NothingYet
from bot.commands.report import answer_report
from bot.commands.why import answer_why
from bot.model import Source, dollars, end_of
from bot.settings import PrivacyChoices
from tests.builders import TODAY, last_days
from tests.loopback import daily

if TYPE_CHECKING:
    from tests.loopback import World


async def test_a_report_adds_up_to_the_invoice(synced: World) -> None:
    report = answer_report(synced.settings, parse_question("7d", today=TODAY))

    assert report.total is not None
    assert dollars(report.total) * 100 == synced.organization.invoice(last_days(7))


@pytest.mark.parametrize("by", GROUPINGS)
async def test_a_report_as_of_a_day_is_what_it_was_before_a_restatement(synced: World, by: str) -> None:
    synced.change(claudecost_privacy=PrivacyChoices(people=True))
    question = parse_question(f"7d by {by}", today=TODAY)
    before = answer_report(synced.settings, question)
    synced.clock.advance(days=1)
    with synced.open_store() as store:
        store.ledger.save_days(
            last_days(14),
            cost=daily(999, last_days(14)),
            usage=(),
            source=Source.COST_REPORT,
            fetched_at=synced.clock(),
        )

    restated = answer_report(synced.settings, question)
    as_of = answer_report(synced.settings, question, as_of=end_of(TODAY))

    assert restated.total != before.total
    assert (as_of.total, as_of.previous_total, as_of.rows) == (before.total, before.previous_total, before.rows)


async def test_who_spent_it_is_refused_where_it_is_off(synced: World) -> None:
    with pytest.raises(PeopleOff, match="people = true under"):
        answer_report(synced.settings, parse_question("7d by person", today=TODAY))


async def test_before_anything_was_known_there_was_no_report(synced: World) -> None:
    with pytest.raises(NothingThen, match="none of these days was known whole by 2026-11-15"):
        answer_report(synced.settings, parse_question("7d", today=TODAY), as_of=end_of(TODAY - timedelta(days=8)))


async def test_nothing_is_answered_before_the_first_sync(world: World) -> None:
    with pytest.raises(NothingYet, match='run "claudecost sync" first'):
        answer_report(world.settings, parse_question("7d", today=TODAY))
    with pytest.raises(NothingYet):
        answer_why(world.settings, parse_why("default", today=TODAY))
    with pytest.raises(NothingYet):
        check_only(world.settings, day=None, now=world.clock)
    with pytest.raises(NothingYet):
        answer_digest(world.settings, period=None, now=world.clock)
