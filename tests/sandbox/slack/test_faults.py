from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import ServerDisconnectedError
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.faults import Broken, Dropped, Fault, Hanging, Moment, RateLimited, Refused, Slow
from bot.sandbox.slack.local import LocalSlack
from tests.sandbox.slack.peers import clock, web_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

POST = "chat.postMessage"


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(now=clock) as slack:
        yield slack


async def post(slack: LocalSlack) -> None:
    client = web_client(slack)
    client.timeout = 0.1  # type: ignore[assignment]  # aiohttp takes fractions of a second
    await client.chat_postMessage(channel=slack.channel, text="Spend")


@pytest.mark.parametrize(
    ("fault", "error", "posted"),
    [
        (RateLimited(retry_after=7), SlackApiError, 0),
        (Refused("account_inactive"), SlackApiError, 0),
        (Broken(500, Moment.BEFORE), SlackApiError, 0),
        (Broken(500, Moment.AFTER), SlackApiError, 1),
        (Dropped(Moment.BEFORE), ServerDisconnectedError, 0),
        (Dropped(Moment.AFTER), ServerDisconnectedError, 1),
        (Hanging(Moment.BEFORE), asyncio.TimeoutError, 0),
        (Hanging(Moment.AFTER), asyncio.TimeoutError, 1),
    ],
)
async def test_a_call_goes_wrong_before_or_after_its_effect(
    slack: LocalSlack, fault: Fault, error: type[Exception], posted: int
) -> None:
    slack.faults.add(POST, fault)
    with pytest.raises(error):
        await post(slack)
    assert len(slack.messages()) == posted


async def test_a_rate_limit_says_how_long(slack: LocalSlack) -> None:
    slack.faults.add(POST, RateLimited(retry_after=7))
    with pytest.raises(SlackApiError) as caught:
        await post(slack)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"


async def test_a_slow_call_happens_after_its_caller_has_gone(slack: LocalSlack) -> None:
    slack.faults.add(POST, Slow(0.2))
    with pytest.raises(asyncio.TimeoutError):
        await post(slack)
    assert slack.messages() == []
    await slack.wait_for_message()


async def test_a_drop_can_kill_the_caller_at_that_very_moment(slack: LocalSlack) -> None:
    seen: list[int] = []
    slack.faults.add(POST, Dropped(Moment.AFTER, then=lambda: seen.append(len(slack.messages()))))
    with pytest.raises(ServerDisconnectedError):
        await post(slack)
    assert seen == [1]


async def test_faults_are_used_up_in_order(slack: LocalSlack) -> None:
    slack.faults.add(POST, Refused("fatal_error"), Refused("internal_error"))
    for word in ("fatal_error", "internal_error"):
        with pytest.raises(SlackApiError, match=word):
            await post(slack)
    await post(slack)
    assert [call.answer is None for call in slack.calls] == [True, True, False]


async def test_a_lasting_fault_ends_when_cleared(slack: LocalSlack) -> None:
    slack.faults.always(POST, Refused("fatal_error"))
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await post(slack)
    slack.faults.clear()
    await post(slack)
    assert len(slack.messages()) == 1


async def test_other_methods_are_spared(slack: LocalSlack) -> None:
    slack.faults.always(POST, Broken())
    assert (await web_client(slack).auth_test())["ok"]
