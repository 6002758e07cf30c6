"""Why, asked in Slack: of a workspace in whatever organisation, and to be shared."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ask_why import UnknownWorkspace, parse_why, split_words
from bot.analysis.ownership import Rule, Team
from bot.listeners.asked import Asked
from bot.listeners.why import answer_why, load_explanation
from bot.model import DEFAULT_WORKSPACE, Interval, Organization, Source, Workspace, usd
from bot.snapshots import open_store
from tests.builders import (
    CHECKOUT,
    NOW,
    ORGANIZATION,
    SEARCH,
    TODAY,
    YESTERDAY,
    cost_line,
    last_days,
    other_cost_line,
    usage_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store
    from tests.loopback import World

EUROPE = Organization("org_europe", "Europe")


async def test_an_answer_can_be_shared_as_it_was_told(synced: World) -> None:
    asked = Asked(text="why ingest", user="U1", channel="C1")

    answer = await answer_why(synced.open_store, asked, now=synced.clock)

    (button,) = next(block for block in answer.blocks if block["type"] == "actions")["elements"]
    with synced.open_store() as store:
        kept = store.answers.load_answer(button["value"])
    assert kept is not None
    assert kept.message.text == answer.text
    assert kept.user == "U1"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Store]:
    """Two organisations that spend in their default workspaces, and one of them in another too."""
    path = tmp_path / "claudecost.db"
    with open_store(path) as store:
        store.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "SECOND": "Europe"})
    for setting, organization, dollars in (("ANTHROPIC_ADMIN_KEY", ORGANIZATION, 3), ("SECOND", EUROPE, 5)):
        with open_store(path, setting) as store:
            store.save_organization(organization, seen_at=NOW)
            store.names.save_workspaces([Workspace(CHECKOUT, "checkout")] * (dollars == 5), seen_at=NOW)
            lines = [cost_line(dollars, day=day, workspace_id=DEFAULT_WORKSPACE) for day in last_days(14).days()]
            store.ledger.save_days(last_days(14), cost=lines, usage=[], source=Source.COST_REPORT, fetched_at=NOW)
    with open_store(path) as store:
        yield store


def test_a_workspace_is_found_in_whatever_organisation_has_it(two: Store) -> None:
    assert load_explanation(two, parse_why(["checkout"], today=TODAY)).workspace.name == "checkout · Europe"


def test_what_each_organisation_has_is_told_apart(two: Store) -> None:
    with pytest.raises(UnknownWorkspace, match="could be Default workspace · Example or Default workspace · Europe"):
        load_explanation(two, parse_why(["default"], today=TODAY))

    named = load_explanation(two, parse_why(["default@org_europe"], today=TODAY))
    assert (named.workspace.id, named.total) == ("default@org_europe", usd(35))


def test_one_organisation_can_be_asked_about(two: Store) -> None:
    found = load_explanation(two, parse_why(["default", "org:example", "yesterday"], today=TODAY))
    assert (found.workspace.id, found.total) == (DEFAULT_WORKSPACE, usd(3))
    assert found.period.current.since == YESTERDAY


# --- Teams ---

SHARED = (
    Team(
        name="data science",
        owns=(
            Rule(team="data science", key="ci", share=Decimal(60)),
            Rule(team="data science", workspace=CHECKOUT, since=YESTERDAY),
        ),
    ),
    Team(name="ads", owns=(Rule(team="ads", key="ci", share=Decimal(40)),)),
)


@pytest.fixture
def shared(store: Store) -> Store:
    """Two weeks of $5 a day by one key, and $1 in a workspace without one, of which the last day is a team's."""
    for day in last_days(14).days():
        store.ledger.save_days(
            Interval(day, day + timedelta(days=1)),
            cost=[cost_line(5, day=day, workspace_id=SEARCH), other_cost_line(1, day=day, workspace_id=CHECKOUT)],
            usage=[usage_line(day=day, workspace_id=SEARCH, api_key_id="ci")],
            source=Source.COST_REPORT,
            fetched_at=NOW,
        )
    return store


@pytest.mark.parametrize("typed", ["team:data science", 'team:"Data Science"', '"team data science"', "team:data"])
def test_a_team_is_named_as_such(shared: Store, typed: str) -> None:
    found = load_explanation(shared, parse_why(split_words(typed), today=TODAY), SHARED)

    assert found.workspace == Workspace("team:data science", "Team data science")


def test_a_teams_change_is_of_what_it_owned_on_each_day(shared: Store) -> None:
    found = load_explanation(shared, parse_why(["team:data science", "7d"], today=TODAY), SHARED)

    assert (found.previous_total, found.total) == (usd(21), usd(22))
    assert found.why.drivers.other == found.why.drivers.increase == usd(1)


def test_a_team_is_not_meant_by_a_part_of_its_name_alone(shared: Store) -> None:
    with pytest.raises(UnknownWorkspace, match="is no workspace here"):
        load_explanation(shared, parse_why(["data", "science"], today=TODAY), SHARED)


def test_a_team_of_several_organisations_tells_whose_part_it_is(two: Store) -> None:
    teams = (Team(name="all", owns=(Rule(team="all", workspace="*"),)),)

    with pytest.raises(UnknownWorkspace, match="could be Team all · Example or Team all · Europe"):
        load_explanation(two, parse_why(["team:al"], today=TODAY), teams)
    found = load_explanation(two, parse_why(["team:all", "org:Europe"], today=TODAY), teams)
    assert found.total == usd(35)
