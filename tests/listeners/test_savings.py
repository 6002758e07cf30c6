"""Savings, asked in Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.savings import Kind
from bot.loading.savings import load_savings
from bot.model import Interval, Source, Tokens, UsageLine, UsageSeries, usd
from tests.builders import CHECKOUT, NOW, TODAY, YESTERDAY, cost_line

if TYPE_CHECKING:
    from bot.snapshots import Store
    from tests.loopback import World

MODEL = "claude-opus-5-5"
DAY = timedelta(days=1)


def save(store: Store, day_tokens: dict[str, Tokens]) -> None:
    """One day's usage by key, billed at a dollar a million of whatever kind, but for cache writes: two."""
    interval = Interval(YESTERDAY, TODAY)
    usage = [
        UsageLine(YESTERDAY, UsageSeries(CHECKOUT, key, MODEL, "standard", "0-200k"), tokens, 0)
        for key, tokens in day_tokens.items()
    ]
    uncached = sum(tokens.uncached_input for tokens in day_tokens.values())
    written = sum(tokens.cache_write_5m for tokens in day_tokens.values())
    billed = {"uncached_input_tokens": uncached, "cache_creation.ephemeral_5m_input_tokens": 2 * written}
    cost = [
        cost_line(count // 1_000_000, day=YESTERDAY, workspace_id=CHECKOUT, model=MODEL, token_type=token_type)
        for token_type, count in billed.items()
        if count
    ]
    store.ledger.save_days(interval, cost=cost, usage=usage, source=Source.COST_REPORT, fetched_at=NOW)


def test_a_saving_is_found_in_what_is_stored(store: Store) -> None:
    save(store, {"apikey_1": Tokens(1_000_000, 0, 0, 10_000_000, 0)})

    found = load_savings(store, today=TODAY)

    (saving,) = found.savings
    assert (saving.kind, saving.key, saving.amount) == (Kind.UNREAD_WRITES, "apikey_1", usd(10))
    assert len(found.missing_days) == 27


async def test_the_command_answers(synced: World) -> None:
    from bot.listeners.asked import Asked
    from bot.listeners.savings import answer_savings

    message = await answer_savings(
        synced.open_store, Asked(text="savings", user="U1", channel="C1"), whole=synced.open_store, now=synced.clock
    )

    assert "could have been saved in 28 days" in message.text
