"""Budgets: which periods are looked after, which levels were told, who took them on, what somebody raised one to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from bot.model import Raise, SaidLevel
from bot.snapshots.columns import day_number, day_of, instant_of, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from bot.snapshots.database import Session

SAVE_SAID = """
INSERT INTO budget_level (organization_id, budget, since, percent, allowed, turn, holds) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET allowed = excluded.allowed, turn = excluded.turn, holds = excluded.holds
"""

LOAD_SAID = """
SELECT percent, allowed, turn, holds FROM budget_level
WHERE organization_id = :organization_id AND budget = :budget AND since = :since
"""

LOAD_PERIODS = """
SELECT budget, since, message_key, is_closed FROM budget_period WHERE organization_id = :organization_id ORDER BY since
"""

SAVE_PERIOD = """
INSERT INTO budget_period (organization_id, budget, since, message_key, is_closed) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET message_key = excluded.message_key, is_closed = excluded.is_closed
"""

SAVE_RAISE = """
INSERT INTO budget_raise (organization_id, budget, since, amount, user, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""

LOAD_RAISES = """
SELECT budget, since, amount, user, reason, at FROM budget_raise WHERE organization_id = :organization_id ORDER BY id
"""

SAVE_ACKNOWLEDGEMENT = """
INSERT INTO budget_acknowledgement (organization_id, budget, since, percent, user, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

LOAD_ACKNOWLEDGEMENTS = """
SELECT percent, user, at FROM budget_acknowledgement
WHERE organization_id = :organization_id AND budget = :budget AND since = :since
"""


def budget_key(reference: str) -> str:
    """Under which the first message of a budget's period is posted; the keys of all others of it begin so."""
    return f"budget:{reference}"


class BudgetPeriod(NamedTuple):
    """A period of a budget that is looked after, or was, until it `is_closed`; the posting that is its message."""

    budget: str
    since: date
    message_key: str | None = None
    is_closed: bool = False


class Acknowledgement(NamedTuple):
    """Who took a level on, and when. `user` is a Slack id."""

    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BudgetBook:
    """What happened to budgets, by their names and the first days of their periods."""

    session: Session

    def save_period(self, period: BudgetPeriod) -> None:
        """Keeps what is known of a period."""
        values = (period.budget, day_number(period.since), period.message_key, period.is_closed)
        with self.session.writing():
            self.session.execute(SAVE_PERIOD, (self.session.organization_id, *values))

    def load_periods(self) -> list[BudgetPeriod]:
        """Every period that is or was looked after, those that began first first."""
        return [
            BudgetPeriod(row["budget"], day_of(row["since"]), row["message_key"], bool(row["is_closed"]))
            for row in self.session.query(LOAD_PERIODS)
        ]

    def load_period(self, budget: str, since: date) -> BudgetPeriod | None:
        """One of them."""
        return next((each for each in self.load_periods() if each[:2] == (budget, since)), None)

    def save_said(self, budget: str, since: date, changes: Iterable[SaidLevel]) -> None:
        """Keeps what became of levels that were told."""
        with self.session.writing():
            for each in changes:
                level = (str(each.percent), each.allowed, each.turn, each.holds)
                self.session.execute(SAVE_SAID, (self.session.organization_id, budget, day_number(since), *level))

    def load_said(self, budget: str, since: date) -> list[SaidLevel]:
        """The levels that were told in a period, lowest first."""
        rows = self.session.query(LOAD_SAID, budget=budget, since=day_number(since))
        said = [
            SaidLevel(Decimal(row["percent"]), row["allowed"], row["turn"], holds=bool(row["holds"])) for row in rows
        ]
        return sorted(said, key=lambda each: each.percent)

    def save_raise(self, raised: Raise) -> None:
        """Keeps what somebody raised a budget to; each raise is kept, the last one of its period counts."""
        own = (raised.budget, day_number(raised.since), raised.amount, raised.user, raised.reason)
        with self.session.writing():
            self.session.execute(SAVE_RAISE, (self.session.organization_id, *own, instant_text(raised.at)))

    def load_raises(self) -> list[Raise]:
        """Every raise of every budget, in the order they were made."""
        return [
            Raise(
                budget=row["budget"],
                since=day_of(row["since"]),
                amount=row["amount"],
                user=row["user"],
                reason=row["reason"],
                at=instant_of(row["at"]),
            )
            for row in self.session.query(LOAD_RAISES)
        ]

    def acknowledge(self, budget: str, since: date, percent: Decimal, *, user: str, at: datetime) -> Acknowledgement:
        """Keeps who took a level on; whoever was first stays, and is returned."""
        own = (self.session.organization_id, budget, day_number(since), str(percent), user, instant_text(at))
        with self.session.writing():
            self.session.execute(SAVE_ACKNOWLEDGEMENT, own)
            return self.load_acknowledgements(budget, since)[percent]

    def load_acknowledgements(self, budget: str, since: date) -> dict[Decimal, Acknowledgement]:
        """Who took on which levels of a period."""
        rows = self.session.query(LOAD_ACKNOWLEDGEMENTS, budget=budget, since=day_number(since))
        return {Decimal(row["percent"]): Acknowledgement(row["user"], instant_of(row["at"])) for row in rows}
