"""The simulated organisation's teams and budgets are a configuration that the bot takes."""

from __future__ import annotations

import tomllib
from datetime import timedelta

from bot.analysis.ownership import Ownership
from bot.analysis.ownership.checks import is_owned
from bot.model import ApiKey, Names, Workspace
from bot.sandbox.organization import simulated_organization
from bot.sandbox.scenario import DEFAULT_REAL_ID, INGEST, KEYS, VOICE
from bot.sandbox.teams import SPLIT_DAYS_AGO, budgets_configuration, teams_configuration
from bot.settings.budgets import BudgetTable
from bot.settings.teams import TeamTable, check_team_tables
from tests.builders import TODAY

SPLIT = TODAY - timedelta(days=SPLIT_DAYS_AGO)
NAMES = Names(
    workspaces={each.id: Workspace(each.id, each.name) for each in simulated_organization(today=TODAY).workspaces},
    api_keys={key_id: ApiKey(key_id, name, status, home) for key_id, name, status, home in KEYS},
)


def ownership() -> Ownership:
    tables = [TeamTable(**table) for table in tomllib.loads(teams_configuration(TODAY))["teams"]]
    return Ownership(teams=tuple(table.built() for table in check_team_tables(tables)))


def test_a_team_splits_in_mid_month() -> None:
    before, after = (ownership().on(day, NAMES)[INGEST, ""][0].owner.team for day in (SPLIT - timedelta(days=1), SPLIT))

    assert (before, after) == ("data", "pipelines")


def test_two_teams_share_a_key_and_another_is_nobodys() -> None:
    owners = ownership().on(TODAY, NAMES)

    assert len(owners[DEFAULT_REAL_ID, "apikey_01SharedScripts"]) == 2
    assert not is_owned(owners, (VOICE, "apikey_01Voice"))


def test_its_budgets_are_of_what_there_is() -> None:
    hot, still = (BudgetTable(**table) for table in tomllib.loads(budgets_configuration(TODAY))["budgets"])

    assert hot.team in ownership().by_name
    assert still.key in {key.name for key in NAMES.api_keys.values()}
