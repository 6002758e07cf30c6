from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from bot.sandbox.admin_api import AdminApiServer
from bot.sandbox.organization import simulated_organization
from bot.sandbox.slack.local import LocalSlack
from tests.builders import NOW, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

    StandIn = AdminApiServer | LocalSlack

PATIENCE = 2
ACCEPTED = 2
"""Turns of the event loop after which a connection is accepted for sure."""


def admin_api() -> AdminApiServer:
    return AdminApiServer(simulated_organization(today=TODAY, days=8), now=lambda: NOW)


def slack() -> LocalSlack:
    return LocalSlack(now=lambda: NOW)


@pytest.mark.parametrize("build", [admin_api, slack])
@pytest.mark.parametrize("turns", range(5))
async def test_whoever_connects_as_it_stops_is_not_left_hanging(build: Callable[[], StandIn], turns: int) -> None:
    async with build() as stand_in:
        peer = socket.create_connection(("127.0.0.1", urlsplit(stand_in.base_url).port))
        for _ in range(turns):
            await asyncio.sleep(0)

    with peer:
        peer.setblocking(False)
        try:
            async with asyncio.timeout(PATIENCE):
                assert await asyncio.get_running_loop().sock_recv(peer, 1) == b""
        except ConnectionResetError:
            assert turns < ACCEPTED, "once accepted, it is closed in order"


async def test_a_slack_that_was_stopped_before_its_end_ends_well() -> None:
    async with slack() as stopped:
        await stopped.stop()
