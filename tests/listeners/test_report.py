"""A report is answered from what is stored, even where nothing more can be stored."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bot.listeners.asked import Asked
from bot.listeners.report import answer_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.snapshots import Store
    from tests.loopback import World

ASKED = Asked(text="7d", user="U1", channel="C1")


async def test_an_answer_can_be_shared(synced: World) -> None:
    answer = await answer_report(synced.open_store, ASKED, now=synced.clock)

    assert "actions" in {block["type"] for block in answer.blocks}


async def test_a_disk_that_takes_nothing_costs_the_button_and_not_the_answer(synced: World) -> None:
    @contextlib.contextmanager
    def open_to_read() -> Iterator[Store]:
        with synced.open_store() as store:
            store.ledger.session.execute("PRAGMA query_only = ON")
            yield store

    answer = await answer_report(open_to_read, ASKED, now=synced.clock)

    assert "7 days" in answer.text
    assert "actions" not in {block["type"] for block in answer.blocks}
