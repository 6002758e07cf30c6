"""Reconcile: the stored bill against the stored tokens; what does not fit is told once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.loading.reconcile import load_reconciliation, week_up_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from decimal import Decimal

    from bot.analysis.prices import PriceTable
    from bot.analysis.reconcile import Reconciliation
    from bot.jobs.notices import Notices
    from bot.snapshots.store import Store


@dataclass(kw_only=True)
class Reconciler:
    """Checks the week before each judged day, and that day's models, once; a restart does it again.

    `checked` is what was last looked at of each organisation.
    """

    notices: Notices
    prices: Callable[[], PriceTable]
    drift_percent: Decimal
    checked: dict[int, tuple[date, int]] = field(default_factory=dict)

    def check(
        self, store: Store, *, day: date, revision: int, now: datetime, found: Reconciliation | None = None
    ) -> None:
        """Tells of models that came without a price, and of a bill that its tokens do not explain, if nobody has.

        `found` is the week, if it was looked at already.
        """
        own = store.session.organization_id
        if self.checked.get(own) == (day, revision):
            return
        found, prices = found or self.find(store, day), self.prices()
        self.notices.forget_priced(store, is_priced=lambda model: prices.price_of(model, day) is not None)
        self.notices.tell_unpriced(store, found.unpriced, now=now)
        settled = found.before(day)  # the bill can lag its tokens by a day, which is no drift
        self.notices.tell_drift(store, settled, now=now)
        self.checked[own] = day, revision

    def remember_unpriced(self, store: Store, *, day: date, now: datetime) -> Reconciliation:
        """What had no price at the first start is no news; the digest says it. The week it was found in."""
        found = self.find(store, day)
        self.notices.remember_unpriced(store, found.unpriced, now=now)
        return found

    def find(self, store: Store, day: date) -> Reconciliation:
        """The bill of the week up to a day against its tokens."""
        return load_reconciliation(store, week_up_to(day), self.prices(), drift_percent=self.drift_percent)
