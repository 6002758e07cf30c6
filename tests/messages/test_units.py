"""Dollars per unit as people read them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from bot.analysis.budget import Scope
from bot.analysis.contract import Threshold
from bot.analysis.units import Unit, UnitDays, UnitReport, Verdict, find_report, judge, last_week
from bot.messages.units import (
    ACKNOWLEDGE,
    DETAILS,
    details_view,
    is_over,
    set_aside,
    set_aside_reply,
    taken_on,
    unit_answer,
    unit_is_calm,
    unit_rises,
    units_answer,
    units_line,
)
from bot.model import Taken, UnitRise, usd
from bot.sandbox.slack.limits import refuse_message, refuse_view
from bot.terminal.slack_preview import preview_as_text
from tests.builders import NOW, TODAY, YESTERDAY, fetched_day, last_days

if TYPE_CHECKING:
    from bot.model import Message

HOSTILE = "<!channel> & `x` \u202e" + "W" * 200
TICKETS = Unit(name="tickets", unit="ticket", scope=Scope(product="support"))
DEPLOYS = Unit(name="deploys", unit="deploy")
DAYS = last_days(35).days()


def days_of(unit: Unit, *, dollars: str = "100", count: int = 250, rise: int = 100) -> UnitDays:
    """Five weeks alike, and the last of them dearer."""
    week = last_week(TODAY).days()
    return UnitDays(
        unit=unit,
        spend={day: usd(dollars) * (rise if day in week else 100) // 100 for day in DAYS},
        counts={day: Decimal(count + day.weekday()) for day in DAYS},
        fetched={day: fetched_day(day) for day in DAYS},
        data_as_of=NOW,
    )


def report_of(days: UnitDays) -> UnitReport:
    return find_report(days, last_week(TODAY), last_week(TODAY).shifted(-7))


def verdict_of(days: UnitDays) -> Verdict:
    found = judge(days, YESTERDAY, threshold=Threshold.of(Decimal(25)), floor=usd(1))
    assert found is not None
    return found


def shown(message: Message) -> str:
    assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
    return preview_as_text(message, width=78)


RISEN = days_of(TICKETS, rise=142)
FIRING = UnitRise(NOW, Decimal("0.395"))


def test_one_unit_has_its_line_and_its_weeks() -> None:
    counts = {day: count for day, count in RISEN.counts.items() if day != YESTERDAY}

    assert shown(unit_answer(replace(RISEN, counts=counts), today=TODAY, share_id="id")) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ tickets: $0.562 per ticket, up 42 % from $0.395                            │
│                                                                            │
│ $852.00 for 1,516 tickets, 15–21 Nov on the 6 days known.                  │
│ Dollars of product support.                                                │
│                                                                            │
│ USD per 100 tickets, by day                                                │
│ █ tickets                                                                  │
│ Nov 9  ███████████████████████           $40.00                            │
│ Nov 10 ██████████████████████            $39.84                            │
│ Nov 11 ██████████████████████            $39.68                            │
│ Nov 12 ██████████████████████            $39.53                            │
│ Nov 13 ██████████████████████            $39.37                            │
│ Nov 14 ██████████████████████            $39.22                            │
│ Nov 15 ███████████████████████████████   $55.47                            │
│ Nov 16 ████████████████████████████████  $56.80                            │
│ Nov 17 ████████████████████████████████  $56.57                            │
│ Nov 18 ████████████████████████████████  $56.35                            │
│ Nov 19 ████████████████████████████████  $56.13                            │
│ Nov 20 ███████████████████████████████   $55.91                            │
│                                                                            │
│ ╭───────────┬────────┬────────┬───────╮                                    │
│ │ Week      │   Each │ Change │ Count │                                    │
│ ├───────────┼────────┼────────┼───────┤                                    │
│ │ 15–21 Nov │ $0.562 │  +42 % │ 1,516 │                                    │
│ │ 8–14 Nov  │ $0.395 │    0 % │ 1,771 │                                    │
│ │ 1–7 Nov   │ $0.395 │    0 % │ 1,771 │                                    │
│ │ 25–31 Oct │ $0.395 │    0 % │ 1,771 │                                    │
│ ╰───────────┴────────┴────────┴───────╯                                    │
│                                                                            │
│ [ Share in channel ]                                                       │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · no count for tickets: Sat 21    │
│ Nov · from the bill · data as of 22 Nov 09:30 UTC                          │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_all_units_are_a_row_each() -> None:
    each = [RISEN, days_of(DEPLOYS, dollars="0.03", count=7)]

    assert shown(units_answer([report_of(days) for days in each], share_id="id")) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ tickets: $0.561 per ticket, up 42 % from $0.395, and 1 other unit          │
│                                                                            │
│ ╭──────────┬──────────┬────────┬──────────╮                                │
│ │ Per unit │      Now │ Change │   Before │                                │
│ ├──────────┼──────────┼────────┼──────────┤                                │
│ │ tickets  │   $0.561 │  +42 % │   $0.395 │                                │
│ │ deploys  │ $0.00300 │    0 % │ $0.00300 │                                │
│ ╰──────────┴──────────┴────────┴──────────╯                                │
│                                                                            │
│ [ Share in channel ]                                                       │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · from the bill · data as of 22   │
│ Nov 09:30 UTC                                                              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_what_is_not_counted_yet_is_said_with_why() -> None:
    nothing = replace(RISEN, counts={}, trouble="tickets: tickets.csv cannot be read; check csv = in [[units]]")

    assert shown(unit_answer(nothing, today=TODAY, share_id=None)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ tickets: no counts known, 15–21 Nov                                        │
│                                                                            │
│ No day of 15–21 Nov has both dollars and a count; counts are read after    │
│ each sync.                                                                 │
│ Dollars of product support.                                                │
│                                                                            │
│ ⚠️ tickets: tickets.csv cannot be read; check csv = in [[units]]           │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · no count for tickets: 8–21 Nov  │
│ · from the bill · data as of 22 Nov 09:30 UTC                              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_rise_says_what_it_comes_to() -> None:
    assert shown(unit_rises(verdict_of(RISEN), FIRING, threshold_percent=Decimal(25))) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ 📈 tickets: $0.561 per ticket, up 42 % from $0.395                         │
│                                                                            │
│ $994.00 for 1,771 tickets, 15–21 Nov.                                      │
│ $294.00 more than at the rate of the week before, $0.395 each.             │
│ Dollars of product support.                                                │
│ Look at: /claudecost unit tickets; /claudecost 7d says what drove the      │
│ dollars.                                                                   │
│                                                                            │
│ 🔴 Firing since Sun 22 Nov                                                 │
│                                                                            │
│ [ Acknowledge ] [ Details ]                                                │
│                                                                            │
│ UTC days 15–21 Nov 2026 against 8–14 Nov · told above 25 % · from the bill │
│ · data as of 22 Nov 09:30 UTC                                              │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_rise_says_who_has_taken_it_on_and_that_it_is_over() -> None:
    message = unit_rises(verdict_of(RISEN), FIRING, threshold_percent=Decimal(25))
    taken = FIRING._replace(taken=Taken("U0ALICE01", NOW))

    acknowledged = taken_on(message, "tickets", taken)
    over = is_over(acknowledged, "tickets", taken, ending="back to normal", day=TODAY)

    assert buttons(message) == [ACKNOWLEDGE, DETAILS]
    assert buttons(acknowledged) == buttons(over) == [DETAILS]
    assert state(acknowledged).startswith("👀 *Acknowledged* by <@U0ALICE01>, ")
    assert state(acknowledged).endswith(" · rising since Sun 22 Nov")
    assert state(over) == "✅ *Resolved* on Sun 22 Nov: back to normal · acknowledged by <@U0ALICE01>"
    assert over.text == "✅ tickets: $0.561 per ticket, up 42 % from $0.395"


def test_the_rise_of_a_unit_that_is_none_any_more_says_so() -> None:
    rd = replace(RISEN, unit=replace(TICKETS, name="R&D <tickets>"))
    before = unit_rises(verdict_of(rd), FIRING, threshold_percent=Decimal(25))
    taken = FIRING._replace(taken=Taken("U0ALICE01", NOW))

    assert shown(set_aside("R&D <tickets>", before, taken, day=TODAY)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ R&D <tickets>: looked after no more                                        │
│                                                                            │
│ claudecost.toml has no unit of this name any more. Whether it still rises  │
│ is not known, and nothing more is told of it. It was acknowledged by       │
│ @U0ALICE01.                                                                │
│                                                                            │
│ Before: 📈 R&D <tickets>: $0.561 per ticket, up 42 % from $0.395           │
│                                                                            │
│ since Sun 22 Nov 2026                                                      │
╰────────────────────────────────────────────────────────────────────────────╯\
""")
    assert set_aside_reply("R&D <tickets>").text.startswith("`R&amp;D &lt;tickets&gt;` is looked after no more. ")


def state(message: Message) -> str:
    """The line with who and when."""
    return next(str(block["text"]["text"]) for block in message.blocks if block["block_id"] == "state")


def buttons(message: Message) -> list[str]:
    """What can be clicked."""
    return [each["action_id"] for block in message.blocks if block["type"] == "actions" for each in block["elements"]]


def test_a_window_shows_the_weeks_of_a_unit() -> None:
    window = details_view(RISEN, today=TODAY)

    assert refuse_view(window) is None
    assert "15–21 Nov" in str(window["blocks"])


def test_an_answer_says_what_rises() -> None:
    rising = replace(RISEN, rise=FIRING)

    assert state(unit_answer(rising, today=TODAY, share_id="id")) == "🔴 *Firing* since Sun 22 Nov"
    assert "`tickets` 🔴 *Firing* since Sun 22 Nov" in str(units_answer([report_of(rising)], share_id=None).blocks)
    assert "Firing" not in str(units_answer([report_of(RISEN)], share_id=None).blocks)


def test_what_is_over_says_how_it_ended() -> None:
    verdict = verdict_of(days_of(TICKETS))

    assert unit_is_calm(verdict, before=Decimal("0.39")).text == snapshot(
        "✅ tickets: $0.394 per ticket, back to normal"
    )
    assert unit_is_calm(verdict, before=Decimal("0.20")).text == snapshot(
        "✅ tickets: $0.394 per ticket, stable at the new level"
    )


def test_a_digest_has_a_line() -> None:
    reports = [report_of(RISEN), report_of(days_of(DEPLOYS)), report_of(replace(RISEN, counts={}))]

    assert units_line(reports) == snapshot("*Per unit:* $0.561 per `ticket` (+42 %), $0.395 per `deploy` (0 %)")
    assert units_line(reports[2:]) == ""


def test_without_units_it_says_how() -> None:
    assert "[[units]]" in str(units_answer([], share_id=None).blocks)


def test_whatever_things_are_called_slack_takes_it() -> None:
    unit = Unit(name=HOSTILE, unit=HOSTILE, scope=Scope(team=HOSTILE, workspace=HOSTILE, product=HOSTILE))
    days = replace(days_of(unit, rise=200), trouble=HOSTILE * 20, unmatched=(HOSTILE,) * 3)
    others = [replace(report_of(days), days=replace(days, unit=replace(unit, name=f"{n}{HOSTILE}"))) for n in range(30)]

    for message in (
        unit_answer(days, today=TODAY, share_id="id"),
        units_answer(others, share_id="id"),
        unit_rises(verdict_of(days), FIRING, threshold_percent=Decimal(25)),
        unit_is_calm(verdict_of(days), before=Decimal(1)),
    ):
        assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
        assert "<!channel>" not in str([block for block in message.blocks if block["type"] == "section"])
