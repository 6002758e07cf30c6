"""An alert says what rose, by how much and why, before anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.messages.anomaly import anomaly_alert
from bot.messages.numbers import change_between
from bot.model import WHOLE_ORGANIZATION, AlertState, Kind, Reason, Resolution, Spike, dollars, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CI_KEY, NOW, OPUS, YESTERDAY, alert, member, names
from tests.changes import BEFORE, used, week_that_rose, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.why import Why
    from bot.model import Alert, Message

DAILY = (170, 180, 185, 190, 182, 165, "175.50", 172, 181, 190, 300, 310, 305, 314)


def in_dollars(amount: int) -> str:
    return str(dollars(amount))


def lines_of(message: Message, block_id: str) -> str:
    """The text of one of its blocks."""
    (found,) = (block["text"]["text"] for block in message.blocks if block["block_id"] == block_id)
    return str(found)


REASON = why(*week_that_rose())
RISE = alert(
    member(previous=in_dollars(REASON.previous), current=in_dollars(REASON.current)),
    *(
        member(
            model=model.id,
            kind=Kind.RISE if model.previous else Kind.NEW,
            previous=in_dollars(model.previous),
            current=in_dollars(model.current),
            first_day=date(2026, 11, 17),
        )
        for model in REASON.models[:2]
    ),
    previous=in_dollars(REASON.previous),
    current=in_dollars(REASON.current),
)
LARGEST = change_between(REASON.models[0].previous, REASON.models[0].current)
NAMES = names(api_keys={CI_KEY: "ci", "apikey_ingest": "ingest-prod", "apikey_batch": "batch"})


def say(
    said: Alert, *, why: Why | None = REASON, estimated: bool = False, days_left_out: Sequence[date] = ()
) -> Message:
    return anomaly_alert(
        said,
        names=NAMES,
        daily={YESTERDAY - timedelta(days=13 - back): usd(str(amount)) for back, amount in enumerate(DAILY)},
        why=why,
        threshold_percent=Decimal(25),
        estimated=estimated,
        days_left_out=days_left_out,
        data_as_of=NOW,
    )


def test_a_rise_says_its_size_and_the_models_behind_it() -> None:
    message = say(RISE)
    assert message.text == snapshot(
        "🔴 Firing: checkout up 42 % this week: $1,248 → $1,772 (+$524), cache hit rate 90 % → 83 % +$354"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout up 42 % this week: $1,248 → $1,772 (+$524)                        │
│                                                                            │
│ Why: cache hit rate 90 % → 83 % +$354, more tokens +$98, dearer models     │
│ +$35, longer outputs +$35, code execution +$2. Key ingest-prod +$455 of it │
│ (first seen 21 Nov); 3 others +$69.                                        │
│ Look at: claude-opus-5-5 writes to the cache what it used to read: look    │
│ for a date or an id that changes early in the prompt.                      │
│                                                                            │
│ claude-opus-5-5 +$462, up 37 %: $1,238 → $1,700                            │
│ claude-haiku-4-5-20251001 +$60.00, new: $60.00 in 5 days, no baseline      │
│                                                                            │
│ 🔴 Firing since Sat 21 Nov                                                 │
│                                                                            │
│ Average a day        If it stays                                           │
│ $178.21 → $253.14    +$674.36 est. by 30 Nov                               │
│ Usual swing                                                                │
│ ±13 % a week                                                               │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│███████████   $300.00                              │
│ Thu ███████████████████│████████████  $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat ██████████████████│█████████████  $314.00                              │
│                                                                            │
│ [ Acknowledge ] [ Snooze ▾ ] [ Expected… ] [ Details ] [ ⋯ ]               │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_blocks_keep_their_order_and_their_ids() -> None:
    assert [(block["type"], block["block_id"]) for block in say(RISE).blocks] == snapshot(
        [
            ("header", "headline"),
            ("section", "why"),
            ("section", "models"),
            ("section", "state"),
            ("section", "facts"),
            ("data_visualization", "chart"),
            ("actions", "buttons"),
            ("context", "small_print"),
        ]
    )


def test_the_same_alert_is_the_same_message() -> None:
    assert say(RISE) == say(RISE)


def test_a_new_workspace_has_no_percentage() -> None:
    new = alert(
        member(kind=Kind.NEW, previous=0, current="84.20", first_day=date(2026, 11, 17)), previous=0, current="84.20"
    )
    assert preview_as_text(say(new, why=why(used(key="apikey_ingest", output="3.368")))) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout is new: $84.20 in 5 days, no baseline                             │
│                                                                            │
│ Why: its first spend was on Tue 17 Nov; there is nothing yet to compare it │
│ with. Key ingest-prod all of it (first seen 21 Nov).                       │
│ Look at: ingest-prod is new and sends most of the new tokens: ask its      │
│ owner whether that is meant.                                               │
│                                                                            │
│ 🔴 Firing since Sat 21 Nov                                                 │
│                                                                            │
│ Average a day    If it stays                                               │
│ $12.03           +$108.26 est. by 30 Nov                                   │
│ Usual swing                                                                │
│ ±13 % a week                                                               │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│███████████   $300.00                              │
│ Thu ███████████████████│████████████  $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat ██████████████████│█████████████  $314.00                              │
│                                                                            │
│ [ Acknowledge ] [ Snooze ▾ ] [ Expected… ] [ Details ] [ ⋯ ]               │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_model_that_rose_alone_is_told_beside_its_workspace() -> None:
    only_model = alert(member(model=OPUS, previous="75", current="120"), previous="640.20", current="703.40")
    message = say(only_model, why=why(used(BEFORE, output=3), used(output="4.8"), model=OPUS))
    assert message.text == snapshot(
        "🔴 Firing: checkout: claude-opus-5-5 up 60 % this week: $75.00 → $120.00 (+$45.00), more tokens +$45.00"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout: claude-opus-5-5 up 60 % this week: $75.00 → $120.00 (+$45.00)    │
│                                                                            │
│ Why: more tokens +$45.00. Key ci all of it.                                │
│ Look at: ci sends more of the same, so more use rather than a fault,       │
│ unless something runs too often.                                           │
│                                                                            │
│ The workspace as a whole is up 9.9 %: $640.20 → $703.40                    │
│                                                                            │
│ 🔴 Firing since Sat 21 Nov                                                 │
│                                                                            │
│ Average a day      If it stays                                             │
│ $10.71 → $17.14    +$57.86 est. by 30 Nov                                  │
│ Usual swing                                                                │
│ ±13 % a week                                                               │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│███████████   $300.00                              │
│ Thu ███████████████████│████████████  $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat ██████████████████│█████████████  $314.00                              │
│                                                                            │
│ [ Acknowledge ] [ Snooze ▾ ] [ Expected… ] [ Details ] [ ⋯ ]               │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_an_estimate_and_days_left_out_are_said() -> None:
    message = say(RISE, estimated=True, days_left_out=(date(2026, 11, 18), date(2026, 11, 22)))
    assert message.text == snapshot(
        "🔴 Firing: checkout up 42 % this week: $1,248 → $1,772 (+$524), est., cache hit rate 90 % → 83 % +$354"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout up 42 % this week: $1,248 → $1,772 (+$524), est.                  │
│                                                                            │
│ Why: cache hit rate 90 % → 83 % +$354, more tokens +$98, dearer models     │
│ +$35, longer outputs +$35, code execution +$2. Key ingest-prod +$455 of it │
│ (first seen 21 Nov); 3 others +$69.                                        │
│ Look at: claude-opus-5-5 writes to the cache what it used to read: look    │
│ for a date or an id that changes early in the prompt.                      │
│                                                                            │
│ claude-opus-5-5 +$462, up 37 %: $1,238 → $1,700                            │
│ claude-haiku-4-5-20251001 +$60.00, new: $60.00 in 5 days, no baseline      │
│                                                                            │
│ 🔴 Firing since Sat 21 Nov                                                 │
│                                                                            │
│ Average a day             If it stays                                      │
│ $178.21 → $253.14 est.    +$674.36 est. by 30 Nov                          │
│ Usual swing                                                                │
│ ±13 % a week                                                               │
│                                                                            │
│ Daily spend of the workspace, USD est.                                     │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Thu ███████████████████│████████████  $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat ██████████████████│█████████████  $314.00                              │
│                                                                            │
│ [ Acknowledge ] [ Snooze ▾ ] [ Expected… ] [ Details ] [ ⋯ ]               │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · Sun 22 Nov not settled yet ·    │
│ left out, for lack of one of the two weeks: Wed 18 Nov · alerts over 25 %  │
│ · est. where there is no bill: tokens × price · data as of 22 Nov 09:30    │
│ UTC                                                                        │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_models_that_are_a_part_of_the_rise_leave_a_rest() -> None:
    message = say(alert(member(), member(model=OPUS, previous=50, current=90)))
    assert "Everything else *+$60.00*" in lines_of(message, "models")


def test_where_nobody_looked_for_drivers_the_models_are_the_reason() -> None:
    message = say(RISE, why=None)
    assert message.text.endswith(f"most of it claude-opus-5-5 {LARGEST}")
    assert lines_of(message, "why").startswith(f"*Why:* `claude-opus-5-5` *{LARGEST}*")


def test_a_rise_without_a_model_says_so() -> None:
    assert "more of everything" in lines_of(say(alert(member()), why=None), "why")


def test_the_largest_models_are_named_and_the_others_counted() -> None:
    models = [member(model=f"model-{number}", previous=1, current=2 + number) for number in range(7)]
    shown = lines_of(say(alert(member(), *models)), "models")
    assert "`model-6`" in shown
    assert "`model-2`" not in shown
    assert "_+3 more models_" in shown


def test_a_resolved_alert_says_how_it_ended() -> None:
    ended = alert(
        member(previous=1700, current=1773, peak_increase=640),
        member(model=OPUS),
        state=AlertState.RESOLVED,
        resolution=Resolution.NEW_LEVEL,
        opened_day=date(2026, 11, 10),
        previous=1700,
        current=1773,
    )
    message = say(ended)
    assert message.text == snapshot("✅ Resolved: checkout stable at the new level: $1,773 a week, peak +$640 a week")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout stable at the new level: $1,773 a week                            │
│                                                                            │
│ The higher level has lasted, so it is the baseline from now on. Nothing    │
│ fell.                                                                      │
│ Fired on Tue 10 Nov and lasted 12 days, driven by claude-opus-5-5.         │
│                                                                            │
│ ✅ Resolved on Sat 21 Nov: stable at the new level                         │
│                                                                            │
│ Peak            Usual swing                                                │
│ +$640 a week    ±13 % a week                                               │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│███████████   $300.00                              │
│ Thu ███████████████████│████████████  $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat ██████████████████│█████████████  $314.00                              │
│                                                                            │
│ [ Details ] [ ⋯ ]                                                          │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def headline_of(resolution: Resolution) -> str:
    ended = alert(member(), state=AlertState.RESOLVED, resolution=resolution, previous=100, current=102)
    return str(say(ended).blocks[0]["text"]["text"])


def test_back_to_normal_is_not_a_new_level() -> None:
    assert headline_of(Resolution.BACK_TO_NORMAL) == snapshot("checkout back to normal: $102.00 a week")


def test_a_revised_bill_is_neither() -> None:
    assert headline_of(Resolution.DATA_REVISED) == snapshot(
        "checkout: the bill was revised, $102.00 a week and no longer a breach"
    )


def test_a_single_day_is_told_beside_the_usual_day() -> None:
    spike = Spike(YESTERDAY, usd(315), usd(178))
    one = alert(
        member(kind=Kind.DAY, previous=1200, current=1350, spike=spike),
        previous=1200,
        current=1350,
        reason=Reason.ONE_DAY,
    )
    message = say(one, why=why(used(BEFORE, output="7.2"), used(output="12.6")))
    assert message.text == snapshot(
        "🔴 Firing: checkout up 77 % on Sat 21 Nov: usually $178.00 a day, now $315.00 (+$137.00), more tokens"
    )
    assert preview_as_text(message, width=78) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout up 77 % on Sat 21 Nov: usually $178.00 a day, now $315.00         │
│ (+$137.00)                                                                 │
│                                                                            │
│ Why, against Sat 14 Nov: more tokens +$135.00. Key ci all of it.           │
│ Look at: ci sends more of the same, so more use rather than a fault,       │
│ unless something runs too often.                                           │
│                                                                            │
│ 🔴 Firing since Sat 21 Nov                                                 │
│                                                                            │
│ Average a day        Usual swing                                           │
│ $171.43 → $192.86    ±13 % a week                                          │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│███████████   $300.00                              │
│ Thu ███████████████████│████████████  $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat ██████████████████│█████████████  $314.00                              │
│                                                                            │
│ [ Acknowledge ] [ Snooze ▾ ] [ Expected… ] [ Details ] [ ⋯ ]               │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_an_alert_that_speaks_again_says_why() -> None:
    again = replace(RISE, state=AlertState.ESCALATED, escalated_day=YESTERDAY, reason=Reason.DOUBLED)
    message = say(again)
    assert message.text.startswith("🔺 Escalated: checkout up 42 % this week")
    assert "on Sat 21 Nov: the rise has doubled since it was told" in preview_as_text(message, width=200)


def test_a_price_change_is_told_of_the_organization() -> None:
    whole = alert(
        member(kind=Kind.ORGANIZATION, previous=1000, current=1500, usual_swing=None),
        workspace_id=WHOLE_ORGANIZATION,
        previous=1000,
        current=1500,
        reason=Reason.PRICE_CHANGE,
    )
    message = say(whole, why=None)
    assert message.text == snapshot("🔴 Firing: All workspaces up 50 % this week: $1,000 → $1,500 (+$500)")
    assert "Their own alerts are held for this one." in preview_as_text(message, width=200)
