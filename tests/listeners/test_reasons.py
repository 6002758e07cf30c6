"""An answer says what drove a change, if there is one and it can be found while somebody waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.loading.asking import asking
from bot.loading.report import changed_enough, load_answer, load_reason
from bot.model import Interval, Source
from tests.builders import NOW, TODAY, cost_line, question, report
from tests.changes import together, week_that_rose, why

if TYPE_CHECKING:
    from bot.analysis.why import Why
    from bot.model import WorkspaceLines
    from bot.snapshots import Store


def save(store: Store, lines: WorkspaceLines) -> None:
    eight_days = Interval(TODAY - timedelta(days=8), TODAY)
    store.ledger.save_days(eight_days, cost=lines.cost, usage=lines.usage, source=Source.COST_REPORT, fetched_at=NOW)


def reason(store: Store, text: str, *, most_lines: int = 1000) -> Why | None:
    with asking(store, question(text)) as asked:
        return load_reason(asked, most_lines=most_lines)


def test_sums_say_the_same_of_drivers_as_lines(store: Store) -> None:
    save(store, together(*week_that_rose()))
    told, exact = reason(store, "yesterday"), why(*week_that_rose())
    assert told is not None
    assert told.drivers == exact.drivers
    assert [model[:3] for model in told.models] == [model[:3] for model in exact.models]
    assert load_answer(store, question("yesterday by model")).why == told


def test_too_many_lines_are_not_read(store: Store) -> None:
    lines = [cost_line(1, workspace_id=f"w{number}", day=TODAY - timedelta(days=1)) for number in range(50)]
    store.ledger.save_days(
        Interval(TODAY - timedelta(days=1), TODAY), cost=lines, usage=[], source=Source.COST_REPORT, fetched_at=NOW
    )
    assert reason(store, "7d", most_lines=50) is not None
    assert reason(store, "7d", most_lines=49) is None


def test_a_small_change_needs_no_reason() -> None:
    assert changed_enough(report(spend={"w": 103}, previous={"w": 100}))
    assert not changed_enough(report(spend={"w": 102}, previous={"w": 100}))
    assert not changed_enough(report(spend={"w": 102}, previous={}))
