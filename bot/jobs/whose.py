"""Whose: a key that nobody owns and that begins to spend is asked about in the channel, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.jobs.budgets import data_as_of
from bot.loading.newcomers import load_newcomers
from bot.loading.owners import load_ownership
from bot.messages.quiet import held
from bot.messages.whose import whose_question
from bot.model import Posting
from bot.snapshots.teams import question_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.analysis.contract import Contract
    from bot.analysis.ownership import Team
    from bot.analysis.quiet_hours import QuietHours
    from bot.snapshots.store import Store

MOST_AT_ONCE = 3
"""Questions at one look; a channel that is asked ten things answers none."""


@dataclass(kw_only=True)
class Asker:
    """Asks whose keys are, where there are teams. `checked` is the data looked at last, and the day."""

    teams: Sequence[Team]
    channel: str
    contract: Contract
    quiet: QuietHours | None = None
    checked: tuple[datetime | None, date] | None = field(default=None)

    def queue_if_due(self, store: Store, *, now: datetime) -> None:
        """Looks once for each state of the data, and at each new day. Raises `WrongRules`."""
        state = data_as_of(store), now.date()
        if state == self.checked or state[0] is None:
            return
        ownership = load_ownership(store, self.teams)
        names = [team.name for team in ownership.teams]
        found = load_newcomers(store, ownership, floor=self.contract.floor, today=now.date()) if names else []
        postings = [
            Posting(
                key=question_key(each.workspace_id, each.key_id),
                channel=self.channel,
                message=whose_question(each, names),
            )
            for each in found
        ]
        new = [posting for posting in postings if store.outbox.load_posting(posting.key) is None]
        for posting in new[:MOST_AT_ONCE]:
            store.outbox.add(held(posting, self.quiet, now=now))
        self.checked = state
