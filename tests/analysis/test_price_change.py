"""Prices that change for the whole organisation: one alert instead of many."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.price_change import Rise, is_widespread, price_by_workspace, rises, with_price_change
from bot.model import WHOLE_ORGANIZATION, Kind, Reason, Status, usd
from tests.builders import CHECKOUT, SEARCH, YESTERDAY, cost_line, find, finding, tokens, usage_line, weekly_spend

if TYPE_CHECKING:
    from bot.model import Finding, WeeklySpend

FLOOR = usd(10)
TEN = [f"wrkspc_{number}" for number in range(10)]


def organization(breaching: int) -> list[WeeklySpend]:
    """Ten workspaces, so many of them up by half."""
    return [
        weekly_spend(150 if number < breaching else 100, 100, workspace_id=workspace_id)
        for number, workspace_id in enumerate(TEN)
    ]


def judged(spend: list[WeeklySpend], price: dict[str, int], *, is_open: bool = False) -> list[Finding]:
    """Findings with the organisation's, given what price explains of each workspace's rise in dollars."""
    found = find(*spend)
    by_workspace = rises(spend, {workspace_id: usd(amount) for workspace_id, amount in price.items()})
    widespread = is_widespread(found, spend)
    return with_price_change(found, by_workspace, floor=FLOOR, widespread=widespread, is_open=is_open)


def told(found: list[Finding]) -> set[str]:
    """Workspaces with something to tell."""
    return {one.workspace_id for one in found if one.status is not Status.HELD}


def test_six_of_ten_workspaces_are_most_of_them() -> None:
    assert is_widespread(find(*organization(6)), organization(6))
    assert not is_widespread(find(*organization(5)), organization(5))


def test_workspaces_that_spend_nothing_do_not_count() -> None:
    idle = [weekly_spend(0, 0, workspace_id=f"idle_{number}") for number in range(10)]
    assert is_widespread(find(*organization(6), *idle), organization(6) + idle)


def test_one_workspace_alone_has_an_alert_of_its_own() -> None:
    assert not is_widespread(find(weekly_spend(200, 100)), [weekly_spend(200, 100)])


def test_a_price_change_is_one_alert_that_inhibits_the_workspaces() -> None:
    found = judged(organization(10), dict.fromkeys(TEN, 40))
    assert (found[0].workspace_id, found[0].kind, found[0].status, found[0].reason) == (
        WHOLE_ORGANIZATION,
        Kind.ORGANIZATION,
        Status.DUE,
        Reason.PRICE_CHANGE,
    )
    assert (found[0].previous, found[0].current) == (usd(1000), usd(1500))
    assert told(found) == {WHOLE_ORGANIZATION}
    assert {one.reason for one in found[1:]} == {Reason.ORGANIZATION_ALERT}


def test_price_must_explain_half_of_the_rise() -> None:
    assert told(judged(organization(10), dict.fromkeys(TEN, 25))) == {WHOLE_ORGANIZATION}
    assert told(judged(organization(10), dict.fromkeys(TEN, 24))) == set(TEN)


def test_a_workspace_that_rises_for_reasons_of_its_own_still_speaks() -> None:
    prices = dict.fromkeys(TEN, 50) | {TEN[0]: 10}
    assert told(judged(organization(10), prices)) == {WHOLE_ORGANIZATION, TEN[0]}


def test_an_open_organization_alert_inhibits_those_that_breach_later() -> None:
    assert told(judged(organization(2), dict.fromkeys(TEN, 40))) == set(TEN[:2])
    assert told(judged(organization(2), dict.fromkeys(TEN, 40), is_open=True)) == set()


def test_an_open_organization_alert_is_not_announced_again() -> None:
    found = judged(organization(10), dict.fromkeys(TEN, 40), is_open=True)
    assert (found[0].status, found[0].reason) == (Status.OPEN, Reason.OPEN_ALERT)


def test_price_is_what_the_same_tokens_cost_more() -> None:
    days = [YESTERDAY - timedelta(days=7), YESTERDAY]
    cost = [
        *[cost_line(amount, day=day) for amount, day in zip((100, 150), days, strict=True)],
        *[cost_line(amount, day=day, workspace_id=SEARCH) for amount, day in zip((100, 150), days, strict=True)],
    ]
    usage = [
        *[usage_line(tokens(output=1000), day=day) for day in days],
        usage_line(tokens(output=1000), day=days[0], workspace_id=SEARCH),
        usage_line(tokens(output=1500), day=days[1], workspace_id=SEARCH),
    ]
    found = price_by_workspace(cost, usage, current={days[1]}, previous={days[0]})
    assert found == {CHECKOUT: usd(50), SEARCH: 0}


def test_a_rise_without_prices_is_not_by_price() -> None:
    assert not Rise(usd(100), usd(150), 0).is_by_price
    assert not Rise(usd(100), usd(90), usd(10)).is_by_price


def test_what_could_not_be_judged_is_no_breach() -> None:
    unknown = [
        finding(workspace_id=workspace_id, kind=Kind.NOT_JUDGED, status=Status.HELD, reason=Reason.DAYS_MISSING)
        for workspace_id in TEN
    ]
    assert not is_widespread(unknown, organization(10))
