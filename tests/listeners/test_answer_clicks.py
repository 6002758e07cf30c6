"""An answer's buttons go on from it: for whoever clicks, in place, and by the days it was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.listeners.answer_clicks import NOT_YOURS, TOO_OLD
from bot.messages.answer_buttons import BY, CSV, DETAILS, PERIOD, SHARE
from bot.sandbox.slack.faults import Refused
from tests.listeners.conftest import listening

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.listeners.conftest import Listening
    from tests.loopback import World


def understood(message: SlackMessage) -> str:
    """What the small print says was asked."""
    return str(message.blocks[-1]["elements"][0]["text"]).rpartition("understood as ")[2].strip("`")


def id_of(message: SlackMessage) -> str:
    """Under what it is kept."""
    (row,) = [block for block in message.blocks if block["type"] == "actions"]
    return str(row["elements"][2]["value"])


async def chosen(bot: Listening, on: SlackMessage, menu: str, choice: str, *, user: str | None = None) -> SlackMessage:
    """What comes of a choice in a menu."""
    clicked = await bot.world.slack.click(on, menu, choose=f"{id_of(on)}:{choice}", user=user)
    return await clicked.answer()


async def shared(bot: Listening) -> SlackMessage:
    """An answer of Alice's that all can see."""
    return await (await bot.world.slack.click(await bot.ask("7d"), SHARE)).answer()


async def test_another_grouping_takes_the_place_of_the_answer(bot: Listening) -> None:
    answer = await bot.ask("7d by workspace")

    other = await chosen(bot, answer, BY, "model")

    assert understood(other) == "7d by model"
    assert bot.world.slack.whispers() == [other]
    assert other.ts == answer.ts


async def test_another_period_keeps_the_grouping(bot: Listening) -> None:
    other = await chosen(bot, await bot.ask("7d by model"), PERIOD, "last month")

    assert understood(other) == "last month by model"


async def test_one_goes_on_from_what_one_went_on_to(bot: Listening) -> None:
    by_model = await chosen(bot, await bot.ask("7d"), BY, "model")

    assert understood(await chosen(bot, by_model, PERIOD, "30d")) == "30d by model"


async def test_the_days_stay_those_of_the_answer(bot: Listening) -> None:
    answer = await bot.ask("7d by workspace")
    bot.world.clock.advance(days=3)

    other = await chosen(bot, answer, BY, "day")

    assert "15–21 Nov" in str(other.blocks[-1])


async def test_a_shared_answer_is_gone_on_from_by_whoever_clicks(bot: Listening) -> None:
    public, colleague = await shared(bot), bot.world.slack.colleague

    own = await chosen(bot, public, BY, "model", user=colleague)

    assert own.visible_to == colleague
    assert bot.world.slack.messages() == [public]
    assert understood(await chosen(bot, own, PERIOD, "30d", user=colleague)) == "30d by model"


async def test_somebody_elses_own_answer_is_not_theirs(bot: Listening) -> None:
    answer = await bot.ask("7d")

    told = await chosen(bot, answer, BY, "model", user=bot.world.slack.colleague)

    assert told.text == NOT_YOURS.text
    assert told.visible_to == bot.world.slack.colleague
    assert bot.world.slack.whispers() == [answer]


async def test_an_answer_that_is_kept_no_more_says_so(bot: Listening) -> None:
    answer = await bot.ask("7d")
    with bot.world.open_store() as store:
        store.session.execute("DELETE FROM answer")

    assert (await chosen(bot, answer, BY, "model")).text == TOO_OLD.text


async def test_people_are_not_told_of_where_nobody_decided_it(bot: Listening) -> None:
    answer = await bot.ask("7d")

    assert "By person" not in str(answer.blocks)


async def test_people_can_be_chosen_where_they_may_be_told_of(synced_people: World) -> None:
    async with listening(synced_people) as bot:
        other = await chosen(bot, await bot.ask("7d"), BY, "person")

    assert "Ada Lovelace" in str(other.blocks)


async def test_details_are_a_window(bot: Listening) -> None:
    await bot.world.slack.click(await bot.ask("7d"), DETAILS)
    await bot.running.finished(within=5)

    view = bot.world.slack.require_modal()
    assert "Ingest pipeline" in str(view)
    assert "Sat 21 Nov" in str(view)


async def test_without_the_scope_csv_is_text_that_says_how_to_get_a_file(bot: Listening) -> None:
    answer = await bot.ask("7d by model")

    told = await (await bot.world.slack.click(answer, CSV)).answer()

    assert "model,usd,usd_before\n" in str(told.blocks[1]["text"]["text"])
    assert "files:write" in str(told.blocks)
    assert "`claudecost report 7d by model csv`" in str(told.blocks)


async def test_with_the_scope_csv_is_a_file_for_whoever_clicked(world: World) -> None:
    world.slack.grant("files:write")
    await world.sync()
    async with listening(world) as bot:
        answer = await bot.ask("7d by workspace")
        told = await (await bot.world.slack.click(answer, CSV)).answer()

    (file,) = world.slack.files.kept.values()
    assert file.name in told.text
    assert file.channel == world.slack.workspace.direct_message_with(world.slack.user).id
    assert (file.content or b"").startswith(b"workspace_id,workspace,usd,usd_before\n")


async def test_csv_that_is_typed_is_a_file_as_well(world: World) -> None:
    world.slack.grant("files:write")
    await world.sync()
    async with listening(world) as bot:
        told = await bot.ask("7d by model csv")

    (file,) = world.slack.files.kept.values()
    assert file.name in told.text
    assert file.name == "claudecost-7d-by-model-2026-11-22.csv"
    assert (file.content or b"").startswith(b"model,usd,usd_before\n")
    assert told.visible_to == world.slack.user


async def test_a_file_that_slack_does_not_take_is_text_and_said(world: World) -> None:
    world.slack.grant("files:write")
    await world.sync()
    async with listening(world) as bot:
        bot.world.slack.faults.add("files.getUploadURLExternal", Refused("restricted_action"))
        told = await bot.ask("7d by model csv")

    assert "model,usd,usd_before\n" in str(told.blocks[1]["text"]["text"])
    assert "The file could not be sent: Slack said restricted_action" in str(told.blocks)


async def test_a_name_is_no_formula_in_csv(bot: Listening) -> None:
    with bot.world.open_store() as store:
        store.session.execute("UPDATE workspace SET name = '=1+1'")

    told = await (await bot.world.slack.click(await bot.ask("7d"), CSV)).answer()

    assert ",'=1+1," in str(told.blocks[1]["text"]["text"])


async def test_an_unusable_database_is_told(bot: Listening) -> None:
    answer = await bot.ask("7d")
    assert await bot.running.finished(within=5)
    bot.world.settings.claudecost_database.write_bytes(b"no database " * 500)

    assert "The stored data cannot be read" in (await chosen(bot, answer, BY, "model")).text


async def test_a_question_of_another_kind_is_not_gone_on_from(bot: Listening) -> None:
    answer = await bot.ask("7d")
    with bot.world.open_store() as store:
        store.session.execute("UPDATE answer SET question = 'why ingest'")

    told = await (await bot.world.slack.click(answer, DETAILS)).answer()

    assert told.text == TOO_OLD.text
