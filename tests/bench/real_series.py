"""Organisations whose days are those of public series (server metrics, page views), with incidents laid over them.

Each file `*_daily.csv.gz` of the folder has a row for each series and day. A series is scaled to a workspace's dollars;
one with fewer days than are needed is left out, long ones are cut into several.
"""

from __future__ import annotations

import csv
import gzip
import math
import random
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.bench.demand import WARM_UP_DAYS, Twins, lay_incidents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bench.demand import Demand

FILES = {"nab_daily.csv.gz": "sum", "ms_cloud_daily.csv.gz": "sum", "wikipedia_views_daily.csv.gz": "value"}
LENGTHS = (WARM_UP_DAYS + 84, 35)
"""Days of an organisation: as many as a simulated one has, or the five weeks that a check looks at."""

SHORTEST_WARM_UP = 14
WORKSPACES = 10


def real_organizations(folder: Path, seed: int) -> Iterator[Twins]:
    """Organisations of ten workspaces with one model each, the longer series first."""
    dice = random.Random(seed)
    series = [days for name, column in FILES.items() for days in read(folder / name, column)]
    for length in LENGTHS:
        pieces = [piece for days in series for piece in cut(days, length) if len(days) >= LENGTHS[0] or length < 84]
        dice.shuffle(pieces)
        for first in range(0, len(pieces) - WORKSPACES + 1, WORKSPACES):
            yield organization(dice, pieces[first : first + WORKSPACES])


def read(path: Path, column: str) -> list[list[float]]:
    """Each series of a file in the order of its days; none without the file."""
    rows: defaultdict[str, list[float]] = defaultdict(list)
    if path.exists():
        with gzip.open(path, "rt") as lines:
            for row in csv.DictReader(lines):
                rows[row["series"]].append(max(0.0, float(row[column])))
    return [days for days in rows.values() if sum(days) > 0]


def cut(days: list[float], length: int) -> list[list[float]]:
    """Pieces of the same length, the last one at the end."""
    return [days[end - length : end] for end in range(len(days), length - 1, -length)]


def organization(dice: random.Random, pieces: list[list[float]]) -> Twins:
    """Pieces as the demand of workspaces, scaled to what such workspaces spend."""
    clean: Demand = {}
    for number, days in enumerate(pieces):
        weekly = dice.lognormvariate(math.log(150), 1.9)
        scale = weekly / 7 * len(days) / (sum(days) or 1)
        clean[f"wrkspc_{number:02}", "model-0"] = [day * scale for day in days]
    length = len(pieces[0])
    judged = range(WARM_UP_DAYS if length > WARM_UP_DAYS else SHORTEST_WARM_UP, length)
    return Twins(clean=clean, incidents=tuple(lay_incidents(dice, clean, judged)), judged=judged)
