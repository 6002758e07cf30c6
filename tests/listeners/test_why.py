"""Why, asked in Slack: of a workspace in whatever organisation, and to be shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.analysis.ask_why import UnknownWorkspace, parse_why
from bot.listeners.asked import Asked
from bot.listeners.why import answer_why, load_explanation
from bot.model import DEFAULT_WORKSPACE, Organization, Source, Workspace, usd
from bot.snapshots import open_store
from tests.builders import CHECKOUT, NOW, ORGANIZATION, TODAY, YESTERDAY, cost_line, last_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.snapshots import Store
    from tests.loopback import World

EUROPE = Organization("org_europe", "Europe")


async def test_an_answer_can_be_shared_as_it_was_told(synced: World) -> None:
    asked = Asked(text="why ingest", user="U1", channel="C1")

    answer = await answer_why(synced.open_store, asked, now=synced.clock)

    (button,) = next(block for block in answer.blocks if block["type"] == "actions")["elements"]
    with synced.open_store() as store:
        kept = store.answers.load_answer(button["value"])
    assert kept is not None
    assert kept.message.text == answer.text
    assert kept.user == "U1"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Store]:
    """Two organisations that spend in their default workspaces, and one of them in another too."""
    path = tmp_path / "claudecost.db"
    with open_store(path) as store:
        store.expect_organizations({"ANTHROPIC_ADMIN_KEY": "", "SECOND": "Europe"})
    for setting, organization, dollars in (("ANTHROPIC_ADMIN_KEY", ORGANIZATION, 3), ("SECOND", EUROPE, 5)):
        with open_store(path, setting) as store:
            store.save_organization(organization, seen_at=NOW)
            store.names.save_workspaces([Workspace(CHECKOUT, "checkout")] * (dollars == 5), seen_at=NOW)
            lines = [cost_line(dollars, day=day, workspace_id=DEFAULT_WORKSPACE) for day in last_days(14).days()]
            store.ledger.save_days(last_days(14), cost=lines, usage=[], source=Source.COST_REPORT, fetched_at=NOW)
    with open_store(path) as store:
        yield store


def test_a_workspace_is_found_in_whatever_organisation_has_it(two: Store) -> None:
    assert load_explanation(two, parse_why(["checkout"], today=TODAY)).workspace.name == "checkout · Europe"


def test_what_each_organisation_has_is_told_apart(two: Store) -> None:
    with pytest.raises(UnknownWorkspace, match="could be Default workspace · Example or Default workspace · Europe"):
        load_explanation(two, parse_why(["default"], today=TODAY))

    named = load_explanation(two, parse_why(["default@org_europe"], today=TODAY))
    assert (named.workspace.id, named.total) == ("default@org_europe", usd(35))


def test_one_organisation_can_be_asked_about(two: Store) -> None:
    found = load_explanation(two, parse_why(["default", "org:example", "yesterday"], today=TODAY))
    assert (found.workspace.id, found.total) == (DEFAULT_WORKSPACE, usd(3))
    assert found.period.current.since == YESTERDAY
