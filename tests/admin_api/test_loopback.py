"""The client against real sockets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.admin_api import AdminApi, Patience, Unavailable
from tests.admin_api.stand_in import COST_ROW, FIRST_KEY, NOW, ONE_DAY, Sleeper, bucket, encoded, everything, page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = encoded(page(bucket(COST_ROW)))
HEAD = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n".encode()


class Server:
    """Writes what it is told to each connection in turn; None leaves the client hanging."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer = self.answers.pop(0)
        if answer is None:
            await self.released.wait()
        writer.write(answer or b"")
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def client_of(server: Server, *, sleep: Sleeper, patience: Patience | None = None) -> AsyncIterator[AdminApi]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    client = AdminApi(
        credentials=[FIRST_KEY],
        base_url=f"http://{host}:{port}",
        organization_path="/v1/organizations",
        sleep=sleep,
        now=lambda: NOW,
        random=lambda: 0.5,
        patience=patience or Patience(),
    )
    async with client, listening:
        yield client
        server.released.set()


async def test_a_connection_dropped_in_the_middle_of_a_page_is_tried_again() -> None:
    sleep = Sleeper()
    async with client_of(Server(HEAD + BODY[:-20], HEAD + BODY), sleep=sleep) as client:
        lines = await everything(client.fetch_cost(ONE_DAY))
    assert ([line.amount for line in lines], sleep.naps) == ([1_237_891_200], [15.0])


async def test_connections_that_always_drop_are_given_up() -> None:
    sleep = Sleeper()
    async with client_of(Server(*[HEAD + BODY[:-20]] * 5), sleep=sleep) as client:
        with pytest.raises(Unavailable, match=r"broke off its answer .* tried 5 times"):
            await everything(client.fetch_cost(ONE_DAY))


async def test_an_answer_that_never_comes_is_not_waited_for() -> None:
    patience = Patience(attempts=1, longest_attempt=0.05)
    async with client_of(Server(None), sleep=Sleeper(), patience=patience) as client:
        with pytest.raises(Unavailable, match=r"did not answer in time .* tried once"):
            await everything(client.fetch_cost(ONE_DAY))


async def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with client_of(Server(HEAD + BODY), sleep=Sleeper(), patience=Patience(attempts=1)) as client:
        assert len(await everything(client.fetch_cost(ONE_DAY))) == 1
