"""Reconcile: the bill against its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.analysis.coverage import missing_days
from bot.analysis.organizations import OrganizationPart, all_names, own_id, reconciled_together
from bot.commands.errors import NothingYet
from bot.commands.parts import chosen_parts
from bot.loading.reconcile import load_reconciliation
from bot.wiring import build_open_store, build_prices

if TYPE_CHECKING:
    from bot.analysis.reconcile import Reconciliation
    from bot.model import Interval, Names
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The bill against its tokens, what its ids are called, and whose they are where there are several."""

    reconciliation: Reconciliation
    names: Names
    organizations: tuple[OrganizationPart, ...]


def answer_reconciliation(settings: Settings, interval: Interval, *, organization: str | None = None) -> Reconciled:
    """The bill of an interval against its tokens. Raises `NothingYet` when no day of it was fetched."""
    prices = build_prices(settings)
    with build_open_store(settings)() as store:
        parts = chosen_parts(store, organization)
        fetched = [part.store.ledger.load_fetched_days(interval) for part in parts]
        if not any(fetched):
            raise NothingYet
        limit = settings.claudecost_drift_percent
        each = [(part.beside, load_reconciliation(part.store, interval, prices, drift_percent=limit)) for part in parts]
        return Reconciled(
            reconciliation=reconciled_together(each),
            names=all_names([(part.beside, part.store.names.load_names()) for part in parts]),
            organizations=tuple(
                OrganizationPart(
                    name=beside.name,
                    missing_days=missing_days(interval, days),
                    ids=frozenset(own_id(row.workspace_id, beside) for row in found.rows),
                )
                for (beside, found), days in zip(each, fetched, strict=True)
                if beside is not None
            ),
        )
