"""A month over workspaces and organisations: dollars add up, and alerts make two numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest

from bot.analysis.catalogue import lens_of
from bot.analysis.month import MonthPart, alerts_within, days_looked_at, find_month, in_days
from bot.analysis.question import Filter, Meant, Thing
from bot.model import DEFAULT_WORKSPACE, WHOLE_ORGANIZATION, Freshness, Organization, Source, team_id, usd
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    NOW,
    OPUS,
    SEARCH,
    TODAY,
    YESTERDAY,
    alert,
    fetched_day,
    fetched_days,
    last_days,
    names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.analysis.month import Month
    from bot.analysis.question.filters import Kind
    from bot.model import Alert, FetchedDay

EUROPE = Organization("org_europe", "Europe")
ASIA = Organization("org_asia", "Asia")
FRESH = Freshness(data_as_of=NOW, first_fetched_at=NOW, newest_day=TODAY, oldest_day=None)


def part(
    dollars: Mapping[str, int],
    *,
    risen_to: int = 0,
    alerts: Sequence[Alert] = (),
    fetched: Mapping[date, FetchedDay] | None = None,
    beside: Organization | None = None,
) -> MonthPart:
    """So many dollars a day for each workspace; of checkout, other ones in the last three days if it rose."""
    spend: dict[tuple[str, ...], int] = {
        (day.isoformat(), id_): usd(risen_to if risen_to and id_ == CHECKOUT and day in last_days(3).days() else amount)
        for day in last_days(120).days()
        for id_, amount in dollars.items()
    }
    return MonthPart(
        beside=beside,
        spend=spend,
        fetched=fetched_days(last_days(120)) if fetched is None else fetched,
        names=names(),
        alerts=alerts,
        freshness=FRESH,
    )


def month(*parts: MonthPart, today: date = TODAY) -> Month:
    return find_month(parts, today=today)


def test_workspaces_add_up_to_what_was_spent_the_largest_first() -> None:
    found = month(part({SEARCH: 10, CHECKOUT: 30}))
    assert [(each.label, each.spent, each.total, each.last_month) for each in found.workspaces] == [
        ("checkout", usd(630), usd(900), usd(930)),
        ("search", usd(210), usd(300), usd(310)),
    ]
    assert (found.forecast.spent, found.forecast.total) == (usd(840), usd(1200))
    assert found.last_month.spent == usd(1240)


def test_pace_is_the_month_before_in_even_parts() -> None:
    found = month(part({CHECKOUT: 31}))
    assert found.pace is not None
    assert found.pace.spent == usd(651)
    assert found.pace.even == usd(31 * 31 * 21) // 30


def test_without_all_of_the_month_before_there_is_no_pace() -> None:
    fetched = {day: known for day, known in fetched_days(last_days(120)).items() if day != date(2026, 10, 7)}
    assert month(part({CHECKOUT: 31}, fetched=fetched)).pace is None


def test_today_counts_for_no_less_than_what_is_known_of_it() -> None:
    known = fetched_days(last_days(120)) | {TODAY: fetched_day(TODAY, fetched_at=datetime.combine(TODAY, time(9), UTC))}
    under_way = part({CHECKOUT: 30}, fetched=known)
    spent = {**under_way.spend, (TODAY.isoformat(), CHECKOUT): usd(50)}
    found = month(MonthPart(**{name: getattr(under_way, name) for name in MonthPart.__slots__} | {"spend": spent}))
    assert (found.forecast.spent, found.forecast.total) == (usd(630), usd(920))


def test_a_day_that_one_organisation_lacks_is_not_whole() -> None:
    lacking = {day: known for day, known in fetched_days(last_days(120)).items() if day != YESTERDAY}
    found = month(
        part({DEFAULT_WORKSPACE: 30}, beside=EUROPE), part({DEFAULT_WORKSPACE: 10}, beside=ASIA, fetched=lacking)
    )
    assert found.missing_days == (YESTERDAY,)
    assert found.organizations == ("Europe", "Asia")
    assert [each.id for each in found.workspaces] == ["default@org_europe", "default@org_asia"]
    assert [each.spent for each in found.workspaces] == [usd(630), usd(200)]
    assert found.forecast.spent == usd(800)
    assert found.forecast.total == usd(1200)


def test_estimated_days_of_the_month_are_named() -> None:
    estimated = fetched_days(last_days(120)) | {YESTERDAY: fetched_day(YESTERDAY, source=Source.ESTIMATE)}
    assert month(part({CHECKOUT: 1}, fetched=estimated)).estimated_days == (YESTERDAY,)


def test_an_open_alert_makes_two_numbers() -> None:
    found = month(part({CHECKOUT: 10, SEARCH: 5}, risen_to=40, alerts=[alert(opened_day=date(2026, 11, 20))]))
    assert found.outlook.continues is not None
    assert found.outlook.stops is not None
    assert found.outlook.continues.to_come == usd(9 * 45)
    assert found.outlook.stops.to_come == usd(9 * 15)
    assert [each.workspace_id for each in found.risen] == [CHECKOUT]


def test_an_alert_about_the_whole_organisation_stands_for_those_of_its_workspaces() -> None:
    whole = alert(workspace_id=WHOLE_ORGANIZATION, opened_day=date(2026, 11, 20))
    found = month(part({CHECKOUT: 10}, risen_to=40, alerts=[alert(id=2), whole]))
    assert [each.workspace_id for each in found.risen] == [WHOLE_ORGANIZATION]
    assert found.outlook.continues is not None
    assert found.outlook.continues.to_come == usd(9 * 40)


def test_an_alert_without_days_of_its_own_changes_nothing() -> None:
    found = month(part({CHECKOUT: 10}, alerts=[alert(workspace_id="gone")]))
    assert found.outlook.continues is None
    assert len(found.alerts) == 1


def test_before_anything_was_fetched_nothing_is_known() -> None:
    empty = part({}, fetched={})
    found = month(empty)
    assert (found.forecast.spent, found.forecast.total, found.last_month.spent) == (None, None, None)
    assert found.workspaces == ()


def test_what_is_looked_at_holds_a_forecast_made_of_old_days() -> None:
    assert len(days_looked_at(TODAY)) == 121


def test_a_fetched_day_without_a_line_cost_nothing() -> None:
    under_way = fetched_day(TODAY, fetched_at=datetime.combine(TODAY, time(9), UTC))
    found = in_days({YESTERDAY.isoformat(): 5}, fetched_days(last_days(2)) | {TODAY: under_way})
    assert (list(found.whole.values()), found.begun) == ([0, 5], {TODAY: 0})


# --- Of what filters leave ---


def meant(kind: Kind, *words: str, excluded: bool = False) -> Meant:
    things = tuple(Thing(kind, word, word, word) for word in words)
    return Meant(Filter(name=words[0], kind=kind, excluded=excluded), things)


IN_CHECKOUT, IN_TEAM = alert(), alert(id=2, workspace_id=team_id("search"))
OF_ALL = alert(id=3, workspace_id=WHOLE_ORGANIZATION)


@pytest.mark.parametrize(
    ("filters", "told", "left_out"),
    [
        ([], [1, 2, 3], []),
        ([meant("workspace", CHECKOUT)], [1], [3]),
        ([meant("workspace", SEARCH, excluded=True)], [1], [3]),
        ([meant("workspace", CHECKOUT, excluded=True)], [], [3]),
        ([meant("workspace", CHECKOUT), meant("model", OPUS)], [], [1, 3]),
        ([meant("key", CI_KEY)], [], [1, 3]),
        ([meant("team", "search")], [2], [1, 3]),
        ([meant("team", "search"), meant("model", OPUS)], [], [1, 3]),
        ([meant("team", "search", excluded=True)], [], [1, 3]),
    ],
)
def test_an_alert_counts_where_filters_leave_all_it_is_about(
    filters: list[Meant], told: list[int], left_out: list[int]
) -> None:
    spent = {CHECKOUT} if filters != [meant("workspace", CHECKOUT, excluded=True)] else {SEARCH}

    found = alerts_within([IN_CHECKOUT, IN_TEAM, OF_ALL], filters, lens_of(filters, ""), spent=spent)

    assert [each.id for each in found.told] == told
    assert [each.id for each in found.left_out] == left_out


def test_an_alert_of_a_team_makes_two_numbers_of_its_month() -> None:
    risen = alert(workspace_id=team_id("search"), opened_day=date(2026, 11, 20))
    of_all = part({CHECKOUT: 10, SEARCH: 5}, risen_to=40, alerts=[risen])

    assert month(of_all).outlook.continues is None
    of_team = month(replace(of_all, is_of_team=True)).outlook
    assert of_team.continues is not None
    assert of_team.continues.to_come == usd(9 * 45)
