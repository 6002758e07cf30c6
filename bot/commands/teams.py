"""Teams: a spreadsheet in and out, and what is wrong with who owns what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.analysis.ownership import Ownership, TeamsCheck, WrongRules, find_changes, joined, written_teams
from bot.commands.errors import NothingYet
from bot.commands.files import output_to
from bot.loading.owners import load_ownership
from bot.loading.teams import knows_any, lately, load_moves, load_names, load_teams_check
from bot.model import TeamSheet, WrongUsage
from bot.slack_api import SEES_PEOPLE, SlackError
from bot.wiring import build_open_store, build_slack_examiner, build_teams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from bot.analysis.ownership import Move, Team, TeamChange
    from bot.model import Interval, Names, NanoUsd
    from bot.settings import Settings
    from bot.slack_api import SlackExaminer
    from bot.snapshots.store import Store

NO_TOKEN = "SLACK_BOT_TOKEN is not set"  # noqa: S105 -- its name
NOTHING_LATELY = 'nothing of the last 30 days is known, so nobody can tell what is owned; run "claudecost sync" first'
NO_SCOPE = f"needs {SEES_PEOPLE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a spreadsheet changes, and the dollars of `interval` that would be another team's; None for not known."""

    name: str
    changes: tuple[TeamChange, ...]
    moves: Mapping[Move, NanoUsd] | None
    interval: Interval


def preview_import(settings: Settings, path: Path, *, now: datetime) -> Import:
    """What the spreadsheet would change, were it the one in force. Raises `WrongRules`, `WrongUsage`, `OSError`."""
    sheet, configured, interval = read_sheet(path, now=now), build_teams(settings), lately(now.date())
    with build_open_store(settings)() as store, store.reading():
        before = load_what_holds(store, configured)
        after = joined(configured, sheet, store.teams.load_claims())
        return Import(
            name=sheet.name,
            changes=tuple(find_changes(before, after)),
            moves=load_moves(store, before, after, interval) if knows_any(store, interval) else None,
            interval=interval,
        )


def import_sheet(settings: Settings, path: Path, *, now: datetime) -> Import:
    """The same, and from then on it is in force."""
    found = preview_import(settings, path, now=now)
    with build_open_store(settings)() as store:
        store.teams.save_sheet(read_sheet(path, now=now))
    return found


def load_what_holds(store: Store, configured: Sequence[Team]) -> Ownership:
    """Who owns what; where the spreadsheet in force contradicts the configuration, who does without it.

    Else no spreadsheet that mends that could take its place.
    """
    try:
        return load_ownership(store, configured)
    except WrongRules:
        return joined(configured, None, store.teams.load_claims())


def read_sheet(path: Path, *, now: datetime) -> TeamSheet:
    """A spreadsheet as it is kept. Raises `WrongUsage` where it is not text."""
    try:
        return TeamSheet(path.name, path.read_text(encoding="utf-8-sig"), now)
    except UnicodeDecodeError:
        raise WrongUsage(f'{path.name}: is not UTF-8; save it as "CSV UTF-8"') from None


def export_sheet(settings: Settings, path: Path | None) -> None:
    """Writes all teams as they are in force, to a file or standard output."""
    with output_to(path) as output:
        output.write(written_teams(load_teams(settings).teams))


def load_teams(settings: Settings) -> Ownership:
    """Who owns what."""
    with build_open_store(settings)() as store:
        return load_ownership(store, build_teams(settings))


async def check_teams(settings: Settings, *, today: date) -> tuple[TeamsCheck, Names]:
    """What is wrong with who owns what, and what its ids are called. Raises `NothingYet` where no spend is known."""
    with build_open_store(settings)() as store:
        if not knows_any(store, lately(today)):
            raise NothingYet(NOTHING_LATELY)
        ownership = load_ownership(store, build_teams(settings))
        found, names = load_teams_check(store, ownership, today=today), load_names(store)
    return await with_owners(settings, found, ownership), names


async def with_owners(settings: Settings, found: TeamsCheck, ownership: Ownership) -> TeamsCheck:
    """The same with owners who left, as far as Slack says so."""
    owners = {team.name: team.owners for team in ownership.teams if team.owners}
    if not owners:
        return found
    if settings.slack_bot_token is None:
        return replace(found, not_checked=NO_TOKEN)
    try:
        return await with_those_who_left(build_slack_examiner(settings), found, owners)
    except SlackError as error:
        return replace(found, not_checked=str(error))


async def with_those_who_left(
    slack: SlackExaminer, found: TeamsCheck, owners: Mapping[str, Sequence[str]]
) -> TeamsCheck:
    """The same, of owners by team. Raises `NotPosted` or `Ambiguous`."""
    if SEES_PEOPLE not in (await slack.fetch_installation()).scopes:
        return replace(found, not_checked=NO_SCOPE)
    people = dict.fromkeys(owner for each in owners.values() for owner in each)
    gone = {owner for owner in people if not await slack.is_there(owner)}
    left = {team: tuple(owner for owner in each if owner in gone) for team, each in owners.items()}
    return replace(found, left={team: each for team, each in left.items() if each})
