"""Configuration, spreadsheet and what people said, in force together."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.analysis.ownership import Rule, Team, WrongRules, joined
from bot.model import ApiKey, Claim, Names, TeamSheet

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = date(2026, 11, 12)
NAMES = Names(api_keys={"apikey_1": ApiKey("apikey_1", "ci-nightly", "active", "default")})


def claim(team: str, since: date = DAY) -> Claim:
    return Claim(workspace_id="default", key_id="apikey_1", team=team, since=since, given_by="U0ALICE01", given_at=NOW)


def sheet(*lines: str) -> TeamSheet:
    return TeamSheet("teams.csv", "\n".join(("team,cost_center,workspace,key", *lines)), NOW)


def owner(*teams: Team, claims: tuple[Claim, ...] = (), day: date = DAY) -> str:
    ((found, _),) = joined(teams, None, claims).on(day, NAMES)["default", "apikey_1"]
    return found.team


def test_a_team_in_both_places_has_the_rules_of_both() -> None:
    configured = Team(name="ads", owns=(Rule(team="ads", key="web"),))

    (team,) = joined([configured], sheet("ads,CC-1,,web", "ads,CC-1,prod,"), []).teams

    assert [rule.named for rule in team.owns] == ['key "web"', 'workspace "prod"']
    assert team.cost_center == "CC-1"


def test_two_places_that_contradict_each_other_are_both_named() -> None:
    configured = Team(name="ads", owns=(Rule(team="ads", key="web", source="claudecost.toml line 8"),))

    with pytest.raises(WrongRules, match=r"teams.csv line 2 and claudecost.toml line 8 both give all"):
        joined([configured], sheet("search,,,web"), [])


def test_a_team_has_one_cost_centre() -> None:
    with pytest.raises(WrongRules, match=r"one cost_center in claudecost\.toml and another in the spreadsheet"):
        joined([Team(name="ads", cost_center="CC-2")], sheet("ads,CC-1,,web"), [])


def test_a_claim_counts_from_its_day_on() -> None:
    assert owner(Team(name="ads"), claims=(claim("ads"),)) == "ads"
    assert owner(Team(name="ads"), claims=(claim("ads"),), day=date(2026, 11, 11)) == ""


def test_a_later_claim_counts_from_its_own_day_on() -> None:
    claims = (claim("ads"), claim("web", date(2026, 11, 15)))
    teams = (Team(name="ads"), Team(name="web"))

    assert [owner(*teams, claims=claims, day=day) for day in (DAY, date(2026, 11, 15))] == ["ads", "web"]


def test_a_corrected_claim_replaces_the_one_of_its_day() -> None:
    assert owner(Team(name="ads"), Team(name="web"), claims=(claim("ads"), claim("web"))) == "web"


def test_a_claim_comes_before_a_workspaces_rule_and_after_a_keys() -> None:
    of_workspace = Team(name="ads", owns=(Rule(team="ads", workspace="default"),))
    of_key = Team(name="ads", owns=(Rule(team="ads", key="ci-*"),))

    assert owner(of_workspace, Team(name="web"), claims=(claim("web"),)) == "web"
    assert owner(of_key, Team(name="web"), claims=(claim("web"),)) == "ads"


def test_a_claim_of_a_team_that_is_gone_is_nobodys() -> None:
    assert owner(Team(name="ads"), claims=(claim("web"),)) == ""
