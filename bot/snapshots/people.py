"""People: who is who and what was used by whom, and how all of it is forgotten again.

Nothing gets in here unless `[privacy] people` is on. What is forgotten is overwritten in the file, not only unlinked.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from bot.model import PeopleDay, Person, PersonCostLine, PersonLine, Tokens
from bot.snapshots.columns import day_number, day_of, instant_of, instant_text
from bot.snapshots.gathering import gather_people, gather_person_cost
from bot.snapshots.keys import TELLS_KEYS
from bot.snapshots.lines import PERSON_COST, PERSON_USAGE
from bot.snapshots.saving import renumbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from bot.model import Interval, Names, PersonWeight
    from bot.snapshots.database import Session

Weights: TypeAlias = "dict[tuple[date, str], list[tuple[str, int]]]"
"""By day and model: account ids and their weights."""

SAVE_PERSON = """
INSERT INTO person (organization_id, external_id, name, email) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), name), email = coalesce(nullif(excluded.email, ''), email)
"""

SAVE_DAY = """
INSERT INTO person_day (organization_id, day, fetched_at) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at
"""

SAVE_WEIGHT = """
INSERT INTO person_weight (organization_id, day, account_id, model, weight) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET weight = weight + excluded.weight
"""

LOAD_PEOPLE = "SELECT external_id, name, email FROM person WHERE organization_id = :organization_id"

LOAD_DAYS = """
SELECT day, fetched_at FROM person_day
WHERE organization_id = :organization_id AND day >= :since AND day < :until
ORDER BY day
"""

LOAD_WEIGHTS = """
SELECT day, model, account_id, weight FROM person_weight
WHERE organization_id = :organization_id AND day >= :since AND day < :until AND weight > 0
ORDER BY day, model, account_id
"""

TABLES = (
    "person",
    "person_cost",
    "person_cost_series",
    "person_day",
    "person_series",
    "person_usage",
    "person_weight",
)
"""Everything that is about people, of every organisation."""

TELLS_DAY = f"day IN (SELECT day FROM fetched_day WHERE organization_id = ?1 AND {TELLS_KEYS})"  # noqa: S608 -- own names only
TOLD_OF_PEOPLE = "' ' || question || ' ' LIKE '% person %'"
"""Answers kept to be shared that name people."""


@dataclass(frozen=True, slots=True)
class PeopleBook:
    """The people of one organisation."""

    session: Session

    def save_people(self, people: Iterable[Person]) -> None:
        """Keeps the latest names; somebody missing from the list, who has left, keeps theirs."""
        rows = [(self.session.organization_id, each.id, each.name, each.email) for each in people]
        with self.overwriting():
            self.session.execute_many(SAVE_PERSON, rows)

    def load_people(self) -> dict[str, Person]:
        """Everybody who was ever seen, by account id."""
        rows = self.session.query(LOAD_PEOPLE)
        return {row["external_id"]: Person(row["external_id"], row["name"], row["email"]) for row in rows}

    def named(self, names: Names) -> Names:
        """Names with everybody's in them."""
        return replace(names, people=self.load_people())

    def save_days(
        self,
        interval: Interval,
        *,
        usage: Iterable[PersonLine],
        weights: Sequence[PersonWeight],
        fetched_at: datetime,
        cost: Iterable[PersonCostLine] = (),
    ) -> None:
        """Replaces whole days. Lines of one day and series add up, weights of one day, account and model as well."""
        gathered, billed = gather_people(interval, usage), gather_person_cost(interval, cost)
        with self.overwriting():
            numbers = PERSON_USAGE.series.number(self.session, gathered.numbering)
            billed_numbers = PERSON_COST.series.number(self.session, billed.numbering)
            for day, counts in gathered.days.items():
                PERSON_USAGE.replace_day(self.session, day_number(day), renumbered(counts, numbers))
                amounts = renumbered(billed.days[day], billed_numbers)
                PERSON_COST.replace_day(self.session, day_number(day), amounts)
                self.replace_weights(day, [weight for weight in weights if weight.day == day])
                self.session.execute(
                    SAVE_DAY, (self.session.organization_id, day_number(day), instant_text(fetched_at))
                )

    def replace_weights(self, day: date, weights: Iterable[PersonWeight]) -> None:
        """Makes a day's weights these."""
        organization_id, number = self.session.organization_id, day_number(day)
        of_day = "DELETE FROM person_weight WHERE organization_id = ? AND day = ?"
        self.session.execute(of_day, (organization_id, number))
        rows = ((organization_id, number, each.account_id, each.model, each.weight) for each in weights)
        self.session.execute_many(SAVE_WEIGHT, rows)

    def load_days(self, interval: Interval) -> dict[date, PeopleDay]:
        """The days that were fetched, oldest first; of any other it is unknown who spent."""
        rows = self.session.query(LOAD_DAYS, since=day_number(interval.since), until=day_number(interval.until))
        days = (PeopleDay(day_of(row["day"]), instant_of(row["fetched_at"])) for row in rows)
        return {known.day: known for known in days}

    def load_lines(self, interval: Interval) -> Iterator[PersonLine]:
        """Usage by account in the order of days; read as it is asked for, while the store is open."""
        for day, series, counts in PERSON_USAGE.load(self.session, interval):
            yield PersonLine(day, series, Tokens(*counts))

    def load_cost(self, interval: Interval) -> Iterator[PersonCostLine]:
        """The bill's own dollars by person, in the order of days; only of days whose stored bill tells dollars by key.

        Those of another day are of a bill that was replaced.
        """
        for day, series, (amount,) in PERSON_COST.load(self.session, interval, where=TELLS_DAY):
            yield PersonCostLine(day, series, amount)

    def load_weights(self, interval: Interval) -> Weights:
        """What Claude Code's use weighs, in a fixed order."""
        weights: Weights = defaultdict(list)
        bounds = {"since": day_number(interval.since), "until": day_number(interval.until)}
        for row in self.session.query(LOAD_WEIGHTS, **bounds):
            weights[day_of(row["day"]), row["model"]].append((row["account_id"], row["weight"]))
        return dict(weights)

    def forget(self) -> bool:
        """Deletes everything about people, of every organisation, and overwrites it; whether there was anything."""
        if not self.knows_anybody():
            return False
        with self.overwriting():
            for table in TABLES:
                self.session.execute(f"DELETE FROM {table}")  # noqa: S608 -- own names only
            self.session.execute(f"DELETE FROM answer WHERE {TOLD_OF_PEOPLE}")  # noqa: S608 -- the same
        self.session.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # what was written before is in the log
        return True

    @contextmanager
    def overwriting(self) -> Iterator[None]:
        """A transaction that leaves nothing of what it replaces or deletes in the file."""
        self.session.execute("PRAGMA secure_delete = ON")
        with self.session.writing():
            yield

    def knows_anybody(self) -> bool:
        """Whether anything about people is stored."""
        stored = " UNION ALL ".join(f"SELECT * FROM (SELECT 1 FROM {table} LIMIT 1)" for table in TABLES)  # noqa: S608 -- the same
        return self.session.execute(stored).fetchone() is not None
