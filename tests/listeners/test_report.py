"""A report is answered from what is stored, even where nothing more can be stored."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from bot.listeners.asked import Asked
from bot.listeners.report import answer_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.snapshots import Store
    from tests.loopback import World

ASKED = Asked(text="7d", user="U1", channel="C1")


async def test_an_answer_can_be_shared(synced: World) -> None:
    answer = await answer_report(synced.open_store, ASKED, whole=synced.open_store, now=synced.clock)

    assert "actions" in {block["type"] for block in answer.blocks}


@contextlib.contextmanager
def open_to_read(world: World) -> Iterator[Store]:
    """Nothing can be saved."""
    with world.open_store() as store:
        store.ledger.session.execute("PRAGMA query_only = ON")
        yield store


async def test_it_is_kept_where_all_is_and_not_where_it_was_seen(synced: World) -> None:
    answer = await answer_report(partial(open_to_read, synced), ASKED, whole=synced.open_store, now=synced.clock)

    assert "actions" in {block["type"] for block in answer.blocks}


async def test_a_disk_that_takes_nothing_costs_the_button_and_not_the_answer(synced: World) -> None:
    to_read = partial(open_to_read, synced)

    answer = await answer_report(to_read, ASKED, whole=to_read, now=synced.clock)

    assert "7 days" in answer.text
    assert "actions" not in {block["type"] for block in answer.blocks}
