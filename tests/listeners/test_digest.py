"""Digests, asked for in Slack: the last one, and which channels get which."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model import Outcome
from bot.settings.access import ViewerTable
from bot.settings.digests import DigestTable
from tests.builders import TODAY, posting
from tests.listeners.conftest import listening
from tests.listeners.test_access import INGEST, audit, ingest_only, with_rules
from tests.listeners.test_claudecost import shown

if TYPE_CHECKING:
    from bot.model import Subscription
    from tests.listeners.conftest import Listening
    from tests.loopback import World


def subscriptions(world: World) -> list[Subscription]:
    with world.open_store() as store:
        return store.subscriptions.load()


# --- The last one ---


async def test_the_last_weekly_digest_is_shown(bot: Listening) -> None:
    answer = shown(await bot.ask("digest"))

    assert answer.startswith("Week 46: $")
    assert "matches the bill" in answer


async def test_one_that_was_said_is_shown_as_it_was_to_whoever_sees_everything(synced: World) -> None:
    said = posting("digest:2026-W46", text="Week 46 as it was told")
    with synced.open_store() as store:
        store.outbox.add(said)
    async with with_rules(synced, ingest_only(synced), admins=(synced.slack.user,)) as bot:
        assert (await bot.ask("digest")).text == said.message.text
        assert shown(await bot.ask("digest", user=synced.slack.colleague)).startswith("Week 46: $")


async def test_the_last_monthly_one_of_some_workspaces_is_shown(bot: Listening) -> None:
    answer = shown(await bot.ask(f'digest monthly of "{INGEST}"'))

    assert answer.startswith("October 2026, Ingest pipeline")
    assert "Research" not in answer


async def test_a_channel_with_a_digest_of_its_own_is_shown_that(synced: World) -> None:
    synced.change(claudecost_digests=[DigestTable(channel=synced.slack.channel, every="month", workspaces=["ingest*"])])
    async with listening(synced) as bot:
        assert shown(await bot.ask("digest monthly")).startswith("October 2026, ingest*")


async def test_what_is_shown_is_of_what_the_asker_may_see(synced: World) -> None:
    async with with_rules(synced, ingest_only(synced), admins=(synced.slack.user,)) as bot:
        everything = shown(await bot.ask("digest"))
        of_ingest = shown(await bot.ask("digest", user=synced.slack.colleague))
        of_others = shown(await bot.ask("digest research", user=synced.slack.colleague))

    assert "Research" in everything
    assert "Research" not in of_ingest
    assert "of what you may see" in of_ingest
    assert "matches the bill" not in of_ingest
    assert "No workspace is called research" in of_others


async def test_before_the_first_sync_there_is_no_data_to_tell(empty_bot: Listening) -> None:
    assert "no data for" in shown(await empty_bot.ask("digest"))


# --- Who gets one ---


async def test_a_channel_gets_what_is_asked_for_in_it(bot: Listening) -> None:
    answer = shown(await bot.ask("digest subscribe monthly ingest* research"))

    (kept,) = subscriptions(bot.world)
    assert (kept.channel, kept.every, kept.workspaces) == (bot.world.slack.channel, "month", ("ingest*", "research"))
    assert (kept.user, kept.at) == (bot.world.slack.user, bot.world.clock())
    assert "✅ This channel gets the monthly digest of `ingest*` and `research`, first " in answer


async def test_it_is_said_there_on_its_day(synced: World) -> None:
    async with listening(synced) as bot:
        await bot.ask(f'digest subscribe "{INGEST}"')
    synced.clock.set_to(TODAY + timedelta(days=1))
    await synced.sync()
    clock = synced.build_clock()
    clock.has_pulled = True

    await clock.tick()
    await synced.build_clock().tick()

    assert len(synced.said("Week 47, Ingest pipeline: $")) == 1


async def test_what_a_channel_has_already_is_not_kept_again(bot: Listening) -> None:
    assert "already" in shown(await bot.ask("digest subscribe"))
    await bot.ask("digest subscribe research")
    assert "already" in shown(await bot.ask("digest subscribe weekly RESEARCH"))

    assert len(subscriptions(bot.world)) == 1


async def test_a_slip_of_the_pen_is_not_kept(bot: Listening) -> None:
    assert "No workspace is called reserach" in shown(await bot.ask("digest subscribe research reserach"))

    assert subscriptions(bot.world) == []


async def test_a_channel_that_the_bot_is_not_in_gets_none(bot: Listening) -> None:
    await bot.ask("status")
    elsewhere = await bot.world.slack.ask("/claudecost", "digest subscribe", channel=bot.world.slack.other_channel)

    assert "I cannot post in this channel" in shown(elsewhere)
    assert subscriptions(bot.world) == []


async def test_what_was_asked_for_can_be_ended(bot: Listening) -> None:
    await bot.ask("digest subscribe research")
    await bot.ask("digest subscribe monthly")
    ended = shown(await bot.ask("digest unsubscribe monthly"))

    assert "no more monthly digest" in ended
    assert [each.every for each in subscriptions(bot.world)] == ["week"]


@pytest.mark.parametrize(
    ("words", "said"), [("", "comes from `CLAUDECOST_DIGEST`"), (" monthly", "Nobody asked for such a digest here")]
)
async def test_what_nobody_asked_for_is_not_ended(bot: Listening, words: str, said: str) -> None:
    assert said in shown(await bot.ask(f"digest unsubscribe{words}"))


async def test_only_admins_decide_where_there_are_rules(synced: World) -> None:
    everything = ViewerTable(users=[synced.slack.colleague])
    async with with_rules(synced, everything, admins=(synced.slack.user,)) as bot:
        refused = shown(await bot.ask("digest subscribe research", user=synced.slack.colleague))
        assert f"Only admins decide what a channel is told. Ask <@{synced.slack.user}>." in refused
        assert subscriptions(synced) == []
        assert "✅" in shown(await bot.ask("digest subscribe research"))
        assert await bot.running.finished(within=5)

    assert [(each.question, each.outcome) for each in audit(synced)] == [
        ("digest subscribe", Outcome.REFUSED),
        ("digest subscribe", Outcome.ANSWERED),
    ]


async def test_where_no_admins_are_named_whoever_sees_everything_decides(synced: World) -> None:
    sees_all = ViewerTable(users=[synced.slack.user])
    async with with_rules(synced, sees_all, ingest_only(synced)) as bot:
        assert "✅" in shown(await bot.ask("digest subscribe research"))
        refused = shown(await bot.ask("digest unsubscribe", user=synced.slack.colleague))

    assert "Only admins decide what a channel is told. `admins` in `[access]`" in refused
    assert len(subscriptions(synced)) == 1


async def test_the_status_lists_the_digests_for_whoever_sees_everything(synced: World) -> None:
    async with with_rules(synced, ingest_only(synced), admins=(synced.slack.user,)) as bot:
        await bot.ask("digest subscribe research")
        told = shown(await bot.ask("status"))
        told_in_part = shown(await bot.ask("status", user=synced.slack.colleague))

    assert f"<#{synced.slack.channel}> weekly digest of `research`, next " in told
    assert f"asked for by <@{synced.slack.user}>" in told
    assert "research" not in told_in_part
