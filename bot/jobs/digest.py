"""Digest: the finished week, said once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.digest import Digest, WeekSpend, by_organization, feedback_of_all, find_digest
from bot.analysis.organizations import (
    OrganizationPart,
    add_up,
    all_names,
    found_by_all,
    freshness_of_all,
    known_by_all,
    lacking_days,
    names_beside,
    only_floor,
    own_alert,
    own_id,
    unpriced_of_all,
)
from bot.analysis.reconcile import DRIFT_PERCENT
from bot.analysis.restated import find_restated, first_known, restated_together
from bot.analysis.weeks import IsoWeek, digest_due, next_digest_at
from bot.jobs.notices import DATA_STALE, KEY_REFUSED
from bot.jobs.reconcile import load_reconciliations
from bot.messages.digest import weekly_digest
from bot.model import Interval, Posting
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime, time, tzinfo
    from decimal import Decimal

    from bot.analysis.contract import Contract
    from bot.analysis.prices import PriceTable
    from bot.analysis.restated import RestatedWeek
    from bot.model import FetchedDay, Finding, Message, NanoUsd
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

SAID_TO_LACK = {KEY_REFUSED, DATA_STALE}

FEEDBACK = timedelta(weeks=4)
"""Whether alerts were real is told over so long: one week has too few of them."""

LONGEST_WAIT = timedelta(days=2)
"""How long after a week's end its digest waits for days that are not known yet; then it says which are missing."""


def load_digest(parts: Sequence[Part], week: IsoWeek) -> Digest:
    """What is to be said of a week, from the books of one organisation or of several."""
    both = Interval(week.before().interval.since, week.interval.until)
    each = [part.store.ledger.load_fetched_days(both) for part in parts]
    fetched = known_by_all(each)
    digest = find_digest(
        week,
        spend=WeekSpend(
            current=spend_of(parts, week.interval),
            previous=spend_of(parts, week.before().interval),
            daily={day: known.total for day, known in fetched.items()},
            fetched=fetched,
            unpriced=unpriced_of_all(part.store.ledger.load_unpriced(week.interval) for part in parts),
            data_as_of=freshness_of_all([part.store.ledger.load_freshness() for part in parts]).data_as_of,
            restated=restated_together(load_restated(part.store, week) for part in parts),
        ),
        names=all_names([(part.beside, part.store.names.load_names()) for part in parts]),
        alerts=[own_alert(alert, part.beside) for part in parts for alert in part.store.alerts.load_open_alerts()],
        findings=findings_of(parts),
    )
    judged = Interval(week.interval.until - FEEDBACK, week.interval.until)
    digest = replace(digest, feedback=feedback_of_all(part.store.alerts.load_feedback(judged) for part in parts))
    if len(parts) == 1:
        return digest
    return replace(
        digest,
        organizations=tuple(
            organization_part(part, days, both)
            for part, days in zip(parts, lacking_days(each, both.days()), strict=True)
        ),
        by_organization=by_organization(
            [(part.beside, known) for part, known in zip(parts, each, strict=True) if part.beside], week
        ),
    )


def load_reconciled_digest(
    parts: Sequence[Part],
    week: IsoWeek,
    prices: PriceTable,
    *,
    drift_percent: Decimal,
    unheard: tuple[str, ...],
) -> Digest:
    """The same, with how well the week's bill matches its tokens, and without which organisations it is."""
    found = load_reconciliations(parts, week.interval, prices, drift_percent=drift_percent)
    return replace(load_digest(parts, week), reconciliation=found, unheard=unheard)


def findings_of(parts: Sequence[Part]) -> tuple[Finding, ...]:
    """What the newest evaluations found."""
    found = found_by_all([(part.beside, part.store.alerts.load_evaluation()) for part in parts])
    return () if found is None else found.findings


def organization_part(part: Part, lacking: tuple[date, ...], both: Interval) -> OrganizationPart:
    """What to tell of one of several organisations."""
    spend = part.store.ledger.load_spend(both, ["workspace"])
    return OrganizationPart(
        name=part.store.called or "",
        missing_days=lacking,
        ids=frozenset(own_id(workspace_id, part.beside) for (workspace_id,) in spend),
    )


def load_restated(store: Store, week: IsoWeek) -> list[RestatedWeek]:
    """The weeks before a week's digest, as they were told, or first known where none told them, beside as they are."""
    oldest = store.ledger.load_freshness().oldest_day
    if oldest is None or oldest >= week.interval.since:
        return []
    earlier = Interval(oldest, week.interval.since)
    fetched = store.ledger.load_fetched_days(earlier)
    told = store.told_weeks.load(before=str(week))
    estimated = store.told_weeks.load_estimated(before=str(week))
    said = {one: told[one] for one in told if one not in estimated or not is_billed(one, fetched)}
    return find_restated(first_known(fetched, store.ledger.load_restated_cost(earlier)) | said, fetched)


def is_billed(week: str, fetched: Mapping[date, FetchedDay]) -> bool:
    """Whether a bill has come for any day of a week: of an estimate told before, that is no restatement."""
    return any(day in fetched and fetched[day].is_billed for day in IsoWeek.parse(week).interval.days())


def render_digest(parts: Sequence[Part], digest: Digest, *, contract: Contract) -> Message:
    """The message that says it; what was held is told by the rule it was held by."""
    evaluations = [found for part in parts if (found := part.store.alerts.load_evaluation()) is not None]
    names = [names_beside(part.store.names.load_names(), part.beside) for part in parts]
    return weekly_digest(
        digest,
        names=all_names([(part.beside, named) for part, named in zip(parts, names, strict=True)]),
        threshold_percent=evaluations[0].threshold_percent if evaluations else contract.threshold_percent,
        floor=only_floor(evaluations) if evaluations else contract.floor(digest.previous_total or 0),
    )


def spend_of(parts: Sequence[Part], interval: Interval) -> dict[tuple[str, str], NanoUsd]:
    """Dollars by workspace × model."""
    each = [(part.beside, part.store.ledger.load_spend(interval, ["workspace", "model"])) for part in parts]
    spend = add_up(each, places=(0,))
    return {(workspace_id, model): amount for (workspace_id, model), amount in spend.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSchedule:
    """When the digest is said, and where."""

    weekday: int
    at: time
    timezone: tzinfo
    channel: str
    contract: Contract
    prices: Callable[[], PriceTable]
    drift_percent: Decimal = DRIFT_PERCENT

    def due(self, now: datetime, *, started_at: datetime | None) -> IsoWeek | None:
        """The week whose digest should have been said by now, if that was not before the first sync."""
        return digest_due(now, weekday=self.weekday, at=self.at, timezone=self.timezone, started_at=started_at)

    def next_at(self, now: datetime) -> datetime:
        """When the next one comes."""
        return next_digest_at(now, weekday=self.weekday, at=self.at, timezone=self.timezone)

    def queue_if_due(self, store: Store, *, now: datetime) -> bool:
        """Queues the digest that is due, however late; False if there is none, or it has to wait, or it was queued."""
        started = freshness_of_all([part.store.ledger.load_freshness() for part in parts_of(store)])
        week = self.due(now, started_at=started.first_fetched_at)
        if week is None or store.outbox.load_posting(digest_key(week)) is not None:
            return False
        return self.queue(store, week) if is_ready(store, week, now=now) else False

    def queue(self, store: Store, week: IsoWeek) -> bool:
        """Queues a week's digest; False if it was queued before: once per week, whoever asks."""
        parts = parts_of(store)
        digest = load_reconciled_digest(
            parts,
            week,
            self.prices(),
            drift_percent=self.drift_percent,
            unheard=store.unheard_organizations(),
        )
        message = render_digest(parts, digest, contract=self.contract)
        with store.transaction():
            queued = store.outbox.add(Posting(key=digest_key(week), channel=self.channel, message=message))
            if queued:
                for part in parts:
                    estimated = weeks_estimated(part.store, week)
                    part.store.told_weeks.save(str(week), totals_told(part.store, digest), estimated=estimated)
        return queued


def totals_told(store: Store, digest: Digest) -> dict[str, NanoUsd]:
    """What of the weeks in a digest, its own and those it corrects, is one organisation's."""
    own = {restated.week for restated in load_restated(store, digest.week)}
    corrected = [restated.week for restated in digest.restated if restated.week in own]
    fetched = {week: store.ledger.load_fetched_days(week.interval) for week in (digest.week, *corrected)}
    return {str(week): sum(known.total for known in days.values()) for week, days in fetched.items() if days}


def weeks_estimated(store: Store, week: IsoWeek) -> tuple[str, ...]:
    """The week of a digest, if not all of it is from one organisation's bill."""
    fetched = store.ledger.load_fetched_days(week.interval)
    return () if all(known.is_billed for known in fetched.values()) else (str(week),)


def is_ready(store: Store, week: IsoWeek, *, now: datetime) -> bool:
    """Whether a week can be told: each of its days has settled, or that was waited for long enough.

    An organisation of which the channel knows that its data is missing is not waited for, if there is another.
    """
    if now >= week.end + LONGEST_WAIT:
        return True
    parts = parts_of(store)
    awaited = [part for part in parts if not SAID_TO_LACK & part.store.notices.load_notices().keys()]
    return all(is_settled(part.store, week) for part in awaited or parts)


def is_settled(store: Store, week: IsoWeek) -> bool:
    """Whether each day of a week has settled for one organisation and, where it has bills, its bill has come."""
    fetched = store.ledger.load_fetched_days(Interval(week.before().interval.since, week.interval.until))
    has_bills = any(known.is_billed for known in fetched.values())
    of_week = [fetched.get(day) for day in week.interval.days()]
    return all(day is not None and day.is_settled and (day.is_billed or not has_bills) for day in of_week)


def digest_key(week: IsoWeek) -> str:
    """Under which a week's digest is posted."""
    return f"digest:{week}"
