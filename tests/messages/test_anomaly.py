"""An alert says what rose, by how much and why, before anything else."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.messages.anomaly import anomaly_alert
from bot.model import AlertState, Kind, Resolution, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import NOW, OPUS, YESTERDAY, alert, member, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Alert, Message

DAILY = (170, 180, 185, 190, 182, 165, 168, 172, 181, 190, 300, 310, 305, 315)
RISE = alert(
    member(previous="1240.20", current="1773.40"),
    member(model="claude-haiku-4-5", kind=Kind.NEW, previous=0, current="69.30", first_day=date(2026, 11, 17)),
    member(model=OPUS, previous=760, current="1224.10"),
    previous="1240.20",
    current="1773.40",
)


def say(said: Alert, *, estimated: bool = False, days_left_out: Sequence[date] = ()) -> Message:
    return anomaly_alert(
        said,
        names=names(),
        daily={YESTERDAY - timedelta(days=13 - back): usd(amount) for back, amount in enumerate(DAILY)},
        day=YESTERDAY,
        threshold_percent=Decimal(25),
        estimated=estimated,
        days_left_out=days_left_out,
        data_as_of=NOW,
    )


def test_a_rise_says_its_size_and_the_models_behind_it() -> None:
    message = say(RISE)
    assert message.text == snapshot(
        "🔴 Firing: checkout up 43 % this week: $1,240 → $1,773 (+$533), most of it claude-opus-5-5 +$464"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout up 43 % this week: $1,240 → $1,773 (+$533)                        │
│                                                                            │
│ Why: claude-opus-5-5 +$464, up 61 %: $760 → $1,224                         │
│ claude-haiku-4-5 +$69.30, new: $69.30 in 5 days, no baseline               │
│                                                                            │
│ State                         Average a day                                │
│ 🔴 Firing since Sat 21 Nov    $177.17 → $253.34                            │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│██████████    $300.00                              │
│ Thu ██████████████████│████████████   $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat █████████████████│██████████████  $315.00                              │
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
            ("section", "facts"),
            ("data_visualization", "chart"),
            ("context", "small_print"),
        ]
    )


def test_the_same_alert_is_the_same_message() -> None:
    assert say(RISE) == say(RISE)


def test_a_new_workspace_has_no_percentage() -> None:
    new = alert(
        member(kind=Kind.NEW, previous=0, current="84.20", first_day=date(2026, 11, 17)), previous=0, current="84.20"
    )
    assert preview_as_text(say(new)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout is new: $84.20 in 5 days, no baseline                             │
│                                                                            │
│ Why: its first spend was on Tue 17 Nov; there is nothing yet to compare it │
│ with.                                                                      │
│                                                                            │
│ State                         Average a day                                │
│ 🔴 Firing since Sat 21 Nov    $12.03                                       │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│██████████    $300.00                              │
│ Thu ██████████████████│████████████   $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat █████████████████│██████████████  $315.00                              │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_model_that_rose_alone_is_told_beside_its_workspace() -> None:
    only_model = alert(member(model=OPUS, previous="76.50", current="122.10"), previous="640.20", current="703.40")
    message = say(only_model)
    assert message.text == snapshot(
        "🔴 Firing: checkout: claude-opus-5-5 up 60 % this week: $76.50 → $122.10 (+$45.60)"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout: claude-opus-5-5 up 60 % this week: $76.50 → $122.10 (+$45.60)    │
│                                                                            │
│ Why: claude-opus-5-5 +$45.60, while the workspace as a whole is up 9.9 %:  │
│ $640.20 → $703.40                                                          │
│                                                                            │
│ State                         Average a day                                │
│ 🔴 Firing since Sat 21 Nov    $10.93 → $17.44                              │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│██████████    $300.00                              │
│ Thu ██████████████████│████████████   $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat █████████████████│██████████████  $315.00                              │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · alerts over 25 % · from the     │
│ bill · data as of 22 Nov 09:30 UTC                                         │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_an_estimate_and_days_left_out_are_said() -> None:
    message = say(RISE, estimated=True, days_left_out=(date(2026, 11, 18), date(2026, 11, 22)))
    assert message.text == snapshot(
        "🔴 Firing: checkout up 43 % this week: $1,240 → $1,773 (+$533), est., most of it claude-opus-5-5 +$464"
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ checkout up 43 % this week: $1,240 → $1,773 (+$533), est.                  │
│                                                                            │
│ Why: claude-opus-5-5 +$464, up 61 %: $760 → $1,224                         │
│ claude-haiku-4-5 +$69.30, new: $69.30 in 5 days, no baseline               │
│                                                                            │
│ State                         Average a day                                │
│ 🔴 Firing since Sat 21 Nov    $177.17 → $253.34 est.                       │
│                                                                            │
│ Daily spend of the workspace, USD est.                                     │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Thu ██████████████████│████████████   $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat █████████████████│██████████████  $315.00                              │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · Sun 22 Nov not settled yet ·    │
│ left out, for lack of one of the two weeks: Wed 18 Nov · alerts over 25 %  │
│ · est.: tokens at list prices, not the bill · data as of 22 Nov 09:30 UTC  │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_models_that_are_a_part_of_the_rise_leave_a_rest() -> None:
    message = say(alert(member(), member(model=OPUS, previous=50, current=90)))
    assert "Everything else *+$60.00*" in message.blocks[1]["text"]["text"]


def test_a_rise_without_a_model_says_so() -> None:
    assert "more of everything" in say(alert(member())).blocks[1]["text"]["text"]


def test_the_largest_models_are_named_and_the_others_counted() -> None:
    models = [member(model=f"model-{number}", previous=1, current=2 + number) for number in range(7)]
    why = say(alert(member(), *models)).blocks[1]["text"]["text"]
    assert "`model-6`" in why
    assert "`model-2`" not in why
    assert "_+3 more models_" in why


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
│ State                                   Peak                               │
│ ✅ Resolved: stable at the new level    +$640 a week                       │
│                                                                            │
│ Daily spend of the workspace, USD                                          │
│ █ 15–21 Nov  │ 8–14 Nov                                                    │
│ Sun █████████████████│                $172.00                              │
│ Mon ██████████████████│               $181.00                              │
│ Tue ███████████████████│              $190.00                              │
│ Wed ███████████████████│██████████    $300.00                              │
│ Thu ██████████████████│████████████   $310.00                              │
│ Fri █████████████████│█████████████   $305.00                              │
│ Sat █████████████████│██████████████  $315.00                              │
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
