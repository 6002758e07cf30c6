"""Why, asked in Slack: of whatever filters leave, in whatever organisation, and to be shared."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ask_why import parse_why
from bot.analysis.explanation import About
from bot.analysis.ownership import Rule, Team
from bot.analysis.question import Ambiguous, NotUnderstood
from bot.listeners.asked import Asked
from bot.listeners.explore import load_choices
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
from tests.databases import lay_empty_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.analysis.explanation import Explanation
    from bot.snapshots import Store
    from tests.loopback import World


def why(store: Store, text: str, teams: Sequence[Team] = ()) -> Explanation:
    return load_explanation(store, parse_why(text, today=TODAY), teams)


EUROPE = Organization("org_europe", "Europe")


async def test_an_answer_can_be_shared_as_it_was_told(synced: World) -> None:
    asked = Asked(text="why ingest", user="U1", channel="C1")

    answer = await answer_why(synced.open_store, asked, whole=synced.open_store, now=synced.clock)

    (button,) = next(block for block in answer.blocks if block["type"] == "actions")["elements"]
    with synced.open_store() as store:
        kept = store.answers.load_answer(button["value"])
    assert kept is not None
    assert kept.message.text == answer.text
    assert kept.user == "U1"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two organisations that spend in their default workspaces, and one of them in another too."""
    path = tmp_path_factory.mktemp("two") / "claudecost.db"
    lay_empty_database(path)
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
    assert why(two, "checkout").about == About(CHECKOUT, "checkout")


def test_what_each_organisation_has_is_told_apart(two: Store) -> None:
    with pytest.raises(Ambiguous) as puzzle:
        why(two, "default 30d")
    assert [each.question for each in puzzle.value.candidates] == [
        "why workspace:'Default workspace · *' 30d",
        "why workspace:'Default workspace · Europe' 30d",
        "why workspace:'Default workspace · Example' 30d",
    ]
    together = why(two, "workspace:'Default workspace · *'")
    assert (together.about.name, together.total) == ("Default workspace", usd(56))

    named = why(two, "default@org_europe")
    assert (named.about.name, named.total) == ("Default workspace · Europe", usd(35))


@pytest.mark.parametrize("text", ["default of europe", "europe default", "default · europe", "default org:EUROPE"])
def test_a_word_that_several_have_is_the_one_of_whom_is_named(two: Store, text: str) -> None:
    found = why(two, text)

    assert (str(found.asked), found.total) == ("why workspace:default org:Europe 7d", usd(35))
    assert found.about.name == "Default workspace · Europe"


def test_what_has_no_key_is_that_of_all_organisations(two: Store) -> None:
    found = why(two, "key:not_attributable")

    assert (found.about.name, found.total) == ("Not attributable to a key", usd(56))
    assert why(two, "-key:not_attributable").total == 0


def test_one_organisation_can_be_asked_about(two: Store) -> None:
    found = why(two, "default org:example yesterday")
    assert (found.about.id, found.total) == (DEFAULT_WORKSPACE, usd(3))
    assert found.period.current.since == YESTERDAY


def test_without_a_filter_it_is_of_all_organisations_together(two: Store) -> None:
    found = why(two, "")
    assert (found.about.name, found.total, found.previous_total) == ("All spend", usd(56), usd(56))
    assert [key.id for key in found.why.keys] == ["not_attributable@org_europe", "not_attributable@org_example"]
    assert found.organizations == ("Example", "Europe")


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


@pytest.mark.parametrize("typed", ["team:data science", 'team:"Data Science"', "team data science", "team:data"])
def test_a_team_is_named_as_such(shared: Store, typed: str) -> None:
    found = why(shared, typed, SHARED)

    assert found.about == About("team:data science", "Team data science")


def test_a_teams_change_is_of_what_it_owned_on_each_day(shared: Store) -> None:
    found = why(shared, "team:data science 7d", SHARED)

    assert (found.previous_total, found.total) == (usd(21), usd(22))
    assert found.why.drivers.other == found.why.drivers.increase == usd(1)


def test_as_of_todays_teams_it_is_of_what_it_owns_now(shared: Store) -> None:
    found = why(shared, "team:data science as of today's teams", SHARED)

    assert (found.previous_total, found.total) == (usd(28), usd(28))


def test_what_other_teams_have_is_what_a_team_has_not(shared: Store) -> None:
    found = why(shared, "-team:data science", SHARED)

    assert (found.about.name, found.total, found.previous_total) == ("All but team data science", usd(20), usd(21))


def test_a_team_and_something_else_is_what_both_leave(shared: Store) -> None:
    assert why(shared, "team:data science key:ci", SHARED).total == usd(21)


def test_a_team_is_not_meant_by_a_part_of_its_name_alone(shared: Store) -> None:
    with pytest.raises(NotUnderstood, match="nothing here is called so"):
        why(shared, "data sci", SHARED)


def test_a_team_of_several_organisations_has_something_of_each(two: Store) -> None:
    teams = (Team(name="all", owns=(Rule(team="all", workspace="*"),)),)

    assert why(two, "team:all", teams).total == usd(56)
    assert why(two, "team:all org:Europe", teams).total == usd(35)


def test_the_window_to_explore_says_whose_a_workspace_is(two: Store) -> None:
    assert load_choices(two, TODAY).workspaces == ["Default workspace · Europe", "Default workspace · Example"]
