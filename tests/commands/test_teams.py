"""Teams as a spreadsheet, in and out, and what is wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import Ownership, WrongRules, find_changes
from bot.commands.errors import NothingYet
from bot.commands.teams import check_teams, export_sheet, import_sheet, load_teams, preview_import
from bot.model import WrongUsage, usd
from bot.sandbox.scenario import INGEST, REVIEW
from bot.sandbox.slack.workspace import SlackUser
from bot.settings.teams import OwnsTable, TeamTable
from bot.terminal.teams import changes_as_text, moves_as_text, teams_check_as_json, teams_check_as_text
from tests.builders import TODAY

if TYPE_CHECKING:
    from pathlib import Path

    from bot.analysis.ownership import TeamsCheck
    from bot.model import Names
    from tests.loopback import World

DATA = TeamTable(name="data", cost_center="CC-7", owners=["U0ALICE01"], owns=[OwnsTable(workspace=INGEST)])


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "teams.csv"
    path.write_text("team,workspace,key,from\nreviewers,Code review,,2026-11-12\n")
    return path


async def test_a_dry_run_says_what_would_change_and_keeps_nothing(synced: World, sheet: Path) -> None:
    found = preview_import(synced.settings, sheet, now=synced.clock())

    text = str(changes_as_text(found.changes, name=found.name, kept=False))
    assert text.splitlines() == [
        "teams.csv would change 2 things",
        "Team\tChange",
        "reviewers\tis new",
        'reviewers\tgets workspace "Code review" from 2026-11-12 on',
    ]
    assert load_teams(synced.settings) == Ownership()


async def test_the_dollars_that_move_are_those_of_its_days(synced: World, sheet: Path) -> None:
    found = preview_import(synced.settings, sheet, now=synced.clock())

    assert found.moves is not None
    ((before, after),) = found.moves
    assert (before, after) == ("", "reviewers")
    assert str(moves_as_text(found.moves, found.interval)).splitlines()[1:] == [
        "From\tTo\tDollars",
        f"Unowned\treviewers\t{str(moves_as_text(found.moves, found.interval)).split(' ')[0]}",
    ]
    with synced.open_store() as store:
        days = store.ledger.load_daily(found.interval, REVIEW)
    assert sum(found.moves.values()) == sum(amount for day, amount in days.items() if day.isoformat() >= "2026-11-12")


async def test_before_the_first_sync_nobody_says_that_no_dollar_moves(world: World, sheet: Path) -> None:
    found = preview_import(world.settings, sheet, now=world.clock())

    assert str(moves_as_text(found.moves, found.interval)).endswith("are known yet, so none are shown to move")


async def test_before_the_first_sync_nobody_says_that_all_is_owned(world: World) -> None:
    with pytest.raises(NothingYet, match="nobody can tell what is owned"):
        await check(world)


async def test_what_is_imported_is_in_force(synced: World, sheet: Path) -> None:
    import_sheet(synced.settings, sheet, now=synced.clock())

    assert [team.name for team in load_teams(synced.settings).teams] == ["reviewers"]
    assert preview_import(synced.settings, sheet, now=synced.clock()).changes == ()


async def test_an_export_imports_without_a_change(synced: World, tmp_path: Path) -> None:
    synced.change(claudecost_teams=[DATA])
    path = tmp_path / "out.csv"

    export_sheet(synced.settings, path)
    before = load_teams(synced.settings)
    found = import_sheet(synced.settings, path, now=synced.clock())

    assert found.changes == ()
    assert find_changes(before, load_teams(synced.settings)) == []


async def test_a_contradiction_is_refused_and_nothing_kept(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    path.write_text(f"team,workspace,key\nother,{INGEST},\n")
    synced.change(claudecost_teams=[DATA])

    with pytest.raises(WrongRules, match=r'teams.csv line 2 and \[\[teams\]\] "data", rule 1 both give all of'):
        import_sheet(synced.settings, path, now=synced.clock())

    assert [team.name for team in load_teams(synced.settings).teams] == ["data"]


async def test_a_spreadsheet_that_mends_takes_the_place_of_one_that_came_to_contradict(
    synced: World, tmp_path: Path, sheet: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(f"team,workspace,key\nother,{INGEST},\n")
    import_sheet(synced.settings, wrong, now=synced.clock())
    synced.change(claudecost_teams=[DATA])

    found = import_sheet(synced.settings, sheet, now=synced.clock())

    assert [change.name for change in found.changes] == ["reviewers"]
    assert [team.name for team in load_teams(synced.settings).teams] == ["data", "reviewers"]


async def test_a_file_that_is_no_text_says_how_to_save_it(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "teams.csv"
    path.write_bytes(b"team,workspace,key\nb\xfccher,prod,\n")

    with pytest.raises(WrongUsage, match=r'teams.csv: is not UTF-8; save it as "CSV UTF-8"'):
        preview_import(synced.settings, path, now=synced.clock())


# --- Check ---


async def check(world: World) -> tuple[TeamsCheck, Names]:
    return await check_teams(world.settings, today=TODAY)


async def test_what_nobody_owns_comes_dearest_first_and_adds_up(synced: World) -> None:
    synced.change(claudecost_teams=[DATA])

    found, names = await check(synced)

    amounts = [each.spend for each in found.unowned]
    assert amounts == sorted(amounts, reverse=True)
    shape = json.loads(teams_check_as_json(found, names))
    assert list(shape) == ["unowned", "stale", "left", "not_checked"]
    assert INGEST not in {each["workspace_id"] for each in shape["unowned"]}
    assert sum(usd(each["spend"]) for each in shape["unowned"]) == sum(amounts)


async def test_a_rule_that_names_nothing_is_told_with_its_place(synced: World) -> None:
    synced.change(claudecost_teams=[TeamTable(name="data", owns=[OwnsTable(key="typo-*")])])

    pages = teams_check_as_text(*await check(synced))

    title, line = str(pages[1]).splitlines()
    assert title == "1 rule that says nothing"
    assert line.startswith('[[teams]] "data", rule 1: data has key "typo-*": nothing here is called so; mend')


async def test_owners_are_not_checked_without_the_scope(synced: World) -> None:
    synced.change(claudecost_teams=[DATA])

    found, names = await check(synced)

    assert found.not_checked == "needs users:read"
    assert str(teams_check_as_text(found, names)[-1]) == "Owners not checked: needs users:read"


async def test_owners_who_left_are_named_with_their_team(synced: World) -> None:
    synced.slack.grant("users:read")
    team = synced.slack.workspace.team_id
    synced.slack.workspace.add_user(SlackUser(id="U0LEFT001", name="lea", team_id=team, is_deactivated=True))
    there = synced.slack.user
    synced.change(claudecost_teams=[DATA.model_copy(update={"owners": ["U0LEFT001", "U0NOBODY1", there]})])

    found, _ = await check(synced)

    assert found.left == {"data": ("U0LEFT001", "U0NOBODY1")}


async def test_owners_are_not_checked_where_slack_is_out_of_reach(synced: World) -> None:
    synced.change(claudecost_teams=[DATA], slack_api_url="http://127.0.0.1:9/api/")

    found, _ = await check(synced)

    assert found.not_checked.startswith("Slack is unreachable")
