"""Whose is this key: asked once in the channel, answered by an admin, kept with its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.analysis.ownership import Rule, Team
from bot.analysis.ownership.newcomers import Newcomer
from bot.analysis.quiet_hours import QuietHours
from bot.jobs.whose import Asker
from bot.loading.owners import load_ownership
from bot.messages.whose import CHOOSE, WHOSE, whose_question
from bot.model import ApiKey, Claim, Posting, Workspace, usd
from bot.sandbox.slack.limits import refuse_message
from bot.settings.access import AccessTable
from bot.settings.teams import OwnsTable, TeamTable
from bot.snapshots.teams import question_key
from tests.builders import CHECKOUT, CI_KEY, CONTRACT, NOW, TODAY, YESTERDAY, cost_line, last_days, usage_line
from tests.listeners.conftest import Listening, listening
from tests.snapshots.days import save

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.contract import Contract
    from bot.sandbox.slack.workspace import SlackMessage
    from bot.snapshots import Store
    from tests.loopback import World

TEAMS = (Team(name="ads"), Team(name="web", owns=(Rule(team="web", key="web-*"),)))
NEW_KEY = "apikey_new"


@pytest.fixture
def spent(store: Store) -> Store:
    """Two weeks of $100 a day; on the last three days $20 of it by a key that is new."""
    for day in last_days(14).days():
        is_new = day >= YESTERDAY - timedelta(days=2)
        lines = [usage_line(day=day)] * 4 + ([usage_line(day=day, api_key_id=NEW_KEY)] if is_new else [])
        save(store, cost_line(100, day=day), usage=lines, interval=last_days(1, until=day + timedelta(days=1)))
    store.names.save_workspaces([Workspace(CHECKOUT, "checkout")], seen_at=NOW)
    store.names.save_api_keys([ApiKey(NEW_KEY, "ci-nightly-2", "active", CHECKOUT)], seen_at=NOW)
    return store


def asker(*teams: Team, contract: Contract = CONTRACT, quiet: QuietHours | None = None) -> Asker:
    """As a new process has it."""
    return Asker(teams=teams, channel="C0COSTS01", contract=contract, quiet=quiet)


def asked(store: Store) -> list[Posting]:
    rows = store.session.query("SELECT key FROM outbox ORDER BY id")
    return [posting for row in rows if (posting := store.outbox.load_posting(row["key"]))]


def test_a_key_that_begins_to_spend_is_asked_about_once(spent: Store) -> None:
    for _ in range(2):
        asker(*TEAMS).queue_if_due(spent, now=NOW)

    (posting,) = asked(spent)
    assert posting.message.text == (
        "Whose is ci-nightly-2? It spent $60.00 in the last 7 days, $0.00 in the 7 before, and is nobody's"
    )


@pytest.mark.parametrize(
    "teams",
    [
        (),
        (Team(name="ads", owns=(Rule(team="ads", key="ci-*"),)),),
        (Team(name="ads", owns=(Rule(team="ads", workspace="checkout"),)),),
    ],
)
def test_nobody_is_asked_without_teams_or_about_what_is_owned(spent: Store, teams: tuple[Team, ...]) -> None:
    asker(*teams).queue_if_due(spent, now=NOW)

    assert asked(spent) == []


def test_what_is_below_the_floor_waits(spent: Store) -> None:
    asker(*TEAMS, contract=replace(CONTRACT, min_increase=usd(61))).queue_if_due(spent, now=NOW)

    assert asked(spent) == []


def test_the_question_waits_for_the_end_of_quiet_hours(spent: Store) -> None:
    quiet = QuietHours(since=NOW.time(), until=(NOW + timedelta(hours=2)).time(), timezone=ZoneInfo("UTC"))
    asker(*TEAMS, quiet=quiet).queue_if_due(spent, now=NOW)

    assert asked(spent)[0].held_until == NOW + timedelta(hours=2)


def test_what_is_unknown_is_not_new(store: Store) -> None:
    save(store, cost_line(100), usage=[usage_line(api_key_id=NEW_KEY)])

    asker(*TEAMS).queue_if_due(store, now=NOW)

    assert asked(store) == []


@pytest.mark.parametrize("count", [1, 100, 101, 2_500])
def test_slack_takes_a_menu_of_any_number_of_teams(count: int) -> None:
    newcomer = Newcomer(
        workspace_id=CHECKOUT,
        key_id=CI_KEY,
        workspace="checkout",
        key="<!channel> `ci`" * 9,
        spend=usd(60),
        previous=0,
        since=YESTERDAY,
    )
    names = [f"{'team ' * 20}{number}" for number in range(count)]

    assert refuse_message({"blocks": list(whose_question(newcomer, names).blocks)}) is None


# --- Answered in Slack ---


async def ask(world: World, teams: Sequence[str] = ("ads", "web")) -> SlackMessage:
    """The question about a key of which all is nobody's."""
    key = next(iter(key.id for key in world.organization.api_keys if key.name == "voice-gateway"))
    newcomer = Newcomer(
        workspace_id="wrkspc_01RealtimeVoice",
        key_id=key,
        workspace="Realtime voice",
        key="voice-gateway",
        spend=usd(60),
        previous=0,
        since=YESTERDAY,
    )
    with world.open_store() as store:
        from bot.model import Posting

        posting_key = question_key(newcomer.workspace_id, key)
        message = whose_question(newcomer, teams)
        store.outbox.add(Posting(key=posting_key, channel=world.slack.channel, message=message))
    await world.build_clock().deliverer.deliver()
    return newest(world)


def newest(world: World) -> SlackMessage:
    return next(each for each in world.slack.messages(world.slack.channel) if "voice-gateway" in each.text)


def with_teams(world: World, *admins: str) -> None:
    tables = [TeamTable(name="ads"), TeamTable(name="web", owns=[OwnsTable(workspace="Research")])]
    world.change(claudecost_teams=tables, claudecost_access=AccessTable(admins=list(admins)))


def claims(world: World) -> list[Claim]:
    with world.open_store() as store:
        return store.teams.load_claims()


async def answer(bot: Listening, team: str, user: str | None = None) -> object:
    question = await ask(bot.world)
    click = await bot.world.slack.click(question, WHOSE, choose=team, user=user)
    assert await bot.running.finished(within=5)
    return click


async def test_an_admins_answer_is_kept_and_shown(synced: World) -> None:
    with_teams(synced, synced.slack.user)
    async with listening(synced) as bot:
        await answer(bot, "ads")

        (claim,) = claims(synced)
        assert (claim.team, claim.given_by, claim.given_at) == ("ads", synced.slack.user, synced.clock())
        with synced.open_store() as store:
            owners = load_ownership(store, ()).teams
        assert owners == ()
        assert newest(synced).text == "voice-gateway is ads's"
        assert f"<@{synced.slack.user}> said so on 22 Nov" in str(newest(synced).blocks)
        assert WHOSE not in str(newest(synced).blocks)


async def test_anybody_else_gets_one_private_line(synced: World) -> None:
    with_teams(synced, "U0BOSS001")
    async with listening(synced) as bot:
        question = await ask(synced)
        told = await (await synced.slack.click(question, WHOSE, choose="ads")).answer()

    assert told.text.startswith("Only admins can say whose a key is")
    assert told.is_ephemeral
    assert claims(synced) == []
    assert "Whose is" in newest(synced).text
    assert bot is not None


async def test_what_a_rule_says_by_now_is_not_overruled(synced: World) -> None:
    with_teams(synced, synced.slack.user)
    tables = [TeamTable(name="ads"), TeamTable(name="web", owns=[OwnsTable(key="voice-*")])]
    synced.change(claudecost_teams=tables)
    async with listening(synced):
        told = await (await synced.slack.click(await ask(synced), WHOSE, choose="ads")).answer()

    assert told.text == 'voice-gateway has an owner by now: [[teams]] "web", rule 1.'
    assert claims(synced) == []


async def test_a_team_that_is_gone_is_told(synced: World) -> None:
    synced.change(claudecost_access=AccessTable(admins=[synced.slack.user]))
    async with listening(synced):
        told = await (await synced.slack.click(await ask(synced), WHOSE, choose="ads")).answer()

    assert told.text == "That team is gone; choose another one."


async def test_many_teams_are_chosen_from_in_a_window(synced: World) -> None:
    many = [TeamTable(name=f"team number {number}") for number in range(150)]
    synced.change(claudecost_teams=many, claudecost_access=AccessTable(admins=[synced.slack.user]))
    async with listening(synced) as bot:
        await synced.slack.click(await ask(synced, [team.name for team in many]), CHOOSE)
        assert await bot.running.finished(within=5)
        await synced.slack.submit({WHOSE: "team number 149"})
        assert await bot.running.finished(within=5)

        assert [claim.team for claim in claims(synced)] == ["team number 149"]
        assert newest(synced).text == "voice-gateway is team number 149's"


def test_what_was_said_counts_in_reports(spent: Store) -> None:
    said = Claim(workspace_id=CHECKOUT, key_id=NEW_KEY, team="ads", since=YESTERDAY, given_by="U0ALICE01", given_at=NOW)
    spent.teams.save_claim(said)

    owners = load_ownership(spent, TEAMS).on(TODAY, spent.names.load_names())
    assert owners[CHECKOUT, NEW_KEY][0].owner.team == "ads"
