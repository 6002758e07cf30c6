"""What `claudecost prices` prints."""

from __future__ import annotations

import json

from inline_snapshot import snapshot

from bot.analysis.price_list import find_price_list
from bot.analysis.prices import PriceTable
from bot.terminal.prices import prices_as_json, prices_as_text
from tests.builders import CHECKOUT, YESTERDAY, tokens

TABLE = PriceTable.build({})


def test_json() -> None:
    found = find_price_list(TABLE, {}, day=YESTERDAY, model="claude-haiku-5-5")
    assert json.loads(prices_as_json(found)) == snapshot(
        {
            "day": "2026-11-21",
            "currency": "USD",
            "prices": [
                {
                    "model": "claude-haiku-5-5",
                    "input": "0.1",
                    "output": "0.5",
                    "cache_read": "0.01",
                    "cache_write_5m": "0.125",
                    "cache_write_1h": "0.2",
                    "source": "genai-prices",
                    "since": None,
                    "at_least": True,
                }
            ],
            "multipliers": {"batch": "0.5", "us": "1.1", "fast": "2", "discount_percent": "0"},
            "unpriced": [],
        }
    )


def test_a_page_says_at_least_and_what_is_unpriced() -> None:
    used = {(YESTERDAY, CHECKOUT, "claude-next"): tokens(output=1_200_000)}
    page = prices_as_text(find_price_list(TABLE, used, day=YESTERDAY, model=None))
    assert next(row for row in page.rows if row[0] == "claude-haiku-5-5") == snapshot(
        (
            "claude-haiku-5-5",
            "≥ 0.1",
            "≥ 0.5",
            "≥ 0.01",
            "≥ 0.125",
            "≥ 0.2",
            "genai-prices, at least: long requests cost more",
            "–",
        )
    )
    assert page.notes == snapshot(("batch × 0.5, us × 1.1, fast × 2, discount 0 %", "unpriced: 1 model, 1.2M tokens"))
