"""Who says something: the bot's own engine by replay, and the simple rules it is held against."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.jobs.replay import replay
from bot.model import CostLine, CostSeries, Interval, Organization, Source, usd
from bot.snapshots import open_store
from tests.bench.demand import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.analysis.contract import Contract
    from tests.bench.demand import Demand

    Breach: TypeAlias = Callable[[list[float], int], bool]


class Message(NamedTuple):
    """Something said about a workspace, and models in it, on the evening of a day (a place in its rows)."""

    day: int
    workspace_id: str
    models: tuple[str, ...]


# --- The engine ---


@dataclass(frozen=True, slots=True)
class Engine:
    """What the bot would post: new messages, and replies that are shown in the channel."""

    contract: Contract
    folder: Path

    def messages(self, demand: Demand, judged: range) -> Iterator[Message]:
        """Through a database of its own and the replay that people use."""
        path = self.folder / "organization.db"
        days = len(next(iter(demand.values())))
        with open_store(path) as store:
            store.save_organization(Organization("org", "Example"), seen_at=datetime(2026, 1, 1, tzinfo=UTC))
            window = Interval(day_of(0), day_of(days))
            settled = datetime.combine(window.until, time(4), UTC)
            store.ledger.save_days(
                window, cost=list(lines_of(demand)), usage=(), source=Source.COST_REPORT, fetched_at=settled
            )
            interval = Interval(day_of(judged.start), day_of(judged.stop))
            for day, (said,) in replay(store, interval, [self.contract]):
                for each in said:
                    if each.notifies:
                        place = (day - day_of(0)) // timedelta(days=1)
                        yield Message(place, each.workspace_id, each.models)
        for left in self.folder.glob("organization.db*"):
            left.unlink()


def lines_of(demand: Demand) -> Iterator[CostLine]:
    """The bill of that demand, to the millionth of a dollar."""
    for (workspace_id, model), days in demand.items():
        series = CostSeries(workspace_id, model, "tokens", "output_tokens", "standard", "0-200k", "", "")
        for place, amount in enumerate(days):
            if amount:
                yield CostLine(day_of(place), series, usd(f"{amount:.6f}"))


# --- The simple rules: every series by itself, a message when a breach begins ---


@dataclass(frozen=True, slots=True)
class SimpleRule:
    """A rule that looks at one series at a time. Every breaching day is a message of its own if `each_day`."""

    is_breach: Breach
    each_day: bool = False

    def messages(self, demand: Demand, judged: range) -> Iterator[Message]:
        """Workspaces as a whole and their models alike."""
        for workspace_id, models, days in rows_of(demand):
            was_breach = False
            for day in judged:
                now = self.is_breach(days, day)
                if now and (self.each_day or not was_breach):
                    yield Message(day, workspace_id, models)
                was_breach = now


def rows_of(demand: Demand) -> Iterator[tuple[str, tuple[str, ...], list[float]]]:
    """Each workspace as a whole, then each of its models."""
    for workspace_id in sorted({workspace_id for workspace_id, _ in demand}):
        models = {model: days for (own, model), days in demand.items() if own == workspace_id}
        yield workspace_id, (), [sum(day) for day in zip(*models.values(), strict=True)]
        for model, days in models.items():
            yield workspace_id, (model,), days


def weeks(days: list[float], day: int) -> tuple[float, float]:
    """The week that ends with a day, and the one before."""
    return sum(days[day - 6 : day + 1]), sum(days[day - 13 : day - 6])


def naive(days: list[float], day: int) -> bool:
    """7 days against 7 over 25 %."""
    current, previous = weeks(days, day)
    return current > 1.25 * previous


def same_weekday(days: list[float], day: int) -> bool:
    """A day against the same weekday over 25 %."""
    return days[day] > 1.25 * days[day - 7]


def three_sigma(days: list[float], day: int) -> bool:
    """A day over three standard deviations above the 28 before it, and $5."""
    before = days[max(0, day - 28) : day]
    mean = statistics.fmean(before)
    return days[day] > mean + 3 * statistics.pstdev(before) and days[day] - mean >= 5


def large_and_forty(days: list[float], day: int) -> bool:
    """7 days against 7 over 40 % and $100."""
    current, previous = weeks(days, day)
    return current > 1.4 * previous and current - previous >= 100


BASELINES = {
    "naive: every series, every day, 7 against 7 days, 25 %": SimpleRule(naive, each_day=True),
    "one day against the same weekday, 25 %": SimpleRule(same_weekday, each_day=True),
    "3 sigma a day over 28 days, $5": SimpleRule(three_sigma),
    "$100 and 40 %": SimpleRule(large_and_forty),
}
