"""Run the stand-in by itself, for developers: `python -m bot.sandbox.admin_api --port 0` prints its URL and serves."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, date, datetime

from bot.sandbox.admin_api.server import SANDBOX_KEY, AdminApiServer
from bot.sandbox.admin_api.variants import ANALYTICS, GUIDE_SHAPE, NO_COST_REPORT, REFERENCE
from bot.sandbox.big_organization import big_organization
from bot.sandbox.organization import simulated_organization

VARIANTS = {"reference": REFERENCE, "analytics": ANALYTICS, "guide": GUIDE_SHAPE, "no-cost-report": NO_COST_REPORT}


def now() -> datetime:
    """The real time: this file is a command line."""
    return datetime.now(UTC)  # noqa: TID251 -- a command line asks the clock


def read_arguments() -> argparse.Namespace:
    """What to serve, and where."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.admin_api", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--key", default=SANDBOX_KEY, help="the Admin key it accepts")
    parser.add_argument("--today", type=date.fromisoformat, default=now().date(), help="when the stories happen")
    parser.add_argument("--days", type=int, default=None, help="how much history there is")
    parser.add_argument("--big", action="store_true", help="200 workspaces and 2,000 keys instead of stories")
    parser.add_argument("--variant", choices=VARIANTS, default="reference")
    return parser.parse_args()


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until interrupted."""
    build = big_organization if arguments.big else simulated_organization
    history = {} if arguments.days is None else {"days": arguments.days}
    server = AdminApiServer(
        build(today=arguments.today, **history),
        now=now,
        keys={arguments.key},
        variant=VARIANTS[arguments.variant],
        port=arguments.port,
    )
    async with server:
        print(server.base_url, flush=True)  # noqa: T201 -- the first line is the address, for people and for scripts
        path = VARIANTS[arguments.variant].shape.organization_path(server.organization.id)
        print(f"ANTHROPIC_ORG_PATH={path}", flush=True)  # noqa: T201 -- the second what `--variant guide` needs set
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(read_arguments()))
