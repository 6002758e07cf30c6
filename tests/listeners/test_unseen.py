"""What may not be seen changes no answer: it is asked twice, and only that is called otherwise and costs otherwise."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from bot.analysis.access import SEES_EVERYTHING, Grant, Sight
from bot.analysis.ownership import WrongRules
from bot.listeners.asked import Asked
from bot.listeners.claudecost import excuse
from bot.model import ApiKey, Organization, Source, TeamSheet, UnitRise, Workspace
from bot.settings import OrganizationTable
from bot.settings.budgets import BudgetTable
from bot.settings.digests import DigestTable
from bot.settings.teams import OwnsTable, TeamTable
from bot.settings.units import UnitTable
from tests.builders import HAIKU, NOW, OPUS, ORGANIZATION, SEARCH, SONNET, YESTERDAY, last_days, tokens, usage_line
from tests.listeners.conftest import build_answers
from tests.loopback import SECOND, SECOND_KEY, SECOND_SETTING, daily, patient_api_of, risen

if TYPE_CHECKING:
    import pytest

    from bot.listeners.claudecost import Answers
    from bot.snapshots import Store
    from tests.loopback import World

HIDDEN, OTHER = "wrkspc_hidden", "wrkspc_other"
DAYS = last_days(35)
SEES_SEARCH = Sight((Grant(workspaces=("Search",)),))

TEXTS = (
    "7d by workspace",
    "by team key",
    "today",
    "csv",
    "team:nobody",
    "team:hush",
    "-team:hush",
    "hush",
    "workspace:nothing",
    "model:nothing",
    "key:nothing",
    "org:nothing",
    "why hush",
    "why team:nobody",
    "why team:hush",
    "why team:find",
    "forecast",
    "savings",
    "alerts",
    "status",
    "budget",
    "budget hush",
    "unit",
    "by unit",
    "digest",
    "digest monthly",
    "digest hush*",
    "digest team:hush",
    "digest team:nobody",
    "digest subscribe",
)


def fill(store: Store, secret: str, times: int) -> None:
    """The workspace Search, with a rise too small to tell; others that are called `secret` and cost so many `times`."""
    store.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", SECOND_SETTING: SECOND})
    store.save_organization(ORGANIZATION, seen_at=NOW)
    workspaces = [Workspace(SEARCH, "Search"), Workspace(HIDDEN, secret)]
    store.names.save_workspaces(workspaces, seen_at=NOW)
    keys = [ApiKey("apikey_search", "search", "active", SEARCH), ApiKey("apikey_hidden", secret, "active", HIDDEN)]
    store.names.save_api_keys(keys, seen_at=NOW)
    hidden = [
        *risen(100 * times, 300 * times, workspace_id=HIDDEN),
        *daily(times, workspace_id=HIDDEN, model=f"claude-{secret}"),
    ]
    counts = tokens(uncached_input=1000, output=100)
    usage = [
        usage_line(counts, day=day, workspace_id=workspace_id, api_key_id=key)
        for day in DAYS.days()
        for workspace_id, key in ((SEARCH, "apikey_search"), (HIDDEN, "apikey_hidden"))
    ]
    seen = [*risen(10, 11, workspace_id=SEARCH, model=HAIKU), *risen(1, "1.3", workspace_id=SEARCH, model=SONNET)]
    store.ledger.save_days(DAYS, cost=[*seen, *hidden], usage=usage, source=Source.COST_REPORT, fetched_at=NOW)
    store.teams.save_sheet(TeamSheet("teams.csv", f"team,workspace,key\nfind,search,\nhush{secret},{secret},\n", NOW))
    store.units.save_counts(f"unit{secret}", dict.fromkeys(DAYS.days(), Decimal(times)), at=NOW)
    store.units.save_counts("searches", dict.fromkeys(DAYS.days(), Decimal(5)), at=NOW)
    store.units.begin_rise(f"unit{secret}", UnitRise(NOW, Decimal(times)))
    store.units.begin_rise("searches", UnitRise(NOW, Decimal(1)))
    other = store.under(SECOND_SETTING)
    other.save_organization(Organization("org_other", f"Other {secret}"), seen_at=NOW)
    cost = daily(100 * times, workspace_id=OTHER, model=OPUS)
    other.ledger.save_days(DAYS, cost=cost, usage=(), source=Source.COST_REPORT, fetched_at=NOW)
    other.notices.raise_notice("sync_failed", since=NOW, detail=f"cannot reach {secret}")


def configure(world: World, secret: str, times: int) -> None:
    """Settings that name the same."""
    world.change(
        claudecost_database=world.settings.claudecost_database.with_name(f"{secret}.db"),
        claudecost_organizations=[OrganizationTable(name=f"Other {secret}", key=SECOND_SETTING)],
        claudecost_teams=[TeamTable(name=f"core{secret}", owns=[OwnsTable(workspace="wrkspc_none")])],
        claudecost_budgets=[BudgetTable(name=f"budget{secret}", usd=Decimal(1000 * times))],
        claudecost_units=[
            UnitTable(name=f"unit{secret}", unit="t", csv=Path("x.csv"), workspace=secret),
            UnitTable(name="searches", unit="search", csv=Path("y.csv"), workspace="search"),
        ],
        claudecost_digests=[DigestTable(channel="C0SECRET1", workspaces=[secret])],
    )


async def told(world: World, secret: str, times: int) -> dict[str, str]:
    """What whoever sees Search alone is told."""
    configure(world, secret, times)
    async with patient_api_of(world.settings.accesses()[-1], world.clock) as api:
        world.others[:] = [api]
        with world.open_store() as store:
            fill(store, secret, times)
            world.build_clock().checker.check(store, day=YESTERDAY)
        answers = build_answers(world)
        return {text: await told_of(answers, text) for text in TEXTS}


async def told_of(answers: Answers, text: str) -> str:
    """One answer, without the ids of its buttons."""
    asked = Asked(text=text, user="U0EVE0001", channel="C0COSTS01", sight=SEES_SEARCH)
    return re.sub(r"(?<=')[\w-]{16}(?=[:'])", "ID", str(await answers.answer(asked)))


async def test_what_may_not_be_seen_changes_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECOND_SETTING, SECOND_KEY)

    small, large = await told(world, "hushlow", 1), await told(world, "hushhigh", 7)

    assert {text for text in TEXTS if small[text] != large[text]} == set()
    assert not [text for text, answer in small.items() if "hushlow" in answer]
    assert "searches: $2" in small["unit"]
    assert "under the floor" in small["alerts"]
    assert "🔴 `searches` up " in small["alerts"]


def test_which_teams_contradict_each_other_is_told_to_whoever_sees_everything() -> None:
    wrong = WrongRules("teams hush and find both give all of key secret")

    assert "secret" in excuse(wrong, SEES_EVERYTHING).text
    assert "secret" not in excuse(wrong, SEES_SEARCH).text
