"""What is open, and what was kept back with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.messages.alerts import alerts_answer, open_alert_line
from bot.model import AlertState, Kind, Reason, Status
from bot.terminal.slack_preview import preview_as_text
from tests.builders import HAIKU, OPUS, SEARCH, YESTERDAY, alert, evaluation, finding, handling, names
from tests.messages.test_units import FIRING, RISEN, report_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.model import Alert, Finding, Message


def say(
    open_alerts: Sequence[Alert] = (), findings: Sequence[Finding] = (), *, day: date | None = YESTERDAY
) -> Message:
    judged = None if day is None else evaluation(*findings, day=day, floor="12.50")
    return alerts_answer(open_alerts, judged, names=names(), floor=judged.floor if judged else None)


def test_a_rise_per_unit_is_open_as_an_alert_is() -> None:
    tickets = report_of(replace(RISEN, rise=FIRING))
    judged = evaluation(day=YESTERDAY, floor="12.50")

    message = alerts_answer([alert()], judged, names=names(), floor=judged.floor, units=[tickets])

    assert message.text == "2 open alerts"
    assert "🔴 `tickets` up 42 %: $0.395 → $0.561 per `ticket`, firing since Sun 22 Nov" in str(message.blocks)


def test_a_rise_is_open_also_where_nothing_else_was_judged_or_counted() -> None:
    tickets = report_of(replace(RISEN, counts={}, rise=FIRING))

    message = alerts_answer([], None, names=names(), floor=None, units=[tickets])

    assert "🔴 `tickets` from $0.395 per `ticket`, firing since Sun 22 Nov" in str(message.blocks)


def held(reason: Reason, *, model: str | None = None, current: int = 200, kind: Kind = Kind.RISE) -> Finding:
    return finding(workspace_id=SEARCH, model=model, current=current, kind=kind, status=Status.HELD, reason=reason)


def test_open_alerts_come_before_what_was_kept_back() -> None:
    message = say(
        [alert()],
        [
            finding(status=Status.OPEN),
            held(Reason.BELOW_FLOOR, model=HAIKU, current=130),
            held(Reason.BELOW_FLOOR, model=OPUS, current=131),
            held(Reason.RETURN_TO_NORMAL),
            held(Reason.MODEL_SHIFT, model=OPUS, current=260, kind=Kind.MODEL_SHIFT),
        ],
    )
    assert message.text == snapshot(
        "1 open alert. Over 25 % but not announced: 2 under the $12.50 floor, "
        "1 back to normal after a quiet week and 1 moved between models."
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ 🔴 1 open alert                                                            │
│                                                                            │
│ 🔴 checkout up 100 %: $100.00 → $200.00, firing since Sat 21 Nov           │
│                                                                            │
│ Over 25 % but not announced: 2 under the $12.50 floor, 1 back to normal    │
│ after a quiet week and 1 moved between models.                             │
│                                                                            │
│ ╭───────────┬──────────┬────────────────┬────────────╮                     │
│ │ Workspace │     Rise │ Kept because   │ Model      │                     │
│ ├───────────┼──────────┼────────────────┼────────────┤                     │
│ │ search    │ +$160.00 │ model shift    │ opus-5-5   │                     │
│ │ search    │ +$100.00 │ back to normal │ all models │                     │
│ │ search    │  +$31.00 │ too small      │ opus-5-5   │                     │
│ │ search    │  +$30.00 │ too small      │ haiku-4-5  │                     │
│ ╰───────────┴──────────┴────────────────┴────────────╯                     │
│                                                                            │
│ 7 UTC days up to Sat 21 Nov against the 7 before · alerts over 25 % · from │
│ the bill                                                                   │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_models_rise_is_not_told_again_beside_its_workspaces() -> None:
    message = say(
        [],
        [
            held(Reason.BELOW_FLOOR),
            held(Reason.BELOW_FLOOR, model=OPUS, current=195),
            held(Reason.MUTED, model=HAIKU, current=190),
        ],
    )

    assert "1 under the $12.50 floor and 1 muted" in message.text
    (table,) = [block for block in message.blocks if block["type"] == "table"]
    assert [row[3]["text"] for row in table["rows"][1:]] == ["all models", "haiku-4-5"]


def test_nothing_open_and_nothing_kept_back() -> None:
    assert preview_as_text(say()) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ✅ No open alerts                                                          │
│                                                                            │
│ 7 UTC days up to Sat 21 Nov against the 7 before · alerts over 25 % · from │
│ the bill                                                                   │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_before_the_first_evaluation_nothing_is_well() -> None:
    assert preview_as_text(say(day=None)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Nothing was judged yet                                                     │
│                                                                            │
│ The first check runs when the days of two weeks are there. /claudecost     │
│ status shows how far the sync is.                                          │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_what_could_not_be_judged_is_no_breach() -> None:
    message = say(findings=[held(Reason.DAYS_MISSING, kind=Kind.NOT_JUDGED)])
    assert message.text == snapshot("No open alerts. Not judged for missing days: 1 workspace.")


def test_ten_are_shown_and_the_others_counted() -> None:
    message = say(findings=[held(Reason.BELOW_FLOOR, current=130 + number) for number in range(30)])
    table = next(block for block in message.blocks if block["type"] == "table")
    assert [cell["text"] for cell in table["rows"][-1]] == snapshot(["+20 more", "+$790.00", "–", "–"])


def test_an_alert_that_somebody_took_on_says_who() -> None:
    taken = alert(state=AlertState.ACKNOWLEDGED, handling=handling())
    line = open_alert_line(taken, names())
    assert line.startswith("👀 `checkout` up 100 %: $100.00 → $200.00, acknowledged by <@U0ALICE01>, <!date^")
    assert line.endswith(" · firing since Sat 21 Nov")


def test_what_somebody_expects_is_kept_with_that_reason() -> None:
    message = say(findings=[held(Reason.EXPECTED)])
    assert message.text == "No open alerts. Over 25 % but not announced: 1 expected by somebody."
