"""Routing: which channel what is said of a workspace goes to."""

from __future__ import annotations

import pytest

from bot.analysis.ownership import Ownership, Team
from bot.analysis.patterns import EquallySpecific
from bot.analysis.routing import Place, Route, Routing, find_two_ways
from bot.model import WHOLE_ORGANIZATION
from tests.builders import CHECKOUT, SEARCH, names

MAIN, TEAM, OTHER = "C0MAIN001", "C0TEAM001", "C0OTHER01"


def route(workspace: str, channel: str = TEAM, *, table: str = "[[channels]]") -> Route:
    return Route(workspace=workspace, place=Place(channel=channel), table=table)


def channel_of(*routes: Route, workspace_id: str = CHECKOUT) -> str:
    """Where a workspace's alerts go."""
    return Routing(main=Place(channel=MAIN), routes=routes).place_of(workspace_id, names(), Ownership()).channel


def test_what_no_route_is_about_goes_to_the_main_channel() -> None:
    assert channel_of() == MAIN
    assert channel_of(route(CHECKOUT), workspace_id=SEARCH) == MAIN


@pytest.mark.parametrize("words", [CHECKOUT, "checkout", "CHECKOUT", "check*", "wrkspc_c*", "*"])
def test_a_workspace_is_meant_by_its_id_its_name_or_a_pattern_of_either(words: str) -> None:
    assert channel_of(route(words)) == TEAM


def test_the_most_specific_route_wins_wherever_it_stands() -> None:
    routes = [route("*"), route("check*", OTHER), route("checkout")]
    assert channel_of(*routes) == channel_of(*reversed(routes)) == TEAM


def test_routes_of_different_tables_are_ranked_together() -> None:
    override = route("check*", OTHER, table="[[alerts.override]]")
    assert channel_of(override, route("checkout")) == TEAM
    assert channel_of(override, route("c*")) == OTHER


def test_two_that_fit_equally_well_and_differ_are_an_error_that_names_both() -> None:
    with pytest.raises(EquallySpecific, match=r'\[\[channels\]\] workspaces = "check\*" and .*"\*ckout" both set'):
        channel_of(route("check*"), route("*ckout", OTHER))


def test_two_that_fit_equally_well_and_agree_are_none() -> None:
    assert channel_of(route("check*"), route("*ckout")) == TEAM


def test_the_organisations_alert_goes_to_the_main_channel_whatever_the_patterns() -> None:
    assert channel_of(route("*"), workspace_id=WHOLE_ORGANIZATION) == MAIN


def test_a_route_that_calls_nobody_calls_whom_the_main_place_does() -> None:
    main = Place(channel=MAIN, mention="S0MAIN001")
    silent, calling = route("checkout"), Route(workspace="search", place=Place(channel=TEAM, mention="S0TEAM001"))
    routing = Routing(main=main, routes=(silent, calling))
    assert routing.place_of(CHECKOUT, names(), Ownership()) == Place(channel=TEAM, mention="S0MAIN001")
    assert routing.place_of(SEARCH, names(), Ownership()) == Place(channel=TEAM, mention="S0TEAM001")


def test_other_channels_are_those_that_routes_lead_to() -> None:
    routes = (route("a"), route("b", OTHER), route("c", MAIN))
    assert Routing(main=Place(channel=MAIN), routes=routes).other_channels == {TEAM, OTHER}


def test_the_same_words_for_two_channels_are_found_before_anything_is_judged() -> None:
    assert find_two_ways((route("a"), route("b"), route("A", OTHER))) is not None
    assert find_two_ways((route("a"), route("a"), route("b", OTHER))) is None


def test_a_team_goes_to_its_channel_unless_a_route_names_it() -> None:
    search = Ownership(teams=(Team(name="search", channel=OTHER),))
    routes = (Route(workspace="*", place=Place(channel=TEAM)), Route(workspace="team:ads", place=Place(channel=TEAM)))
    routing = Routing(main=Place(channel=MAIN), routes=routes)

    channels = [routing.place_of(id_, names(), search).channel for id_ in ("team:search", "team:ads", "team:other")]

    assert channels == [OTHER, TEAM, MAIN]
