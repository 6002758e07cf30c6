"""Who may see what, tried from all sides: each request is one that Slack could carry."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.analysis.access import Grant, Sight
from bot.listeners.asked import Asked
from bot.listeners.status import answer_status
from bot.messages.alert_state import ACKNOWLEDGE, DETAILS
from bot.messages.answer_buttons import BY, CSV, PERIOD, SHARE
from bot.messages.answer_buttons import DETAILS as ANSWER_DETAILS
from bot.messages.explore import EXPLORE_SHORTCUT, KEYS
from bot.model import AlertState, Outcome, Subscription, TeamSheet
from bot.sandbox.slack.faults import Refused
from bot.sandbox.slack.workspace import SlackUser
from bot.settings.access import AccessTable, ViewerTable
from tests.builders import YESTERDAY
from tests.listeners.conftest import asks_only, listening
from tests.listeners.test_claudecost import shown
from tests.loopback import loopback
from tests.messages.test_status import WELL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.messages.status import Status
    from bot.model import AuditedQuestion
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.listeners.conftest import Listening
    from tests.loopback import World

HERE = "Ask me in <#C0COSTS01>"
INGEST = "Ingest pipeline"
OTHER_NAMES = ("Evaluation", "Research", "Support")
"""Parts of the names of workspaces that are not the ingest pipeline's."""


async def ask(bot: Listening, text: str, *, user: str | None = None, channel: str | None = None) -> SlackMessage:
    """Somebody asks somewhere."""
    return await bot.world.slack.ask("/claudecost", text, user=user, channel=channel)


@asynccontextmanager
async def with_rules(world: World, *viewers: ViewerTable, admins: tuple[str, ...] = ()) -> AsyncIterator[Listening]:
    """A bot with rules."""
    world.change(claudecost_access=AccessTable(admins=list(admins), viewers=list(viewers)))
    async with listening(world) as bot:
        yield bot


def ingest_only(world: World) -> ViewerTable:
    """The colleague sees one workspace."""
    return ViewerTable(users=[world.slack.colleague], workspaces=[INGEST])


def dialog_of(answer: SlackMessage) -> str:
    """What whoever shares an answer is asked first."""
    buttons = [each for block in answer.blocks for each in block.get("elements", ())]
    return str(next(each for each in buttons if each.get("action_id") == SHARE).get("confirm"))


@pytest.fixture
async def limited(synced: World) -> AsyncIterator[Listening]:
    """Alice is an admin, and her colleague sees one workspace."""
    async with with_rules(synced, ingest_only(synced), admins=(synced.slack.user,)) as bot:
        yield bot


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_limited(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> AsyncIterator[Listening]:
    """The same for all tests that only ask."""
    async with loopback(tmp_path_factory.mktemp("limited")) as world:
        world.adopt(synced_database)
        async with with_rules(world, ingest_only(world), admins=(world.slack.user,)) as bot:
            yield bot


def audit(world: World) -> list[AuditedQuestion]:
    """What was noted."""
    with world.open_store() as store:
        return store.audit.load(since=world.clock() - timedelta(days=1), until=world.clock() + timedelta(days=1))


# --- Without rules ---


async def test_whoever_asks_in_a_channel_of_the_bot_sees_everything(bot: Listening) -> None:
    assert "may see" not in shown(await ask(bot, "7d"))


async def test_nobody_is_answered_where_slack_does_not_say_that_they_share_a_channel(bot: Listening) -> None:
    answer = await ask(bot, "7d", channel=bot.world.slack.other_channel)

    assert HERE in shown(answer)
    assert "$" not in shown(answer)


async def test_somebody_seen_in_a_channel_of_the_bot_is_answered_elsewhere_too(bot: Listening) -> None:
    await ask(bot, "status")

    assert HERE not in shown(await ask(bot, "7d", channel=bot.world.slack.other_channel))


async def test_that_is_remembered_by_the_next_process(synced: World) -> None:
    async with listening(synced) as bot:
        await ask(bot, "7d")
        assert await bot.running.finished(within=5)
    async with listening(synced) as bot:
        assert HERE not in shown(await ask(bot, "7d", channel=bot.world.slack.other_channel))


async def test_a_channel_that_asked_for_a_digest_is_one_of_the_bots(synced: World) -> None:
    elsewhere = synced.slack.other_channel
    with synced.open_store() as store:
        store.subscriptions.subscribe(
            Subscription(channel=elsewhere, every="week", workspaces=(), user=synced.slack.user, at=synced.clock())
        )
    async with listening(synced) as bot:
        assert HERE not in shown(await ask(bot, "7d", channel=elsewhere))


async def test_so_is_an_imported_teams(synced: World) -> None:
    elsewhere = synced.slack.other_channel
    with synced.open_store() as store:
        text = f"team,workspace,key,channel\nfind,Research,,{elsewhere}\n"
        store.teams.save_sheet(TeamSheet("teams.csv", text, synced.clock()))
    async with listening(synced) as bot:
        assert HERE not in shown(await ask(bot, "7d", channel=elsewhere))


async def test_with_a_scope_slack_says_who_shares_a_channel(synced: World) -> None:
    synced.slack.grant("channels:read")
    alone = synced.slack.workspace.add_user(SlackUser(id="U0ALONE01", name="eve", team_id="T0LOCAL01")).id
    async with listening(synced) as bot:
        elsewhere = synced.slack.other_channel
        assert HERE not in shown(await ask(bot, "7d", channel=elsewhere))
        assert HERE in shown(await ask(bot, "7d", user=alone, channel=elsewhere))


async def test_guests_see_nothing_where_slack_tells_who_they_are(synced: World) -> None:
    synced.slack.grant("users:read")
    guest = SlackUser(id="U0GUEST01", name="guest", team_id="T0LOCAL01", is_restricted=True)
    synced.slack.workspace.add_user(guest)
    async with listening(synced) as bot:
        assert "$" not in shown(await ask(bot, "7d", user=guest.id))
        assert "$" in shown(await ask(bot, "7d"))


async def test_whoever_slack_does_not_tell_of_counts_as_a_guest(synced: World) -> None:
    synced.slack.grant("users:read")
    synced.slack.faults.add("users.info", Refused("user_not_found"))
    async with listening(synced) as bot:
        assert "$" not in shown(await ask(bot, "7d"))


# --- While Slack does not say ---


def times_asked(world: World, method: str) -> list[str | None]:
    """Whom or what each call of a method was about."""
    calls = [call.arguments for call in world.slack.calls if call.method == method]
    return [about.get("user") or about.get("usergroup") for about in calls]


async def test_a_question_asks_slack_once_who_asks(synced: World) -> None:
    """What Slack does not say is not remembered: each further look would wait for it again."""
    synced.slack.grant("users:read")
    synced.slack.faults.always("users.info", Refused("internal_error"))
    async with listening(synced) as bot:
        assert "$" not in shown(await ask(bot, "7d"))

    assert times_asked(synced, "users.info") == [synced.slack.user]


async def test_a_question_asks_slack_once_where_its_asker_and_the_bot_are(synced: World) -> None:
    synced.slack.grant("channels:read")
    synced.slack.faults.always("users.conversations", Refused("internal_error"))
    async with listening(synced) as bot:
        assert HERE in shown(await ask(bot, "7d", channel=synced.slack.other_channel))

    assert times_asked(synced, "users.conversations") == [synced.slack.user, None]


# --- With rules ---


@asks_only
async def test_an_answer_is_of_what_may_be_seen_and_says_so(shared_limited: Listening) -> None:
    colleague = shared_limited.world.slack.colleague
    whole, part = (
        await ask(shared_limited, "7d by workspace"),
        await ask(shared_limited, "7d by workspace", user=colleague),
    )

    assert "of what you may see" in shown(part)
    assert "may see" not in shown(whole)
    assert INGEST in shown(part)
    assert whole.text != part.text
    assert not [name for name in OTHER_NAMES if name in shown(part)]


@asks_only
@pytest.mark.parametrize(
    "text",
    [
        "7d by model",
        "30d by key",
        "today",
        "7d by workspace by key",
        "by day",
        "7d by token",
        "why research",
        "why",
        "why reserch",
        "alerts",
        "tune",
        "status",
        "month",
        "forecast",
        "org:nobody",
        "help",
        "help alerts",
        "by nothing",
    ],
)
async def test_no_question_names_what_may_not_be_seen(shared_limited: Listening, text: str) -> None:
    answer = await ask(shared_limited, text, user=shared_limited.world.slack.colleague)

    with shared_limited.world.open_store() as store:
        names = store.names.load_names()
    (ingest,) = (each.id for each in names.workspaces.values() if each.name == INGEST)
    hidden = {each.name for each in names.workspaces.values() if each.id not in {ingest, "default"}}
    hidden |= {each.name for each in names.api_keys.values() if each.workspace_id != ingest}
    assert not [name for name in hidden if name and name in shown(answer)]


async def test_whom_no_rule_means_sees_nothing_and_is_told_whom_to_ask(synced: World) -> None:
    async with with_rules(synced, ViewerTable(users=["U0NOBODY1"]), admins=(synced.slack.user,)) as bot:
        answer = await ask(bot, "7d", user=synced.slack.colleague)

    assert f"Nothing of the bill is shown to you. Ask <@{synced.slack.user}>." in shown(answer)


async def test_who_may_see_what_there_is_not_sees_nothing_and_no_zero(synced: World) -> None:
    async with with_rules(synced, ViewerTable(users=[synced.slack.colleague], workspaces=["Ingets pipeline"])) as bot:
        answer = await ask(bot, "7d", user=synced.slack.colleague)

    assert "Nothing of the bill is shown to you" in shown(answer)
    assert "$" not in shown(answer)


async def test_a_user_group_needs_its_scope(synced: World) -> None:
    synced.slack.workspace.user_groups["S0TEAM"] = (synced.slack.colleague,)
    rules = ViewerTable(groups=["S0TEAM"], workspaces=[INGEST])
    async with with_rules(synced, rules) as bot:
        assert "$" not in shown(await ask(bot, "7d", user=synced.slack.colleague))
    synced.slack.grant("usergroups:read")
    async with with_rules(synced, rules) as bot:
        assert "of what you may see" in shown(await ask(bot, "7d", user=synced.slack.colleague))


async def test_a_channels_viewers_are_those_who_ask_in_it(synced: World) -> None:
    other = synced.slack.other_channel
    async with with_rules(synced, ViewerTable(channels=[other], workspaces=[INGEST])) as bot:
        assert "$" not in shown(await ask(bot, "7d"))
        assert "of what you may see" in shown(await ask(bot, "7d", channel=other))


@asks_only
async def test_the_status_does_not_say_that_something_of_others_waits_for_the_morning(
    shared_limited: Listening,
) -> None:
    night = replace(WELL, held=1, held_levels=1, held_until=shared_limited.world.clock() + timedelta(hours=1))

    async def status() -> Status:
        return night

    asked = Asked(text="status", user="U1", channel="C1")
    part = replace(asked, sight=Sight((Grant(workspaces=(INGEST,)),)))
    told = [await answer_status(shared_limited.world.open_store, each, status) for each in (asked, part)]

    assert ["🌙" in str(each.blocks) for each in told] == [True, False]


# --- Buttons ---


async def test_a_shared_answer_says_whose_sight_it_is(limited: Listening) -> None:
    colleague = limited.world.slack.colleague
    answer = await ask(limited, "7d by workspace", user=colleague)

    shared = await (await limited.world.slack.click(answer, SHARE, user=colleague)).answer()

    assert f"of what <@{colleague}> may see" in shown(shared)


@asks_only
async def test_where_some_may_see_less_whoever_shares_is_asked_first(shared_limited: Listening) -> None:
    everything = await ask(shared_limited, "7d by workspace")
    month, part = [
        await ask(shared_limited, text, user=shared_limited.world.slack.colleague)
        for text in ("month", "7d by workspace")
    ]
    (menu,) = [each for block in part.blocks for each in block.get("elements", ()) if each.get("action_id") == BY]
    value = menu["options"][1]["value"]
    clicked = await shared_limited.world.slack.click(part, BY, user=shared_limited.world.slack.colleague, choose=value)

    assert "all of the bill; some of them may be allowed to see less" in dialog_of(everything)
    for answer in (month, part, await clicked.answer()):
        assert "what you may see, and says so; some of them may be allowed to see less" in dialog_of(answer)


async def test_where_all_see_everything_nobody_is_asked_before_sharing(bot: Listening) -> None:
    assert dialog_of(await ask(bot, "7d")) == "None"


async def test_outside_of_the_bots_channels_whoever_shares_is_asked_first(bot: Listening) -> None:
    await ask(bot, "status")

    answer = await ask(bot, "7d", channel=bot.world.slack.other_channel)

    assert "some of them may be allowed to see less" in dialog_of(answer)


async def test_who_may_see_less_by_now_does_not_share_what_they_were_told(synced: World) -> None:
    async with listening(synced) as bot:
        answer = await ask(bot, "7d", user=synced.slack.colleague)
    async with with_rules(synced, ingest_only(synced)):
        told = await (await synced.slack.click(answer, SHARE, user=synced.slack.colleague)).answer()

    assert "may not share" in told.text
    assert synced.slack.messages() == []


async def test_somebody_elses_answer_is_not_theirs_to_share(limited: Listening) -> None:
    answer = await ask(limited, "7d by workspace")

    told = await (await limited.world.slack.click(answer, SHARE, user=limited.world.slack.colleague)).answer()

    assert "Only the person who asked" in told.text
    assert limited.world.slack.messages() == []


async def test_who_may_see_nothing_any_more_shares_nothing(synced: World) -> None:
    async with listening(synced) as bot:
        answer = await ask(bot, "7d", user=synced.slack.colleague)
    async with with_rules(synced, ViewerTable(users=["U0NOBODY1"])) as bot:
        told = await (await synced.slack.click(answer, SHARE, user=synced.slack.colleague)).answer()

    assert "may not share" in told.text
    assert synced.slack.messages() == []


async def with_alert(bot: Listening) -> SlackMessage:
    """An alert of the ingest pipeline in the channel."""
    clock = bot.world.build_clock()
    with bot.world.open_store() as store:
        clock.checker.check(store, day=YESTERDAY)
    await clock.deliverer.deliver()
    return bot.world.slack.messages()[0]


@pytest.mark.parametrize("action_id", [ACKNOWLEDGE, DETAILS])
async def test_an_alert_of_what_may_not_be_seen_is_nobodys_to_act_on(synced: World, action_id: str) -> None:
    colleague = synced.slack.colleague
    async with with_rules(synced, ViewerTable(users=[colleague], workspaces=["Research*"])) as bot:
        told = await synced.slack.click(await with_alert(bot), action_id, user=colleague)
        assert await bot.running.finished(within=5)

    assert "You may not see all of what this alert is about" in (await told.answer()).text
    assert synced.slack.modal(colleague) is None
    with synced.open_store() as store:
        alert = store.alerts.load_alert(1)
    assert alert is not None
    assert alert.state is AlertState.FIRING


async def test_an_alert_of_what_may_be_seen_can_be_looked_into(limited: Listening) -> None:
    colleague = limited.world.slack.colleague
    await limited.world.slack.click(await with_alert(limited), DETAILS, user=colleague)

    assert await limited.running.finished(within=5)
    assert limited.world.slack.modal(colleague) is not None


# --- Windows ---


def blocks_of(view: dict[str, Any] | None) -> str:
    return str(view and view["blocks"])


async def test_the_window_to_explore_with_offers_what_may_be_seen(synced: World) -> None:
    slack, colleague = synced.slack, synced.slack.colleague
    async with with_rules(synced, ViewerTable(users=[colleague], workspaces=[INGEST, "Research*"])) as bot:
        await slack.shortcut(EXPLORE_SHORTCUT, user=colleague)
        await slack.wait_until(lambda: slack.modal(colleague) is not None)
        assert await bot.running.finished(within=5)

    offered = blocks_of(slack.modal(colleague))
    assert INGEST in offered
    assert "Evaluation" not in offered
    assert "Support" not in offered


async def test_keys_that_are_typed_are_found_among_those_that_may_be_seen(synced: World) -> None:
    slack, colleague = synced.slack, synced.slack.colleague
    async with with_rules(synced, ViewerTable(users=[colleague], workspaces=["Research*"])) as bot:
        await slack.shortcut(EXPLORE_SHORTCUT, user=colleague)
        await slack.wait_until(lambda: slack.modal(colleague) is not None)
        assert await bot.running.finished(within=5)

        assert await slack.suggest(KEYS, "ingest", user=colleague) == []
        assert await slack.suggest(KEYS, "research", user=colleague) != []


@asynccontextmanager
async def after_forged_window(synced: World) -> AsyncIterator[Listening]:
    """A colleague of limited sight has sent off a window that names a channel in which they were never seen."""
    slack, colleague = synced.slack, synced.slack.colleague
    own = ViewerTable(users=[colleague], workspaces=["Research*"])
    async with with_rules(synced, own, ViewerTable(channels=[slack.channel], workspaces=[INGEST])) as bot:
        await slack.shortcut(EXPLORE_SHORTCUT, user=colleague)
        await slack.wait_until(lambda: slack.modal(colleague) is not None)
        slack.require_modal(colleague)["private_metadata"] = slack.channel
        await slack.submit({}, user=colleague)
        assert await bot.running.finished(within=5)
        yield bot


async def test_a_window_carries_no_right(synced: World) -> None:
    """A forged `private_metadata` names a channel that whoever sends it is not known to be in."""
    slack, colleague = synced.slack, synced.slack.colleague
    async with after_forged_window(synced):
        (told,) = slack.whispers(colleague)
    assert "of what you may see" in shown(told)
    assert INGEST not in shown(told)


async def test_a_window_is_no_place_to_be_seen_in(synced: World) -> None:
    """Whoever asked in a channel counts as in it from then on; what a window carries is not where they asked."""
    slack, colleague = synced.slack, synced.slack.colleague
    async with after_forged_window(synced) as bot:
        assert INGEST not in shown(await ask(bot, "7d", user=colleague, channel=slack.other_channel))


@asks_only
async def test_the_home_tab_is_of_what_may_be_seen(shared_limited: Listening) -> None:
    slack, colleague = shared_limited.world.slack, shared_limited.world.slack.colleague
    await slack.open_home(user=colleague)
    await slack.wait_until(lambda: slack.home(colleague) is not None)
    assert await shared_limited.running.finished(within=5)

    home = blocks_of(slack.home(colleague))
    assert "of what you may see" in home
    assert not [name for name in OTHER_NAMES if name in home]


async def test_the_home_tab_of_whom_no_rule_means_shows_nothing(synced: World) -> None:
    async with with_rules(synced, ViewerTable(users=["U0NOBODY1"])) as bot:
        await synced.slack.open_home(user=synced.slack.colleague)
        await synced.slack.wait_until(lambda: synced.slack.home(synced.slack.colleague) is not None)
        assert await bot.running.finished(within=5)

    assert "Nothing of the bill is shown to you" in blocks_of(synced.slack.home(synced.slack.colleague))
    assert "$" not in blocks_of(synced.slack.home(synced.slack.colleague))


# --- An answer's buttons ---


@pytest.mark.parametrize("action_id", [BY, PERIOD])
async def test_going_on_from_a_shared_answer_shows_what_whoever_clicks_may_see(
    limited: Listening, action_id: str
) -> None:
    slack = limited.world.slack
    shared = await (await slack.click(await ask(limited, "7d by workspace"), SHARE)).answer()
    (menu,) = [
        each for block in shared.blocks for each in block.get("elements", ()) if each.get("action_id") == action_id
    ]

    clicked = await slack.click(shared, action_id, user=slack.colleague, choose=menu["options"][1]["value"])
    answer = await clicked.answer()

    assert "of what you may see" in shown(answer)
    assert not [name for name in OTHER_NAMES if name in shown(answer)]


async def test_a_shared_answers_details_and_file_are_of_what_whoever_clicks_may_see(limited: Listening) -> None:
    slack, colleague = limited.world.slack, limited.world.slack.colleague
    shared = await (await slack.click(await ask(limited, "7d by workspace"), SHARE)).answer()

    await slack.click(shared, ANSWER_DETAILS, user=colleague)
    await slack.wait_until(lambda: slack.modal(colleague) is not None)
    assert await limited.running.finished(within=5)
    told = await (await slack.click(shared, CSV, user=colleague)).answer()

    for seen in (blocks_of(slack.modal(colleague)), shown(told)):
        assert "of what you may see" in seen
        assert INGEST in seen
        assert not [name for name in OTHER_NAMES if name in seen]


@asks_only
@pytest.mark.parametrize("typed", ["7d workspace:research", "7d -research", "7d key:a", "csv 7d by key", "7d resaerch"])
async def test_filters_suggestions_and_files_know_only_what_may_be_seen(shared_limited: Listening, typed: str) -> None:
    answer = await ask(shared_limited, typed, user=shared_limited.world.slack.colleague)

    assert not [name for name in OTHER_NAMES if name in shown(answer)]


# --- The audit ---


async def test_each_question_is_noted_as_it_was_understood(limited: Listening) -> None:
    colleague = limited.world.slack.colleague
    await ask(limited, "7d by Workspace", user=colleague)
    limited.world.clock.advance(seconds=1)
    await ask(limited, "sk-ant-secret by nothing")
    limited.world.clock.advance(seconds=1)
    await ask(limited, "alerts")
    assert await limited.running.finished(within=5)

    report, puzzle, alerts = audit(limited.world)
    assert (report.user, report.question, report.outcome, report.is_limited) == (
        colleague,
        "7d by workspace",
        Outcome.ANSWERED,
        True,
    )
    assert report.rows == 1
    assert (puzzle.question, puzzle.outcome) == ("", Outcome.NOT_UNDERSTOOD)
    assert (alerts.question, alerts.is_limited) == ("alerts", False)


async def test_a_refusal_is_noted(bot: Listening) -> None:
    await ask(bot, "7d", channel=bot.world.slack.other_channel)
    assert await bot.running.finished(within=5)

    assert [each.outcome for each in audit(bot.world)] == [Outcome.REFUSED]
