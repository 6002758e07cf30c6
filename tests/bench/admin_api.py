"""The big organisation's Admin API: `python -m tests.bench.admin_api TODAY WORKSPACES MODELS KEYS DAYS`.

A process of its own, so that its memory and its work are not taken for the bot's. Prints its address and serves.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, date, datetime

from bot.sandbox.admin_api.server import AdminApiServer
from bot.sandbox.big_organization import big_organization


def now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


async def main(today: str, workspaces: str, models: str, keys: str, days: str) -> None:
    """Serves until it is stopped."""
    organization = big_organization(
        today=date.fromisoformat(today),
        workspaces=int(workspaces),
        models=int(models),
        keys=int(keys),
        days=int(days),
    )
    async with AdminApiServer(organization, now=now) as server:
        print(server.base_url, flush=True)  # noqa: T201 -- whoever started it reads the address here
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
