"""Replay: what alerts past days would have sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.replay import Tally
from bot.commands.errors import NEVER_FETCHED, NothingYet
from bot.commands.parts import chosen_parts
from bot.jobs.replay import replay
from bot.model import Interval, usd
from bot.wiring import build_contract, build_open_store, build_teams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.contract import Contract
    from bot.analysis.ownership import Team
    from bot.analysis.replay import Said, Summary
    from bot.model import Names
    from bot.settings import Settings
    from bot.snapshots.parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What to replay with instead of what the settings say; None leaves it to them."""

    threshold_percent: Decimal | None = None
    floor: Decimal | None = None
    is_quiet: bool = False

    def on(self, contract: Contract) -> Contract:
        """A contract with these levels."""
        threshold = contract.threshold_percent if self.threshold_percent is None else self.threshold_percent
        floor = contract.min_increase if self.floor is None else usd(self.floor)
        is_quiet = contract.is_quiet or self.is_quiet
        return replace(contract, threshold_percent=threshold, min_increase=floor, is_quiet=is_quiet)


class Replayed(NamedTuple):
    """A message, and what the ids in it are called."""

    said: Said
    names: Names


def replay_days(
    settings: Settings,
    interval: Interval,
    levels: Levels,
    *,
    organization: str | None,
    tell: Callable[[Replayed], None],
) -> Summary:
    """Tells of each message that the rules would have sent, day by day. Raises `NothingYet` if no day can be judged."""
    contract, teams = levels.on(build_contract(settings)), build_teams(settings)
    tally = Tally()
    with build_open_store(settings)() as store:
        parts = [(part, part.store.names.load_names()) for part in chosen_parts(store, organization)]
        turns = [turns_of(part, names, interval, contract, teams) for part, names in parts]
        for turn in merge(*turns, key=itemgetter(0)):
            tally.add(turn.day, turn.said)
            for said in turn.said:
                tell(Replayed(said, turn.names))
    if not tally.days:
        raise NothingYet(NEVER_FETCHED)
    return tally.summary()


class Turn(NamedTuple):
    """One day of one organisation."""

    day: date
    said: list[Said]
    names: Names


def turns_of(part: Part, names: Names, interval: Interval, contract: Contract, teams: Sequence[Team]) -> Iterator[Turn]:
    """One organisation's days."""
    for day, (said,) in replay(part.store, interval, [contract], teams=teams):
        yield Turn(day, said, names)
