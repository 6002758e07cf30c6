"""Several organisations in one running bot, their keys named in `claudecost.toml`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.sandbox.admin_api import AdminApiServer
from bot.sandbox.organization import second_organization
from tests.e2e.harness import HISTORY_DAYS, settled_today, words_of

if TYPE_CHECKING:
    from tests.e2e.harness import World

KEY = "sk-ant-admin01-europe-111111111111"


async def test_one_organization_without_a_working_key_stops_no_other(world: World) -> None:
    organization = second_organization(today=settled_today(world.clock()), days=HISTORY_DAYS)
    async with AdminApiServer(organization, now=world.clock, keys=()) as admin_api:
        table = f'name = "Europe"\nkey = "EU_KEY"\nbase_url = "{admin_api.base_url}"\n'
        (world.folder / "claudecost.toml").write_text(f"[[organizations]]\n{table}")
        world.settings["EU_KEY"] = KEY

        async with world.bot() as bot:
            await bot.until(lambda: world.said("Europe: Anthropic refuses the Admin key"))
            await bot.until(lambda: world.said("Ingest pipeline · Meridian Robot"))
            assert "Europe: EU_KEY was refused" in words_of(await world.ask("status"))

        admin_api.keys.add(KEY)
        async with world.bot() as bot:
            await bot.until(lambda: world.said("Ingest pipeline · Europe"))
            await bot.until(lambda: world.said("Europe: The Admin key works again"))
            answer = await world.ask("7d org:europe")

        told = (await world.command("report", "7d", "--json")).json
        asked = await world.command("report", "7d", "--org", "asia")

    days = world.complete_days(7)
    if days.until == world.clock().date():  # before three the newest day of "7d" has not settled
        both = (world.organization.invoice(days), organization.invoice(days))
        assert Decimal(told["total"]) * 100 == sum(both)
    assert "7d by workspace org:Europe" in words_of(answer)
    assert (asked.code, len(asked.lines)) == (2, 1)
    assert '"org:\'Meridian Robotics\'" or "org:Europe"' in asked.err
    assert all(KEY.encode() not in child.out + child.err for child in world.children)
    assert all(KEY.encode() not in path.read_bytes() for path in world.folder.glob("*.db*"))
