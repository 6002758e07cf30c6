"""What was measured, beside its limit measured in the same run, and what is aimed at. Nothing is asserted."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Shown: TypeAlias = Callable[[float], str]

MEGABYTE = 1_000_000
HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Times:
    """Aims at a figure of at most so many times its limit."""

    most: float

    def __str__(self) -> str:
        return f"≤ {self.most:g}×"

    def is_met(self, figure: Figure) -> bool:
        """Whether the ratio is small enough."""
        return figure.ratio is not None and figure.ratio <= self.most


@dataclass(frozen=True, slots=True)
class Below:
    """Aims at a figure below a fixed one, in seconds or bytes."""

    most: float
    shown: Shown

    def __str__(self) -> str:
        return f"< {self.shown(self.most)}"

    def is_met(self, figure: Figure) -> bool:
        """Whether the figure is small enough."""
        return figure.figure < self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The least that could be, and what it is of."""

    figure: float
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; seconds or bytes, as `shown` writes them. An aim of None is there to be looked at."""

    measurement: str
    figure: float
    shown: Shown
    limit: Limit | None = None
    aim: Times | Below | None = None

    @property
    def ratio(self) -> float | None:
        """How often the limit goes into the figure; None without a limit."""
        return None if self.limit is None else self.figure / self.limit.figure

    def cells(self) -> tuple[str, ...]:
        """The line's columns."""
        limit = "–" if self.limit is None else f"{self.shown(self.limit.figure)} {self.limit.what}"
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}×"
        if self.aim is None:
            return self.measurement, self.shown(self.figure), limit, ratio, "–", ""
        verdict = "met" if self.aim.is_met(self) else "missed"
        return self.measurement, self.shown(self.figure), limit, ratio, str(self.aim), verdict


def table(figures: Iterable[Figure]) -> Table:
    """The figures of a run."""
    drawn = Table("measurement", box=None, pad_edge=False, header_style="bold")
    drawn.add_column("figure", justify="right", no_wrap=True)
    drawn.add_column("limit, measured beside it", justify="right")
    drawn.add_column("ratio", justify="right", no_wrap=True)
    drawn.add_column("aim", justify="right", no_wrap=True)
    drawn.add_column("", no_wrap=True)
    for figure in figures:
        drawn.add_row(*figure.cells())
    return drawn


def seconds(value: float) -> str:
    """A duration.

    >>> seconds(0.0123), seconds(3.456)
    ('12.3 ms', '3.46 s')
    """
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def megabytes(value: float) -> str:
    """An amount of memory.

    >>> megabytes(123_400_000)
    '123 MB'
    """
    return f"{value / MEGABYTE:.0f} MB"


def seconds_of(action: Callable[[], object]) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def medians(*actions: Callable[[], object], rounds: int) -> list[float]:
    """Each action's median time. They take turns, so that whatever else the machine does hits all of them."""
    times = [[seconds_of(action) for action in actions] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def percentile(values: Sequence[float], hundredth: int) -> float:
    """The smallest value that so many hundredths of all do not exceed.

    >>> percentile([4, 1, 3, 2], 50), percentile([4, 1, 3, 2], 99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * hundredth // HUNDREDTHS) - 1)]
