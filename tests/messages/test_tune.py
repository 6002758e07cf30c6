"""What other levels would have said, as a picture and a table."""

from __future__ import annotations

from decimal import Decimal

from inline_snapshot import snapshot

from bot.analysis.replay import Summary, tunings
from bot.messages.tune import tune_answer
from bot.sandbox.slack.limits import refuse_message
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CONTRACT, last_days

LAST_90_DAYS = last_days(90)
COUNTS = (41, 24, 15, 9, 18)


def answer(days: int = 90) -> str:
    tried = [
        (contract, Summary(days=days, by_kind={"rise": count, "escalated": 3, "resolved": count}, notifying=count + 3))
        for contract, count in zip(tunings(CONTRACT), COUNTS, strict=True)
    ]
    message = tune_answer(tried, interval=LAST_90_DAYS, in_force=CONTRACT)
    assert refuse_message({"text": message.text, "blocks": list(message.blocks)}) is None
    return preview_as_text(message, width=78)


def test_four_thresholds_and_quiet_mode_are_tried() -> None:
    assert [(each.threshold_percent, each.is_quiet) for each in tunings(CONTRACT)] == [
        (Decimal(15), False),
        (Decimal(25), False),
        (Decimal(40), False),
        (Decimal(60), False),
        (Decimal(25), True),
    ]


def test_each_level_is_a_bar_and_a_row() -> None:
    assert answer() == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ What other levels would have said in 90 days                               │
│                                                                            │
│ Set CLAUDECOST_THRESHOLD_PERCENT to the level you like, or quiet = true    │
│ under [alerts] in claudecost.toml. claudecost replay prints each message.  │
│                                                                            │
│ Messages a week                                                            │
│ █ messages a week                                                          │
│ 15 %       ████████████████████████████████  3.42                          │
│ 25 %       ████████████████████               2.1                          │
│ 40 %       █████████████                      1.4                          │
│ 60 %       █████████                         0.93                          │
│ 25 % quiet ███████████████                   1.63                          │
│                                                                            │
│ ╭─────────────┬────────┬─────┬───────╮                                     │
│ │ Alerts over │ A week │ New │ Again │                                     │
│ ├─────────────┼────────┼─────┼───────┤                                     │
│ │ 15 %        │   3.42 │  41 │     3 │                                     │
│ │ 25 % (now)  │    2.1 │  24 │     3 │                                     │
│ │ 40 %        │    1.4 │  15 │     3 │                                     │
│ │ 60 %        │   0.93 │   9 │     3 │                                     │
│ │ 25 % quiet  │   1.63 │  18 │     3 │                                     │
│ ╰─────────────┴────────┴─────┴───────╯                                     │
│                                                                            │
│ UTC days 24 Aug – 21 Nov, each judged as if it were the newest · floor 0.5 │
│ % of the week before, within $1 and $50, half of it where a calm week more │
│ than doubles · again: it grew, and spoke in the channel once more · an     │
│ alert of several days counts once                                          │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_before_there_are_days_it_says_so() -> None:
    assert "Nothing to replay yet" in answer(days=0)
