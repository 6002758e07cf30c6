"""How current the data is and what runs next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from inline_snapshot import snapshot

from bot.messages.status import NextJob, Status, status_answer
from bot.model import Freshness
from bot.terminal.slack_preview import preview_as_text
from tests.builders import NOW

WELL = Status(
    organization="Acme & Sons",
    version="0.1.0",
    freshness=Freshness(
        data_as_of=NOW, first_fetched_at=NOW, newest_day=date(2026, 11, 22), oldest_day=date(2026, 8, 24)
    ),
    billed_up_to=date(2026, 11, 21),
    key_in_use="ANTHROPIC_ADMIN_KEY_NEXT",
    next_jobs=(
        NextJob(name="digest", at=NOW + timedelta(days=1)),
        NextJob(name="sync", at=NOW + timedelta(minutes=32)),
    ),
    open_alerts=2,
)
NEVER_SYNCED = Freshness(data_as_of=None, first_fetched_at=None, newest_day=None, oldest_day=None)


def test_all_well() -> None:
    assert preview_as_text(status_answer(WELL)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ✅ All well                                                                │
│                                                                            │
│ Data as of                                            Days stored          │
│ 22 Nov 09:30 UTC                                      24 Aug – 22 Nov      │
│ Dollars                                               Open alerts          │
│ from Anthropic's bill up to Sat 21 Nov, est. since    2                    │
│                                                                            │
│ Next sync: 22 Nov 10:02 UTC                                                │
│ Next digest: 23 Nov 09:30 UTC                                              │
│                                                                            │
│ key in use: ANTHROPIC_ADMIN_KEY_NEXT · organisation: Acme & Sons ·         │
│ claudecost 0.1.0                                                           │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_how_long_alerts_take_and_what_is_held() -> None:
    delays = (timedelta(hours=3, minutes=2), timedelta(hours=3, minutes=2), timedelta(hours=7))
    message = status_answer(replace(WELL, alert_delays=delays, held=2, held_until=NOW + timedelta(hours=1)))
    text = preview_as_text(message)
    assert "🌙 Held for the quiet hours: 2 messages until 22 Nov 10:30 UTC" in text
    assert "Alerts come 3 h 2 min after their day's end (median of 3 in 4 weeks;" in text
    assert "longest 7 h, last 7 h)" in text


def test_levels_of_budgets_that_wait_are_counted_with_what_is_held() -> None:
    waiting = replace(WELL, held_levels=2, held_until=NOW + timedelta(hours=1))

    alone, both = (str(status_answer(each).blocks) for each in (waiting, replace(waiting, held=1, held_levels=1)))

    assert "🌙 Held for the quiet hours: 2 budget levels until <!date" in alone
    assert "🌙 Held for the quiet hours: 1 message and 1 budget level until <!date" in both


def test_one_alert_has_no_median() -> None:
    text = preview_as_text(status_answer(replace(WELL, alert_delays=(timedelta(minutes=185),))))
    assert "Alerts come 3 h 5 min after their day's end (one in 4 weeks)" in text


def test_troubles_come_first() -> None:
    troubled = replace(WELL, troubles=("The Admin key is refused since 21 Nov 09:00 UTC", "No data for 26 hours"))
    message = status_answer(troubled)
    assert message.text == snapshot("⚠️ The Admin key is refused since 21 Nov 09:00 UTC")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ⚠️ The Admin key is refused since 21 Nov 09:00 UTC                         │
│                                                                            │
│ ⚠️ No data for 26 hours                                                    │
│                                                                            │
│ Data as of                                            Days stored          │
│ 22 Nov 09:30 UTC                                      24 Aug – 22 Nov      │
│ Dollars                                               Open alerts          │
│ from Anthropic's bill up to Sat 21 Nov, est. since    2                    │
│                                                                            │
│ Next sync: 22 Nov 10:02 UTC                                                │
│ Next digest: 23 Nov 09:30 UTC                                              │
│                                                                            │
│ key in use: ANTHROPIC_ADMIN_KEY_NEXT · organisation: Acme & Sons ·         │
│ claudecost 0.1.0                                                           │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_before_the_first_sync() -> None:
    waiting = replace(WELL, organization=None, freshness=NEVER_SYNCED, billed_up_to=None, next_jobs=())
    assert preview_as_text(status_answer(waiting)) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ⏳ Waiting for the first sync                                              │
│                                                                            │
│ Data as of     Days stored                                                 │
│ no sync yet    none yet                                                    │
│ Dollars        Open alerts                                                 │
│ none yet       2                                                           │
│                                                                            │
│ Another process runs the clock; this one only answers.                     │
│                                                                            │
│ key in use: ANTHROPIC_ADMIN_KEY_NEXT · claudecost 0.1.0                    │
╰────────────────────────────────────────────────────────────────────────────╯\
""")
