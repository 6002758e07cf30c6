"""A finished week as its digest tells it."""

from __future__ import annotations

from dataclasses import replace
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
from bot.analysis.restated import find_restated, first_known, restated_together
from bot.analysis.weeks import IsoWeek
from bot.loading.reconcile import load_reconciliations
from bot.messages.digest import weekly_digest
from bot.model import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.analysis.contract import Contract
    from bot.analysis.prices import PriceTable
    from bot.analysis.restated import RestatedWeek
    from bot.model import FetchedDay, Finding, Message, NanoUsd
    from bot.snapshots.parts import Part
    from bot.snapshots.store import Store

FEEDBACK = timedelta(weeks=4)
"""Whether alerts were real is told over so long: one week has too few of them."""


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
