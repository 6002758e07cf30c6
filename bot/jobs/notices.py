"""Notices: what is wrong with the bot's own data is told once, and once when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages.notices import (
    bill_drifts,
    bill_matches,
    data_fresh,
    data_stale,
    key_accepted,
    key_refused,
    key_replaced,
    models_unpriced,
    not_judged,
)
from bot.messages.numbers import counted
from bot.messages.quiet import held
from bot.model import Posting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from bot.analysis.quiet_hours import QuietHours
    from bot.analysis.reconcile import Reconciliation
    from bot.model import Message, Unpriced
    from bot.snapshots.store import Store

STALE_AFTER = timedelta(hours=26)

KEY_REFUSED = "key_refused"
KEY_REPLACED = "key_replaced"
DATA_STALE = "data_stale"
NOT_JUDGED = "not_judged"
DRIFT = "drift"
UNPRICED = "unpriced"
SYNC_FAILED = "sync_failed"

TROUBLES = {
    SYNC_FAILED: "{detail}",
    KEY_REFUSED: "Anthropic refuses the Admin key ({detail})",
    KEY_REPLACED: "the first Admin key was refused, {detail} is in use; move it to where the first one was",
    DATA_STALE: "no new data for more than 26 hours",
    NOT_JUDGED: "not judged: too many days of the week up to {detail} are unknown",
    DRIFT: "the bill drifts from its tokens; claudecost reconcile shows where",
}
"""What a notice says in the status while it is raised; a model without a price is no trouble of the bot's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Tells the channel. `channel` is where alerts go too; what can wait for the end of `quiet` hours does."""

    channel: str
    quiet: QuietHours | None = None

    def tell_key_refused(self, store: Store, *, settings: Sequence[str], now: datetime) -> None:
        """The Admin API refused every key that is set."""
        self.begin(
            store,
            KEY_REFUSED,
            key_refused(settings=settings, now=now, organization=store.called),
            now=now,
            detail=" ".join(settings),
        )

    def tell_key_in_use(self, store: Store, *, setting: str, first: str, now: datetime) -> None:
        """A key works: again, or instead of the `first` one, which was refused."""
        self.end(store, KEY_REFUSED, key_accepted(setting=setting, now=now, organization=store.called), now=now)
        if setting == first:
            store.notices.clear_notice(KEY_REPLACED)
        else:
            replaced = key_replaced(refused=first, in_use=setting, organization=store.called)
            self.begin(store, KEY_REPLACED, replaced, now=now, detail=setting)

    def tell_staleness(self, store: Store, *, now: datetime) -> None:
        """No data came for 26 hours, or it came again; a refused key has said so already."""
        data_as_of = store.ledger.load_freshness().data_as_of
        if data_as_of is None:
            return
        if now - data_as_of <= STALE_AFTER:
            self.end(store, DATA_STALE, data_fresh(data_as_of=data_as_of, organization=store.called), now=now)
        elif KEY_REFUSED not in store.notices.load_notices():
            self.begin(
                store, DATA_STALE, data_stale(data_as_of=data_as_of, organization=store.called), now=now, detail=""
            )

    def tell_not_judged(self, store: Store, *, missing: int, day: date, now: datetime) -> None:
        """Too many days are unknown to compare two weeks, or there are enough again."""
        if missing:
            self.begin(
                store,
                NOT_JUDGED,
                not_judged(missing=missing, day=day, organization=store.called),
                now=now,
                detail=str(day),
            )
        else:
            store.notices.clear_notice(NOT_JUDGED)

    def tell_unpriced(self, store: Store, unpriced: Iterable[Unpriced], *, now: datetime) -> None:
        """Models came that no price is known for; each is told once, together with those that came with it."""
        with store.transaction():
            new = self.remember_unpriced(store, unpriced, now=now)
            if new:
                message = models_unpriced(new, organization=store.called)
                self.queue(store, notice_key(UNPRICED, now), message, now=now)

    def remember_unpriced(self, store: Store, unpriced: Iterable[Unpriced], *, now: datetime) -> list[Unpriced]:
        """Counts models without a price as told; those that had not been."""
        return [
            each
            for each in unpriced
            if store.notices.raise_notice(f"{UNPRICED}:{each.model}", since=now, detail=str(each.tokens))
        ]

    def forget_priced(self, store: Store, *, is_priced: Callable[[str], bool]) -> None:
        """Models that have a price by now would be news again if they lost it."""
        for notice in list(store.notices.load_notices()):
            kind, _, model = notice.partition(":")
            if kind == UNPRICED and is_priced(model):
                store.notices.clear_notice(notice)

    def tell_drift(self, store: Store, found: Reconciliation, *, now: datetime) -> None:
        """Too much of a bill is not explained by its tokens, or no longer."""
        explained = found.explained_percent
        if explained is None:
            return
        if found.drifts:
            drift = bill_drifts(found, names=store.names.load_names(), organization=store.called)
            self.begin(store, DRIFT, drift, now=now, detail=str(explained))
        else:
            self.end(store, DRIFT, bill_matches(found, organization=store.called), now=now)

    def note_failure(self, store: Store, failure: str | None, *, now: datetime) -> None:
        """Keeps why the last sync failed for the status of every process; the channel only hears if it lasts."""
        known = store.notices.load_notices().get(SYNC_FAILED)
        if failure == (None if known is None else known.detail):
            return
        with store.transaction():
            store.notices.clear_notice(SYNC_FAILED)
            if failure is not None:
                store.notices.raise_notice(SYNC_FAILED, since=now, detail=failure)

    def begin(self, store: Store, kind: str, message: Message, *, now: datetime, detail: str) -> None:
        """Says it if it was not said since it began."""
        with store.transaction():
            if store.notices.raise_notice(kind, since=now, detail=detail):
                self.queue(store, notice_key(kind, now), message, now=now)

    def end(self, store: Store, kind: str, message: Message, *, now: datetime) -> None:
        """Says that it is over, if it had been said."""
        with store.transaction():
            since = store.notices.clear_notice(kind)
            if since is not None:
                self.queue(store, f"{notice_key(kind, since)}:over", message, now=now)

    def queue(self, store: Store, key: str, message: Message, *, now: datetime) -> None:
        """Says it when it may be said."""
        posting = Posting(key=store.own_key(key), channel=self.channel, message=message)
        store.outbox.add(held(posting, self.quiet, now=now))


def load_troubles(store: Store) -> list[str]:
    """What is wrong with one organisation's data, a sentence each, whichever process found it: raised notices."""
    notices = store.notices.load_notices()
    if SYNC_FAILED in notices:
        notices.pop(KEY_REFUSED, None)  # it is why, and the sync has said it in more words
    return [
        TROUBLES[notice.kind].format(detail=notice.detail) for notice in notices.values() if notice.kind in TROUBLES
    ]


def load_refusals(store: Store) -> list[str]:
    """What Slack refuses, in a sentence."""
    refused = store.outbox.load_refused()
    return [f"{counted(len(refused), 'message')} not posted yet: {refused[0].error}"] if refused else []


def notice_key(kind: str, since: datetime) -> str:
    """Under which a notice is posted: once for each time it begins."""
    return f"notice:{kind}:{since.isoformat(timespec='seconds')}"
