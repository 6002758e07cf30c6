"""Digest: each finished week or month, said once in each channel that is to hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.organizations import freshness_of_all
from bot.analysis.ownership import WrongRules
from bot.jobs.notices import DATA_STALE, KEY_REFUSED
from bot.model import Interval, Posting
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.analysis.digest_plan import Plan
    from bot.analysis.schedule import DigestPeriod
    from bot.loading.digest import Teller
    from bot.loading.plans import Plans
    from bot.snapshots.store import Store

SAID_TO_LACK = {KEY_REFUSED, DATA_STALE}

LONGEST_WAIT = timedelta(days=2)
"""How long after a period's end its digest waits for days that are not known yet; then it says which are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Says each digest on its day."""

    plans: Plans
    teller: Teller

    def next_at(self, now: datetime) -> datetime | None:
        """When the main one comes next; None where there is none."""
        return self.plans.main.schedule.next_at(now) if self.plans.has_main else None

    def queue_if_due(self, store: Store, *, now: datetime) -> Sequence[str]:
        """Queues the digests that are due, however late; their keys, without those that wait or were queued before.

        Raises `WrongRules`, after all others were queued, for one that is of a team while nobody can say whose
        something is.
        """
        due = [(plan, self.due(store, plan, now=now)) for plan in self.plans.load(store)]
        queued: list[str] = []
        wrong: WrongRules | None = None
        for plan, period in due:
            try:
                if period is not None and self.queue_if_ready(store, plan, period, now=now):
                    queued.append(plan.key(period))
            except WrongRules as error:
                wrong = error
        if wrong is not None:
            raise wrong
        return queued

    def queue_if_ready(self, store: Store, plan: Plan, period: DigestPeriod, *, now: datetime) -> bool:
        """Queues a period's digest once it can be told; False if it waits or was queued before. Raises `WrongRules`."""
        is_new = store.outbox.load_posting(plan.key(period)) is None
        return is_new and is_ready(store, period, now=now) and self.queue(store, plan, period, today=now.date())

    def due(self, store: Store, plan: Plan, *, now: datetime) -> DigestPeriod | None:
        """The period whose digest should have been said by now.

        None if that was before the first sync, or before anybody wanted that digest.
        """
        started_at = freshness_of_all([part.store.ledger.load_freshness() for part in parts_of(store)]).first_fetched_at
        if started_at is None:
            return None
        if plan.subscribed is not None:
            started_at = max(started_at, plan.subscribed.at)
        elif not plan.is_main:
            started_at = max(started_at, store.subscriptions.note_series(plan.series, at=now))
        return plan.schedule.latest_due(now, started_at=started_at)

    def queue(self, store: Store, plan: Plan, period: DigestPeriod, *, today: date) -> bool:
        """Queues a period's digest; False if it was queued before: once per period, whoever asks."""
        told = self.teller.tell(
            parts_of(store),
            period,
            today=today,
            workspaces=plan.workspaces,
            series=plan.series,
            unheard=store.unheard_organizations(),
        )
        key = plan.key(period)
        with store.transaction():
            queued = store.outbox.add(Posting(key=key, channel=plan.channel, message=told.message))
            if queued:
                for part in parts_of(store):
                    own = told.totals.get(part.store.session.organization_id)
                    if own is not None:
                        part.store.told_periods.save(
                            str(period), own.amounts, estimated=own.estimated, series=plan.series
                        )
        return queued


def is_ready(store: Store, period: DigestPeriod, *, now: datetime) -> bool:
    """Whether a period can be told: each of its days has settled, or that was waited for long enough.

    An organisation of which the channel knows that its data is missing is not waited for, if there is another.
    """
    if now >= period.end + LONGEST_WAIT:
        return True
    parts = parts_of(store)
    awaited = [part for part in parts if not SAID_TO_LACK & part.store.notices.load_notices().keys()]
    return all(is_settled(part.store, period) for part in awaited or parts)


def is_settled(store: Store, period: DigestPeriod) -> bool:
    """Whether each day of a period has settled for one organisation and, where it has bills, its bill has come."""
    fetched = store.ledger.load_fetched_days(Interval(period.before().interval.since, period.interval.until))
    has_bills = any(known.is_billed for known in fetched.values())
    of_period = [fetched.get(day) for day in period.interval.days()]
    return all(day is not None and day.is_settled and (day.is_billed or not has_bills) for day in of_period)
