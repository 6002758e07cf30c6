"""What a person did to the app, when it acknowledged, and what it answered: by the ack or by the response URL."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.chat import content_of
from bot.sandbox.slack.limits import refuse_message
from bot.sandbox.slack.refusals import Refusal
from bot.sandbox.slack.workspace import SlackMessage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.sandbox.slack.workspace import Changes, Workspace

RESPONSE_URL_USES = 5
RESPONSE_URL_LIFETIME = timedelta(minutes=30)
TRUE = (True, "true")


@dataclass(slots=True, kw_only=True, eq=False)
class Interaction:
    """A command, click, shortcut or submission. Times are seconds since it was sent off.

    `answers` are the messages the app made or changed through it, `refusals` what Slack would not show.
    """

    user: str
    channel: str | None
    response_url: str
    trigger_id: str
    expires_at: datetime
    changes: Changes
    original: SlackMessage | None = None
    sent_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    acked_after: float | None = None
    ack_payload: dict[str, Any] | None = None
    answers: list[SlackMessage] = field(default_factory=list)
    answered_after: list[float] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    uses: int = 0
    _answers_taken: int = 0

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self.sent_at

    def add_answer(self, message: SlackMessage) -> None:
        self.answers.append(message)
        self.answered_after.append(self.elapsed())
        self.changes.announce()

    async def answer(self, *, within: float = 5.0) -> SlackMessage:
        """The next answer that this method has not returned yet.

        Raises:
            TimeoutError: None came; what Slack refused meanwhile is in the message.
        """
        try:
            message = await self.changes.until(self._next_answer, within=within, what="answer")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; refused: {self.refusals or 'nothing'}") from None
        self._answers_taken += 1
        return message

    def _next_answer(self) -> SlackMessage | None:
        waiting = self.answers[self._answers_taken :]
        return waiting[0] if waiting else None


class ResponseUrls:
    """Each interaction's response URL: five uses, thirty minutes, messages to one person unless said otherwise."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._interactions: dict[str, Interaction] = {}

    def begin(
        self, *, base_url: str, user: str, channel: str | None, trigger_id: str, original: SlackMessage | None = None
    ) -> Interaction:
        """A new interaction with a response URL of its own."""
        kind = "commands" if original is None else "actions"
        path = f"/{kind}/{self._workspace.team_id}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        interaction = Interaction(
            user=user,
            channel=channel,
            response_url=f"{base_url}{path}",
            trigger_id=trigger_id,
            expires_at=self._workspace.now() + RESPONSE_URL_LIFETIME,
            changes=self._workspace.changes,
            original=original,
        )
        self._interactions[path] = interaction
        return interaction

    def respond(self, path: str, body: Mapping[str, Any]) -> Refusal | None:
        """One use of a response URL; None if Slack did what the body says."""
        interaction = self._interactions.get(path)
        if interaction is None:
            return Refusal("invalid_url")
        if interaction.uses >= RESPONSE_URL_USES:
            return Refusal("used_url")
        if self._workspace.now() > interaction.expires_at:
            return Refusal("expired_url")
        interaction.uses += 1
        return self.show(interaction, body)

    def show(self, interaction: Interaction, body: Mapping[str, Any]) -> Refusal | None:
        """Show what an ack or a response says; None if Slack takes it."""
        original = self._standing(interaction)
        if body.get("delete_original") in TRUE and original is not None:
            interaction.add_answer(self._workspace.delete(original))
            return None
        refusal = refuse_message(body)
        if refusal is not None:
            interaction.refusals.append(refusal)
            return refusal
        interaction.add_answer(self._workspace.save(self._shown(interaction, original, body)))
        return None

    def _standing(self, interaction: Interaction) -> SlackMessage | None:
        """The message that was clicked on, as it is now."""
        original = interaction.original
        if original is None:
            return None
        return self._workspace.find_message(channel=original.channel, ts=original.ts)

    def _shown(self, interaction: Interaction, original: SlackMessage | None, body: Mapping[str, Any]) -> SlackMessage:
        content = content_of(dict(body))
        if body.get("replace_original") in TRUE and original is not None:
            return replace(original, **content, edited_ts=self._workspace.new_ts())
        return SlackMessage(
            channel=interaction.channel or "",
            ts=self._workspace.new_ts(),
            user=self._workspace.bot_user,
            thread_ts=body.get("thread_ts"),
            metadata=body.get("metadata"),
            visible_to=None if body.get("response_type") == "in_channel" else interaction.user,
            **content,
        )
