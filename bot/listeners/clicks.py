"""What all clicks have in common: what was chosen, the window to open, and a line for whoever clicked alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.listeners.apology import apology
from bot.listeners.reply import reply
from bot.messages.alert_answers import TOO_LATE as WINDOW_TOO_LATE
from bot.messages.plain import as_told
from bot.slack_api import NotPosted, SlackError, answered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.listeners.claudecost import Answers
    from bot.model import Message

log = logging.getLogger(__name__)

TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})


class NothingChanged(Exception):
    """A click that changes nothing; `said` is what whoever clicked is told."""

    def __init__(self, said: Message) -> None:
        super().__init__(said.text)
        self.said = said


@dataclass(frozen=True, slots=True)
class ClickDesk:
    """What answers clicks on one kind of message."""

    answers: Answers

    async def answer_click(
        self, args: AsyncArgs, act: Callable[[], Awaitable[None]], *, channel: str | None = None
    ) -> None:
        """Does what a click is for; where that fails, whoever clicked is told in one line."""
        with self.answers.running.answer():
            try:
                await act()
            except NothingChanged as nothing:
                await whisper(args, nothing.said, channel=channel)
            except Exception as error:  # noqa: BLE001 -- somebody waits, whatever went wrong
                await whisper(args, apology(error), channel=channel)


def action_of(args: AsyncArgs) -> Mapping[str, Any]:
    """The button or menu that was used."""
    return args.action or {}


def chosen(args: AsyncArgs) -> str:
    """The value of what was chosen in a menu."""
    return str(action_of(args)["selected_option"]["value"])


async def open_view(args: AsyncArgs, view: dict[str, Any]) -> None:
    """Shows a window to whoever clicked. Raises `NothingChanged` where Slack waited no longer."""
    try:
        await answered(args.client.views_open(trigger_id=args.body["trigger_id"], view=view))
    except NotPosted as refusal:
        if refusal.error not in TOO_LATE:
            raise
        raise NothingChanged(WINDOW_TOO_LATE) from None


async def whisper(args: AsyncArgs, said: Message, *, channel: str | None) -> None:
    """Tells whoever clicked, and nobody else: in the channel of the alert, or where the bot may not, directly."""
    if channel is None:
        await reply(args.respond, said, to="asker")
        return
    user, blocks = args.body["user"]["id"], list(said.blocks)
    try:
        await answered(args.client.chat_postEphemeral(channel=channel, user=user, text=said.text, blocks=blocks))
    except NotPosted:
        await tell_directly(args, user, said)
    except SlackError as error:
        log.warning("somebody could not be told: %s", error)


async def tell_directly(args: AsyncArgs, user: str, said: Message) -> None:
    """A direct message, as plain text if Slack refuses its blocks."""
    for shown in as_told(said):
        try:
            await answered(args.client.chat_postMessage(channel=user, text=shown.text, blocks=list(shown.blocks)))
        except NotPosted as refusal:
            log.warning("somebody could not be told: %s", refusal)
        except SlackError as error:
            log.warning("nobody knows whether somebody was told: %s", error)
            return
        else:
            return
