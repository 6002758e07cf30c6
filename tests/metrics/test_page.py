"""The page that is scraped: one look a minute, however many ask."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.settings import MetricsChoices
from bot.wiring import build_metrics_page

if TYPE_CHECKING:
    from bot.metrics.page import MetricsPage
    from tests.loopback import World


def page_of(world: World) -> MetricsPage:
    world.change(claudecost_metrics=MetricsChoices(enabled=True))
    page = build_metrics_page(world.settings, now=world.clock)
    assert page is not None
    return page


async def test_all_who_ask_within_a_minute_share_one_look(synced: World) -> None:
    page = page_of(synced)

    first, second = await asyncio.gather(page.metrics(), page.metrics())
    synced.clock.advance(seconds=59)

    assert first is second is await page.metrics()


async def test_after_a_minute_it_looks_again(synced: World) -> None:
    page = page_of(synced)
    first = await page.metrics()
    synced.clock.advance(seconds=60)

    assert await page.metrics() is not first


async def test_a_clock_that_was_set_back_is_no_minute(synced: World) -> None:
    page = page_of(synced)
    first = await page.metrics()
    synced.clock.advance(hours=-1)

    assert await page.metrics() is not first
