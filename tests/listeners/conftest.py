from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.jobs.replay import replay
from bot.listeners.claudecost import Answers
from bot.listeners.running import Running
from bot.listeners.transport import SocketMode
from bot.sandbox.slack.delivery import NotAcknowledgedError
from bot.sandbox.slack.socket import envelope_json
from bot.wiring import (
    VERSION,
    build_contract,
    build_digest_desk,
    build_gate,
    build_known_budgets,
    build_privacy,
    build_teams,
    build_transport,
    build_units,
)
from tests.at_once import to_thread, without_threads
from tests.kept import keeping_connections
from tests.loopback import loopback

if TYPE_CHECKING:
    import logging
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_sdk.socket_mode.response import SocketModeResponse

    from bot.messages.status import Status
    from bot.sandbox.slack.delivery import Envelope
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.loopback import World


asks_only = pytest.mark.asyncio(loop_scope="module")
"""A test that changes nothing: the bot it asks answers other tests of its module too."""


@dataclass(frozen=True, slots=True)
class WithoutSocket:
    """The way to the app in this process: what a socket carries is given to Bolt as the socket's client gives it.

    `tests/listeners/test_transport.py` and `tests/e2e` have a socket between.
    """

    handler: AsyncSocketModeHandler

    async def deliver(self, envelope: Envelope, *, within: float) -> dict[str, Any] | None:
        """What Bolt acknowledges it with, None for a bare one. Raises `NotAcknowledgedError`."""
        carried = json.loads(json.dumps(envelope_json(envelope)))
        client = Acknowledged(self.handler.client.logger)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self.handler.handle(client, SocketModeRequest.from_dict(carried))  # type: ignore[arg-type]  # all that it asks of a client
        if client.answer is None:
            raise NotAcknowledgedError(f"no ack of {envelope.type} within {within:g} s")
        return client.answer.payload


@dataclass(slots=True)
class Acknowledged:
    """A client that keeps what it is to send."""

    logger: logging.Logger
    answer: SocketModeResponse | None = None

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """What acknowledges an envelope."""
        self.answer = response


@dataclass(kw_only=True, repr=False)
class Listening:
    """The listeners, connected to the local Slack."""

    world: World
    running: Running

    async def ask(self, text: str, *, user: str | None = None) -> SlackMessage:
        """Somebody types the slash command; the answer that only they see."""
        return await self.world.slack.ask("/claudecost", text, user=user)


@contextlib.asynccontextmanager
async def listening(world: World) -> AsyncIterator[Listening]:
    """Connected while inside."""
    answers = build_answers(world)
    transport = build_transport(world.settings, answers, web.Application())
    assert isinstance(transport, SocketMode)
    await transport.identity.load()
    try:
        with world.slack.delivering_by(WithoutSocket(transport.handler)):
            yield Listening(world=world, running=answers.running)
    finally:
        await transport.close()


def build_answers(world: World) -> Answers:
    """What answers whoever asks, without Slack."""
    clock = world.build_clock()

    async def status() -> Status:
        return await clock.status(version=VERSION)

    return Answers(
        open_store=world.open_store,
        now=world.clock,
        status=status,
        running=Running(),
        contract=build_contract(world.settings),
        say_now=clock.tick,
        replay=replay,
        privacy=build_privacy(world.settings),
        gate=build_gate(world.settings, world.open_store, now=world.clock),
        digests=build_digest_desk(world.settings, now=world.clock),
        budgets=build_known_budgets(world.settings),
        teams=build_teams(world.settings),
        units=build_units(world.settings),
    )


@pytest.fixture(scope="module", autouse=True)
def spared() -> Iterator[None]:
    """Connections are kept, and no work is handed to a thread, for as long as a module's tests run."""
    with keeping_connections(), without_threads():
        yield


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done in threads is: what happens at the same time is the fact."""
    monkeypatch.setattr(asyncio, "to_thread", to_thread)


@pytest.fixture
async def bot(synced: World) -> AsyncIterator[Listening]:
    """Answers from the days of a first sync."""
    async with listening(synced) as connected:
        yield connected


@pytest.fixture
async def empty_bot(world: World) -> AsyncIterator[Listening]:
    """Answers before anything was fetched."""
    async with listening(world) as connected:
        yield connected


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_bot(tmp_path_factory: pytest.TempPathFactory, synced_database: Path) -> AsyncIterator[Listening]:
    """One of those for all tests of a module that only ask."""
    async with loopback(tmp_path_factory.mktemp("shared")) as world:
        world.adopt(synced_database)
        async with listening(world) as connected:
            yield connected
