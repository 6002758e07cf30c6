"""The gate of a pipeline: which budget is meant, the exit code, the shape."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bot.analysis.budget import Scope
from bot.commands.gate import answer_gate, exit_code
from bot.model import WrongUsage, usd
from bot.settings.budgets import BudgetTable
from bot.terminal.gate import gate_as_json

if TYPE_CHECKING:
    from bot.analysis.gate import Gate
    from tests.loopback import World


def ask(world: World, **asked: Any) -> Gate:
    usual: dict[str, Any] = {
        "name": None,
        "limit": None,
        "period": None,
        "scope": Scope(),
        "by_forecast": False,
        "max_age": timedelta(hours=26),
        "now": world.clock(),
    }
    return answer_gate(world.settings, **(usual | asked))


@pytest.mark.parametrize(("limit", "code"), [("1000000", 0), ("1", 1)])
async def test_the_exit_code_is_the_answer(synced: World, limit: str, code: int) -> None:
    assert exit_code(ask(synced, limit=Decimal(limit), scope=Scope(workspace="Ingest pipeline"))) == code


async def test_tokens_without_a_price_do_not_pass(synced: World) -> None:
    """The simulated organisation uses a model that nobody knows, today too."""
    assert exit_code(ask(synced, limit=Decimal(1_000_000))) == 3


async def test_old_data_does_not_pass(synced: World) -> None:
    found = ask(synced, limit=Decimal(1_000_000), now=synced.clock() + timedelta(hours=27))

    assert exit_code(found) == 3


async def test_the_same_figures_as_in_a_report(synced: World) -> None:
    table = BudgetTable(name="all", usd=Decimal(10_000))
    synced.change(claudecost_budgets=[table])

    shape = json.loads(gate_as_json(ask(synced, name="ALL")))

    assert list(shape) == [
        "spend", "limit", "percent", "forecast", "since", "until", "data_as_of", "verdict", "reason",
    ]  # fmt: skip
    assert shape["limit"] == "10000"
    assert Decimal(shape["spend"]) > 0


async def test_a_scope_narrows_a_budget(synced: World) -> None:
    synced.change(claudecost_budgets=[BudgetTable(name="all", usd=Decimal(10_000))])
    ingest = ask(synced, name="all", scope=Scope(workspace="Ingest pipeline"))

    assert usd(0) < (ingest.spend or 0) < (ask(synced, name="all").spend or 0)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "give --budget NAME, or --limit USD"),
        ({"name": "a", "limit": Decimal(1)}, "give --budget NAME, or --limit USD"),
        ({"name": "a"}, 'is called "a"; there is all'),
        ({"name": "al"}, 'no budget under .* is called "al"; did you mean all'),
        ({"limit": Decimal(1), "scope": Scope(team="data")}, 'no team is called "data"; there is none'),
        ({"limit": Decimal(1), "scope": Scope(workspace="Reserch")}, 'called "Reserch"; did you mean Research'),
        ({"name": "all", "period": "week"}, 'budget "all" has its own period; leave out --period'),
        ({"name": "all", "scope": Scope(workspace="web")}, "the budget is of workspace ingest; leave out --workspace"),
        ({"name": "all", "scope": Scope(service="x", workspace="web")}, "the budget is of workspace ingest"),
    ],
)
async def test_what_is_not_clear_is_wrong_usage(synced: World, asked: dict[str, Any], said: str) -> None:
    synced.change(claudecost_budgets=[BudgetTable(name="all", usd=Decimal(1), workspace="ingest")])

    with pytest.raises(WrongUsage, match=said):
        ask(synced, **asked)
