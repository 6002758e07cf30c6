"""A local Slack: one workspace with one app installed in it, served on a free loopback port.

    async with LocalSlack(now=clock) as slack:
        …start the bot with slack.api_url, slack.bot_token and slack.app_token…
        await slack.until_connected()
        answer = await slack.ask("/claudecost", "7d")
        await slack.click(answer, "share_answer")
        posted = await slack.wait_for_message(lambda message: message.channel == slack.channel)

It runs in the caller's event loop, keeps everything in memory, enforces Slack's limits and scopes, and fails on demand
(`slack.faults`). Payloads go over Socket Mode, or signed to a request URL after `use_http`. What it cannot show: how
Slack looks, how fast it is, and any rule that its documentation leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import ACK_SECONDS, Envelope, EnvelopeType
from bot.sandbox.slack.elements import find_element, state_of, unanswered, used
from bot.sandbox.slack.limits import refuse_options
from bot.sandbox.slack.refusals import MethodRefusedError
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import SlackChannel, SlackMessage, SlackUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.sandbox.slack.answers import Interaction
    from bot.sandbox.slack.delivery import Retry


def anyone_said(_message: SlackMessage) -> bool:
    return True


FEWEST_LETTERS = 3
"""Before so many are typed, Slack asks the app for no options unless a menu says otherwise."""


class LocalSlack(SlackServer):
    """What people do in Slack and what they see there.

    There are two people (`user`, who is an admin, and `colleague`), a channel with the bot in it (`channel`) and one
    without (`other_channel`); `workspace` takes more. Whatever an action leaves out happens as `user`, in `channel`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        scopes: Sequence[str] = ("commands", "chat:write"),
        port: int = 0,
        post_interval: timedelta | None = None,
        ping_every: float = 5.0,
    ) -> None:
        super().__init__(now=now, scopes=scopes, port=port, post_interval=post_interval, ping_every=ping_every)
        self.interactions: list[Interaction] = []
        team = self.workspace.team_id
        alice = SlackUser(id="U0ALICE01", name="alice", team_id=team, is_admin=True)
        bob = SlackUser(id="U0BOB0001", name="bob", team_id=team)
        self.user, self.colleague = (self.workspace.add_user(person).id for person in (alice, bob))
        everybody = {self.user, self.colleague, self.workspace.bot_user}
        self.channel = self.add_channel("C0COSTS01", "claude-costs", members=everybody).id
        self.other_channel = self.add_channel("C0RANDOM1", "random", members=everybody - {self.workspace.bot_user}).id

    def add_channel(self, channel_id: str, name: str, *, members: Iterable[str]) -> SlackChannel:
        """A public channel; for other kinds use `workspace.add_channel`."""
        return self.workspace.add_channel(SlackChannel(id=channel_id, name=name, members=set(members)))

    def remove_bot(self, channel: str) -> None:
        """Somebody removes the bot from a channel."""
        self.workspace.channels[channel].members.discard(self.workspace.bot_user)

    def delete_message(self, message: SlackMessage) -> None:
        """Somebody who may deletes a message."""
        self.workspace.delete(message)

    # --- What people do ---

    async def command(
        self,
        command: str,
        text: str = "",
        *,
        user: str | None = None,
        channel: str | None = None,
        within: float = ACK_SECONDS,
    ) -> Interaction:
        """Type a slash command and wait for its ack; the answers come to `Interaction.answer`.

        Raises:
            NotAcknowledgedError: The app did not acknowledge in time.
        """
        place = self.workspace.channels[channel or self.channel]
        interaction = self._begin(user=user, channel=place.id)
        payload = payloads.command_payload(
            self.workspace,
            command=command,
            text=text,
            user=self.workspace.users[interaction.user],
            channel=place,
            callback=payloads.Callback(response_url=interaction.response_url, trigger_id=interaction.trigger_id),
        )
        envelope = Envelope(type=EnvelopeType.COMMAND, payload=payload, accepts_response=True)
        await self._send(interaction, envelope, within)
        if interaction.ack_payload:
            self._response_urls.show(interaction, interaction.ack_payload)
        return interaction

    async def ask(
        self,
        command: str,
        text: str = "",
        *,
        user: str | None = None,
        channel: str | None = None,
        within: float = 5.0,
    ) -> SlackMessage:
        """Type a slash command and wait for its first answer."""
        interaction = await self.command(command, text, user=user, channel=channel)
        return await interaction.answer(within=within)

    async def click(
        self,
        place: SlackMessage | Mapping[str, Any],
        action_id: str,
        *,
        user: str | None = None,
        choose: Any = None,
        within: float = ACK_SECONDS,
    ) -> Interaction:
        """Click a button or use a menu on a message or view, as `place` shows it; `choose` is the option's value.

        Raises:
            LookupError: There is no such element, or it has no such option.
            NotAcknowledgedError: The app did not acknowledge in time.
        """
        interaction, blocks, where = self._click_at(place, user)
        payload = payloads.action_payload(
            self.workspace,
            user=self.workspace.users[interaction.user],
            action=used(*find_element(blocks, action_id), choose),
            state=state_of(blocks, {} if choose is None else {action_id: choose}),
            trigger_id=interaction.trigger_id,
        )
        await self._send(interaction, Envelope(type=EnvelopeType.INTERACTIVE, payload=payload | where), within)
        return interaction

    async def shortcut(self, callback_id: str, *, user: str | None = None, within: float = ACK_SECONDS) -> Interaction:
        """Use a global shortcut."""
        interaction = self._begin(user=user)
        payload = payloads.shortcut_payload(
            self.workspace,
            callback_id=callback_id,
            user=self.workspace.users[interaction.user],
            trigger_id=interaction.trigger_id,
        )
        await self._send(interaction, Envelope(type=EnvelopeType.INTERACTIVE, payload=payload), within)
        return interaction

    async def submit(
        self, values: Mapping[str, Any], *, user: str | None = None, within: float = ACK_SECONDS
    ) -> Interaction:
        """Fill in the topmost modal (values by action id), send it off, and do with it what the ack says.

        Raises:
            ValueError: A required input is empty; Slack would not send it.
            NotAcknowledgedError: The app did not acknowledge in time.
        """
        view = self.require_modal(user)
        missing = unanswered(view["blocks"], values)
        if missing:
            raise ValueError(f"Slack asks to fill in: {', '.join(missing)}")
        interaction = self._begin(user=user)
        payload = payloads.submission_payload(
            self.workspace,
            user=self.workspace.users[interaction.user],
            view=view,
            state=state_of(view["blocks"], values),
            trigger_id=interaction.trigger_id,
        )
        envelope = Envelope(type=EnvelopeType.INTERACTIVE, payload=payload, accepts_response=True)
        await self._send(interaction, envelope, within)
        self._follow(interaction, view)
        return interaction

    async def suggest(
        self, action_id: str, typed: str, *, user: str | None = None, within: float = ACK_SECONDS
    ) -> list[dict[str, Any]]:
        """Type in a menu of the topmost modal whose options the app loads; the options it offers.

        Raises:
            ValueError: Slack asks only once there are more letters, or does not take the options.
            NotAcknowledgedError: The app did not acknowledge in time.
        """
        view = self.require_modal(user)
        block_id, element = find_element(view["blocks"], action_id)
        if len(typed) < element.get("min_query_length", FEWEST_LETTERS):
            raise ValueError(f"{typed!r} is too short for Slack to ask")
        interaction = self._begin(user=user)
        payload = payloads.suggestion_payload(
            self.workspace,
            user=self.workspace.users[interaction.user],
            view=view,
            block_id=block_id,
            action_id=action_id,
            typed=typed,
        )
        await self._send(
            interaction, Envelope(type=EnvelopeType.INTERACTIVE, payload=payload, accepts_response=True), within
        )
        options: list[dict[str, Any]] = (interaction.ack_payload or {}).get("options", [])
        if refused := refuse_options(options):
            raise ValueError(f"Slack does not take the options: {refused}")
        return options

    async def close_modal(self, *, user: str | None = None, within: float = ACK_SECONDS) -> None:
        """Close the topmost modal; the app hears of it if the view asks for that."""
        view = self.require_modal(user)
        person = user or self.user
        self.views.close(person)
        if view["notify_on_close"]:
            payload = payloads.closing_payload(self.workspace, user=self.workspace.users[person], view=view)
            envelope = Envelope(type=EnvelopeType.INTERACTIVE, payload=payload)
            await self._send(self._begin(user=person), envelope, within)

    async def open_home(self, *, user: str | None = None, within: float = ACK_SECONDS) -> None:
        """Open the app's Home tab; the app publishes it, see `home`."""
        person = user or self.user
        channel = self.workspace.direct_message_with(person).id
        home = self.views.home(person)
        seen = {} if home is None else {"view": home}
        event = {"type": "app_home_opened", "user": person, "channel": channel, "tab": "home", **seen}
        await self.event(event, within=within)

    async def event(self, event: dict[str, Any], *, retry: Retry | None = None, within: float = ACK_SECONDS) -> None:
        """Send an event of the Events API and wait for its ack."""
        payload = payloads.event_payload(self.workspace, event)
        envelope = Envelope(type=EnvelopeType.EVENT, payload=payload, retry=retry)
        await self._send(self._begin(user=event.get("user")), envelope, within)

    # --- What there is to see ---

    def messages(self, channel: str | None = None) -> list[SlackMessage]:
        """What everybody sees in a channel now, replies included, oldest first."""
        everything = self.workspace.messages()
        return [said for said in everything if said.channel == (channel or self.channel) and not said.is_ephemeral]

    def whispers(self, user: str | None = None) -> list[SlackMessage]:
        """The ephemeral messages one person sees now, in any channel, oldest first."""
        return [said for said in self.workspace.messages() if said.visible_to == (user or self.user)]

    def versions(self, message: SlackMessage) -> list[SlackMessage]:
        """Each version of a message there ever was, its deletion included."""
        return self.workspace.versions(message)

    @property
    def answers(self) -> list[SlackMessage]:
        """What the app answered by acks and response URLs, in the order of the questions."""
        return [answer for interaction in self.interactions for answer in interaction.answers]

    @property
    def ack_times(self) -> list[float]:
        """Seconds from sending to the ack, for everything that was acknowledged."""
        return [asked.acked_after for asked in self.interactions if asked.acked_after is not None]

    def modal(self, user: str | None = None) -> dict[str, Any] | None:
        """The modal on top of somebody's screen."""
        return self.views.modal(user or self.user)

    def require_modal(self, user: str | None = None) -> dict[str, Any]:
        """The modal on top of somebody's screen.

        Raises:
            LookupError: There is none.
        """
        view = self.modal(user)
        if view is None:
            raise LookupError(f"{user or self.user} has no modal open")
        return view

    def home(self, user: str | None = None) -> dict[str, Any] | None:
        """Somebody's Home tab as last published."""
        return self.views.home(user or self.user)

    # --- Waiting ---

    async def until_connected(self, *, connections: int = 1, within: float = 10.0) -> None:
        """Wait until the app holds so many sockets that were not told to leave."""
        await self.wait_until(lambda: self.sockets.count_staying() >= connections, within=within)

    async def wait_for_message(
        self, predicate: Callable[[SlackMessage], bool] = anyone_said, *, within: float = 10.0
    ) -> SlackMessage:
        """The first version of any message that fits, already there or still to come."""

        def look() -> SlackMessage | None:
            return next((message for message in self.workspace.log if predicate(message)), None)

        return await self.workspace.changes.until(look, within=within, what="message that fits")

    async def wait_until(self, predicate: Callable[[], bool], *, within: float = 10.0) -> None:
        """Wait for anything that can be seen here: a view, a call, so many messages or sockets."""
        await self.workspace.changes.until(lambda: predicate() or None, within=within, what="such change")

    # --- Inside ---

    def _begin(
        self, *, user: str | None, channel: str | None = None, original: SlackMessage | None = None
    ) -> Interaction:
        person = user or self.user
        interaction = self._response_urls.begin(
            base_url=self.base_url,
            user=person,
            channel=channel,
            trigger_id=self.views.new_trigger(person),
            original=original,
        )
        self.interactions.append(interaction)
        return interaction

    async def _send(self, interaction: Interaction, envelope: Envelope, within: float) -> None:
        interaction.ack_payload = await self._transport.deliver(envelope, within=within)
        interaction.acked_after = interaction.elapsed()

    def _click_at(
        self, place: SlackMessage | Mapping[str, Any], user: str | None
    ) -> tuple[Interaction, Sequence[dict[str, Any]], dict[str, Any]]:
        """A click's interaction, the blocks around it, and what the payload says of the place."""
        if not isinstance(place, SlackMessage):
            return self._begin(user=user), place["blocks"], payloads.in_view(dict(place))
        interaction = self._begin(user=user, channel=place.channel, original=place)
        where = payloads.in_message(
            self.workspace,
            message=place,
            channel=self.workspace.channels[place.channel],
            response_url=interaction.response_url,
        )
        return interaction, place.blocks, where

    def _follow(self, interaction: Interaction, view: Mapping[str, Any]) -> None:
        """Do with a submitted modal what the ack says; with `errors` it stays."""
        ack = interaction.ack_payload or {}
        try:
            match ack.get("response_action", "close"):
                case "close":
                    self.views.close(interaction.user)
                case "clear":
                    self.views.clear(interaction.user)
                case "update":
                    self.views.update(ack.get("view"), view_id=view["id"], external_id=None, seen=None)
                case "push":
                    self.views.lay(ack.get("view"), user=interaction.user)
        except MethodRefusedError as refused:
            interaction.refusals.append(refused.refusal)
