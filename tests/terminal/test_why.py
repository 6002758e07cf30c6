"""`why --json` has a fixed shape, and every part of it adds up."""

from __future__ import annotations

import json
from decimal import Decimal

from inline_snapshot import snapshot

from bot.terminal.why import why_as_json, why_as_text
from tests.builders import HAIKU, other_cost_line
from tests.changes import BEFORE, broken_cache, explanation, used, workspace_lines

PARTS = (
    *broken_cache(),
    used(BEFORE, model=HAIKU, output="0.3", times="0.2"),
    used(model=HAIKU, output="0.1", times="0.2"),
    workspace_lines([other_cost_line("0.123456789")]),
)


def test_why_as_json() -> None:
    assert json.loads(why_as_json(explanation(*broken_cache()))) == snapshot(
        {
            "question": "why checkout yesterday",
            "filters": ["checkout"],
            "workspace_id": "wrkspc_checkout",
            "since": "2026-11-21",
            "until": "2026-11-22",
            "previous": "290",
            "current": "872.5",
            "increase": "582.5",
            "drivers": {"volume": "14.5", "mix": "0", "output": "0", "cache": "568", "price": "0", "other": "0"},
            "models": [
                {
                    "id": "claude-opus-5-5",
                    "label": "claude-opus-5-5",
                    "previous": "290",
                    "current": "872.5",
                    "increase": "582.5",
                    "drivers": {
                        "volume": "14.5",
                        "mix": "0",
                        "output": "0",
                        "cache": "568",
                        "price": "0",
                        "other": "0",
                    },
                }
            ],
            "keys": [
                {
                    "id": "apikey_ingest",
                    "label": "ingest-prod",
                    "previous": "0",
                    "current": "842.5",
                    "increase": "842.5",
                    "first_seen": "2026-11-21",
                },
                {
                    "id": "apikey_ci",
                    "label": "ci",
                    "previous": "290",
                    "current": "30",
                    "increase": "-260",
                    "first_seen": None,
                },
            ],
        }
    )


def test_drivers_models_and_keys_add_up_to_the_increase() -> None:
    answer = json.loads(why_as_json(explanation(*PARTS)))
    increase = Decimal(answer["increase"])
    assert increase == Decimal(answer["current"]) - Decimal(answer["previous"])
    assert increase == sum(map(Decimal, answer["drivers"].values()))
    for rows in (answer["models"], answer["keys"]):
        assert increase == sum(Decimal(row["increase"]) for row in rows)
    for model in answer["models"]:
        assert Decimal(model["increase"]) == sum(map(Decimal, model["drivers"].values()))


def test_in_a_pipe_it_is_lines_of_cells_and_sentences() -> None:
    shown = [line[:70] for line in str(why_as_text(explanation(*PARTS))).splitlines()]
    assert "\n".join(shown) == snapshot("""\
checkout up 200 % on Sat 21 Nov: $291.50 → $873.12 (+$581.62)
What drove it	Before	Now	Change
Tokens	204M	214M	+$14.27
Mix of models	–	–	−$0.77
Cache hit rate	90 %	43 %	+$568.00
Without tokens	$0.00	$0.12	+$0.12
By model	$291.50	$873.12	+$581.62
claude-opus-5-5	$290.00	$872.50	+$582.50
No model (code execution, search, …)	$0.00	$0.12	+$0.12
claude-haiku-4-5-20251001	$1.50	$0.50	−$1.00
By key	$291.50	$873.12	+$581.62
ingest-prod	$0.00	$842.50	+$842.50
2 others	$291.50	$30.62	−$260.88
Why: cache hit rate 90 % → 43 % +$568.00, more tokens +$14.27, all els
Look at: claude-opus-5-5 writes to the cache what it used to read: loo
If it stays: +$5,235 est. by 30 Nov.
UTC day Sat 21 Nov 2026 against Sat 14 Nov
from the bill
data as of 22 Nov 09:30 UTC
understood as: why checkout yesterday\
""")
