"""Budgets in Slack: asked for, taken on, raised, looked into; by whom that may be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot.jobs.budgets import Budgeter
from bot.listeners.budgets import BudgetDesk
from bot.listeners.clicks import NothingChanged
from bot.messages.budget import ACKNOWLEDGE, DETAILS, RAISE
from bot.messages.budget_views import AMOUNT, REASON
from bot.model import Raise, usd
from bot.sandbox.slack.faults import Refused
from bot.settings.access import AccessTable, ViewerTable
from bot.settings.budgets import BudgetTable, LevelTable
from bot.wiring import build_budgets
from tests.listeners.conftest import Listening, build_answers, listening
from tests.listeners.test_access import audit, ingest_only, times_asked, with_rules
from tests.loopback import loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.slack.workspace import SlackMessage
    from tests.loopback import Past, World

HOT = BudgetTable(name="hot", usd=Decimal(1000))


COOL = BudgetTable(name="cool", usd=Decimal(1_000_000))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def over_told(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> Past:
    """A budget that is over."""
    async with loopback(tmp_path_factory.mktemp("over")) as made:
        made.adopt(synced_database)
        made.change(claudecost_budgets=[HOT, COOL])
        await tell(made)
        return made.past


@pytest.fixture
async def budgeted(world: World, over_told: Past) -> AsyncIterator[Listening]:
    """A budget that is spent several times over, told in the channel, and one that lasts."""
    world.go_on_from(over_told)
    world.change(claudecost_budgets=[HOT, COOL])
    async with listening(world) as connected:
        yield connected


async def tell(world: World) -> None:
    budgeter = Budgeter(budgets=build_budgets(world.settings), teams=(), channel=world.slack.channel)
    with world.open_store() as store:
        budgeter.queue_if_due(store, now=world.clock())
    await world.build_deliverer().deliver()


def posted(bot: Listening) -> SlackMessage:
    """The budget's message in the channel."""
    return next(message for message in bot.world.slack.messages(bot.world.slack.channel) if "hot:" in message.text)


async def test_all_budgets_are_listed(budgeted: Listening) -> None:
    answer = await budgeted.ask("budget")

    assert answer.text.startswith("2 budgets, 1 over")


async def test_one_budget_is_shown_by_a_part_of_its_name(budgeted: Listening) -> None:
    answer = await budgeted.ask("budget coo")

    assert answer.text.startswith("cool: ")


async def test_a_name_that_no_budget_has_gets_those_there_are(budgeted: Listening) -> None:
    answer = await budgeted.ask("budget serach")

    assert 'no budget is called "serach"; there are hot and cool' in answer.text


async def test_without_budgets_it_says_how_to_set_one(bot: Listening) -> None:
    assert (await bot.ask("budget")).text == "No budgets are set"


async def test_whoever_takes_it_on_is_shown_and_is_the_only_one(budgeted: Listening) -> None:
    slack = budgeted.world.slack
    await slack.click(posted(budgeted), ACKNOWLEDGE)
    assert await budgeted.running.finished(within=5)
    second = await slack.click(posted(budgeted), ACKNOWLEDGE, user="U0BOB0001")
    told = await second.answer()

    assert f"<@{slack.user}> has taken it on" in str(posted(budgeted).blocks)
    assert told.text == f"<@{slack.user}> has taken it on already."


async def test_a_raise_is_kept_with_who_and_why_and_shown(budgeted: Listening) -> None:
    slack = budgeted.world.slack
    await slack.click(posted(budgeted), RAISE)
    assert await budgeted.running.finished(within=5)
    await slack.submit({AMOUNT: "50000", REASON: "launch"})
    assert await budgeted.running.finished(within=5)

    with budgeted.world.open_store() as store:
        (raised,) = store.budgets.load_raises()
    assert (raised.amount, raised.user, raised.reason) == (usd(50_000), slack.user, "launch")
    assert "of $50,000" in posted(budgeted).text
    assert "Raised from $1,000 to $50,000" in str(posted(budgeted).blocks)


async def test_whoever_raises_is_looked_up_once(synced: World) -> None:
    """Whoever sees all of the bill may be no admin; Slack, which does not say, is asked for both together."""
    slack = synced.slack
    slack.grant("usergroups:read")
    slack.faults.always("usergroups.users.list", Refused("internal_error"))
    synced.change(claudecost_budgets=[HOT])
    async with with_rules(synced, ViewerTable(users=[slack.user]), admins=("S0ADMINS1",)) as bot:
        await tell(synced)
        told = await (await slack.click(posted(bot), RAISE)).answer()

    assert "admin" in told.text
    assert times_asked(synced, "usergroups.users.list") == ["S0ADMINS1"]


@pytest.mark.parametrize("amount", ["1", "1e20", "1e99"])
async def test_an_amount_that_is_no_raise_is_asked_for_again(budgeted: Listening, amount: str) -> None:
    slack = budgeted.world.slack
    await slack.click(posted(budgeted), RAISE)
    assert await budgeted.running.finished(within=5)
    await slack.submit({AMOUNT: amount, REASON: "launch"})
    assert await budgeted.running.finished(within=5)

    assert "Raise a budget" in str(slack.require_modal(slack.user))
    with budgeted.world.open_store() as store:
        assert store.budgets.load_raises() == []


async def test_a_raise_that_somebody_else_went_beyond_is_none(budgeted: Listening) -> None:
    """Both had the window open; the lower amount came last, and was above what was allowed when it was weighed."""
    world, answers = budgeted.world, build_answers(budgeted.world)
    desk = BudgetDesk(answers)
    hot = answers.budgets.called("hot")
    since = hot.window(world.clock().date()).since
    raised = Raise(budget="hot", since=since, amount=usd(50_000), user="U0BOSS001", reason="launch", at=world.clock())
    with world.open_store() as store:
        desk.keep_raise(store, hot.reference(since), raised)
        with pytest.raises(NothingChanged, match="above 50000"):
            desk.keep_raise(store, hot.reference(since), replace(raised, amount=usd(40_000)))


async def test_questions_about_budgets_are_noted(budgeted: Listening) -> None:
    await budgeted.ask("budget coo")
    assert await budgeted.running.finished(within=5)

    (noted,) = audit(budgeted.world)
    assert noted.question == "budget cool"


async def test_details_show_what_it_went_to(budgeted: Listening) -> None:
    slack = budgeted.world.slack
    await slack.click(posted(budgeted), DETAILS)
    assert await budgeted.running.finished(within=5)

    assert "What it went to" in str(slack.views.modal(slack.user))


async def test_only_admins_raise(synced: World) -> None:
    synced.change(claudecost_budgets=[HOT], claudecost_access=AccessTable(admins=["U0BOSS001"]))
    async with listening(synced) as bot:
        await tell(synced)
        told = await (await synced.slack.click(posted(bot), RAISE)).answer()

    assert told.text.startswith("Only admins may raise a budget")


async def test_the_home_tab_shows_them_to_whoever_sees_everything(budgeted: Listening) -> None:
    slack = budgeted.world.slack
    await budgeted.ask("budget")  # in the channel: so they are known to be in it
    await slack.open_home()
    assert await budgeted.running.finished(within=5)

    assert "*Budgets*" in str(slack.views.home(slack.user))


@pytest.mark.parametrize(("who", "times"), [("user", 1), ("colleague", 0)])
async def test_a_digest_tells_budgets_to_whoever_sees_everything(synced: World, who: str, times: int) -> None:
    synced.change(claudecost_budgets=[HOT])
    async with with_rules(synced, ingest_only(synced), admins=(synced.slack.user,)) as bot:
        answer = await bot.ask("digest", user=getattr(synced.slack, who))

    assert str(answer.blocks).count("*Budgets*") == times


async def test_a_raise_is_shown_where_the_budget_goes_on(synced: World) -> None:
    """Another channel was set, and a level was reached since."""
    slack = synced.slack
    slack.add_channel("C0TEAM001", "team", members=[slack.workspace.bot_user, slack.user])
    synced.change(claudecost_budgets=[HOT])
    await tell(synced)
    level = LevelTable(percent=Decimal(150))
    synced.change(claudecost_budgets=[HOT.model_copy(update={"channel": "C0TEAM001", "levels": [level]})])
    async with listening(synced) as bot:
        await tell(synced)
        (there,) = slack.messages("C0TEAM001")
        await slack.click(there, RAISE)
        assert await bot.running.finished(within=5)
        await slack.submit({AMOUNT: "50000", REASON: "launch"})
        assert await bot.running.finished(within=5)

    assert any("<#C0TEAM001>" in str(message.blocks) for message in slack.messages(slack.channel))
    assert "of $50,000" in slack.messages("C0TEAM001")[0].text
