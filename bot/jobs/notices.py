"""Notices: what is wrong with the bot's own data is told once, and once when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages.notices import data_fresh, data_stale, key_accepted, key_refused, key_replaced, not_judged
from bot.model import Posting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.model import Message
    from bot.snapshots.store import Store

STALE_AFTER = timedelta(hours=26)

KEY_REFUSED = "key_refused"
KEY_REPLACED = "key_replaced"
DATA_STALE = "data_stale"
NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Tells the channel. `channel` is where alerts go too."""

    channel: str

    def tell_key_refused(self, store: Store, *, settings: Sequence[str], now: datetime) -> None:
        """The Admin API refused every key that is set."""
        self.begin(store, KEY_REFUSED, key_refused(settings=settings, now=now), now=now, detail=" ".join(settings))

    def tell_key_in_use(self, store: Store, *, setting: str, first: str, now: datetime) -> None:
        """A key works: again, or instead of the `first` one, which was refused."""
        self.end(store, KEY_REFUSED, key_accepted(setting=setting, now=now))
        if setting == first:
            store.notices.clear_notice(KEY_REPLACED)
        else:
            replaced = key_replaced(refused=first, in_use=setting)
            self.begin(store, KEY_REPLACED, replaced, now=now, detail=setting)

    def tell_staleness(self, store: Store, *, now: datetime) -> None:
        """No data came for 26 hours, or it came again; a refused key has said so already."""
        data_as_of = store.ledger.load_freshness().data_as_of
        if data_as_of is None:
            return
        if now - data_as_of <= STALE_AFTER:
            self.end(store, DATA_STALE, data_fresh(data_as_of=data_as_of))
        elif KEY_REFUSED not in store.notices.load_notices():
            self.begin(store, DATA_STALE, data_stale(data_as_of=data_as_of), now=now, detail="")

    def tell_not_judged(self, store: Store, *, missing: int, day: date, now: datetime) -> None:
        """Too many days are unknown to compare two weeks, or there are enough again."""
        if missing:
            self.begin(store, NOT_JUDGED, not_judged(missing=missing, day=day), now=now, detail=str(day))
        else:
            store.notices.clear_notice(NOT_JUDGED)

    def begin(self, store: Store, kind: str, message: Message, *, now: datetime, detail: str) -> None:
        """Says it if it was not said since it began."""
        with store.transaction():
            if store.notices.raise_notice(kind, since=now, detail=detail):
                store.outbox.add(Posting(key=notice_key(kind, now), channel=self.channel, message=message))

    def end(self, store: Store, kind: str, message: Message) -> None:
        """Says that it is over, if it had been said."""
        with store.transaction():
            since = store.notices.clear_notice(kind)
            if since is not None:
                key = f"{notice_key(kind, since)}:over"
                store.outbox.add(Posting(key=key, channel=self.channel, message=message))


def notice_key(kind: str, since: datetime) -> str:
    """Under which a notice is posted: once for each time it begins."""
    return f"notice:{kind}:{since.isoformat(timespec='seconds')}"
