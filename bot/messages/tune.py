"""What other levels would have said lately, so that a team picks its own noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.layout import build_message, count_chart, headline, paragraph, small_print, table
from bot.messages.numbers import counted, day_range, limit_money, number, percent, rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.contract import Contract
    from bot.analysis.replay import Summary
    from bot.model import Interval, Message

HOW_TO_SET = (
    "Set `CLAUDECOST_THRESHOLD_PERCENT` to the level you like, or `quiet = true` under `[alerts]` in "
    "`claudecost.toml`. `claudecost replay` prints each message."
)


FLOOR_IN_WORDS = "floor 0.5 % of the week before, within $1 and $50, half of it where a calm week more than doubles"


def tune_answer(tried: Sequence[tuple[Contract, Summary]], *, interval: Interval, in_force: Contract) -> Message:
    """The messages a week under each contract that was tried over some days, and which one is in force."""
    days = max((summary.days for _, summary in tried), default=0)
    if not days:
        return nothing_to_replay()
    a_week = {name(contract): summary.per_week(summary.notifying) for contract, summary in tried}
    said = ", ".join(f"{rate(often)} at {level}" for level, often in a_week.items())
    return build_message(
        f"Messages a week over the last {counted(days, 'day')}: {said}",
        headline(f"What other levels would have said in {counted(days, 'day')}"),
        paragraph("how", HOW_TO_SET),
        count_chart("Messages a week", a_week, of="messages a week"),
        table(("Alerts over", "A week", "New", "Again"), [cells(*each, in_force) for each in tried]),
        small_print(
            f"UTC days {day_range(interval)}, each judged as if it were the newest",
            floor_in_words(in_force),
            "again: it grew, and spoke in the channel once more",
            "an alert of several days counts once",
        ),
    )


def name(contract: Contract) -> str:
    """A contract in a chart's label."""
    level = percent(contract.threshold_percent)
    return f"{level} quiet" if contract.is_quiet else level


def cells(contract: Contract, summary: Summary, in_force: Contract) -> tuple[str, ...]:
    """A contract as a row."""
    again = summary.by_kind.get("escalated", 0)
    mark = " (now)" if contract == in_force else ""
    return (
        f"{name(contract)}{mark}",
        rate(summary.per_week(summary.notifying)),
        number(summary.notifying - again),
        number(again),
    )


def floor_in_words(contract: Contract) -> str:
    """The floor, which is the same under all of them."""
    floor = contract.min_increase
    return FLOOR_IN_WORDS if floor is None else f"floor {limit_money(floor)}"


def nothing_to_replay() -> Message:
    """That there are no days yet."""
    subject = "Nothing to replay yet"
    explained = "Two weeks of days are needed first. `/claudecost status` shows how far the sync is."
    return build_message(subject, headline(subject), paragraph("why", explained))
