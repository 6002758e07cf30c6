"""Doctor: each fault with its mend, and none hides another."""

from __future__ import annotations

import resource
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.analysis.budget import Budget, Scope
from bot.analysis.ownership import Rule, Team
from bot.commands.doctor import examine_each
from bot.jobs.doctor import Anthropic, examine_budgets, examine_database, examine_settings, examine_teams
from bot.model import TeamSheet
from bot.sandbox.admin_api import ANALYTICS, NO_COST_REPORT, SANDBOX_KEY, error
from bot.sandbox.slack.web_api import Token, TokenKind
from bot.settings.access import AccessTable, ViewerTable
from bot.settings.tables import ChannelTable
from bot.settings.units import UnitTable
from bot.snapshots import open_store
from tests.builders import NOW, ORGANIZATION, TODAY, YESTERDAY, cost_line, last_days
from tests.databases import lay_empty_database
from tests.loopback import HandClock, loopback, patient_api, save_bill

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Examination
    from tests.loopback import World


async def examined(world: World) -> dict[str, Examination]:
    """What was found, by what was looked at."""
    return {each.what: each async for each in examine_each(world.settings, now=world.clock)}


async def faults(world: World) -> dict[str, Examination]:
    return {what: each for what, each in (await examined(world)).items() if not each.ok}


async def test_a_healthy_installation_has_no_faults(synced: World) -> None:
    found = await examined(synced)

    assert list(found) == [
        "ANTHROPIC_ADMIN_KEY",
        "clock",
        "bill",
        "CLAUDECOST_DATABASE",
        "SLACK_BOT_TOKEN",
        "scopes",
        "who asks",
        "SLACK_APP_TOKEN",
        "CLAUDECOST_CHANNEL",
    ]
    assert all(each.ok for each in found.values())
    assert "data as of 2026-11-22 09:30 UTC" in found["CLAUDECOST_DATABASE"].detail
    assert synced.slack.messages() == []


async def test_each_channel_that_alerts_go_to_is_tried(synced: World) -> None:
    synced.slack.add_channel("C0TEAM001", "team", members=[synced.slack.workspace.bot_user])
    tables = [ChannelTable(channel=channel, workspaces=[channel]) for channel in ("C0TEAM001", "C0NOWHERE")]
    synced.change(claudecost_channels=tables)

    found = await examined(synced)

    assert found["channel C0TEAM001"].ok
    assert "invite the bot" in found["channel C0NOWHERE"].mend


async def test_an_empty_database_is_no_fault(world: World) -> None:
    assert "has no data yet" in (await examined(world))["CLAUDECOST_DATABASE"].detail


async def test_each_key_is_tried_by_itself(world: World) -> None:
    world.change(anthropic_admin_key=SecretStr("sk-ant-admin01-old"), anthropic_admin_key_next=SecretStr(SANDBOX_KEY))

    found = await examined(world)

    assert not found["ANTHROPIC_ADMIN_KEY"].ok
    assert "Admin key" in found["ANTHROPIC_ADMIN_KEY"].mend
    assert found["ANTHROPIC_ADMIN_KEY_NEXT"].ok
    assert found["SLACK_BOT_TOKEN"].ok


async def test_anthropic_out_of_reach_is_not_the_keys_fault(world: World) -> None:
    world.admin_api.faults.always("me", error(503))

    found = await faults(world)

    assert "key" not in found["ANTHROPIC_ADMIN_KEY"].mend


async def test_a_missing_cost_report_is_no_fault(tmp_path: Path) -> None:
    async with loopback(tmp_path, variant=NO_COST_REPORT) as world:
        assert "estimated from tokens" in (await examined(world))["bill"].detail


async def test_the_bill_says_whether_it_tells_dollars_by_key(tmp_path: Path) -> None:
    async with loopback(tmp_path, variant=ANALYTICS) as world:
        assert (await examined(world))["bill"].detail.endswith("lines yesterday, with dollars per API key")
        world.change(claudecost_bill="cost_report")
        assert "keys share them by their tokens" in (await examined(world))["bill"].detail


async def test_a_wrong_clock_is_a_fault(world: World) -> None:
    async with patient_api(world.settings, HandClock(NOW + timedelta(minutes=10))) as api:
        found = [each async for each in Anthropic(setting="KEY", api=api, now=world.clock).examine()]

    (clock,) = [each for each in found if not each.ok]
    assert (clock.what, clock.detail) == ("clock", "600 s off Anthropic's")


async def test_a_refused_bot_token_does_not_hide_the_others(world: World) -> None:
    world.change(slack_bot_token=SecretStr("xoxb-wrong"), slack_app_token=SecretStr("xapp-wrong"))

    found = await faults(world)

    assert list(found) == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "CLAUDECOST_CHANNEL"]
    assert "copy it again" in found["SLACK_BOT_TOKEN"].mend
    assert "without a bot token that works" in found["CLAUDECOST_CHANNEL"].detail


async def test_a_missing_bot_token_does_not_hide_the_app_token(world: World) -> None:
    world.change(slack_bot_token=None)

    assert (await examined(world))["SLACK_APP_TOKEN"].ok


async def test_slack_out_of_reach_is_not_the_tokens_fault(world: World) -> None:
    await world.slack.stop()

    found = await faults(world)

    assert list(found) == ["SLACK_BOT_TOKEN"]
    assert "Slack is unreachable" in found["SLACK_BOT_TOKEN"].detail
    assert found["SLACK_BOT_TOKEN"].mend.startswith("check the network")


async def test_a_refused_app_token_is_a_fault_of_its_own(world: World) -> None:
    world.change(slack_app_token=SecretStr("xapp-wrong"))

    assert list(await faults(world)) == ["SLACK_APP_TOKEN"]


async def test_http_mode_needs_no_app_token(world: World) -> None:
    world.change(slack_app_token=None)

    assert "SLACK_APP_TOKEN" not in await examined(world)


async def test_what_optional_scopes_would_tell_is_said_until_they_are_granted(synced: World) -> None:
    assert "users:read would tell guests from members" in (await examined(synced))["who asks"].detail

    synced.slack.grant("users:read", "usergroups:read", "channels:read", "groups:read")
    assert (await examined(synced))["who asks"].detail == "Slack tells guests, user groups and channels"


async def test_missing_scopes_are_named(world: World) -> None:
    world.slack.tokens[world.slack.bot_token] = Token(TokenKind.BOT, ("chat:write",))

    assert (await faults(world))["scopes"].detail == "commands not granted"


async def test_a_channel_without_the_bot_is_a_fault(world: World) -> None:
    world.slack.remove_bot(world.slack.channel)

    found = await faults(world)

    assert list(found) == ["CLAUDECOST_CHANNEL"]
    assert "invite the bot" in found["CLAUDECOST_CHANNEL"].mend


async def test_an_unusable_database_is_a_fault(world: World) -> None:
    world.settings.claudecost_database.unlink()
    world.settings.claudecost_database.mkdir()

    assert not examine_database(world.open_store).ok


async def test_a_database_that_cannot_be_written_is_a_fault(world: World) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with world.open_store() as store:
        store.try_to_write()
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            examined = examine_database(world.open_store)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert not examined.ok
    assert "cannot be read or written" in examined.detail or "disk is full" in examined.detail


async def test_each_source_of_counts_is_tried(world: World, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(f"day,count\n2026-11-20,41\n{YESTERDAY},1204.5\n{TODAY},3\n")
    (tmp_path / "old.csv").write_text("day,count\n2026-01-20,41\n")
    paths = {"tickets": "tickets.csv", "orders": "old.csv", "deploys": "gone.csv"}
    tables = [UnitTable(name=name, unit=name[:-1], csv=tmp_path / path) for name, path in paths.items()]
    world.change(claudecost_units=tables)

    found = await examined(world)

    assert found["counts of tickets"].detail == "1,204.5 on 2026-11-21, 2 days of 35 counted"
    assert (found["counts of orders"].ok, found["counts of orders"].detail) == (
        False,
        "none of the last 35 days is counted there",
    )
    assert found["counts of deploys"].detail == "gone.csv cannot be read (No such file or directory)"
    assert found["counts of deploys"].mend == "check csv = in [[units]]"


async def test_channels_that_only_the_database_knows_are_tried(synced: World) -> None:
    with synced.open_store() as store:
        store.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key,channel\nads,prod,,C0NOWHERE\n", NOW))

    found = await examined(synced)

    assert "invite the bot" in found["channel C0NOWHERE"].mend


async def test_a_unit_of_nothing_is_a_fault(synced: World, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"day,count\n{YESTERDAY},1\n")
    tables = [
        UnitTable(name="tickets", unit="ticket", csv=tmp_path / "t.csv", team="serach"),
        UnitTable(name="orders", unit="order", csv=tmp_path / "t.csv"),
    ]
    synced.change(claudecost_units=tables)

    found = await faults(synced)

    assert found["unit tickets"].detail == "nothing is called team serach, so it has no dollars"
    assert list(found) == ["unit tickets"]


async def test_nothing_of_an_address_but_its_host_is_shown(world: World) -> None:
    address = "http://127.0.0.1:1/private?token=hidden"
    world.change(claudecost_units=[UnitTable(name="orders", unit="order", url=address)])

    counts = (await examined(world))["counts of orders"]

    assert (counts.ok, counts.detail) == (False, "127.0.0.1 cannot be reached")
    assert "check that it runs" in counts.mend


def test_each_wrong_setting_comes_with_its_mend() -> None:
    (first,) = examine_settings(["PORT: is not set; set it"])

    assert (first.what, first.detail, first.mend, first.ok) == ("PORT", "is not set", "set it", False)


def test_teams_that_a_spreadsheet_contradicts_are_a_fault_with_its_mend(path: Path) -> None:
    search = Team(name="search", owns=(Rule(team="search", key="ci", source="claudecost.toml line 3"),))
    lay_empty_database(path)
    with open_store(path) as store:
        store.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key\nads,,ci\n", NOW))

    (found,) = examine_teams(partial(open_store, path), [search])
    lay_empty_database(path)
    with open_store(path) as store:
        store.teams.save_sheet(TeamSheet("teams.csv", "team,workspace,key\nads,,web\n", NOW))
    (mended,) = examine_teams(partial(open_store, path), [search])

    assert (found.ok, found.what) == (False, "teams")
    assert found.detail == (
        'teams.csv line 2 and claudecost.toml line 3 both give all of key "ci" away on the same days'
    )
    assert found.mend == (
        "end one with `until`, or give each a `share`: in claudecost.toml, or in the spreadsheet, and import that again"
    )
    assert (mended.ok, mended.detail) == (True, "2 teams, 2 rules")


def test_a_budget_of_what_there_is_not_is_a_fault(path: Path) -> None:
    lay_empty_database(path)
    with open_store(path) as store:
        store.save_organization(ORGANIZATION, seen_at=NOW)
        save_bill(store, [cost_line(1)], interval=last_days(1), fetched_at=NOW)
    budgets = [Budget(name="search", amount=1, scope=Scope(team="serach")), Budget(name="all", amount=1)]

    typo, fine = examine_budgets(partial(open_store, path), budgets, (), today=TODAY)

    assert (typo.ok, typo.what) == (False, "budget search")
    assert typo.detail == "nothing is called team serach, so it counts nothing"
    assert (fine.ok, fine.detail) == (True, "about all spend")


def test_before_the_first_sync_nobody_knows_what_a_budget_is_about(path: Path) -> None:
    (found,) = examine_budgets(
        partial(open_store, path), [Budget(name="a", amount=1, scope=Scope(workspace="x"))], (), today=TODAY
    )

    assert found.ok


# --- Who may see what ---

SEES = AccessTable(
    viewers=[
        ViewerTable(users=["U0ALICE01"], workspaces=["Ingets pipeline", "Research*", "wrkspc_nowhere"]),
        ViewerTable(users=["U0BOB0001"], workspaces=["Ingets pipeline"], keys=["ingest-*", "reserch-batch"]),
    ]
)


async def test_a_word_of_the_rules_that_names_nothing_is_a_fault_of_its_own(synced: World) -> None:
    synced.change(claudecost_access=SEES)

    words = [each async for each in examine_each(synced.settings, now=synced.clock) if each.what == "access"]

    assert [(each.ok, each.detail) for each in words] == [
        (False, 'no workspace is called "Ingets pipeline", so it shows nothing to anybody'),
        (False, 'no workspace is called "wrkspc_nowhere", so it shows nothing to anybody'),
        (False, 'no key is called "reserch-batch", so it shows nothing to anybody'),
    ]
    assert words[0].mend == "change it under [[access.viewers]] in claudecost.toml; did you mean Ingest pipeline?"
    assert "; there are Code review, Default, " in words[1].mend
    assert "did you mean research-batch" in words[2].mend


async def test_words_that_all_name_something_are_fine(synced: World) -> None:
    named = ViewerTable(users=["U0ALICE01"], workspaces=["RESEARCH*", "default"], keys=["ingest-*"])
    synced.change(claudecost_access=AccessTable(viewers=[named, ViewerTable(users=["U0BOB0001"])]))

    assert (await faults(synced)) == {}


async def test_before_the_first_sync_nobody_knows_what_the_rules_name(world: World) -> None:
    world.change(claudecost_access=SEES)

    assert "access" not in await examined(world)
