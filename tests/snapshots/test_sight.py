"""What may not be seen is not there: lines, names, alerts, other organisations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.analysis.access import SEES_EVERYTHING, SEES_NOTHING, Grant, Sight
from bot.analysis.lens import Lens
from bot.model import DEFAULT_WORKSPACE, WHOLE_ORGANIZATION, ApiKey, Organization, Workspace, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    NOW,
    OPUS,
    SEARCH,
    YESTERDAY,
    alert,
    cost_line,
    evaluation,
    finding,
    last_days,
    usage_line,
)
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from bot.snapshots import Store

DAYS = last_days(4)
OTHER_KEY = "apikey_search"
SEES_SEARCH = Sight((Grant(workspaces=("Search",)),))
SEES_CI = Sight((Grant(keys=("ci-build",)),))


@pytest.fixture
def filled(store: Store) -> Store:
    """Two workspaces with a key each."""
    store.save_organization(Organization("org_1", "First"), seen_at=NOW)
    workspaces = [Workspace(CHECKOUT, "Checkout"), Workspace(SEARCH, "Search"), Workspace("wrkspc_idle", "Idle")]
    store.names.save_workspaces(workspaces, seen_at=NOW)
    store.names.save_api_keys(
        [ApiKey(CI_KEY, "ci-build", "active", CHECKOUT), ApiKey(OTHER_KEY, "search-prod", "active", SEARCH)],
        seen_at=NOW,
    )
    usage = [usage_line(), usage_line(api_key_id="apikey_rest"), usage_line(workspace_id=SEARCH, api_key_id=OTHER_KEY)]
    save(store, cost_line(10), cost_line(7, workspace_id=SEARCH), usage=usage)
    return store


def test_only_workspaces_in_sight_have_dollars_and_names(filled: Store) -> None:
    with filled.seeing(SEES_SEARCH):
        names = filled.names.load_names()
        assert filled.ledger.load_spend(DAYS, ["workspace"]) == {(SEARCH,): usd(7)}
        assert names.workspaces.keys() == {SEARCH, DEFAULT_WORKSPACE}
        assert names.api_keys.keys() == names.first_days.keys() == {OTHER_KEY}


def test_a_key_in_sight_shows_its_part_and_the_name_of_its_workspace(filled: Store) -> None:
    with filled.seeing(SEES_CI):
        names = filled.names.load_names()
        assert filled.ledger.load_spend(DAYS, ["workspace"]) == {(CHECKOUT,): usd(5)}
        assert names.workspaces.keys() == {CHECKOUT, DEFAULT_WORKSPACE}
        assert names.api_keys.keys() == names.first_days.keys() == {CI_KEY}


def test_what_other_keys_alone_use_in_its_workspace_is_not_named(filled: Store) -> None:
    day = YESTERDAY - timedelta(days=1)
    cost = [cost_line(day=day), cost_line(day=day, model=HAIKU, service_tier="batch")]
    usage = [usage_line(day=day), usage_line(day=day, model=HAIKU, service_tier="batch", api_key_id="apikey_rest")]
    save(filled, *cost, usage=usage, interval=day_alone(day))

    with filled.seeing(SEES_CI):
        words = filled.load_words()
        assert words.models == {OPUS}
        assert words.service_tiers == {"standard"}
        assert filled.load_things() == {(CHECKOUT, CI_KEY)}
    with filled.seeing(Sight((Grant(workspaces=("Checkout",)),))):
        assert filled.load_words().models == {OPUS, HAIKU}
        assert (CHECKOUT, "not_attributable") in filled.load_things()


def test_nothing_is_seen_without_a_grant_and_all_without_a_limit(filled: Store) -> None:
    with filled.seeing(SEES_NOTHING):
        assert filled.ledger.load_spend(DAYS, ["workspace"]) == {}
        assert filled.organizations() == []
    with filled.seeing(SEES_EVERYTHING):
        assert filled.ledger.load_spend(DAYS, []) == {(): usd(17)}


@pytest.mark.parametrize("sight", [SEES_NOTHING, SEES_CI, SEES_SEARCH, Sight((*SEES_CI.grants, *SEES_SEARCH.grants))])
def test_what_is_seen_and_what_is_beyond_come_to_all(filled: Store, sight: Sight) -> None:
    with filled.seeing(sight):
        seen = filled.ledger.load_spend(DAYS, [])[()]
    with filled.looking_beyond(sight):
        beyond = filled.ledger.load_spend(DAYS, [])[()]

    assert beyond > 0
    assert seen + beyond == usd(17)


def test_nothing_is_beyond_what_has_no_limit(filled: Store) -> None:
    with filled.looking_beyond(SEES_EVERYTHING):
        assert filled.ledger.load_spend(DAYS, []) == {(): 0}


def test_alerts_are_those_of_whole_workspaces_in_sight(filled: Store) -> None:
    about = (CHECKOUT, SEARCH, WHOLE_ORGANIZATION)
    for workspace_id in about:
        filled.alerts.save_alert(alert(workspace_id=workspace_id, id=0))
    filled.alerts.save_evaluation(
        evaluation(*(finding(workspace_id=workspace_id) for workspace_id in about)), revision=0, evaluated_at=NOW
    )

    def seen(sight: Sight) -> tuple[list[str], list[str]]:
        with filled.seeing(sight):
            found = filled.alerts.load_evaluation()
            assert found is not None
            open_alerts = [each.workspace_id for each in filled.alerts.load_open_alerts()]
            return open_alerts, [each.workspace_id for each in found.findings]

    assert seen(SEES_SEARCH) == ([SEARCH], [SEARCH])
    assert seen(SEES_CI) == ([], [])


def test_another_organisation_is_not_there_unless_something_of_it_is_in_sight(filled: Store) -> None:
    filled.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "OTHER_KEY": "Other"})
    filled.under("OTHER_KEY").save_organization(Organization("org_2", "Other"), seen_at=NOW)
    other = filled.under("OTHER_KEY")
    save(other, cost_line(3))

    with filled.seeing(SEES_SEARCH):
        assert [each.name for each in filled.organizations()] == ["First"]
        assert other.ledger.load_spend(DAYS, []) == {(): 0}


def test_a_name_does_not_let_anybody_see_another_organisations_workspace_of_the_same_id(filled: Store) -> None:
    filled.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "OTHER_KEY": "Other"})
    filled.under("OTHER_KEY").save_organization(Organization("org_2", "Other"), seen_at=NOW)
    other = filled.under("OTHER_KEY")
    other.names.save_workspaces([Workspace(CHECKOUT, "Elsewhere")], seen_at=NOW)
    save(other, cost_line(3))

    with filled.seeing(Sight((Grant(workspaces=("Elsewhere",)),))):
        assert other.ledger.load_spend(DAYS, []) == {(): usd(3)}
        assert filled.ledger.load_spend(DAYS, []) == {(): 0}


def test_a_question_is_about_what_is_in_sight_and_in_its_filter(filled: Store) -> None:
    with filled.seeing(SEES_SEARCH), filled.looking_at(Lens.only(workspace=[CHECKOUT])):
        assert filled.ledger.load_spend(DAYS, []) == {(): 0}
        assert filled.ledger.load_fetched_days(DAYS)[YESTERDAY].total == 0


def test_a_filter_lays_nothing_anew_that_stays_hidden(filled: Store) -> None:
    said: list[str] = []
    connection = filled.session.db.conn
    with filled.seeing(SEES_SEARCH):
        connection.set_trace_callback(said.append)
        with filled.looking_at(Lens.only(workspace=[CHECKOUT])):
            connection.set_trace_callback(None)

    assert any("CREATE TEMP TABLE" in each for each in said)
    assert not [each for each in said if "TEMP VIEW" in each or "DROP VIEW" in each]


def test_the_past_is_no_way_around_it(filled: Store) -> None:
    with filled.seeing(SEES_SEARCH), filled.reading_as_of(NOW, DAYS):
        assert filled.ledger.load_spend(DAYS, ["workspace"]) == {(SEARCH,): usd(7)}
        assert filled.ledger.load_fetched_days(DAYS)[YESTERDAY].total == usd(7)


NUMBERED = {
    "cost_series",
    "key_cost_series",
    "usage_series",
    "person_series",
    "person_cost_series",
    "scope",
    "key_row",
}
"""Words by number: which numbers occur is what is hidden."""

OF_NOBODYS_BILL = {
    "_sqlite_migrations",
    "answer",
    "audit",
    "digest_series",
    "evaluation",
    "notice",
    "outbox",
    "person_day",
    "superseded_day",
    "team_sheet",
}
"""Of no dollars that anybody is told: what was said already, and when days were fetched, judged and changed."""


def test_a_table_is_hidden_or_says_nothing_of_what_may_not_be_seen(filled: Store) -> None:
    tables = {name for (name,) in filled.session.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")}
    with filled.seeing(SEES_SEARCH):
        hidden = {name for (name,) in filled.session.execute("SELECT name FROM temp.sqlite_schema WHERE type = 'view'")}

    assert tables - hidden == NUMBERED | OF_NOBODYS_BILL
