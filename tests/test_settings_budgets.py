"""Budgets in `claudecost.toml`: what is read of them, and the line that each fault gets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.budget import Budget, Level, On, Period, Scope
from bot.model import Interval, usd
from bot.settings import Settings, load_settings, load_what_is_right

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = '[[budgets]]\nname = "search"\nusd = 2500.50\n'


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)


def read(path: Path, text: str) -> Budget:
    (path / "claudecost.toml").write_text(text)
    (table,) = load_settings().claudecost_budgets
    return table.built()


def test_a_budget_is_a_months_and_the_organisations_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path, SEARCH) == Budget(name="search", amount=usd("2500.50"))


def test_a_project_has_days_and_a_scope(tmp_path: Path) -> None:
    text = SEARCH + 'from = 2026-10-15\nuntil = 2026-12-24\nteam = "search"\nmodel = "claude-opus-*"\non = "forecast"\n'

    budget = read(tmp_path, text)

    assert budget.period is Period.PROJECT
    assert budget.days == Interval(date(2026, 10, 15), date(2026, 12, 24))
    assert budget.scope == Scope(team="search", model="claude-opus-*")
    assert budget.on is On.FORECAST


@pytest.mark.parametrize("what", ["cost_center", "service", "product", "environment", "workspace", "key"])
def test_it_is_about_whatever_ownership_or_the_bill_knows(tmp_path: Path, what: str) -> None:
    assert read(tmp_path, f'{SEARCH}{what} = "shop"\n').scope == Scope(**{what: "shop"})


def test_levels_are_percentages_or_tables(tmp_path: Path) -> None:
    text = (
        SEARCH + 'mention = "S0TEAM001"\nlevels = [{percent = 120, channel = "C0ALARM01", mention = "U0BOSS001"}, 60]\n'
    )

    assert read(tmp_path, text).levels == (
        Level(Decimal(60), None, "S0TEAM001"),
        Level(Decimal(120), "C0ALARM01", "U0BOSS001"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[budgets]]\nusd = 3\n", "budgets[1].name: is missing; give what the budget is called"),
        ('[[budgets]]\nname = "a"\n', "budgets[1].usd: is missing; give dollars, for example 2500"),
        ('[[budgets]]\nname = "a"\nusd = 1e30\n', "budgets[1].usd: must be less than or equal to 1000000000"),
        (f"{SEARCH}from = 2026-10-15\n", "budgets[1]: has a project's days in part; give both `from` and `until`"),
        (
            f'{SEARCH}period = "month"\nfrom = 2026-10-15\nuntil = 2026-11-15\n',
            "budgets[1]: has a project's days in part",
        ),
        (f"{SEARCH}from = 2026-10-15\nuntil = 2026-10-15\n", "budgets[1]: ends before it begins"),
        (f"{SEARCH}levels = [50, 50]\n", "budgets[1]: has one level twice; give each percentage once"),
        (f"{SEARCH}levels = []\n", "budgets[1].levels: is empty; leave it out for 50, 80 and 100 percent"),
        (f'{SEARCH}perod = "week"\n', 'budgets[1].perod: is not known; did you mean "period"?'),
        (f"{SEARCH}{SEARCH}", 'budgets: has "search" twice; give each budget a name of its own'),
        ('[[budgets]]\nname = "a"\nusd = 0\n', "budgets[1].usd: must be greater than 0"),
    ],
)
def test_a_fault_says_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "claudecost.toml").write_text(text)

    (line,) = load_what_is_right()[1]

    assert line.startswith(said)
