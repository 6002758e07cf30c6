"""The simulated organisation's teams and budgets are a configuration that the bot takes."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

from bot.analysis.ownership import Ownership
from bot.analysis.ownership.checks import is_owned
from bot.counts.rows import parse_csv
from bot.counts.sources import CsvFile
from bot.model import ApiKey, Names, Workspace
from bot.sandbox.organization import simulated_organization
from bot.sandbox.scenario import DEFAULT_REAL_ID, INGEST, KEYS, VOICE
from bot.sandbox.teams import (
    DIGESTS,
    SPLIT_DAYS_AGO,
    budgets_configuration,
    teams_configuration,
    tickets_csv,
    units_configuration,
)
from bot.settings.budgets import BudgetTable
from bot.settings.digests import DigestTable
from bot.settings.teams import TeamTable, check_team_tables
from bot.settings.units import UnitTable
from tests.builders import TODAY, last_days

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


def test_a_team_has_a_digest_and_a_unit_of_its_own() -> None:
    (digest,) = (DigestTable(**table) for table in tomllib.loads(DIGESTS)["digests"])
    (unit,) = (UnitTable(**table) for table in tomllib.loads(units_configuration(Path('a "b"/t.csv')))["units"])

    assert {digest.team, unit.team} <= {*ownership().by_name}
    assert digest.channel == ownership().by_name["support"].channel
    assert unit.source() == CsvFile(Path('a "b"/t.csv'))


def test_more_is_counted_lately() -> None:
    counts = parse_csv(tickets_csv(TODAY), last_days(28))
    newest, before, earlier = (
        sum(int(counts[day]) for day in last_days(7, until=TODAY - timedelta(days=back)).days()) for back in (0, 7, 14)
    )

    assert newest > before * 110 // 100
    assert abs(before - earlier) < before // 50
