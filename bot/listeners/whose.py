"""The menu under "whose is this key?": an admin's answer is kept with its date and who gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.listeners.clicks import ClickDesk, NothingChanged, action_of, chosen, open_view
from bot.loading.owners import load_ownership
from bot.messages.notices import could_not_answer
from bot.messages.whose import (
    CHOOSE,
    NO_SUCH_TEAM,
    ONLY_ADMINS,
    WHOSE,
    WHOSE_VIEW,
    is_owned_by,
    whose_answer,
    whose_view,
)
from bot.model import Claim, Posting
from bot.snapshots.parts import parts_of
from bot.snapshots.teams import question_key
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.listeners.claudecost import Answers
    from bot.model import Names
    from bot.snapshots.store import Store


def register_whose(app: AsyncApp, answers: Answers) -> None:
    """Answers the menu, in the message or in its window."""
    desk = OwnersDesk(answers)
    app.action(WHOSE)(desk.answer)
    app.action(CHOOSE)(desk.open)
    app.view(WHOSE_VIEW)(desk.submit)


@dataclass(frozen=True, slots=True)
class OwnersDesk(ClickDesk):
    """The listeners."""

    async def answer(self, args: AsyncArgs) -> None:
        """Keeps what was chosen in the message."""
        await args.ack()
        place, team, channel = str(action_of(args)["block_id"]), chosen(args), args.body["channel"]["id"]
        await self.attend(args, lambda: self.keep(args, place, team, channel=channel), channel=None)

    async def open(self, args: AsyncArgs) -> None:
        """Opens the window to choose in."""
        await args.ack()
        place, channel = str(action_of(args)["value"]), args.body["channel"]["id"]

        def load(store: Store) -> dict[str, Any]:
            _, _, key_id = place.partition(" ")
            teams = [team.name for team in load_ownership(store, self.answers.teams).teams]
            if not teams:
                raise NothingChanged(could_not_answer(NO_SUCH_TEAM))
            return whose_view(names_with(store, key_id).api_key(key_id), teams, carries=f"{channel} {place}")

        async def show() -> None:
            await open_view(args, await with_store(self.answers.open_store, load))

        await self.attend(args, show, channel=None)

    async def submit(self, args: AsyncArgs) -> None:
        """Keeps what was chosen in the window."""
        await args.ack()
        view = args.body["view"]
        channel, _, place = str(view["private_metadata"]).partition(" ")
        team = str(view["state"]["values"][WHOSE][WHOSE]["selected_option"]["value"])
        await self.attend(args, lambda: self.keep(args, place, team, channel=channel), channel=channel)

    async def attend(self, args: AsyncArgs, act: Callable[[], Awaitable[None]], *, channel: str | None) -> None:
        """Does what an admin clicked for; anybody else, and whom that fails for, is told in one line."""

        async def act_for_admins() -> None:
            if not (await self.answers.gate.admitted(args)).is_admin:
                raise NothingChanged(could_not_answer(ONLY_ADMINS))
            await act()

        await self.answer_click(args, act_for_admins, channel=channel)

    async def keep(self, args: AsyncArgs, place: str, team: str, *, channel: str) -> None:
        """Keeps whose a key is, and has it said."""
        user = args.body["user"]["id"]
        await with_store(
            self.answers.open_store, lambda store: self.save(store, place, team, user=user, channel=channel)
        )
        await self.answers.say_now()

    def save(self, store: Store, place: str, team: str, *, user: str, channel: str) -> None:
        """Keeps what somebody said, and shows it in the message. Raises `NothingChanged`."""
        workspace_id, _, key_id = place.partition(" ")
        now, names = self.answers.now(), names_with(store, key_id)
        claim = Claim(
            workspace_id=workspace_id,
            key_id=key_id,
            team=team,
            since=min(names.first_days.get(key_id, now.date()), now.date()),
            given_by=user,
            given_at=now,
        )
        with store.transaction():
            self.check(store, claim, names)
            store.teams.save_claim(claim)
            root = question_key(workspace_id, key_id)
            said = whose_answer(claim, key=names.api_key(key_id), workspace=names.workspace(workspace_id))
            store.outbox.add(Posting(key=f"{root}:{now.isoformat()}", channel=channel, message=said, edits=root))

    def check(self, store: Store, claim: Claim, names: Names) -> None:
        """Raises `NothingChanged` where the team is gone, or a rule says whose the key is by now."""
        ownership = load_ownership(store, self.answers.teams)
        if claim.team not in ownership.by_name:
            raise NothingChanged(could_not_answer(NO_SUCH_TEAM))
        owners = ownership.on(claim.given_at.date(), names)
        rules = owners.most_specific((claim.workspace_id, claim.key_id))
        if rules and not any(rule.is_claim for rule in rules):
            sources = [rule.source for rule in rules]
            raise NothingChanged(could_not_answer(is_owned_by(names.api_key(claim.key_id), sources)))


def names_with(store: Store, key_id: str) -> Names:
    """The names of the organisation that a key is of."""
    each = [part.store.names.load_names() for part in parts_of(store)]
    return next((names for names in each if key_id in names.api_keys or key_id in names.first_days), each[0])
