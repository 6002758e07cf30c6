"""The Admin API fails: the stored days stay as they were, the process lives, and who can act is told once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox.admin_api import (
    HONEST,
    NO_COST_REPORT,
    SANDBOX_KEY,
    Broken,
    CutOff,
    Instead,
    Without,
    error,
    rate_limited,
)
from bot.sandbox.admin_api.answers import error_answer
from tests.e2e.harness import stand_ins, use_port, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.admin_api.faults import Fault
    from tests.e2e.harness import World

SPENT = re.compile(r"\$[0-9]")
ESTIMATED = re.compile(r"\best(\.|imated)")
BILL, USAGE = "cost_report", "usage_report/messages"


def at_once(status: int) -> Instead:
    """An error after which the client may ask again without a pause."""
    return Instead(error_answer(status, "Made to fail", headers={"retry-after": "0"}))


# --- One sync ---


async def test_passing_faults_are_outlasted(synced: World) -> None:
    for endpoint in ("me", "workspaces", BILL, USAGE):
        synced.admin_api.faults.add(endpoint, at_once(500), rate_limited(retry_after="0"), at_once(529))

    assert (await synced.command("sync")).code == 0


IN_THE_MIDDLE = {"half of the JSON": [Broken()], "server errors": [at_once(500)] * 5}
"""More of what can go wrong there is tried in `tests/jobs/test_sync.py` and `tests/admin_api/test_pages.py`."""


@pytest.mark.parametrize("faults", IN_THE_MIDDLE.values(), ids=IN_THE_MIDDLE)
async def test_a_fault_in_the_middle_of_the_bill_changes_no_stored_day(synced: World, faults: list[Fault]) -> None:
    """A sync that fails in one line, and leaves everything as it was."""
    synced.admin_api.faults.add(BILL, HONEST, *faults)
    before = synced.stored_days()
    finished = await synced.command("sync", "--json")

    assert finished.code == 3
    assert finished.out == ""
    assert finished.lines[-1].startswith("claudecost: ")
    assert "Traceback" not in finished.err
    assert "please report this" not in finished.err
    assert synced.stored_days() == before


async def test_a_sync_that_failed_is_made_up_for_by_the_next(synced: World) -> None:
    world = synced
    world.organization.restate(world.newest_complete_day, world.organization.stories.model_migration, "2")
    world.admin_api.faults.add(USAGE, HONEST, Broken())
    await world.command("sync")

    finished = await world.command("sync", "--json")

    assert finished.json["changed_days"][0] == world.newest_complete_day.isoformat()


async def test_a_clock_that_is_hours_off_fetches_nothing(synced: World) -> None:
    before = synced.stored_days()
    synced.admin_api._now = lambda: synced.clock() - timedelta(hours=5)
    finished = await synced.command("sync")

    assert finished.code != 0
    assert "this machine's clock is 5.0 h ahead of Anthropic's" in finished.lines[-1]
    assert synced.stored_days() == before


# --- The running bot ---


async def test_while_nothing_comes_it_answers_from_what_it_has_and_says_what_is_wrong(synced: World) -> None:
    use_port(synced)
    synced.admin_api.faults.always(BILL, Without("data"))
    before = synced.stored_days()
    async with synced.bot() as bot:
        await bot.until_logged("ERROR bot.jobs.clock")
        answer, status = await synced.ask("7d"), await synced.ask("status")
        health = await health_of(synced)

        assert "$" in answer.text
        assert "⚠️" in status.text
        assert health["status"] == "ok"
        assert "cost_report" in health["data"]["failure"]
    assert synced.stored_days() == before
    assert synced.slack.messages() == []


async def health_of(world: World) -> dict[str, Any]:
    """What `/healthz` says."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{world.port}/healthz") as response:
        health: dict[str, Any] = await response.json()
        return health


async def test_it_answers_while_it_waits_for_the_admin_api(synced: World) -> None:
    synced.admin_api.faults.add("me", CutOff())
    async with synced.bot() as bot:
        await bot.until_logged("broke off its answer", "trying again in")

        assert "$" in (await synced.ask("7d")).text


# --- The key ---


async def test_a_refused_key_is_told_once_and_once_when_the_next_one_works(synced: World) -> None:
    """What is told of keys and of silence without a restart is tried in `tests/jobs/test_clock.py`."""
    world = synced
    world.admin_api.keys.clear()
    for _ in range(2):
        async with world.bot() as bot:
            await bot.until_logged("ERROR bot.jobs.clock", "ANTHROPIC_ADMIN_KEY")
            await bot.until(lambda: world.all_sent(count=1))
            assert "$" in (await world.ask("7d")).text
    assert len(world.slack.messages()) == 1
    world.admin_api.keys.add(SANDBOX_KEY)

    keys = {"ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-revoked", "ANTHROPIC_ADMIN_KEY_NEXT": SANDBOX_KEY}
    async with world.bot(**keys) as bot:
        await bot.until(lambda: world.all_sent(count=5))
        status = words_of(await world.ask("status"))

    assert len(world.outbox()) == 5
    assert len(world.said("refuses the Admin key")) == 1
    assert len(world.said("The Admin key works again")) == 1
    assert len(world.said("The next Admin key took over")) == 1
    assert "key in use: `ANTHROPIC_ADMIN_KEY_NEXT`" in status


# --- No bill ---


async def test_without_a_cost_report_every_number_says_that_it_is_an_estimate(tmp_path: Path) -> None:
    """Nor are there names, which holds nothing up."""
    async with stand_ins(tmp_path, variant=NO_COST_REPORT) as world:
        world.admin_api.faults.always("workspaces", error(404))
        async with world.bot() as bot:
            await bot.until(lambda: world.all_sent(count=2))
            answers = [await world.ask(question) for question in ("yesterday by model", "7d by key", "7d by model")]
            alerts, status = words_of(await world.ask("alerts")), words_of(await world.ask("status"))
        check, digest = await world.command("check"), await world.command("digest")
        report, sync = await world.command("report", "--json"), await world.command("sync", "--json")

    said = [*world.slack.messages(), *answers]
    assert [message.text for message in said if SPENT.search(message.text) and "est." not in message.text] == []
    assert [message.text for message in said if not ESTIMATED.search(words_of(message))] == []
    assert ESTIMATED.search(check.out)
    assert ESTIMATED.search(digest.out)
    assert "est. where there is no bill: tokens × price" in alerts
    assert "est.: tokens × price, no bill yet" in status
    assert report.json["estimated"] is True
    assert sync.json["source"] == "estimate"
    assert bot.logged("no price is known for claude-cairn-preview")
    assert world.said("Firing: wrkspc_01Inge")
    assert "unpriced" in words_of(answers[-1])
