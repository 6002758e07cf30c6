"""An answer as people use it on the real process, and the window it can be asked in; the same over both transports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.messages.answer_buttons import BY, CSV, DETAILS, SHARE
from bot.messages.explore import EXPLORE_SHORTCUT, KEYS
from bot.messages.help import RUN
from tests.e2e.harness import use_http, use_port, words_of

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import SlackMessage
    from tests.e2e.harness import World

TRANSPORTS = {"socket": use_port, "http": use_http}


def by_model(message: SlackMessage) -> str:
    """The choice in an answer's menu."""
    (menu,) = [e for block in message.blocks for e in block.get("elements", ()) if e.get("action_id") == BY]
    return str(menu["options"][1]["value"])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_answer_is_gone_on_from_shared_and_explored(synced: World, transport: str) -> None:
    TRANSPORTS[transport](synced)
    synced.slack.grant("files:write")
    slack = synced.slack
    async with synced.bot() as bot:
        await bot.until(lambda: synced.all_sent(count=2))

        answer = await slack.ask("/claudecost", "7d")
        other = await (await slack.click(answer, BY, choose=by_model(answer))).answer()
        assert other.ts == answer.ts
        assert "7d by model" in words_of(other)

        await slack.click(other, DETAILS)
        await slack.wait_until(lambda: slack.modal() is not None)
        assert "By UTC day" in str(slack.require_modal()["blocks"])
        await slack.close_modal()

        sent = await (await slack.click(other, CSV)).answer()
        assert [file.name in sent.text for file in slack.files.kept.values()] == [True]

        public = await (await slack.click(other, SHARE)).answer()
        own = await (await slack.click(public, BY, choose=by_model(public), user=slack.colleague)).answer()
        assert own.visible_to == slack.colleague

        helped = await slack.ask("/claudecost", "help")
        assert "in 7 days" in (await (await slack.click(helped, RUN)).answer()).text

        await slack.shortcut(EXPLORE_SHORTCUT)
        await slack.wait_until(lambda: slack.modal() is not None)
        assert await slack.suggest(KEYS, "ingest")
        await slack.submit({"days": "30d", "by": "model"})
        direct = slack.workspace.direct_message_with(slack.user).id
        explored = await slack.wait_for_message(lambda said: said.channel == direct and "30 days" in said.text)
        assert "/claudecost 30d by model" in words_of(explored)

    assert max(slack.ack_times) < 3
