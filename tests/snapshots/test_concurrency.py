"""Several operations at once: each in its own thread, each with its own connection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model import usd
from bot.snapshots import open_store
from tests.builders import NOW, YESTERDAY, cost_line, evaluation, last_days, posting
from tests.scripts import line_of, running_code
from tests.snapshots.days import day_alone, save

if TYPE_CHECKING:
    from pathlib import Path

    from bot.snapshots import Store

DAYS = 12

SAVE_AND_HANG = """
import sys, time
from pathlib import Path
from bot.snapshots import open_store
from tests.builders import cost_line, posting
from tests.snapshots.days import save

with open_store(Path(sys.argv[1])) as store, store.transaction():
    save(store, cost_line(9))
    store.outbox.add(posting("alert:9"))
    print("saved", flush=True)
    time.sleep(60)
"""


def test_writers_wait_for_each_other(path: Path, store: Store) -> None:
    def save_one(back: int) -> None:
        day = YESTERDAY - timedelta(days=back)
        with open_store(path) as own:
            save(own, cost_line(1, day=day), interval=day_alone(day))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(save_one, range(DAYS)))

    assert store.ledger.load_spend(last_days(DAYS), []) == {(): usd(DAYS)}


def test_each_posting_is_claimed_by_one(path: Path, store: Store) -> None:
    for number in range(20):
        store.outbox.add(posting(f"alert:{number:02}"))

    def claim_all(_: int) -> list[str]:
        claimed = []
        with open_store(path) as own:
            while (due := own.outbox.claim_due(NOW)) is not None:
                claimed.append(due.key)
        return claimed

    with ThreadPoolExecutor(4) as pool:
        keys = [key for claimed in pool.map(claim_all, range(4)) for key in claimed]

    assert sorted(keys) == [f"alert:{number:02}" for number in range(20)]


def test_one_of_several_evaluations_of_a_day_counts(path: Path, store: Store) -> None:
    assert store.organization is not None

    def judge(_: int) -> bool:
        with open_store(path) as own, own.transaction():
            return own.alerts.save_evaluation(evaluation(), revision=0, evaluated_at=NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(judge, range(4))) == [False, False, False, True]


def test_a_reader_sees_one_moment_while_another_writes(path: Path, store: Store) -> None:
    save(store, cost_line(1))

    with open_store(path) as reader, reader.reading():
        before = reader.ledger.load_spend(day_alone(), [])
        save(store, cost_line(2))
        assert reader.ledger.load_spend(day_alone(), []) == before

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(2)}


async def test_a_process_killed_in_the_middle_leaves_the_days_as_they_were(
    tmp_path: Path, path: Path, store: Store
) -> None:
    save(store, cost_line(1))

    async with running_code(SAVE_AND_HANG, str(path), folder=tmp_path) as process:
        assert await line_of(process) == "saved"

    assert store.ledger.load_spend(day_alone(), []) == {(): usd(1)}
    assert store.outbox.load_posting("alert:9") is None
    save(store, cost_line(2))
