"""Check: what is found, kept and queued when a day is judged; everything in one transaction, once per day and data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.contract import Contract, Override
from bot.analysis.patterns import EquallySpecific
from bot.analysis.quiet_hours import QuietHours
from bot.analysis.routing import Place, Route, Routing
from bot.jobs.check import Checker, find_why_of
from bot.jobs.judge import judge
from bot.model import (
    WHOLE_ORGANIZATION,
    AlertState,
    Interval,
    Kind,
    OutboxState,
    Posted,
    Reason,
    Resolution,
    Source,
    Spike,
    Status,
    Verb,
    usd,
)
from tests.builders import (
    CHECKOUT,
    CI_KEY,
    HAIKU,
    NOW,
    OPUS,
    ORGANIZATION,
    SEARCH,
    SONNET,
    TODAY,
    YESTERDAY,
    cost_line,
    handling,
    last_days,
    usage_line,
)
from tests.loopback import HandClock, daily, five_weeks, risen, save_bill

if TYPE_CHECKING:
    from datetime import date

    from bot.model import Finding, Posting
    from bot.snapshots import Store

DAY = timedelta(days=1)
CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=usd(10))
ROUTING = Routing(main=Place(channel="C0COSTS01"))
CHECKER = Checker(routing=ROUTING, contract=CONTRACT, now=HandClock())


def found(store: Store, *, day: date = YESTERDAY) -> list[tuple[str, str | None, Status, Reason]]:
    findings = judge(store, day=day, contract=CONTRACT).evaluation.findings
    return [(each.workspace_id, each.model, each.status, each.reason) for each in findings]


def statuses(findings: tuple[Finding, ...]) -> set[Status]:
    return {finding.status for finding in findings}


def small_print(posting: Posting) -> str:
    """What a message rests on."""
    return next(
        str(block["elements"][0]["text"]) for block in posting.message.blocks if block["block_id"] == "small_print"
    )


def restate(store: Store, day: date, dollars: str | int, *, workspace_id: str = CHECKOUT) -> None:
    """The bill changes its mind about a day."""
    only = Interval(day, day + DAY)
    save_bill(store, daily(dollars, only, workspace_id=workspace_id), interval=only, fetched_at=NOW)


# --- Judging ---


def test_a_steady_week_finds_nothing(store: Store) -> None:
    five_weeks(store, daily(100))

    assert found(store) == []


def test_a_rise_is_due_for_the_workspace_and_its_model(store: Store) -> None:
    five_weeks(store, risen(100, 140))

    assert found(store) == [
        (CHECKOUT, None, Status.DUE, Reason.ABOVE_THRESHOLD),
        (CHECKOUT, OPUS, Status.DUE, Reason.ABOVE_THRESHOLD),
    ]


def test_a_rise_below_the_floor_is_held(store: Store) -> None:
    five_weeks(store, risen("0.10", "0.20"))

    assert {(status, reason) for _, _, status, reason in found(store)} == {(Status.HELD, Reason.BELOW_FLOOR)}


def test_a_return_to_normal_is_held(store: Store) -> None:
    quiet = last_days(7, until=TODAY - 7 * DAY)
    five_weeks(store, [line if line.day not in quiet.days() else line._replace(amount=0) for line in daily(100)])

    assert {(status, reason) for _, _, status, reason in found(store)} == {(Status.HELD, Reason.RETURN_TO_NORMAL)}


def test_money_that_moved_between_models_is_held(store: Store) -> None:
    old, new = Interval(last_days(35).since, TODAY - 7 * DAY), last_days(7)
    five_weeks(store, daily(100, old), daily(100, new, model=SONNET))

    assert found(store) == [(CHECKOUT, SONNET, Status.HELD, Reason.MODEL_SHIFT)]


def test_a_new_workspace_is_due_without_a_percentage(store: Store) -> None:
    five_weeks(store, daily(100), daily(20, last_days(5), workspace_id=SEARCH))

    whole = next(
        finding for finding in judge(store, day=YESTERDAY, contract=CONTRACT).evaluation.findings if not finding.model
    )
    assert (whole.workspace_id, whole.kind, whole.status) == (SEARCH, Kind.NEW, Status.DUE)
    assert whole.change_percent is None


def test_judging_alone_writes_nothing(store: Store) -> None:
    five_weeks(store, risen(100, 140))

    judge(store, day=YESTERDAY, contract=CONTRACT)

    assert store.alerts.load_evaluation() is None
    assert store.alerts.load_open_alerts() == []
    assert store.outbox.claim_due(NOW) is None


def test_the_floor_is_half_a_percent_of_the_week_before_unless_set(store: Store) -> None:
    five_weeks(store, daily(400))

    automatic = replace(CONTRACT, min_increase=None)
    assert judge(store, day=YESTERDAY, contract=automatic).evaluation.floor == usd(14)
    assert judge(store, day=YESTERDAY, contract=CONTRACT).evaluation.floor == usd(10)


def test_a_day_that_is_missing_is_left_out_with_its_partner(store: Store) -> None:
    five_weeks(store, risen(100, 140), until=TODAY - 2 * DAY)

    judgement = judge(store, day=YESTERDAY, contract=CONTRACT)

    assert judgement.days_left_out == (TODAY - 2 * DAY, YESTERDAY)
    assert judgement.days_unknown == 0
    assert statuses(judgement.evaluation.findings) == {Status.DUE}


def test_with_too_many_days_missing_nothing_is_judged(store: Store) -> None:
    five_weeks(store, risen(100, 140), until=TODAY - 3 * DAY)

    judgement = judge(store, day=YESTERDAY, contract=CONTRACT)

    assert judgement.days_unknown == 3
    (finding,) = judgement.evaluation.findings
    assert (finding.kind, finding.status, finding.reason) == (Kind.NOT_JUDGED, Status.HELD, Reason.DAYS_MISSING)


def test_an_estimated_day_makes_the_evaluation_an_estimate(store: Store) -> None:
    save_bill(store, risen(100, 140), interval=last_days(35), source=Source.ESTIMATE)

    assert judge(store, day=YESTERDAY, contract=CONTRACT).evaluation.estimated


# --- Keeping and telling ---


def test_a_due_finding_is_announced_in_the_channel(store: Store) -> None:
    five_weeks(store, risen(100, 140))

    judgement = CHECKER.check(store, day=YESTERDAY)

    assert statuses(judgement.evaluation.findings) == {Status.ANNOUNCED}
    (alert,) = store.alerts.load_open_alerts()
    assert alert.message_key == f"alert:{alert.id}"
    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert (posting.key, posting.channel, posting.edits) == (alert.message_key, "C0COSTS01", None)
    assert "up 40 %" in posting.message.text


def used_by_more_and_more(store: Store, *, without: date | None = None) -> None:
    """Five weeks of one key that spends a hundred a day, and four days of another beside it; one day can be missing."""
    old = [(day, CI_KEY) for day in last_days(35).days()]
    new = [(day, "apikey_new") for day in last_days(4).days()]
    store.save_organization(ORGANIZATION, seen_at=NOW)
    for day in last_days(35).days():
        keys = [key for used_on, key in (*old, *new) if used_on == day]
        if day != without:
            store.ledger.save_days(
                Interval(day, day + DAY),
                cost=[cost_line(100 * len(keys), day=day)],
                usage=[usage_line(api_key_id=key, day=day) for key in keys],
                source=Source.COST_REPORT,
                fetched_at=NOW,
            )


def test_the_message_says_what_drove_the_rise_and_which_key(store: Store) -> None:
    used_by_more_and_more(store)

    CHECKER.check(store, day=YESTERDAY)

    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert posting.message.text.endswith("up 57 % this week: $700 → $1,100 (+$400), more tokens +$400")
    (reason,) = (block["text"]["text"] for block in posting.message.blocks if block["block_id"] == "why")
    assert reason.startswith(
        "*Why:* more tokens *+$400*. Key `apikey_new` all of it (first seen 18 Nov).\n*Look at:* `apikey_new` is new"
    )


def test_drivers_are_those_of_the_days_that_were_compared(store: Store) -> None:
    used_by_more_and_more(store, without=YESTERDAY - 2 * DAY)
    judgement = CHECKER.check(store, day=YESTERDAY)
    (alert,) = store.alerts.load_open_alerts()

    found = find_why_of(store, alert, judgement, store.names.load_names())

    assert found is not None
    assert (found.previous, found.current) == (alert.previous, alert.current) == (usd(600), usd(900))


def test_the_drivers_of_a_model_that_rose_alone_are_its_own(store: Store) -> None:
    five_weeks(store, daily(900), risen(20, 40, model=HAIKU))
    judgement = CHECKER.check(store, day=YESTERDAY)
    (alert,) = store.alerts.load_open_alerts()

    found = find_why_of(store, alert, judgement, store.names.load_names())

    assert found is not None
    assert (found.previous, found.current) == (usd(140), usd(280))


def test_an_alert_that_is_over_needs_no_drivers(store: Store) -> None:
    used_by_more_and_more(store)
    judgement = CHECKER.check(store, day=YESTERDAY)
    (alert,) = store.alerts.load_open_alerts()

    over = replace(alert, state=AlertState.RESOLVED)
    assert find_why_of(store, over, judgement, store.names.load_names()) is None


def test_one_message_for_a_workspace_with_its_models_as_lines(store: Store) -> None:
    five_weeks(
        store, risen(100, 140), [line._replace(series=line.series._replace(model=HAIKU)) for line in risen(9, 20)]
    )

    CHECKER.check(store, day=YESTERDAY)

    (alert,) = store.alerts.load_open_alerts()
    assert [member.model for member in alert.members] == [None, OPUS, HAIKU]
    assert store.outbox.claim_due(NOW) is not None
    assert store.outbox.claim_due(NOW) is None


def test_a_held_breach_is_kept_with_its_reason_and_not_told(store: Store) -> None:
    five_weeks(store, risen("0.10", "0.20"))

    CHECKER.check(store, day=YESTERDAY)

    evaluation = store.alerts.load_evaluation()
    assert evaluation is not None
    assert {finding.reason for finding in evaluation.findings} == {Reason.BELOW_FLOOR}
    assert store.alerts.load_open_alerts() == []
    assert store.outbox.claim_due(NOW) is None


def test_the_second_check_of_the_same_data_says_nothing_new(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    first = store.outbox.claim_due(NOW)

    again = CHECKER.check(store, day=YESTERDAY)

    assert first is not None
    assert statuses(again.evaluation.findings) == {Status.OPEN}
    assert store.outbox.claim_due(NOW) is None
    assert len(store.alerts.load_open_alerts()) == 1


def test_a_restated_day_is_judged_again_and_its_message_edited(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    restate(store, YESTERDAY, 200)

    CHECKER.check(store, day=YESTERDAY)

    (alert,) = store.alerts.load_open_alerts()
    assert alert.current == usd(6 * 140 + 200)
    edit = store.outbox.claim_due(NOW)
    assert edit is not None
    assert edit.edits == alert.message_key
    assert "· restated: Sat 21 Nov ·" in small_print(edit)


def test_what_another_workspace_was_restated_by_is_not_in_the_message(store: Store) -> None:
    five_weeks(store, risen(100, 140), daily(10, workspace_id=SEARCH))
    only = Interval(YESTERDAY, TODAY)
    both = [*daily(140, only), *daily(11, only, workspace_id=SEARCH)]
    save_bill(store, both, interval=only, fetched_at=NOW)

    CHECKER.check(store, day=YESTERDAY)

    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert "restated" not in small_print(posting)


def test_a_resolved_alert_keeps_its_numbers_whatever_the_bill_does_later(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    restate(store, YESTERDAY, 1)
    CHECKER.check(store, day=YESTERDAY)
    (resolved,) = store.alerts.load_alerts_since(YESTERDAY)
    restate(store, YESTERDAY - DAY, 2)

    CHECKER.check(store, day=YESTERDAY)

    assert resolved.state is AlertState.RESOLVED
    assert store.alerts.load_alerts_since(YESTERDAY) == [resolved]


def test_a_day_that_comes_late_is_judged_again(store: Store) -> None:
    known = [line for line in risen(100, 140) if line.day != TODAY - 3 * DAY]
    save_bill(store, known, interval=last_days(31, until=TODAY - 3 * DAY))
    save_bill(store, known, interval=last_days(2))
    CHECKER.check(store, day=YESTERDAY)
    missing = Interval(TODAY - 3 * DAY, TODAY - 2 * DAY)
    save_bill(store, daily(140, missing), interval=missing)

    judgement = CHECKER.check(store, day=YESTERDAY)

    assert judgement.days_left_out == ()
    evaluation = store.alerts.load_evaluation()
    assert evaluation is not None
    assert evaluation.findings[0].current == usd(7 * 140)


def test_an_alert_is_refreshed_each_day_by_an_edit_that_waits_for_its_post(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    five_weeks(store, risen(100, 140, days=8, until=TODAY + DAY), until=TODAY + DAY)

    CHECKER.check(store, day=TODAY)

    post = store.outbox.claim_due(NOW)
    assert post is not None
    assert store.outbox.claim_due(NOW) is None  # the edit has to wait
    store.outbox.mark_sent(post.key, Posted("C0COSTS01", "1.1"), at=NOW)
    edit = store.outbox.claim_due(NOW)
    assert edit is not None
    assert edit.edits == post.key


def test_an_alert_that_calmed_down_is_resolved_after_two_days(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    key = say(store)
    for later in (8, 9):  # a week after the rise both weeks are alike
        until = TODAY + later * DAY
        five_weeks(store, risen(100, 140, days=7 + later, until=until), until=until)
        CHECKER.check(store, day=until - DAY)

    assert store.alerts.load_open_alerts() == []
    (alert,) = store.alerts.load_alerts_since(TODAY)
    assert (alert.state, alert.resolution) == (AlertState.RESOLVED, Resolution.NEW_LEVEL)
    latest = store.outbox.load_latest(key)
    assert latest is not None
    assert latest.message.text.startswith("✅ Resolved: wrkspc_checkout stable at the new level")


def test_a_breach_that_the_bill_takes_back_resolves_as_revised(store: Store) -> None:
    five_weeks(store, risen(100, 400, days=1))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    restate(store, YESTERDAY, 150)

    CHECKER.check(store, day=YESTERDAY)

    (alert,) = store.alerts.load_alerts_since(YESTERDAY)
    assert alert.resolution is Resolution.DATA_REVISED


# --- One day, growth, prices, levels ---


def test_a_single_day_far_above_the_usual_is_announced(store: Store) -> None:
    five_weeks(store, risen(100, 250, days=1))

    CHECKER.check(store, day=YESTERDAY)

    (alert,) = store.alerts.load_open_alerts()
    assert (alert.members[0].kind, alert.members[0].spike) == (Kind.DAY, Spike(YESTERDAY, usd(250), usd(100)))
    assert alert.reason is Reason.ONE_DAY
    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert "up 150 % on Sat 21 Nov" in posting.message.text


def test_the_drivers_of_a_single_day_are_against_the_same_weekday(store: Store) -> None:
    five_weeks(store, risen(100, 250, days=1))
    judgement = CHECKER.check(store, day=YESTERDAY)
    (alert,) = store.alerts.load_open_alerts()

    found = find_why_of(store, alert, judgement, store.names.load_names())

    assert found is not None
    assert (found.previous, found.current) == (usd(100), usd(250))


def test_growth_is_kept_and_said_in_the_same_message(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    key = say(store)
    five_weeks(
        store, risen(100, 140, days=8, until=TODAY), daily(2000, Interval(TODAY, TODAY + DAY)), until=TODAY + DAY
    )

    CHECKER.check(store, day=TODAY)

    (alert,) = store.alerts.load_open_alerts()
    assert (alert.state, alert.reason, alert.escalated_day) == (AlertState.ESCALATED, Reason.DOUBLED, TODAY)
    edit = store.outbox.claim_due(NOW)
    assert edit is not None
    assert edit.edits == key
    assert "Escalated" in edit.message.text


def test_a_silent_alert_speaks_when_it_grows(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check_first(store, day=YESTERDAY)
    grown = Interval(TODAY, TODAY + DAY)
    five_weeks(store, risen(100, 140, days=8, until=TODAY), daily(2000, grown), until=TODAY + DAY)

    CHECKER.check(store, day=TODAY)

    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert posting.edits is None


def test_a_price_change_is_one_message_for_the_organization(store: Store) -> None:
    save_priced(store, before=100, after=150)

    judgement = CHECKER.check(store, day=YESTERDAY)

    assert judgement.evaluation.findings[0].kind is Kind.ORGANIZATION
    (alert,) = store.alerts.load_open_alerts()
    assert (alert.workspace_id, alert.current) == (WHOLE_ORGANIZATION, usd(3 * 7 * 150))
    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert "All workspaces up 50 % this week" in posting.message.text
    assert store.outbox.claim_due(NOW) is None


def test_an_organization_alert_ends_when_the_new_prices_are_usual(store: Store) -> None:
    save_priced(store, before=100, after=150)
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    for later in (8, 9):
        until = TODAY + later * DAY
        save_priced(store, before=100, after=150, days=7 + later, until=until)
        CHECKER.check(store, day=until - DAY)

    (alert,) = store.alerts.load_alerts_since(TODAY)
    assert (alert.workspace_id, alert.resolution) == (WHOLE_ORGANIZATION, Resolution.NEW_LEVEL)


def test_a_workspaces_alert_goes_to_the_channel_of_its_route(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    route = Route(workspace=CHECKOUT, place=Place(channel="C0OTHER01"))

    replace(CHECKER, routing=replace(ROUTING, routes=(route,))).check(store, day=YESTERDAY)

    posting = store.outbox.claim_due(NOW)
    assert posting is not None
    assert posting.channel == "C0OTHER01"


CALLING = replace(
    CHECKER,
    contract=replace(CONTRACT, critical=usd(50)),
    routing=Routing(main=Place(channel="C0COSTS01", mention="S0ONCALL1")),
)
CALL = "<!subteam^S0ONCALL1>"


def calls(posting: Posting | None) -> bool:
    """Whether a message calls the user group."""
    assert posting is not None
    return any(CALL in block.get("text", {}).get("text", "") for block in posting.message.blocks)


def test_a_critical_alert_calls_the_user_group(store: Store) -> None:
    five_weeks(store, risen(100, 150))
    CALLING.check(store, day=YESTERDAY)

    posting = store.outbox.claim_due(NOW)

    assert calls(posting)
    assert posting is not None
    assert posting.message.text.startswith("🚨 Critical: wrkspc_checkout up 50 %")


def test_one_that_is_not_critical_calls_nobody(store: Store) -> None:
    five_weeks(store, risen(100, 149))
    CALLING.check(store, day=YESTERDAY)

    assert not calls(store.outbox.claim_due(NOW))


def test_one_that_becomes_critical_calls_in_its_thread_and_the_edit_calls_nobody(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CALLING.check(store, day=YESTERDAY)
    say(store)
    later = TODAY + 2 * DAY
    five_weeks(store, risen(100, 140, days=8, until=TODAY + DAY), daily(170, Interval(TODAY + DAY, later)), until=later)

    CALLING.check(store, day=TODAY + DAY)

    edit = store.outbox.claim_due(NOW)
    assert edit is not None
    assert not calls(edit)
    assert "*Critical* on Mon 23 Nov: $50 a day or more" in str(edit.message.blocks)
    store.outbox.mark_sent(edit.key, Posted(edit.channel, "1.1"), at=NOW)
    reply = store.outbox.claim_due(NOW)
    assert calls(reply)
    assert reply is not None
    assert reply.also_in_channel


# --- Quiet hours ---

MORNING = datetime.combine(TODAY, time(10), UTC)
NIGHT = QuietHours(since=time(22), until=time(10), timezone=UTC)
HUSHED = replace(CHECKER, quiet=NIGHT)
NOTE = "🌙 held since <!date^1795339800^"


def notes(posting: Posting | None) -> list[str]:
    """What a message says of its having been held."""
    assert posting is not None
    return [block["elements"][0]["text"] for block in posting.message.blocks if block["block_id"] == "held"]


def test_in_quiet_hours_an_alert_waits_for_the_morning_and_says_so(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    HUSHED.check(store, day=YESTERDAY)

    assert store.outbox.claim_due(MORNING - DAY / 86_400) is None
    (note,) = notes(store.outbox.claim_due(MORNING))
    assert note.startswith(NOTE)
    assert note.endswith("for the quiet hours, 22:00 to 10:00 UTC")


def test_out_of_them_it_is_said_at_once(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    early = QuietHours(since=time(22), until=time(7), timezone=UTC)
    replace(CHECKER, quiet=early).check(store, day=YESTERDAY)

    assert notes(store.outbox.claim_due(NOW)) == []


def test_a_critical_alert_waits_for_nothing(store: Store) -> None:
    five_weeks(store, risen(100, 150))
    replace(CALLING, quiet=NIGHT).check(store, day=YESTERDAY)

    posting = store.outbox.claim_due(NOW)
    assert calls(posting)
    assert notes(posting) == []


def test_in_quiet_hours_a_message_is_edited_and_its_thread_waits(store: Store) -> None:
    five_weeks(store, risen(100, 140, days=8))
    CHECKER.check(store, day=YESTERDAY - DAY)
    say(store)
    five_weeks(store, risen(100, 400, days=8))

    HUSHED.check(store, day=YESTERDAY)

    edit = store.outbox.claim_due(NOW)
    assert edit is not None
    assert edit.edits == "alert:1"
    assert notes(edit) == []
    assert store.outbox.claim_due(NOW) is None
    store.outbox.mark_sent(edit.key, Posted(edit.channel, "1.1"), at=NOW)
    reply = store.outbox.claim_due(MORNING)
    assert reply is not None
    assert (reply.replies_to, reply.also_in_channel) == ("alert:1", True)
    assert len(notes(reply)) == 1


def test_an_edit_of_what_still_waits_goes_on_saying_so(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    HUSHED.check(store, day=YESTERDAY)
    restate(store, YESTERDAY, 150)

    HUSHED.check(store, day=YESTERDAY)

    say_at(store, MORNING)
    (note,) = notes(store.outbox.claim_due(MORNING))
    assert note.startswith(NOTE)


def test_two_overrides_that_cannot_be_told_apart_are_said_and_leave_nothing_behind(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    alike = tuple(Override(workspace=each, mute=mute) for each, mute in (("wrkspc_*", True), ("*heckout", False)))
    levels = replace(CONTRACT, overrides=alike)

    with pytest.raises(EquallySpecific):
        replace(CHECKER, contract=levels).check(store, day=YESTERDAY)

    assert store.alerts.load_evaluation() is None


# --- The first evaluation ever ---


def test_what_was_high_the_day_before_the_first_check_is_opened_silently(store: Store) -> None:
    five_weeks(store, risen(100, 200))

    (alert,) = CHECKER.check_first(store, day=YESTERDAY)
    judgement = CHECKER.check(store, day=YESTERDAY)

    assert alert.message_key is None
    assert statuses(judgement.evaluation.findings) == {Status.OPEN}
    assert store.outbox.claim_due(NOW) is None


def test_what_rose_on_the_very_day_of_the_first_check_is_told(store: Store) -> None:
    five_weeks(store, risen(100, 500, days=1))

    assert CHECKER.check_first(store, day=YESTERDAY) == []
    CHECKER.check(store, day=YESTERDAY)

    assert store.outbox.claim_due(NOW) is not None


def test_a_silent_alert_ends_silently(store: Store) -> None:
    five_weeks(store, risen(100, 200))
    CHECKER.check_first(store, day=YESTERDAY)
    for later in (8, 9):
        until = TODAY + later * DAY
        five_weeks(store, risen(100, 200, days=7 + later, until=until), until=until)
        CHECKER.check(store, day=until - DAY)

    assert store.alerts.load_open_alerts() == []
    assert store.outbox.claim_due(NOW) is None


def test_a_second_first_check_finds_nothing_more(store: Store) -> None:
    five_weeks(store, risen(100, 200))

    assert len(CHECKER.check_first(store, day=YESTERDAY)) == 1
    assert CHECKER.check_first(store, day=YESTERDAY) == []


def test_with_too_little_history_nothing_is_opened_silently(store: Store) -> None:
    save_bill(store, risen(100, 200), interval=last_days(8))

    assert CHECKER.check_first(store, day=YESTERDAY) == []


def test_an_error_in_between_leaves_nothing_behind(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    nowhere = Place(channel=None)  # type: ignore[arg-type]  # no column takes it
    broken = replace(CHECKER, routing=Routing(main=nowhere))

    with pytest.raises(Exception, match="NOT NULL"):
        broken.check(store, day=YESTERDAY)

    assert store.alerts.load_evaluation() is None
    assert store.alerts.load_open_alerts() == []


def save_priced(
    store: Store, *, before: int, after: int, days: int = 7, until: date = TODAY, workspaces: int = 3
) -> None:
    """Five weeks of the same tokens a day in some workspaces, dearer on the last days."""
    window = last_days(35, until=until)
    ids = [f"wrkspc_{number}" for number in range(workspaces)]
    cost = [line for each in ids for line in risen(before, after, days=days, until=until, workspace_id=each)]
    usage = [usage_line(day=day, workspace_id=each) for each in ids for day in window.days()]
    store.save_organization(ORGANIZATION, seen_at=NOW)
    settled = datetime.combine(until, time(4), UTC)
    store.ledger.save_days(window, cost=cost, usage=usage, source=Source.COST_REPORT, fetched_at=settled)


def say(store: Store) -> str:
    """Slack takes the one posting that is due; its key."""
    return say_at(store, NOW)


def say_at(store: Store, now: datetime) -> str:
    """The same at another time."""
    posting = store.outbox.claim_due(now)
    assert posting is not None
    store.outbox.mark_sent(posting.key, Posted(posting.channel, "1.1"), at=now)
    sent = store.outbox.load_posting(posting.key)
    assert sent is not None
    assert sent.state is OutboxState.SENT
    return posting.key


# --- What the thread is told ---


def replies(store: Store) -> list[tuple[str, str, bool]]:
    """What is queued for the thread: key, notification, whether the channel sees it."""
    due: list[tuple[str, str, bool]] = []
    while (posting := store.outbox.claim_due(NOW)) is not None:
        store.outbox.mark_sent(posting.key, Posted(posting.channel, "1.2"), at=NOW)
        if posting.replies_to is not None:
            due.append((posting.key, posting.message.text, posting.also_in_channel))
    return due


def go_on(store: Store, dollars: int, *, days: int, of: int = 140) -> None:
    """The rise goes on for some days, and is judged on each; the last one costs this much."""
    for later in range(1, days + 1):
        until = TODAY + later * DAY
        rise = risen(100, of, days=7 + later, until=until)
        last = Interval(until - DAY, until)
        kept = [line for line in rise if line.day not in last.days()]
        five_weeks(store, kept, daily(dollars if later == days else of, last), until=until)
        CHECKER.check(store, day=until - DAY)


def test_a_day_that_only_goes_on_is_told_in_no_thread(store: Store) -> None:
    five_weeks(store, risen(100, 200, days=3))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    five_weeks(store, risen(100, 200, days=4, until=TODAY + DAY), until=TODAY + DAY)

    CHECKER.check(store, day=TODAY)

    assert replies(store) == []


def test_an_escalation_is_told_in_the_thread_and_to_the_channel(store: Store) -> None:
    five_weeks(store, risen(100, 200, days=3))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    five_weeks(store, risen(100, 600, days=4, until=TODAY + DAY), until=TODAY + DAY)

    CHECKER.check(store, day=TODAY)

    ((key, text, also_in_channel),) = replies(store)
    assert (key, also_in_channel) == ("alert:1:escalated:2026-11-22", True)
    assert text.startswith("🔺 Escalated: wrkspc_checkout up")


def test_the_thread_is_reminded_on_day_3_and_the_channel_is_not(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    say(store)

    go_on(store, 140, days=4)

    assert replies(store) == [("alert:1:reminder:3", "⏰ Day 3: still firing, nobody has acknowledged it", False)]


def test_what_was_acknowledged_is_not_reminded_of(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    (alert,) = store.alerts.load_open_alerts()
    store.alerts.save_handled(replace(alert, state=AlertState.ACKNOWLEDGED), handling())

    go_on(store, 140, days=4)

    assert replies(store) == []
    latest = store.outbox.load_latest("alert:1")
    assert latest is not None
    assert latest.message.text.startswith("👀 Acknowledged: wrkspc_checkout up")


def test_the_end_is_told_in_the_thread_with_what_it_cost(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    go_on(store, 140, days=9)

    *_, (key, text, also_in_channel) = replies(store)

    assert key.startswith("alert:1:resolved:")
    assert (text, also_in_channel) == ("✅ Resolved: stable at the new level", False)
    latest = store.outbox.load_latest("alert:1")
    assert latest is not None
    assert "$520.00 in all" in str(latest.message.blocks)


def test_what_is_expected_is_held_and_told_again_if_it_doubles(store: Store) -> None:
    five_weeks(store, risen(100, 200, days=3))
    CHECKER.check(store, day=YESTERDAY)
    say(store)
    (alert,) = store.alerts.load_open_alerts()
    closed = replace(alert, state=AlertState.EXPECTED)
    store.alerts.save_handled(closed, handling(Verb.EXPECT, last_day=TODAY + 7 * DAY))
    five_weeks(store, risen(100, 200, days=4, until=TODAY + DAY), until=TODAY + DAY)

    assert {reason for _, _, _, reason in found(store, day=TODAY)} == {Reason.EXPECTED}
    CHECKER.check(store, day=TODAY)
    assert store.alerts.load_open_alerts() == []

    five_weeks(store, risen(100, 600, days=4, until=TODAY + DAY), until=TODAY + DAY)
    CHECKER.check(store, day=TODAY)
    (again,) = store.alerts.load_open_alerts()
    assert (again.id, again.state) == (alert.id + 1, AlertState.FIRING)


def test_after_its_last_day_a_new_breach_is_told(store: Store) -> None:
    five_weeks(store, risen(100, 140))
    CHECKER.check(store, day=YESTERDAY)
    (alert,) = store.alerts.load_open_alerts()
    closed = replace(alert, state=AlertState.EXPECTED)
    store.alerts.save_handled(closed, handling(Verb.EXPECT, last_day=YESTERDAY - 7 * DAY))

    assert {status for _, _, status, _ in found(store)} == {Status.DUE}
