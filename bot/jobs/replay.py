"""Replay: the check's own engine, a day at a time over the stored days, without posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.analysis.replay import Book
from bot.jobs.judge import load_view
from bot.loading.owners import load_ownership
from bot.loading.team_days import TeamDays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from bot.analysis.contract import Contract
    from bot.analysis.ownership import Team
    from bot.analysis.replay import Said
    from bot.model import Interval
    from bot.snapshots.store import Store


def replay(
    store: Store, interval: Interval, contracts: Sequence[Contract], *, teams: Sequence[Team] = ()
) -> Iterator[tuple[date, list[list[Said]]]]:
    """For each day of an interval that can be judged, what each contract would have said, in their order.

    Beginning without open alerts, every day is judged as if it were the newest, by itself and the five weeks before it
    as they are stored now, with their restatements. Days that were never fetched whole are passed over, as the live
    check does. Only one day's figures are held at a time. `teams` are those of the configuration.
    """
    team_days = TeamDays(store=store, ownership=load_ownership(store, teams))
    books = [Book(critical=contract.critical) for contract in contracts]
    for day in judgeable_days(store, interval):
        view = load_view(store, day, team_days)
        if not view.known.compared:
            continue
        judged = [view.judge(contract, book.at_hand(day)) for contract, book in zip(contracts, books, strict=True)]
        yield (
            day,
            [
                book.turn(
                    each.evaluation, each.spend, days=len(each.compared), teams=each.about_teams(book.at_hand(day))
                )
                for book, each in zip(books, judged, strict=True)
            ],
        )


def judgeable_days(store: Store, interval: Interval) -> list[date]:
    """The days that would each have been the newest to judge: settled, and billed where there is any bill."""
    settled = [known for known in store.ledger.load_fetched_days(interval).values() if known.is_settled]
    return [known.day for known in [known for known in settled if known.is_billed] or settled]
