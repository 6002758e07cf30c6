"""Alerts of teams: what no workspace tells by itself, judged, told in the team's channel, and never told twice."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.contract import Contract, Override
from bot.analysis.ownership import Rule, Team
from bot.analysis.routing import Place, Routing
from bot.jobs.check import Checker, find_why_of
from bot.jobs.judge import judge
from bot.listeners.alert_details import load_details
from bot.model import (
    AlertState,
    Interval,
    Kind,
    Organization,
    Posted,
    Reason,
    Resolution,
    Source,
    Status,
    TeamSheet,
    Verb,
    team_of,
    usd,
)
from bot.snapshots import open_store
from tests.builders import (
    CHECKOUT,
    NOW,
    OPUS,
    ORGANIZATION,
    SEARCH,
    SONNET,
    TODAY,
    YESTERDAY,
    alert,
    cost_line,
    handling,
    last_days,
    tokens,
    usage_line,
)
from tests.databases import lay_empty_database
from tests.laws import dear
from tests.loopback import HandClock, daily, five_weeks, risen, save_bill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from bot.jobs.judge import Judgement
    from bot.model import Alert, CostLine, Posting, UsageLine
    from bot.snapshots import Store

DAY = timedelta(days=1)
MAIN, OWN, ABOVE = "C0COSTS01", "C0SEARCH1", "C0ABOVE01"
CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=usd(10))
ADS = "wrkspc_ads"


def team(*rules: Rule, name: str = "search", channel: str | None = OWN, parent: str | None = None) -> Team:
    owns = tuple(replace(rule, team=name) for rule in rules)
    return Team(name=name, channel=channel, parent=parent, owns=owns)


def both_workspaces(*, channel: str | None = OWN, parent: str | None = None) -> Team:
    rules = [Rule(team="", workspace=workspace) for workspace in (CHECKOUT, SEARCH)]
    return team(*rules, channel=channel, parent=parent)


def in_both(before: str | int, after: str | int) -> list[CostLine]:
    """The same in two workspaces."""
    return risen(before, after) + risen(before, after, workspace_id=SEARCH)


def judged(store: Store, *teams: Team, contract: Contract = CONTRACT, day: date = YESTERDAY) -> Judgement:
    return judge(store, day=day, contract=contract, teams=teams)


def found(judgement: Judgement) -> list[tuple[str, str | None, Status, Reason]]:
    """What was found of teams."""
    return [
        (each.workspace_id, each.model, each.status, each.reason)
        for each in judgement.evaluation.findings
        if team_of(each.workspace_id) is not None
    ]


def check(store: Store, *teams: Team, contract: Contract = CONTRACT, day: date = YESTERDAY) -> Judgement:
    routing = Routing(main=Place(channel=MAIN, mention="S0ONCALL1"))
    return Checker(routing=routing, contract=contract, teams=teams, now=HandClock()).check(store, day=day)


def told(store: Store) -> list[Posting]:
    """What was queued, taken from the outbox."""
    return list(iter(lambda: store.outbox.claim_due(NOW), None))


@contextmanager
def fresh_store() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "claudecost.db"
        lay_empty_database(path)
        with open_store(path) as store:
            yield store


# --- Judging ---


def test_a_team_is_told_of_what_is_too_small_in_each_workspace(store: Store) -> None:
    five_weeks(store, in_both(3, 4))

    assert found(judged(store, both_workspaces())) == [
        ("team:search", None, Status.DUE, Reason.ABOVE_THRESHOLD),
        ("team:search", OPUS, Status.DUE, Reason.ABOVE_THRESHOLD),
    ]


def test_a_single_day_of_a_team_is_told(store: Store) -> None:
    five_weeks(store, risen(4, "7.50", days=1), risen(4, "7.50", days=1, workspace_id=SEARCH))

    judgement = judged(store, both_workspaces())

    assert {(each.workspace_id, each.kind) for each in judgement.evaluation.told} == {("team:search", Kind.DAY)}


def test_the_floor_counts_no_dollar_twice(store: Store) -> None:
    five_weeks(store, daily(400))
    automatic = replace(CONTRACT, min_increase=None)

    with_teams = judged(store, team(Rule(team="", workspace=CHECKOUT)), contract=automatic)

    assert with_teams.evaluation.floor == judged(store, contract=automatic).evaluation.floor


def test_what_the_alert_of_a_workspace_tells_is_held(store: Store) -> None:
    five_weeks(store, risen(100, 140), daily(5, workspace_id=SEARCH))

    assert found(judged(store, both_workspaces())) == [
        ("team:search", None, Status.HELD, Reason.OTHER_ALERT),
        ("team:search", OPUS, Status.HELD, Reason.OTHER_ALERT),
    ]


def test_an_alert_that_is_over_tells_nothing(store: Store) -> None:
    """A breach of the same workspace would open it again; that of its team is news."""
    five_weeks(store, risen(100, 140))
    check(store)
    (over,) = store.alerts.load_open_alerts()
    store.alerts.save_alert(replace(over, state=AlertState.RESOLVED))
    five_weeks(store, in_both(3, 4))

    assert found(judged(store, both_workspaces()))[0][2:] == (Status.DUE, Reason.ABOVE_THRESHOLD)


def test_less_than_half_told_elsewhere_is_news(store: Store) -> None:
    five_weeks(store, risen(5, 7), risen(5, "6.40", workspace_id=SEARCH), risen(5, "6.40", workspace_id=ADS))
    three = team(*(Rule(team="", workspace=workspace) for workspace in (CHECKOUT, SEARCH, ADS)))

    assert found(judged(store, three))[0] == ("team:search", None, Status.DUE, Reason.ABOVE_THRESHOLD)


def test_what_somebody_expects_of_a_workspace_is_no_news_of_its_team(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    owned = team(Rule(team="", workspace=CHECKOUT))
    check(store, owned)
    (alert,) = store.alerts.load_open_alerts()
    expected = handling(Verb.EXPECT, last_day=TODAY)
    store.alerts.save_handled(replace(alert, state=AlertState.EXPECTED, handling=expected), expected)

    findings = judged(store, owned).evaluation.findings

    assert {(each.workspace_id, each.reason) for each in findings} == {
        (CHECKOUT, Reason.EXPECTED),
        ("team:search", Reason.OTHER_ALERT),
    }


def test_what_is_muted_in_a_workspace_is_in_its_team(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    muted = replace(CONTRACT, overrides=(Override(workspace=CHECKOUT, mute=True),))

    findings = found(judged(store, team(Rule(team="", workspace=CHECKOUT)), contract=muted))

    assert {reason for *_, reason in findings} == {Reason.OTHER_ALERT}


@pytest.mark.parametrize(("pattern", "is_meant"), [("team:search", True), ("team:*", True), ("*", False)])
def test_a_team_is_muted_by_its_own_name_alone(store: Store, pattern: str, *, is_meant: bool) -> None:
    five_weeks(store, in_both(3, 4))
    muted = replace(CONTRACT, overrides=(Override(workspace=pattern, mute=True),))

    found_first = found(judged(store, both_workspaces(), contract=muted))[0]

    assert (found_first[3] is Reason.MUTED) is is_meant


def test_a_team_above_is_not_told_what_the_one_below_tells(store: Store) -> None:
    five_weeks(store, in_both(3, 4))
    teams = (both_workspaces(parent="web"), team(name="web", channel=None))

    assert {(id_, status) for id_, _, status, _ in found(judged(store, *teams))} == {
        ("team:search", Status.DUE),
        ("team:web", Status.HELD),
    }


def test_a_team_has_the_dollars_of_those_below_it(store: Store) -> None:
    five_weeks(store, in_both(3, 4))
    teams = (
        team(Rule(team="", workspace=CHECKOUT), name="one", parent="web"),
        team(Rule(team="", workspace=SEARCH), name="two", parent="web"),
        team(name="web"),
    )

    assert {(id_, status) for id_, _, status, _ in found(judged(store, *teams))} >= {("team:web", Status.DUE)}


def test_a_hand_over_is_a_rise_for_nobody(store: Store) -> None:
    five_weeks(store, daily(50), daily(2, workspace_id=SEARCH))
    moved = YESTERDAY - 2 * DAY
    teams = (
        team(Rule(team="", workspace=CHECKOUT, until=moved), name="ads"),
        team(Rule(team="", workspace=SEARCH), Rule(team="", workspace=CHECKOUT, since=moved)),
    )

    assert all(found(judged(store, *teams, day=TODAY - back * DAY)) == [] for back in range(1, 6))


def test_a_shared_thing_counts_by_its_shares(store: Store) -> None:
    five_weeks(store, in_both(3, 5))
    half = Decimal(50)
    shares = [Rule(team="", workspace=workspace, share=half) for workspace in (CHECKOUT, SEARCH)]

    judgement = judged(store, team(*shares, name="one"), team(*shares, name="two"))

    (whole,) = [each for each in judgement.spend if each.workspace_id == "team:one"]
    assert (whole.current, whole.previous) == (usd(35), usd(21))


def test_too_few_days_judge_no_team(store: Store) -> None:
    save_bill(store, in_both(3, 4), interval=last_days(9))

    assert found(judged(store, both_workspaces())) == []


# --- Telling ---


def test_a_team_is_told_in_its_own_channel(store: Store) -> None:
    five_weeks(store, in_both(3, 4))

    check(store, both_workspaces())

    (posting,) = told(store)
    assert posting.channel == OWN
    assert "Team search up 33 % this week: $42.00 → $56.00" in posting.message.text


def test_the_channel_of_the_team_above_stands_in_for_one_of_its_own(store: Store) -> None:
    five_weeks(store, in_both(3, 4))

    check(store, both_workspaces(channel=None, parent="web"), team(name="web", channel=ABOVE))

    assert [posting.channel for posting in told(store)] == [ABOVE]


def test_without_any_the_main_channel_is_told(store: Store) -> None:
    five_weeks(store, in_both(3, 4))

    check(store, both_workspaces(channel=None))

    assert [posting.channel for posting in told(store)] == [MAIN]


def test_a_team_that_was_imported_is_judged_as_well(store: Store) -> None:
    five_weeks(store, in_both(3, 4))
    text = f"team,workspace,key,channel\nsearch,{CHECKOUT},,{ABOVE}\nsearch,{SEARCH},,{ABOVE}\n"
    store.teams.save_sheet(TeamSheet("teams.csv", text, NOW))

    check(store)

    assert [posting.channel for posting in told(store)] == [ABOVE]


def test_a_teams_alert_lives_like_any_other(store: Store) -> None:
    days = 30
    window = last_days(60)
    low, high = Interval(window.since, TODAY - days * DAY), Interval(TODAY - days * DAY, TODAY)
    lines = [
        line
        for workspace in (CHECKOUT, SEARCH)
        for line in daily(3, low, workspace_id=workspace) + daily(4, high, workspace_id=workspace)
    ]
    save_bill(store, lines, interval=window)

    for back in range(days, 0, -1):
        check(store, both_workspaces(), day=TODAY - back * DAY)

    (alert,) = store.alerts.load_alerts_since(window.since)
    assert (alert.workspace_id, alert.state) == ("team:search", AlertState.RESOLVED)
    assert store.alerts.load_open_alerts() == []


# --- An open one, and what others tell ---

THREE = (CHECKOUT, SEARCH, ADS)


def team_alert(store: Store) -> Alert:
    (alert,) = [each for each in store.alerts.load_alerts_since(TODAY - 60 * DAY) if each.workspace_id == "team:search"]
    return alert


def open_then(store: Store, **today: str | int) -> Team:
    """A team that rose by $1 a day in two workspaces, and was told of; what each of three cost on the day after."""
    owned = team(*(Rule(team="", workspace=workspace) for workspace in THREE))
    five_weeks(store, in_both(3, 4), daily(1, workspace_id=ADS))
    check(store, owned)
    for posting in told(store):
        store.outbox.mark_sent(posting.key, Posted(posting.channel, posting.key), NOW)
    usual = {CHECKOUT: 4, SEARCH: 4, ADS: 1} | {f"wrkspc_{name}": amount for name, amount in today.items()}
    save_bill(
        store,
        [cost_line(amount, day=TODAY, workspace_id=workspace) for workspace, amount in usual.items()],
        interval=Interval(TODAY, TODAY + DAY),
        fetched_at=NOW + DAY,
    )
    return owned


def test_an_open_alert_does_not_escalate_for_what_a_new_one_tells(store: Store) -> None:
    """Its thread refers to that one instead, once, and no channel hears of the same twice."""
    owned = open_then(store, ads=100)

    check(store, owned, day=TODAY)
    check(store, owned, day=TODAY)

    refers, new = [posting for posting in told(store) if posting.edits is None]
    assert (new.channel, "ads" in new.message.text) == (MAIN, True)
    assert (refers.replies_to, refers.also_in_channel) == (team_alert(store).message_key, False)
    assert f"`{ADS}` +$99.00 in <#{MAIN}>" in str(refers.message.blocks)
    assert team_alert(store).state is AlertState.FIRING


def test_what_another_alert_told_is_told(store: Store) -> None:
    """It goes on the day after without another word."""
    owned = open_then(store, ads=100)
    check(store, owned, day=TODAY)
    told(store)
    tomorrow = TODAY + DAY
    save_bill(
        store,
        [cost_line(amount, day=tomorrow, workspace_id=id_) for id_, amount in ((CHECKOUT, 4), (SEARCH, 4), (ADS, 95))],
        interval=Interval(tomorrow, tomorrow + DAY),
        fetched_at=NOW + 2 * DAY,
    )

    check(store, owned, day=tomorrow)

    assert [posting for posting in told(store) if posting.edits is None] == []


def test_it_escalates_for_what_nobody_else_tells(store: Store) -> None:
    owned = open_then(store, checkout=13, search=13)
    muted = replace(CONTRACT, overrides=tuple(Override(workspace=id_, floor=usd(60)) for id_ in (CHECKOUT, SEARCH)))

    check(store, owned, day=TODAY, contract=muted)

    assert team_alert(store).state is AlertState.ESCALATED


def test_a_critical_sum_is_told_although_its_parts_are(store: Store) -> None:
    """No alert of a part says that it is critical."""
    owned = open_then(store, ads=70, checkout=60)
    critical = replace(CONTRACT, critical=usd(15))

    check(store, owned, day=TODAY, contract=critical)

    assert team_alert(store).state is AlertState.ESCALATED


def test_a_critical_part_is_told_once(store: Store) -> None:
    owned = open_then(store, ads=200)
    critical = replace(CONTRACT, critical=usd(15))

    check(store, owned, day=TODAY, contract=critical)

    assert team_alert(store).state is AlertState.FIRING
    assert sum("S0ONCALL1" in str(posting.message.blocks) for posting in told(store)) == 1


@pytest.mark.parametrize("left", [(), (team(Rule(team="", workspace=CHECKOUT), name="find"),)])
def test_the_alert_of_a_team_that_is_gone_ends_and_says_why(store: Store, left: tuple[Team, ...]) -> None:
    open_then(store)

    check(store, *left, day=TODAY)

    assert (team_alert(store).state, team_alert(store).resolution) == (AlertState.RESOLVED, Resolution.TEAM_GONE)
    edit, *_ = [posting for posting in told(store) if posting.edits == team_alert(store).message_key]
    assert "Team search: no such team any more" in edit.message.text
    assert "data_visualization" not in [block["type"] for block in edit.message.blocks]


def test_a_team_that_is_renamed_is_told_under_its_new_name(store: Store) -> None:
    open_then(store, checkout=5, search=5, ads=3)
    renamed = team(*(Rule(team="", workspace=workspace) for workspace in THREE), name="find")

    check(store, renamed, day=TODAY)

    assert [alert.workspace_id for alert in store.alerts.load_open_alerts()] == ["team:find"]


# --- Several organisations ---

EUROPE = Organization("org_europe", "Europe")
BOTH_TEAMS = both_workspaces()


class Pair(NamedTuple):
    """The books of two organisations in one file; the first ones hold the alerts of teams."""

    home: Store
    other: Store


@pytest.fixture
def pair(path: Path) -> Iterator[Pair]:
    lay_empty_database(path)
    with open_store(path) as store:
        store.expect_organizations({"A_KEY": "", "B_KEY": ""})
    with open_store(path, "A_KEY") as first:
        first.save_organization(ORGANIZATION, seen_at=NOW)
        with open_store(path, "B_KEY") as second:
            second.save_organization(EUROPE, seen_at=NOW)
        yield Pair(first.of(ORGANIZATION), first.of(EUROPE))


def save_weeks(store: Store, before: int, after: int, *, workspace_id: str = CHECKOUT, until: date = TODAY) -> None:
    """Five weeks of so much a day, the last of them at another level."""
    lines = risen(before, after, workspace_id=workspace_id)
    window = Interval(last_days(35).since, until)
    store.ledger.save_days(
        window,
        cost=[line for line in lines if window.since <= line.day < until],
        usage=(),
        source=Source.COST_REPORT,
        fetched_at=NOW,
    )


def checker() -> Checker:
    routing = Routing(main=Place(channel=MAIN, mention=None))
    return Checker(routing=routing, contract=CONTRACT, teams=(BOTH_TEAMS,), now=HandClock())


def test_a_team_is_one_sum_in_all_organizations(pair: Pair) -> None:
    """What is too small in each of two is told once, with the books of the first one."""
    save_weeks(pair.home, 3, 4)
    save_weeks(pair.other, 3, 4, workspace_id=SEARCH)

    assert found(judged(pair.home, BOTH_TEAMS))[0] == ("team:search", None, Status.DUE, Reason.ABOVE_THRESHOLD)
    assert found(judged(pair.other, BOTH_TEAMS)) == []


def test_its_alert_has_the_dollars_of_all(pair: Pair) -> None:
    save_weeks(pair.home, 3, 4)
    save_weeks(pair.other, 3, 4)

    checker().check(pair.home, day=YESTERDAY)

    (posting,) = told(pair.home)
    assert posting.message.text.startswith("🔴 Firing: Team search up 33 % this week: $42.00 → $56.00")
    (alert,) = pair.home.alerts.load_open_alerts()
    view = str(load_details(pair.home, alert, subject="Team search up", teams=(BOTH_TEAMS,)))
    assert "$8.00" in view, "a day of both"


def test_what_another_organizations_workspace_tells_is_held(pair: Pair) -> None:
    save_weeks(pair.home, 4, 4)
    save_weeks(pair.other, 10, 20, workspace_id=SEARCH)
    checker().check(pair.other, day=YESTERDAY)

    assert {(status, reason) for *_, status, reason in found(judged(pair.home, BOTH_TEAMS))} == {
        (Status.HELD, Reason.OTHER_ALERT)
    }


def test_the_floor_of_a_team_is_that_of_all(pair: Pair) -> None:
    """In the first one alone a rise of $21 is worth a message, as that of its workspace is."""
    automatic = replace(CONTRACT, min_increase=None)
    owned = team(Rule(team="", workspace=CHECKOUT))
    save_weeks(pair.home, 3, 6)
    save_weeks(pair.other, 60_000, 60_000, workspace_id=ADS)

    judgement = judged(pair.home, owned, contract=automatic)

    assert {reason for *_, reason in found(judgement)} == {Reason.BELOW_FLOOR}
    assert {each.workspace_id for each in judgement.evaluation.findings if each.status is Status.DUE} == {CHECKOUT}


def test_teams_wait_for_the_organization_that_is_not_known_yet(pair: Pair) -> None:
    save_weeks(pair.home, 3, 4)
    save_weeks(pair.other, 3, 4, workspace_id=SEARCH, until=YESTERDAY)
    checker().check(pair.home, day=YESTERDAY)
    assert told(pair.home) == []

    save_weeks(pair.other, 3, 4, workspace_id=SEARCH)
    checker().check(pair.other, day=YESTERDAY)
    checker().check_teams(pair.other)

    assert [posting.channel for posting in told(pair.home)] == [OWN]


def test_an_open_alert_waits_as_well(pair: Pair) -> None:
    save_weeks(pair.home, 3, 4)
    save_weeks(pair.other, 3, 4, workspace_id=SEARCH)
    checker().check(pair.home, day=YESTERDAY)
    (before,) = pair.home.alerts.load_open_alerts()
    later = Interval(TODAY, TODAY + DAY)
    pair.home.ledger.save_days(
        later, cost=[cost_line(1, day=TODAY)], usage=(), source=Source.COST_REPORT, fetched_at=NOW + DAY
    )

    checker().check(pair.home, day=TODAY)

    assert pair.home.alerts.load_open_alerts() == [before]


def test_what_a_new_organization_brings_is_old_news(pair: Pair) -> None:
    save_weeks(pair.home, 3, 4)
    checker().check_first(pair.home, day=YESTERDAY)
    checker().check(pair.home, day=YESTERDAY)
    save_weeks(pair.other, 3, 4, workspace_id=SEARCH)

    checker().check_first(pair.other, day=YESTERDAY)
    high = checker().check_teams_first(pair.other)
    checker().check_teams(pair.other)

    assert [alert.workspace_id for alert in high] == ["team:search"]
    assert [posting for posting in told(pair.home) if "Team" in posting.message.text] == []


def test_an_alert_from_before_they_were_judged_together_ends(pair: Pair) -> None:
    save_weeks(pair.home, 3, 3)
    save_weeks(pair.other, 3, 3, workspace_id=SEARCH)
    pair.other.alerts.save_alert(alert(id=0, workspace_id="team:search", message_key=None))

    checker().check(pair.other, day=YESTERDAY)

    (ended,) = pair.other.alerts.load_alerts_since(TODAY - 30 * DAY)
    assert ended.resolution is Resolution.JUDGED_TOGETHER


# --- What is behind it ---


def save_with_keys(store: Store) -> None:
    """Five weeks of two workspaces with two keys each; the last one spent more by one of them."""
    window = last_days(35)
    lines: list[CostLine] = []
    usage: list[UsageLine] = []
    for day in window.days():
        grown = 3 if day >= TODAY - 7 * DAY else 1
        for workspace in (CHECKOUT, SEARCH):
            lines.append(cost_line(str((1 + grown) / 2), day=day, workspace_id=workspace))
            counts = {f"{workspace}-shared": 1000 * grown, f"{workspace}-own": 1000}
            usage.extend(
                usage_line(tokens(output=count), day=day, workspace_id=workspace, api_key_id=key)
                for key, count in counts.items()
            )
    store.ledger.save_days(window, cost=lines, usage=usage, source=Source.COST_REPORT, fetched_at=NOW)


SHARED = tuple(
    rule
    for workspace in (CHECKOUT, SEARCH)
    for rule in (
        Rule(team="", key=f"{workspace}-shared", share=Decimal("86.6")),
        Rule(team="", key=f"{workspace}-own"),
    )
)
REST = tuple(Rule(team="", key=f"{workspace}-shared", share=Decimal("13.4")) for workspace in (CHECKOUT, SEARCH))


def test_the_drivers_of_a_team_are_those_of_what_it_owns_and_shares(store: Store) -> None:
    save_with_keys(store)
    judgement = check(store, team(*SHARED), team(*REST, name="other"))
    (alert,) = [each for each in store.alerts.load_open_alerts() if each.workspace_id == "team:search"]

    why = find_why_of(store, alert, judgement, store.names.load_names())

    assert why is not None
    assert (why.previous, why.current) == (alert.previous, alert.current)
    assert why.drivers.increase == alert.increase
    assert why.drivers.volume == alert.increase
    assert {key.id for key in why.keys if key.increase} == {f"{CHECKOUT}-shared", f"{SEARCH}-shared"}
    assert sum(key.increase for key in why.keys) == alert.increase


def test_the_details_of_a_teams_alert_are_of_what_it_owns(store: Store) -> None:
    save_with_keys(store)
    teams = (team(*SHARED), team(*REST, name="other"))
    check(store, *teams)
    (alert,) = [each for each in store.alerts.load_open_alerts() if each.workspace_id == "team:search"]

    view = str(load_details(store, alert, subject="Team search up", teams=teams))

    assert "more tokens *+$12.13*" in view
    assert "Sat 21 Nov" in view


# --- Laws ---

AMOUNTS = [0, 1, 5, 20, 20, 20, 20, 30, 50, 120]
PLACES = [(CHECKOUT, OPUS), (CHECKOUT, SONNET), (SEARCH, OPUS), (ADS, OPUS)]
SERIES = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.binary(min_size=35, max_size=35).map(lambda drawn: [AMOUNTS[byte % len(AMOUNTS)] for byte in drawn]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda series: series[0],
)
OWNED = st.dictionaries(st.sampled_from([CHECKOUT, SEARCH, ADS]), st.sampled_from(["one", "two"]))


def series_lines(series: Sequence[tuple[tuple[str, str], list[int]]]) -> list[CostLine]:
    return [
        cost_line(amount, day=day, workspace_id=workspace_id, model=model)
        for (workspace_id, model), amounts in series
        for day, amount in zip(last_days(35).days(), amounts, strict=True)
    ]


def teams_of(owned: dict[str, str]) -> list[Team]:
    return [
        team(*(Rule(team="", workspace=id_) for id_, of in owned.items() if of == name), name=name)
        for name in ("one", "two")
    ]


@dear()
@given(series=SERIES, owned=OWNED)
def test_teams_change_nothing_of_any_workspace(
    series: list[tuple[tuple[str, str], list[int]]], owned: dict[str, str]
) -> None:
    with fresh_store() as store:
        save_bill(store, series_lines(series), interval=last_days(35))
        without, with_teams = judged(store), judged(store, *teams_of(owned))

    assert [each for each in with_teams.evaluation.findings if team_of(each.workspace_id) is None] == list(
        without.evaluation.findings
    )
    assert with_teams.evaluation.floor == without.evaluation.floor


@dear()
@given(series=SERIES, owned=OWNED, seed=st.integers(0, 99))
def test_the_order_of_teams_and_lines_changes_nothing(
    series: list[tuple[tuple[str, str], list[int]]], owned: dict[str, str], seed: int
) -> None:
    teams, lines = teams_of(owned), series_lines(series)
    with fresh_store() as store:
        save_bill(store, lines, interval=last_days(35))
        first = judged(store, *teams).evaluation
    Random(seed).shuffle(lines)
    with fresh_store() as store:
        save_bill(store, lines, interval=last_days(35))
        assert judged(store, *reversed(teams)).evaluation == first
