"""Which digests there are: those of the configuration, and those that channels asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.digest_plan import Plan, all_plans, monthly

if TYPE_CHECKING:
    from bot.analysis.schedule import Every
    from bot.snapshots.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The main digest, whose weekday and time hold for what channels ask for, and the others that are configured.

    Without `has_main` nobody gets the main one by itself.
    """

    main: Plan
    others: tuple[Plan, ...] = ()
    has_main: bool = True

    @property
    def configured(self) -> tuple[Plan, ...]:
        """All of the configuration."""
        return (self.main, *self.others) if self.has_main else self.others

    def main_one(self, every: Every) -> Plan:
        """The weekly or the monthly one of everything, in the main channel."""
        if every == "week":
            return self.main
        return Plan(channel=self.main.channel, schedule=monthly(self.main.schedule))

    def load(self, store: Store) -> list[Plan]:
        """All of them, each once."""
        return all_plans(self.configured, store.subscriptions.load(), usual=self.main.schedule)
