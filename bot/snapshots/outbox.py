"""The outbox: what is to be said in Slack, queued with what it is about, so that it is said once whatever happens.

    add ──▶ pending ──claim_due──▶ sending ──mark_sent──▶ sent
               ▲                    │ │ ▲
               └───mark_pending─────┘ │ └─ mark_ambiguous: the answer was lost, nobody knows
                                      └──mark_dead──▶ dead

A row is claimed, and that is committed, before Slack is called: a process killed in between leaves it in `sending`,
where `load_ambiguous` finds it. What is known to be in Slack never goes back. Several processes may deliver at once:
what one finds out about an attempt changes nothing of a later one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.model import OutboxState, Posting, end_of
from bot.snapshots.columns import day_number, day_of, instant_of, instant_text, message_of, message_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from bot.model import Message, Posted
    from bot.snapshots.database import Session

LEFT_OVER_AFTER = timedelta(seconds=60)
"""No call to Slack takes so long: whoever claimed it is gone."""

ADD = """
INSERT INTO outbox (
    organization_id, key, channel, message, edits, replies_to, also_in_channel, held_until, about_day, state, attempts,
    next_attempt_at, posted_channel, posted_ts, error
)
VALUES (
    :organization_id, :key, :channel, :message, :edits, :replies_to, :also_in_channel, :held_until, :about_day, :state,
    :attempts, :next_attempt_at, :posted_channel, :posted_ts, :error
)
ON CONFLICT DO NOTHING
"""

SUPERSEDE = """
UPDATE outbox SET state = 'dead', error = NULL
WHERE organization_id = :organization_id AND state = 'pending' AND edits IS NOT NULL AND EXISTS (
    SELECT 1 FROM outbox AS newer
    WHERE
        newer.organization_id = outbox.organization_id AND newer.edits = outbox.edits AND newer.id > outbox.id
        AND newer.state <> 'dead'
)
"""

# An edit waits until the message it changes is there, as a reply waits for its thread's, and until an earlier edit of
# it is settled: repeated late, the earlier one would put old text over new.
FIND_DUE = """
SELECT id FROM outbox
WHERE
    organization_id = :organization_id AND state = 'pending'
    AND (next_attempt_at IS NULL OR next_attempt_at <= :now)
    AND (held_until IS NULL OR held_until <= :now)
    AND (
        coalesce(edits, replies_to) IS NULL
        OR EXISTS (
            SELECT 1 FROM outbox AS target
            WHERE
                target.organization_id = outbox.organization_id
                AND target.key = coalesce(outbox.edits, outbox.replies_to) AND target.state = 'sent'
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier
        WHERE
            earlier.organization_id = outbox.organization_id AND earlier.edits = outbox.edits
            AND earlier.state = 'sending'
    )
ORDER BY id
LIMIT 1
"""

CLAIM = """
UPDATE outbox SET state = 'sending', attempts = attempts + 1, claimed_at = ?, next_attempt_at = ?
WHERE id = ?
RETURNING key
"""

MAKE_DUE = """
UPDATE outbox SET next_attempt_at = NULL WHERE organization_id = :organization_id AND state = 'pending'
"""

READDRESS = """
UPDATE outbox SET channel = :channel
WHERE
    organization_id = :organization_id AND state = 'pending' AND coalesce(edits, replies_to) IS NULL
    AND channel <> :channel AND channel NOT IN (SELECT value FROM json_each(:others))
    AND channel NOT IN (SELECT channel FROM digest_subscription)
"""

LOAD_REFUSED = """
SELECT * FROM outbox
WHERE organization_id = :organization_id AND state = 'pending' AND error IS NOT NULL
ORDER BY id
"""

LOAD_HELD = """
SELECT count(*) AS postings, min(held_until) AS until FROM outbox
WHERE organization_id = :organization_id AND state = 'pending' AND held_until > :now
"""

LOAD_DELAYS = """
SELECT about_day, sent_at FROM outbox
WHERE organization_id = :organization_id AND about_day >= :since AND sent_at IS NOT NULL
ORDER BY sent_at
"""

MARK_SENT = """
UPDATE outbox
SET
    state = 'sent', sent_at = :at, posted_channel = :channel, posted_ts = :ts, error = NULL, next_attempt_at = NULL
WHERE organization_id = :organization_id AND key = :key
"""

# Of two processes that look for one lost answer, one may have sent it again before the other is through.
MARK = """
UPDATE outbox SET state = :state, error = :error, next_attempt_at = :next_attempt_at
WHERE organization_id = :organization_id AND key = :key AND state = 'sending' AND attempts = :attempt
"""

# A claim that lies ahead was made by a clock that has been set back since.
LOAD_AMBIGUOUS = """
SELECT * FROM outbox
WHERE
    organization_id = :organization_id AND state = 'sending'
    AND (
        next_attempt_at <= :now
        OR claimed_at > :ahead
        OR next_attempt_at IS NULL AND (claimed_at < :left_over OR claimed_at < :claimed_before)
    )
ORDER BY id
"""

LOAD_LATEST = """
SELECT * FROM outbox
WHERE organization_id = :organization_id AND (key = :key OR edits = :key)
ORDER BY id DESC
LIMIT 1
"""

LOAD_POSTING = "SELECT * FROM outbox WHERE organization_id = :organization_id AND key = :key"


class Held(NamedTuple):
    """How many postings wait for the end of quiet hours, and when the first of them goes; None for none."""

    postings: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """The postings of one organisation."""

    session: Session

    def add(self, posting: Posting) -> bool:
        """Queues a posting; False if one with its key was ever queued. An edit takes the place of a waiting one."""
        with self.session.writing():
            values = posting_values(posting, organization_id=self.session.organization_id)
            added = self.session.execute(ADD, values).rowcount > 0
            self.supersede()
        return added

    def claim_due(self, now: datetime, *, lease: timedelta | None = None) -> Posting | None:
        """Takes the oldest posting that is due, to be sent by the caller and no one else; None if there is none.

        For as long as the `lease` even a process that takes over leaves it to the caller.
        """
        if self.find_due(now) is None:  # asked without the write lock: mostly there is nothing to do
            return None
        with self.session.writing():
            due = self.find_due(now)
            if due is None:
                return None
            until = None if lease is None else instant_text(now + lease)
            ((key,),) = self.session.execute(CLAIM, (instant_text(now), until, due)).fetchall()
            return self.load_posting(key)

    def make_due(self) -> None:
        """Whatever waits for its next attempt is due now: a person may have mended what was in the way."""
        with self.session.writing():
            self.session.execute(MAKE_DUE, {"organization_id": self.session.organization_id})

    def readdress(self, channel: str, *, others: Iterable[str] = ()) -> None:
        """What waits to be posted goes to `channel`; it may have been queued for one that was set by mistake.

        What is for one of the `others` that are set now, too, stays for it, and so does what is for a channel that
        ever asked for a digest.

        Edits stay with the message they change, replies in their thread, and what may be in Slack already stays where
        it is looked for.
        """
        with self.session.writing():
            values = {"channel": channel, "others": json.dumps([*others])}
            self.session.execute(READDRESS, {"organization_id": self.session.organization_id, **values})

    def add_change(
        self,
        key: str,
        edited: str,
        *,
        show: Callable[[Message], Message],
        reply: Message,
        held_until: datetime | None = None,
    ) -> str | None:
        """Queues another version of the newest word on a message, and a reply in its thread; the edit's key.

        None if nothing was ever queued under `edited`: then there is no message to change. Only the reply is held.
        """
        with self.session.writing():
            latest = self.load_latest(edited)
            if latest is None:
                return None
            edit = Posting(key=f"{key}:edit", channel=latest.channel, message=show(latest.message), edits=edited)
            self.add(edit)
            channel = latest.channel
            self.add(Posting(key=key, channel=channel, message=reply, replies_to=edited, held_until=held_until))
        return edit.key

    def load_refused(self) -> list[Posting]:
        """What Slack did not take at the last attempt and waits for the next one, oldest first."""
        return [posting_of(row) for row in self.session.query(LOAD_REFUSED)]

    def load_held(self, now: datetime) -> Held:
        """What waits for the end of quiet hours."""
        (row,) = self.session.query(LOAD_HELD, now=instant_text(now))
        return Held(row["postings"], None if row["until"] is None else instant_of(row["until"]))

    def load_delays(self, since: date) -> list[timedelta]:
        """How long after the end of each UTC day from `since` on its alerts were in Slack, in the order they came."""
        rows = self.session.query(LOAD_DELAYS, since=day_number(since))
        return [instant_of(row["sent_at"]) - end_of(day_of(row["about_day"])) for row in rows]

    def find_due(self, now: datetime) -> int | None:
        """The number of the oldest posting that is due."""
        for row in self.session.query(FIND_DUE, now=instant_text(now)):
            return int(row["id"])
        return None

    def mark_sent(self, key: str, posted: Posted, at: datetime) -> None:
        """It is in Slack, at that place. This is a fact and holds whatever was thought before."""
        values = {"key": key, "at": instant_text(at), "channel": posted.channel, "ts": posted.ts}
        with self.session.writing():
            self.session.execute(MARK_SENT, {"organization_id": self.session.organization_id, **values})

    def mark_pending(self, key: str, error: str, next_attempt_at: datetime, *, attempt: int) -> None:
        """It is certainly not in Slack and is to be tried again; an edit only if no newer one took its place."""
        with self.session.writing():
            self.mark(key, OutboxState.PENDING, error=error, next_attempt_at=next_attempt_at, attempt=attempt)
            self.supersede()

    def mark_dead(self, key: str, error: str, *, attempt: int) -> None:
        """It is not in Slack, and never will be."""
        with self.session.writing():
            self.mark(key, OutboxState.DEAD, error=error, next_attempt_at=None, attempt=attempt)

    def mark_ambiguous(self, key: str, error: str, next_attempt_at: datetime, *, attempt: int) -> None:
        """Nobody knows whether it is in Slack: it stays `sending` until that is found out."""
        with self.session.writing():
            self.mark(key, OutboxState.SENDING, error=error, next_attempt_at=next_attempt_at, attempt=attempt)

    def load_ambiguous(self, now: datetime, *, claimed_before: datetime | None = None) -> list[Posting]:
        """Postings whose outcome is to be found out now: their time has come, or their sender is gone.

        A sender is gone after a minute, and at once if it claimed before `claimed_before`, when this process took over,
        and has no lease.
        """
        rows = self.session.query(
            LOAD_AMBIGUOUS,
            now=instant_text(now),
            left_over=instant_text(now - LEFT_OVER_AFTER),
            ahead=instant_text(now + LEFT_OVER_AFTER),
            claimed_before=None if claimed_before is None else instant_text(claimed_before),
        )
        return [posting_of(row) for row in rows]

    def load_posting(self, key: str) -> Posting | None:
        """The posting of a key."""
        for row in self.session.query(LOAD_POSTING, key=key):
            return posting_of(row)
        return None

    def load_latest(self, key: str) -> Posting | None:
        """The newest word on the message of a key: its last edit, or the posting itself; sent or not."""
        for row in self.session.query(LOAD_LATEST, key=key):
            return posting_of(row)
        return None

    def mark(self, key: str, state: OutboxState, *, error: str, next_attempt_at: datetime | None, attempt: int) -> None:
        """Moves an attempt on from `sending`; one that was settled meanwhile, or has a successor, stays as it is."""
        values = {
            "organization_id": self.session.organization_id,
            "key": key,
            "state": state.value,
            "error": error,
            "next_attempt_at": None if next_attempt_at is None else instant_text(next_attempt_at),
            "attempt": attempt,
        }
        self.session.execute(MARK, values)

    def supersede(self) -> None:
        """Gives up waiting edits that a newer one makes pointless."""
        self.session.execute(SUPERSEDE, {"organization_id": self.session.organization_id})


def posting_values(posting: Posting, *, organization_id: int) -> dict[str, Any]:
    """A posting's columns."""
    return {
        "organization_id": organization_id,
        "key": posting.key,
        "channel": posting.channel,
        "message": message_text(posting.message),
        "edits": posting.edits,
        "replies_to": posting.replies_to,
        "also_in_channel": posting.also_in_channel,
        "held_until": None if posting.held_until is None else instant_text(posting.held_until),
        "about_day": None if posting.about is None else day_number(posting.about),
        "state": posting.state.value,
        "attempts": posting.attempts,
        "next_attempt_at": None if posting.next_attempt_at is None else instant_text(posting.next_attempt_at),
        "posted_channel": posting.posted_channel,
        "posted_ts": posting.posted_ts,
        "error": posting.error,
    }


def posting_of(row: Mapping[str, Any]) -> Posting:
    """The posting of a row."""
    return Posting(
        key=row["key"],
        channel=row["channel"],
        message=message_of(row["message"]),
        edits=row["edits"],
        replies_to=row["replies_to"],
        also_in_channel=bool(row["also_in_channel"]),
        held_until=None if row["held_until"] is None else instant_of(row["held_until"]),
        about=None if row["about_day"] is None else day_of(row["about_day"]),
        state=OutboxState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=None if row["next_attempt_at"] is None else instant_of(row["next_attempt_at"]),
        posted_channel=row["posted_channel"],
        posted_ts=row["posted_ts"],
        error=row["error"],
    )
