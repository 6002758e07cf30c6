"""Dollars by API key: each day's sums by workspace × model × key, and the bill's own where it tells them.

The sums are kept like `daily_spend`, but not written with their day: sharing its lines takes longer than saving them.
That is done once, after the day was saved. A save that changes a day drops its sums, so that they are never of other
lines than those stored; whoever asks before they are there again shares the lines himself.

Days whose source is `analytics` come with dollars per key, in a table of their own; their sums are of those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.model import Source
from bot.snapshots.columns import day_number, day_of, instant_text
from bot.snapshots.daily import Chooser, DailySpend, DailyTable, packed, unpacked
from bot.snapshots.lines import KEY_ROWS, SCOPES, KeyRow, Scope
from bot.snapshots.spend import add_up, load_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from bot.model import Dimension, FetchedDay, Interval, NanoUsd
    from bot.snapshots.database import Session
    from bot.snapshots.spend import Spend

KEY_BITS = 32
"""Workspace × model × key is one number: that of the scope, and in the lower bits that of the key's row."""

TELLS_KEYS = f"source = '{Source.ANALYTICS}'"
SHARED_DAY = f"day NOT IN (SELECT day FROM fetched_day WHERE organization_id = ?1 AND {TELLS_KEYS})"  # noqa: S608 -- the model's own word

DAYS_LEFT = """
SELECT day FROM fetched_day
WHERE
    organization_id = ?1 AND day >= ?2 AND day < ?3
    AND day NOT IN (SELECT day FROM daily_key_spend WHERE organization_id = ?1)
ORDER BY day
"""

NEWEST_LEFT = """
SELECT day FROM fetched_day
WHERE organization_id = ?1 AND day NOT IN (SELECT day FROM daily_key_spend WHERE organization_id = ?1)
ORDER BY day DESC
LIMIT ?2
"""

IS_FETCHED = "SELECT count(*) FROM fetched_day WHERE organization_id = ? AND day = ? AND fetched_at = ?"

DAILY_KEY_SPEND = DailyTable("daily_key_spend")

KEPT: Sequence[Dimension] = ("workspace", "model")
"""What a day's sums are by, besides its keys."""

KeyDimension: TypeAlias = "Dimension | Literal['key']"

KEY_COLUMNS: dict[KeyDimension, str] = {
    "day": "date(day * 86400, 'unixepoch')",
    "workspace": "workspace_id",
    "model": "model",
    "cost_type": "cost_type",
    "token_type": "token_type",
    "key": "coalesce(nullif(api_key_id, ''), iif(token_type = '', 'not_attributable', 'console'))",
}
"""Tokens without a key came from the Console or a login; of other cost without one nothing is known."""


def load_key_spend(session: Session, interval: Interval, by: Sequence[KeyDimension]) -> Spend:
    """The dollars that the bill itself tells by key, summed by dimensions, in their order; keys by their row ids."""
    columns = ", ".join(KEY_COLUMNS[dimension] for dimension in by)
    rows = session.execute(
        f"""
        SELECT {columns}, sum(spent)
        FROM (
            SELECT day, series_id, sum(amount) AS spent FROM key_cost
            WHERE organization_id = ? AND day >= ? AND day < ?
            GROUP BY {"day, series_id" if "day" in by else "series_id"}
        )
        JOIN key_cost_series ON key_cost_series.id = series_id
        GROUP BY {columns}
        """,  # noqa: S608 -- columns are this module's own names
        (session.organization_id, day_number(interval.since), day_number(interval.until)),
    )
    return {row[:-1]: row[-1] for row in rows}


@dataclass(frozen=True, slots=True)
class KeyBook:
    """Each day's dollars by workspace × model × key, of one organisation; nano-dollars that add up to the day's bill.

    A key is its row id: the key's own, `console` or `not_attributable`.
    """

    session: Session
    known: dict[tuple[Dimension, ...], KeyWords] = field(default_factory=dict, compare=False, repr=False)

    def load(self, interval: Interval, within: Sequence[Dimension], *, keys: Collection[str] | None = None) -> Spend:
        """Dollars by days, workspaces and models, those of them that `within` names, then by key; of all, or some.

        Of the days that have sums: `days_left` are the others.
        """
        days = DAILY_KEY_SPEND.load(self.session, interval)  # begun first, so that no sum is of a key saved meanwhile
        words = self.words([dimension for dimension in within if dimension != "day"])
        return add_up(days if keys is None else words.only(days, keys), words, [*within, "key"])

    def load_columns(
        self, interval: Interval, within: Sequence[Dimension], *, keys: Collection[str] | None = None
    ) -> Iterator[tuple[Sequence[date], Sequence[tuple[tuple[str, ...], Sequence[NanoUsd]]]]]:
        """The same day by day: days that have the same workspaces, models and keys, and what each came to on them."""
        days = DAILY_KEY_SPEND.load(self.session, interval)
        words = self.words(within)
        for numbers, alike in groupby(days, key=attrgetter("scopes")):
            spends = list(alike)
            amounts = [unpacked(spend.amounts) for spend in spends]
            called = [words[number] for number in unpacked(numbers)]
            yield (
                [day_of(spend.day) for spend in spends],
                (
                    list(zip(called, zip(*amounts, strict=True), strict=True))
                    if keys is None
                    else [(each, [one[at] for one in amounts]) for at, each in enumerate(called) if each[-1] in keys]
                ),
            )

    def words(self, within: Sequence[Dimension]) -> KeyWords:
        """What numbers are called, found out once for the length of an operation."""
        known = self.known.get(tuple(within))
        if known is None:
            known = self.known[tuple(within)] = KeyWords(self.session, within)
        return known

    def days_left(self, interval: Interval) -> list[date]:
        """The fetched days without sums, in order."""
        bounds = (self.session.organization_id, day_number(interval.since), day_number(interval.until))
        return [day_of(day) for (day,) in self.session.execute(DAYS_LEFT, bounds)]

    def newest_left(self, *, most: int) -> list[date]:
        """The newest of all fetched days without sums, newest first, at most so many."""
        return [day_of(day) for (day,) in self.session.execute(NEWEST_LEFT, (self.session.organization_id, most))]

    def save(self, known: FetchedDay, spend: Mapping[tuple[str, ...], NanoUsd]) -> None:
        """Keeps what a day came to by workspace id, model and key, unless the day was fetched again since `known`."""
        day = day_number(known.day)
        spent = {words: amount for words, amount in spend.items() if amount}
        with self.session.writing():
            if not self.is_fetched(day, known):
                return
            sums = sorted(zip(self.numbers(spent), spent.values(), strict=True))
            DAILY_KEY_SPEND.save(self.session, day, [number for number, _ in sums], [amount for _, amount in sums])

    def is_fetched(self, day: int, known: FetchedDay) -> bool:
        """Whether a day is still the one that was fetched then."""
        key = (self.session.organization_id, day, instant_text(known.fetched_at))
        ((count,),) = self.session.execute(IS_FETCHED, key).fetchall()
        return bool(count)

    def numbers(self, spent: Collection[tuple[str, ...]]) -> list[int]:
        """The number of each workspace id × model × key, in their order; new ones are stored."""
        scopes, rows = {words[:-1]: 0 for words in spent}, {words[-1]: 0 for words in spent}
        scopes.update(zip(scopes, SCOPES.number(self.session, [Scope(*words) for words in scopes]), strict=True))
        rows.update(zip(rows, KEY_ROWS.number(self.session, list(map(KeyRow, rows))), strict=True))
        return [scopes[words[:-1]] << KEY_BITS | rows[words[-1]] for words in spent]


class KeyWords(dict[int, tuple[str, ...]]):
    """What each number of a scope and a key is called in the dimensions of `within`, then by key; found out once."""

    def __init__(self, session: Session, within: Sequence[Dimension]) -> None:
        self.session = session
        self.within = within
        self.scopes = load_words(session, within)
        self.rows = KEY_ROWS.load(session)

    def only(self, days: Iterable[DailySpend], keys: Collection[str]) -> Iterator[DailySpend]:
        """What days have of some keys."""
        chooser = Chooser(lambda number: self[number][-1] in keys)
        for spend in days:
            amounts = chooser.amounts(spend.scopes, spend.amounts)
            yield DailySpend(spend.day, chooser.choose(spend.scopes).numbers, packed(amounts))

    def __missing__(self, number: int) -> tuple[str, ...]:
        if number >> KEY_BITS not in self.scopes or number & (1 << KEY_BITS) - 1 not in self.rows:
            self.scopes, self.rows = load_words(self.session, self.within), KEY_ROWS.load(self.session)
        words = self[number] = self.scopes[number >> KEY_BITS] + self.rows[number & (1 << KEY_BITS) - 1]
        return words
