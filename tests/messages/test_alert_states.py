"""What people and time make of an alert's message, its thread and its windows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from inline_snapshot import snapshot

from bot.analysis.alert import Event
from bot.analysis.lifecycle import Refusal
from bot.messages import alert_answers, alert_thread
from bot.messages.alert_state import critical_line, opening, state_line, with_state
from bot.messages.alert_views import details_view, expected_view
from bot.model import WHOLE_ORGANIZATION, Alert, AlertState, Interval, Reason, Resolution, Verb, usd
from bot.sandbox.slack.limits import refuse_message, refuse_view
from tests.builders import NOW, TODAY, YESTERDAY, alert, handling, last_days, member
from tests.changes import explanation, week_that_rose
from tests.messages.test_anomaly import RISE, say

DAY = timedelta(days=1)
NASTY = ("<!channel> & `ticks` *bold* <@U123|bob> " * 10)[:300]
ACKNOWLEDGED = alert(state=AlertState.ACKNOWLEDGED, handling=handling())
SNOOZED = alert(state=AlertState.SNOOZED, handling=handling(Verb.SNOOZE, until=NOW + 3 * DAY))
LAUNCH = handling(Verb.EXPECT, last_day=TODAY, reason="launch")
EXPECTED = alert(
    state=AlertState.EXPECTED,
    handling=handling(Verb.EXPECT, last_day=TODAY + 8 * DAY, reason="launch of the new search"),
)
NOISE = alert(state=AlertState.ACKNOWLEDGED, handling=handling(Verb.NOISE))
ESCALATED = replace(alert(state=AlertState.ESCALATED, reason=Reason.DOUBLED), escalated_day=TODAY)
RESOLVED = alert(state=AlertState.RESOLVED, resolution=Resolution.NEW_LEVEL, judged_day=YESTERDAY + 12 * DAY)
STATES = (alert(), ESCALATED, ACKNOWLEDGED, NOISE, SNOOZED, EXPECTED, RESOLVED)


def read(text: str) -> str:
    """Text as it is read where instants are not shown in the reader's zone."""
    return re.sub(r"<!date\^[^|]+\|([^>]+)>", r"\1", text)


# --- The state ---


def test_each_state_says_who_and_when() -> None:
    assert [read(state_line(each)) for each in STATES] == snapshot(
        [
            "🔴 *Firing* since Sat 21 Nov",
            "🔺 *Escalated* on Sun 22 Nov: the rise has doubled since it was told · firing since Sat 21 Nov",
            "👀 *Acknowledged* by <@U0ALICE01>, 22 Nov 09:30 UTC · firing since Sat 21 Nov",
            "🔇 *Called noise* by <@U0ALICE01>, 22 Nov 09:30 UTC · firing since Sat 21 Nov",
            "💤 *Snoozed* until 25 Nov 09:30 UTC by <@U0ALICE01> · firing since Sat 21 Nov",
            "📌 *Expected* up to Mon 30 Nov, by <@U0ALICE01>: “launch of the new search” · fired on Sat 21 Nov",
            "✅ *Resolved* on Thu 3 Dec: stable at the new level",
        ]
    )


def test_a_critical_alert_says_so_until_somebody_answers() -> None:
    critical = replace(alert(), critical_day=YESTERDAY)
    assert opening(critical) == "🚨 Critical"
    assert critical_line(critical, usd(500), mention="S0ONCALL1") == (
        "🚨 *Critical* on Sat 21 Nov: $500 a day or more above the week before <!subteam^S0ONCALL1>"
    )
    assert opening(replace(critical, state=AlertState.ACKNOWLEDGED)) == "👀 Acknowledged"
    assert opening(replace(critical, state=AlertState.RESOLVED)) == "✅ Resolved"


def test_what_never_was_critical_has_no_such_line() -> None:
    assert critical_line(alert(), usd(500), mention="S0ONCALL1") == ""
    assert opening(alert()) == "🔴 Firing"


@pytest.mark.parametrize("mention", ["<!channel>", "U0ALICE01", "S0> <!here"])
def test_only_a_user_group_is_called(mention: str) -> None:
    line = critical_line(replace(alert(), critical_day=YESTERDAY), usd(500), mention=mention)
    assert line.endswith("above the week before")


def test_a_broken_snooze_says_so() -> None:
    assert "grown fourfold" in state_line(replace(ESCALATED, reason=Reason.QUADRUPLED))


def test_of_a_resolved_alert_the_last_click_stays() -> None:
    assert state_line(replace(RESOLVED, handling=handling())).endswith(" · acknowledged by <@U0ALICE01>")


@pytest.mark.parametrize("reason", [NASTY, "", "\n\n"])
def test_whatever_somebody_typed_mentions_nobody(reason: str) -> None:
    said = replace(EXPECTED, handling=handling(Verb.EXPECT, last_day=TODAY, reason=reason))

    assert "<!" not in state_line(said)
    assert "<@U123" not in state_line(said)
    assert len(state_line(said)) < 3000


def test_who_clicked_can_be_nothing_but_a_person() -> None:
    assert "by somebody" in state_line(replace(ACKNOWLEDGED, handling=handling(user="!channel")))


def test_each_state_has_its_buttons() -> None:
    buttons = {
        each.state: [element["action_id"] for block in say(shown(each)).blocks for element in elements(block)]
        for each in STATES
    }
    assert buttons == snapshot(
        {
            AlertState.FIRING: ["alert_acknowledge", "alert_snooze", "alert_expect", "alert_details", "alert_more"],
            AlertState.ESCALATED: ["alert_acknowledge", "alert_snooze", "alert_expect", "alert_details", "alert_more"],
            AlertState.ACKNOWLEDGED: ["alert_snooze", "alert_expect", "alert_details", "alert_more"],
            AlertState.SNOOZED: ["alert_acknowledge", "alert_snooze", "alert_expect", "alert_details", "alert_more"],
            AlertState.EXPECTED: ["alert_details"],
            AlertState.RESOLVED: ["alert_details", "alert_more"],
        }
    )


def elements(block: dict[str, object]) -> list[dict[str, str]]:
    found = block["elements"] if block["type"] == "actions" else []
    assert isinstance(found, list)
    return found


def shown(state: Alert) -> Alert:
    """The alert that rose, in the state of another."""
    return replace(
        RISE,
        state=state.state,
        handling=state.handling,
        resolution=state.resolution,
        reason=state.reason,
        escalated_day=state.escalated_day,
    )


@pytest.mark.parametrize("state", STATES, ids=lambda each: each.state)
def test_a_change_of_state_gives_what_a_new_message_would_be(state: Alert) -> None:
    after = shown(state)
    changed = with_state(say(RISE), after)

    assert [block["block_id"] for block in changed.blocks] == [block["block_id"] for block in say(RISE).blocks]
    if state.state is not AlertState.RESOLVED:
        assert changed == say(after)


def test_names_in_a_notification_stay_escaped_whatever_the_state() -> None:
    told = replace(say(RISE), text="🔴 Firing: R&amp;D &lt;x&gt; up 43 %")

    assert with_state(told, ACKNOWLEDGED).text == "👀 Acknowledged: R&amp;D &lt;x&gt; up 43 %"


# --- The thread ---


def test_the_thread_has_the_history() -> None:
    told = [
        alert_thread.escalated(ESCALATED, say(RISE)),
        alert_thread.handled(handling()),
        alert_thread.handled(handling(Verb.SNOOZE, until=NOW + 3 * DAY)),
        alert_thread.handled(LAUNCH),
        alert_thread.handled(handling(Verb.NOISE)),
        alert_thread.awake(SNOOZED, ""),
        alert_thread.reminder(alert(), 3, mark=" est."),
        alert_thread.reopened(alert(), ""),
        alert_thread.resolved(RESOLVED, usd(640), ""),
        alert_thread.resolved(RESOLVED, None, ""),
    ]

    assert [(each.text, read(each.blocks[0]["text"]["text"])) for each in told] == snapshot(
        [
            (
                "🔺 Escalated: checkout up 42 % this week: $1,248 → $1,772 (+$524)",
                """\
🔺 *Escalated*: the rise has doubled since it was told.
*checkout up 42 % this week: $1,248 → $1,772 (+$524)*\
""",
            ),
            ("👀 Acknowledged", "👀 <@U0ALICE01> acknowledged this. No more reminders, unless the rise doubles."),
            (
                "💤 Snoozed",
                "💤 <@U0ALICE01> snoozed this until 25 Nov 09:30 UTC. Four times the rise breaks it.",
            ),
            (
                "📌 Expected",
                "📌 <@U0ALICE01> expects this up to Sun 22 Nov: “launch”. Closed; twice the rise is a new alert.",
            ),
            ("🔇 Called noise", "🔇 <@U0ALICE01> called this noise. That counts in the digest."),
            (
                "🔴 Firing again: the snooze is over",
                "🔴 *Firing again*: the snooze is over and spend is still up. Now $100.00 → $200.00 (*+$100.00*).",
            ),
            (
                "⏰ Day 3: still firing, nobody has acknowledged it",
                "⏰ *Day 3*: still firing, and nobody has acknowledged it. Now $100.00 → $200.00 (*+$100.00*) est.",
            ),
            (
                "🔴 Firing again: the rise is back",
                "🔴 *Firing again*: the rise is back, so soon after its end. Now $100.00 → $200.00 (*+$100.00*).",
            ),
            (
                "✅ Resolved: stable at the new level",
                "✅ *Resolved*: stable at the new level after 13 days. In all $640.00 above the level before.",
            ),
            ("✅ Resolved: stable at the new level", "✅ *Resolved*: stable at the new level after 13 days."),
        ]
    )


def test_a_day_that_only_goes_on_is_no_history() -> None:
    assert alert_thread.after(Event.REFRESHED, alert(), root=say(RISE), excess=None, mark="") is None


# --- Answers to whoever clicked ---


def test_whoever_is_too_late_hears_who_was_faster() -> None:
    told = {
        refusal: read(alert_answers.refused(each, refusal).text).removesuffix(" Nothing changed.")
        for refusal, each in (
            (Refusal.RESOLVED, RESOLVED),
            (Refusal.EXPECTED, replace(EXPECTED, handling=LAUNCH)),
            (Refusal.ACKNOWLEDGED, ACKNOWLEDGED),
            (Refusal.SNOOZED, SNOOZED),
            (Refusal.NOISE, NOISE),
        )
    }
    assert told == snapshot(
        {
            Refusal.RESOLVED: "This alert was resolved on Thu 3 Dec.",
            Refusal.EXPECTED: "<@U0ALICE01> closed this alert as expected, 22 Nov 09:30 UTC: “launch”.",
            Refusal.ACKNOWLEDGED: "<@U0ALICE01> has already acknowledged this alert, 22 Nov 09:30 UTC.",
            Refusal.SNOOZED: "<@U0ALICE01> has already snoozed this alert until 25 Nov 09:30 UTC.",
            Refusal.NOISE: "<@U0ALICE01> has already called this alert noise, 22 Nov 09:30 UTC.",
        }
    )
    assert not any("\n" in line for line in told.values())


# --- Limits ---


@pytest.mark.parametrize("reason", ["launch", NASTY])
def test_slack_takes_each_state(reason: str) -> None:
    for state in (*STATES, replace(EXPECTED, handling=handling(Verb.EXPECT, last_day=TODAY, reason=reason))):
        message = say(shown(state))
        assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None


@pytest.mark.parametrize("subject", ["checkout up 43 %", NASTY, ""])
def test_slack_takes_the_windows(subject: str) -> None:
    assert refuse_view(expected_view(subject, today=TODAY, carries="1-20261121-00000000 C0COSTS01")) is None
    daily = {day: usd(10**7) for day in last_days(14).days()}
    for why in (None, explanation(*week_that_rose(), workspace=subject or "x")):
        view = details_view(RISE, why, subject=subject or "x", week=last_days(7), daily=daily)
        assert refuse_view(view) is None


def test_a_day_without_data_is_a_dash_in_the_details() -> None:
    week = Interval(YESTERDAY, TODAY)
    view = details_view(
        alert(member(), workspace_id=WHOLE_ORGANIZATION), None, subject="All", week=week, daily={YESTERDAY: usd(9)}
    )
    (days,) = (block["text"]["text"] for block in view["blocks"] if block["block_id"] == "days")
    assert days == snapshot("""\
*By day*
```
            Week before  This week
Sat 21 Nov            –      $9.00
```\
""")
