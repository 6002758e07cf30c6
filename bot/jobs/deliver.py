"""Deliver: say what the outbox holds, each posting once, and find out about those whose answer was lost."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.loading.owners import load_channels
from bot.model import Posted
from bot.slack_api import Ambiguous, NotPosted
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.model import Posting
    from bot.slack_api import SlackError, SlackPoster
    from bot.snapshots.store import Store
    from bot.snapshots.threads import OpenStore

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200
LOOK_AGAIN_AFTER = timedelta(seconds=30)
PERSON_MUST_ACT_AFTER = timedelta(minutes=10)
MOST_ATTEMPTS = 500
"""Every ten minutes for three days: a channel the bot was not invited to over a weekend still gets its alert."""
MOST_ATTEMPTS_AT_ODD_ERRORS = 6
FIRST_BACKOFF = timedelta(seconds=10)
LONGEST_BACKOFF = timedelta(minutes=10)
MOST_DOUBLINGS = 10
NOT_FOUND_YET = "not in the channel's history yet"
DELETED = frozenset({"message_not_found", "thread_not_found"})
"""Slack's words for a message that somebody deleted: it comes back by no attempt."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A posting that is not known to be in Slack, and why."""

    key: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """Takes postings from the outbox to Slack. `verify_posts` where the bot may read the channel's history.

    `channel` is the one that is set now: whatever was queued for another and never got there goes to it, unless that is
    one of the `other_channels` that some alerts go to, or an imported team's. One call at a time in a process; once
    `stopping` is set, it begins no further posting. Beside a process that keeps the clock it has a `lease` on what it
    sends: whoever takes the clock over knows that its predecessor sends nothing any more, but not that of others.
    """

    open_store: OpenStore
    poster: SlackPoster
    channel: str
    other_channels: frozenset[str] = frozenset()
    now: Callable[[], datetime]
    verify_posts: bool
    lease: timedelta | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def hurry(self) -> None:
        """Makes all that waits due at once, in the channel set now: a person may have mended what was in the way."""

        def hurry(store: Store) -> None:
            with store.transaction():
                store.outbox.make_due()
                store.outbox.readdress(self.channel, others=self.other_channels | load_channels(store))

        await with_store(self.open_store, hurry)

    async def take_over(self) -> None:
        """Settles what an earlier process left behind; what it was sending, nobody is sending any more."""
        await self.hurry()
        await self.settle_lost_answers(claimed_before=self.now())

    async def deliver(self) -> list[Unsent]:
        """Sends what is due, oldest first; what did not get there, to be tried again or looked for."""
        await self.settle_lost_answers()
        unsent: list[Unsent] = []
        for _ in range(MOST_AT_ONCE):
            if self.stopping.is_set():
                break
            posting = await with_store(
                self.open_store, lambda store: store.outbox.claim_due(self.now(), lease=self.lease)
            )
            if posting is None:
                break
            error = await self.send(posting)
            if error is not None:
                unsent.append(Unsent(posting.key, str(error)))
        return unsent

    async def send(self, posting: Posting) -> SlackError | None:
        """Sends one claimed posting and records how it went; None if it is in Slack."""
        try:
            place = await self.say(posting)
        except NotPosted as refusal:
            await self.put_back(posting, refusal)
            return refusal
        except Ambiguous as lost:
            log.warning("%s: %s", posting.key, lost)
            await self.mark_ambiguous(posting, str(lost))
            return lost
        await with_store(self.open_store, lambda store: store.outbox.mark_sent(posting.key, place, at=self.now()))
        return None

    async def say(self, posting: Posting) -> Posted:
        """Posts, replies in a thread, or edits the message that an earlier posting put there."""
        if posting.edits is not None:
            return await self.poster.edit(await self.place_of(posting.edits), posting.message)
        if posting.replies_to is not None:
            return await self.reply(posting, await self.place_of(posting.replies_to))
        return await self.poster.post(posting.channel, posting.message, key=posting.key)

    async def reply(self, posting: Posting, thread: Posted) -> Posted:
        """Replies in a thread; where that was deleted, what the channel is to see becomes a message of its own."""
        try:
            return await self.poster.reply(
                thread, posting.message, key=posting.key, also_in_channel=posting.also_in_channel
            )
        except NotPosted as refusal:
            if refusal.error not in DELETED or not posting.also_in_channel:
                raise
        return await self.poster.post(thread.channel, posting.message, key=posting.key)

    async def place_of(self, key: str) -> Posted:
        """Where the message of an earlier posting is. Raises `NotPosted` if it is nowhere."""
        target = await with_store(self.open_store, lambda store: store.outbox.load_posting(key))
        if target is None or target.posted_channel is None or target.posted_ts is None:
            raise NotPosted("message_not_found", permanent=False)
        return Posted(target.posted_channel, target.posted_ts)

    async def put_back(self, posting: Posting, refusal: NotPosted) -> None:
        """Queues a refused posting again: soon, slowly if a person must act first, not at all if it is hopeless."""
        if refusal.error in DELETED:
            log.warning("%s: somebody deleted the message it belongs to", posting.key)
            await self.give_up(posting, refusal)
            return
        most = MOST_ATTEMPTS if refusal.permanent or refusal.retry_after else MOST_ATTEMPTS_AT_ODD_ERRORS
        if posting.attempts >= most:
            log.error("%s: given up after %d attempts; %s", posting.key, posting.attempts, refusal)
            await self.give_up(posting, refusal)
            return
        log.warning("%s: %s", posting.key, refusal)
        next_attempt_at = self.now() + wait_after(refusal, attempts=posting.attempts)
        await with_store(
            self.open_store,
            lambda store: store.outbox.mark_pending(
                posting.key, str(refusal), next_attempt_at=next_attempt_at, attempt=posting.attempts
            ),
        )

    async def give_up(self, posting: Posting, refusal: NotPosted) -> None:
        """It will never be in Slack."""
        await with_store(
            self.open_store,
            lambda store: store.outbox.mark_dead(posting.key, str(refusal), attempt=posting.attempts),
        )

    async def settle_lost_answers(self, *, claimed_before: datetime | None = None) -> None:
        """Finds out about postings whose answer was lost, by a time-out or by a crash."""
        lost = await with_store(
            self.open_store, lambda store: store.outbox.load_ambiguous(self.now(), claimed_before=claimed_before)
        )
        for posting in lost:
            await self.settle(posting)

    async def settle(self, posting: Posting) -> None:
        """Marks it sent if the channel shows it, looks a second time, then sends it again: never lost."""
        place = await self.find(posting)
        if place is not None:
            await with_store(self.open_store, lambda store: store.outbox.mark_sent(posting.key, place, at=self.now()))
        elif self.is_worth_a_second_look(posting):
            await self.mark_ambiguous(posting, NOT_FOUND_YET)
        else:
            await with_store(self.open_store, lambda store: self.queue_again(store, posting))

    def queue_again(self, store: Store, posting: Posting) -> None:
        """It is not in the channel it was for, so that it may go to the one that is set now."""
        error = posting.error or "its outcome is unknown"
        with store.transaction():
            store.outbox.mark_pending(posting.key, error, next_attempt_at=self.now(), attempt=posting.attempts)
            store.outbox.readdress(self.channel, others=self.other_channels | load_channels(store))

    async def find(self, posting: Posting) -> Posted | None:
        """The message in the channel's history, where the bot may look."""
        if posting.edits is not None or not self.verify_posts:
            return None
        try:
            return await self.find_in_thread(posting) or await self.find_in_channel(posting)
        except (NotPosted, Ambiguous) as error:
            log.warning("%s: the channel's history cannot be read; %s", posting.key, error)
            return None

    async def find_in_channel(self, posting: Posting) -> Posted | None:
        """Beside the other messages; a reply is there if its thread was deleted."""
        return await self.poster.find_posted(posting.channel, key=posting.key, oldest=self.yesterday())

    async def find_in_thread(self, posting: Posting) -> Posted | None:
        """Among the replies of its thread, if it belongs to one that is still there."""
        if posting.replies_to is None:
            return None
        thread = await self.place_of(posting.replies_to)
        try:
            return await self.poster.find_reply(thread, key=posting.key, oldest=self.yesterday())
        except NotPosted as refusal:
            if refusal.error not in DELETED:
                raise
            return None

    def yesterday(self) -> float:
        """A day ago, in UNIX seconds: no lost answer is older."""
        return (self.now() - timedelta(days=1)).timestamp()

    def is_worth_a_second_look(self, posting: Posting) -> bool:
        """Slack's history can lag behind a post: one look more before it is repeated."""
        return self.verify_posts and posting.edits is None and posting.error != NOT_FOUND_YET

    async def mark_ambiguous(self, posting: Posting, error: str) -> None:
        """Keeps it in `sending` and comes back to it."""
        next_attempt_at = self.now() + doubled(LOOK_AGAIN_AFTER, posting.attempts - 1)
        await with_store(
            self.open_store,
            lambda store: store.outbox.mark_ambiguous(
                posting.key, error, next_attempt_at=next_attempt_at, attempt=posting.attempts
            ),
        )


def wait_after(refusal: NotPosted, *, attempts: int) -> timedelta:
    """How long to wait before a refused posting is sent again.

    >>> wait_after(NotPosted("ratelimited", permanent=False, retry_after=7), attempts=1)
    datetime.timedelta(seconds=7)
    """
    if refusal.retry_after is not None:
        return timedelta(seconds=refusal.retry_after)
    if refusal.permanent:
        return PERSON_MUST_ACT_AFTER
    return doubled(FIRST_BACKOFF, attempts - 1)


def doubled(wait: timedelta, times: int) -> timedelta:
    """A wait doubled so many times, up to ten minutes.

    >>> str(doubled(FIRST_BACKOFF, 2)), str(doubled(FIRST_BACKOFF, 50))
    ('0:00:40', '0:10:00')
    """
    return min(LONGEST_BACKOFF, wait * (1 << min(times, MOST_DOUBLINGS)))
