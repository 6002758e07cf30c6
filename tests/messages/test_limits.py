"""Whatever things are called and however many there are, Slack takes every message, and no name mentions anybody."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.analysis.month import MonthPart, find_month
from bot.analysis.question import Ambiguous, Candidate, NotUnderstood
from bot.analysis.quiet_hours import QuietHours
from bot.analysis.reconcile import Cause, Reconciliation, Row
from bot.analysis.units import Unit
from bot.messages.alert_state import critical_line
from bot.messages.alerts import alerts_answer
from bot.messages.anomaly import anomaly_alert
from bot.messages.backfill import backfill_done
from bot.messages.digest import digest_message, nothing_called
from bot.messages.forecast import forecast_answer, month_answer
from bot.messages.help import ask_back, help_answer
from bot.messages.notices import bill_drifts, could_not_answer, key_refused
from bot.messages.plain import plain_message
from bot.messages.quiet import with_note
from bot.messages.report import report_answer
from bot.messages.status import NextJob, Status, status_answer
from bot.messages.why import why_answer
from bot.model import AlertState, Freshness, Kind, Organization, Reason, Resolution, UnitRise, Unpriced, team_id, usd
from bot.model import Status as FindingStatus
from bot.sandbox.slack.limits import refuse_message
from tests.builders import (
    CHECKOUT,
    NOW,
    TODAY,
    YESTERDAY,
    alert,
    cross_report,
    digest,
    evaluation,
    fetched_days,
    finding,
    kept_answer,
    last_days,
    member,
    names,
    other_cost_line,
    report,
)
from tests.changes import BEFORE, explanation, used, why, workspace_lines
from tests.laws import dear
from tests.messages.test_units import days_of, report_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from bot.analysis.groupings import Grouping
    from bot.analysis.units import UnitReport
    from bot.model import Message, Names, WorkspaceLines

NASTY = "<!channel> & `ticks` *bold* _under_ ~gone~ <@U123|bob> <https://example.com|x> @here #general ```"
LONG = (NASTY * 3)[:200]
MANY = 1000
ENOUGH = 100
"""As many as are cut off everywhere: of more than that, only the number is another."""
CHARACTERS_OF_A_MESSAGE = 13_000
CHARACTERS_OF_A_POSTED_TEXT = 40_000
CHARACTERS_OF_AN_UPDATED_TEXT = 4_000
ALLOWED = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]+>")
OUTSIDE = st.text(min_size=0, max_size=200) | st.sampled_from(
    [LONG, "", "\n", "🏦" * 200, "&" * 200, "\u202eabc", "–", "$1", "|"]
)


def answers(name: Callable[[int], str], *, many: int) -> Iterator[Message]:
    """Every message there is, over so many workspaces, and models, of these names."""
    workspaces = {f"wrkspc_{number}": name(number) for number in range(many)}
    called = names(workspaces=workspaces, api_keys=workspaces)
    models = [name(number) for number in range(12)]
    yield from anomaly_alerts(workspaces, models)
    yield _open_alerts(workspaces, models)
    yield from _answers(workspaces, models)
    yield _drift(workspaces, models)
    yield from _months(called, workspaces)
    spend = {(id_, model): "1.50" for id_ in workspaces for model in models[:2] if model}
    told = digest(
        spend=spend,
        previous=dict(list(spend.items())[many // 20 :]) | {("gone", "x" + models[0]): 20},
        names=called,
        alerts=[alert(id=number, workspace_id=f"wrkspc_{number}") for number in range(50)],
        findings=list(_held(models, many=len(workspaces))),
        unpriced=[Unpriced(model, 10**9) for model in models],
    )
    reason = why(used(BEFORE, key="wrkspc_0"), used(key="wrkspc_1", model=models[0]))
    told = replace(
        told,
        scope=", ".join(workspaces.values()),
        unmatched=tuple(workspaces.values()),
        movers=tuple(replace(mover, why=reason) for mover in told.movers),
    )
    yield digest_message(told, names=called, threshold_percent=Decimal(25), floor=usd("12.34"))
    yield nothing_called(told.period, tuple(workspaces.values()))
    yield from _words(name(0), many=many)


@functools.cache
def numbered(name: str, *, many: int) -> tuple[Message, ...]:
    """All of them where every name begins with a number and goes on like this: said once for all tests."""
    return tuple(answers(lambda number: f"{number}{name}"[:200], many=many))


NIGHT = QuietHours(since=time(22), until=time(7), timezone=ZoneInfo("America/Argentina/ComodRivadavia"))


def anomaly_alerts(workspaces: dict[str, str], models: list[str]) -> Iterator[Message]:
    called = names(workspaces=workspaces, api_keys=workspaces)
    members = [member(model=model, previous=10, current=1000 + at) for at, model in enumerate(models)]
    firing = alert(member(), *members, workspace_id="wrkspc_0")
    new = alert(member(kind=Kind.NEW, previous=0, current=10**9), workspace_id="wrkspc_0")
    resolved = replace(firing, state=AlertState.RESOLVED, resolution=Resolution.DATA_REVISED)
    reason = why(*changes(workspaces, models))
    for said, reasons in (
        (firing, reason),
        (new, reason),
        (firing, None),
        (resolved, None),
        (alert(*members, workspace_id="wrkspc_0"), reason),
        (replace(firing, workspace_id=team_id(workspaces["wrkspc_0"])), reason),
    ):
        critical = critical_line(replace(said, critical_day=YESTERDAY), usd(10**6))
        message = anomaly_alert(
            said,
            names=called,
            daily={day: usd(10**9) for day in last_days(14).days()},
            why=reasons,
            threshold_percent=Decimal(25),
            estimated=True,
            days_left_out=[YESTERDAY - timedelta(days=2 * back) for back in range(5)],
            restated=[YESTERDAY - timedelta(days=2 * back) for back in range(7)],
            data_as_of=NOW,
            critical=critical,
        )
        yield with_note(message, NIGHT, found_at=NOW)


def _open_alerts(workspaces: dict[str, str], models: list[str]) -> Message:
    return alerts_answer(
        [alert(id=number, workspace_id=id_) for number, id_ in enumerate([team_id(models[0]), *workspaces])],
        evaluation(*_held(models, many=len(workspaces)), threshold_percent="25.5", floor="12.34", estimated=True),
        names=names(workspaces=workspaces),
        floor=usd("12.34"),
        units=[_rising(models[0])],
    )


def _rising(called: str) -> UnitReport:
    """A unit whose rise is open, and whose names are as long."""
    return report_of(replace(days_of(Unit(name=called, unit=called)), rise=UnitRise(NOW, Decimal(1))))


def _held(models: list[str], *, many: int) -> Iterator[Any]:
    for number in range(many):
        yield finding(
            workspace_id=team_id(models[0]) if number % 5 == 0 else f"wrkspc_{number}",
            model=models[number % len(models)],
            status=FindingStatus.HELD,
            reason=list(Reason)[number % len(Reason)],
            kind=Kind.NOT_JUDGED if number % 7 == 0 else Kind.RISE,
        )


def _answers(workspaces: dict[str, str], models: list[str]) -> Iterator[Message]:
    by: tuple[Grouping, ...] = ("workspace", "model", "key", "day")
    spend: dict[str, str | int] = dict.fromkeys(workspaces, 10**6)
    called = names(workspaces=workspaces, api_keys=workspaces)
    for period in ("7d", "400d", "today", "last month"):
        for grouping in by:
            answer = report(
                f"{period} by {grouping}",
                spend=spend,
                previous=spend,
                names=called,
                unpriced=[Unpriced(model, 10**12) for model in models],
            )
            yield kept_answer(answer, answer_id="x" * 40)
    yield from _crosses(workspaces, models)
    yield from _reasons(workspaces, models)
    yield report_answer(report(spend=dict.fromkeys(models, 5), previous={}))
    yield report_answer(replace(report("today"), up_to=NOW, not_compared=tuple(models)))


def by_day(days: int, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each of these ids on each of the last days."""
    return product(map(str, last_days(days).days()), ids)


def _months(called: Names, workspaces: Collection[str]) -> Iterator[Message]:
    spend: dict[tuple[str, ...], int] = dict.fromkeys(by_day(31, workspaces), usd(10**6))
    high: dict[tuple[str, ...], int] = dict.fromkeys(by_day(3, workspaces), usd(10**7))
    part = MonthPart(
        beside=Organization("org", next(iter(called.workspaces.values())).name),
        spend=spend | high,
        fetched=fetched_days(last_days(45)),
        names=called,
        alerts=[alert(id=at, workspace_id=id_) for at, id_ in enumerate(list(workspaces)[:9])],
        freshness=Freshness(data_as_of=NOW, first_fetched_at=NOW, newest_day=YESTERDAY, oldest_day=None),
    )
    month = find_month([part], today=TODAY)
    for answer in (month_answer, forecast_answer):
        yield answer(month, share_id="x" * 40)


def _drift(workspaces: dict[str, str], models: list[str]) -> Message:
    rows = [
        Row(day=YESTERDAY, workspace_id=id_, model=model, billed=at, expected=0, causes={Cause.UNEXPLAINED: at * 10**9})
        for at, (id_, model) in enumerate(zip(workspaces, models, strict=False), start=1)
    ]
    found = Reconciliation(interval=last_days(7), rows=tuple(rows), unpriced=())
    return bill_drifts(found, names=names(workspaces=workspaces), organization=models[0])


def changes(workspaces: dict[str, str], models: list[str]) -> list[WorkspaceLines]:
    """Keys called like the workspaces, some of them new, and each model."""
    return [
        used(day, key=id_, model=model, output=at, uncached_input=1)
        for at, (id_, model) in enumerate(zip(workspaces, models * 5, strict=False), start=1)
        for day in (BEFORE, YESTERDAY)[at % 2 :]
    ]


def _reasons(workspaces: dict[str, str], models: list[str]) -> Iterator[Message]:
    changed = changes(workspaces, models)
    charges = workspace_lines([other_cost_line(10**6, cost_type=models[0])])
    called = names(workspaces={CHECKOUT: models[0]}, api_keys=workspaces)
    for parts in ([*changed, charges], [charges], changed[:1], []):
        yield why_answer(explanation(*parts, workspace="w", names=called), share_id="x" * 40)


def _crosses(workspaces: dict[str, str], models: list[str]) -> Iterator[Message]:
    pairs: dict[tuple[str, ...], str | int] = {(id_, model): 10**6 for id_ in workspaces for model in models[:2]}
    days: dict[tuple[str, ...], str | int] = dict.fromkeys(by_day(14, workspaces), 10**6)
    called = names(workspaces=workspaces, api_keys=workspaces)
    for text, spend in (("7d by key model", pairs), ("today by key model", pairs), ("14d by day workspace", days)):
        yield kept_answer(cross_report(text, spend=spend, previous={}, names=called), answer_id="x" * 40)


def _words(name: str, *, many: int) -> Iterator[Message]:
    yield ask_back(Ambiguous(name, [Candidate(name, f"7d {number}{name}") for number in range(many)]))
    yield help_answer(NotUnderstood(name, f"did you mean {name}?"))
    yield could_not_answer(name or "?")
    yield key_refused(settings=["ANTHROPIC_ADMIN_KEY"], now=NOW)
    yield backfill_done(
        organization=Organization("org", name),
        interval=last_days(400),
        spend={(f"wrkspc_{number}",): usd(number) for number in range(many)},
        names=names(workspaces={f"wrkspc_{number}": name for number in range(many)}),
        already_high=[alert(id=number) for number in range(50)],
        next_digest_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )
    yield status_answer(
        Status(
            organization=name,
            version="0.1.0",
            freshness=Freshness(
                data_as_of=NOW, first_fetched_at=NOW, newest_day=date(2026, 11, 22), oldest_day=date(2025, 11, 22)
            ),
            billed_up_to=date(2026, 11, 21),
            key_in_use="ANTHROPIC_ADMIN_KEY",
            next_jobs=(NextJob(name="sync", at=NOW),),
            open_alerts=many,
            troubles=(name or "?",) * 9,
        )
    )


def assert_slack_takes(message: Message) -> None:
    said = {"text": message.text, "blocks": list(message.blocks)}
    assert refuse_message(said) is None
    assert len(json.dumps(said)) <= CHARACTERS_OF_A_MESSAGE
    assert len({block["block_id"] for block in message.blocks}) == len(message.blocks)
    assert len(message.text) <= 150
    for text in (message.text, *mrkdwn_of(message)):
        assert "<" not in ALLOWED.sub("", text), text
        assert "```" not in text


def mrkdwn_of(message: Message) -> Iterator[str]:
    for block in message.blocks:
        texts = [block.get("text", {}), *block.get("fields", []), *block.get("elements", [])]
        yield from (text["text"] for text in texts if text.get("type") == "mrkdwn")


def test_a_thousand_workspaces_with_names_of_two_hundred_characters() -> None:
    for message in numbered(LONG, many=MANY):
        assert_slack_takes(message)


def test_a_thousand_workspaces_that_share_one_long_name() -> None:
    for message in answers(lambda _number: LONG, many=MANY):
        assert_slack_takes(message)


UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""An example costs a fifth of a second: shrinking takes minutes."""


@settings(dear(), phases=UNSHRUNK)
@given(OUTSIDE)
def test_whatever_a_name_is(name: str) -> None:
    for message in answers(lambda number: name if number % 2 else f"{name}{number}", many=30):
        assert_slack_takes(message)


EMOJI, AMPERSANDS = "🏦" * 200, "&" * 200


@pytest.mark.parametrize(
    ("name", "many"),
    [(LONG, MANY), (EMOJI, ENOUGH), (AMPERSANDS, ENOUGH)],
    ids=["nasty", "emoji", "ampersands"],
)
def test_the_plain_fallback_is_text_that_slack_takes(name: str, many: int) -> None:
    for message in numbered(name, many=many):
        plain = plain_message(message)
        assert plain.blocks == ()
        assert len(plain.text) <= CHARACTERS_OF_A_POSTED_TEXT
        assert "<" not in ALLOWED.sub("", plain.text)


@pytest.mark.parametrize("name", [LONG, EMOJI, AMPERSANDS], ids=["nasty", "emoji", "ampersands"])
def test_an_alert_can_be_edited_as_plain_text(name: str) -> None:
    for message in anomaly_alerts({"wrkspc_0": name}, [f"{number}{name}" for number in range(12)]):
        assert len(plain_message(message).text) <= CHARACTERS_OF_AN_UPDATED_TEXT
