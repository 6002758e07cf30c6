"""Subscriptions: which channels asked for digests in Slack; and since when each series of digests is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Subscription
from bot.snapshots.columns import instant_of, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.snapshots.database import Session

SUBSCRIBE = """
INSERT INTO digest_subscription (organization_id, channel, every, workspaces, user, at) VALUES (?, ?, ?, ?, ?, ?)
"""

LOAD = """
SELECT id, channel, every, workspaces, user, at FROM digest_subscription
WHERE organization_id = :organization_id AND ended_at IS NULL
ORDER BY id
"""

UNSUBSCRIBE = "UPDATE digest_subscription SET ended_by = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL"

NOTE = "INSERT INTO digest_series (organization_id, series, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

LOAD_SINCE = "SELECT since FROM digest_series WHERE organization_id = :organization_id AND series = :series"


@dataclass(frozen=True, slots=True)
class SubscriptionBook:
    """Each subscription stays on record after its end, with who ended it and when."""

    session: Session

    def subscribe(self, subscription: Subscription) -> None:
        """From now on the channel gets it."""
        words = json.dumps([*subscription.workspaces])
        said = (subscription.channel, subscription.every, words, subscription.user, instant_text(subscription.at))
        with self.session.writing():
            self.session.execute(SUBSCRIBE, (self.session.organization_id, *said))

    def unsubscribe(self, subscriptions: Iterable[Subscription], *, user: str, at: datetime) -> None:
        """From now on their channels do not get these."""
        with self.session.writing():
            self.session.execute_many(UNSUBSCRIBE, [(user, instant_text(at), each.id) for each in subscriptions])

    def load(self) -> list[Subscription]:
        """Those that have not ended, in the order they began."""
        return [
            Subscription(
                id=row["id"],
                channel=row["channel"],
                every=row["every"],
                workspaces=tuple(json.loads(row["workspaces"])),
                user=row["user"],
                at=instant_of(row["at"]),
            )
            for row in self.session.query(LOAD)
        ]

    def note_series(self, series: str, *, at: datetime) -> datetime:
        """Since when a series of digests is known: now, unless it was known before."""
        since = self.load_since(series)
        if since is None:
            with self.session.writing():
                self.session.execute(NOTE, (self.session.organization_id, series, instant_text(at)))
        return since or at

    def load_since(self, series: str) -> datetime | None:
        """The same; None for one that is not known yet."""
        for row in self.session.query(LOAD_SINCE, series=series):
            return instant_of(row["since"])
        return None
