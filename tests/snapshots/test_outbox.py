"""The outbox: said once, in order, whatever breaks in between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.model import Message, OutboxState, Posted, Posting
from bot.snapshots import open_store
from tests.builders import NOW, YESTERDAY, posting

if TYPE_CHECKING:
    from pathlib import Path

    from bot.snapshots import Store

SECOND = timedelta(seconds=1)
PLACE = Posted("C0CLAUDE", "1732.0001")


def claim(store: Store, *, after: timedelta = timedelta()) -> str | None:
    """The key of what is claimed."""
    claimed = store.outbox.claim_due(NOW + after)
    return None if claimed is None else claimed.key


def state(store: Store, key: str) -> OutboxState:
    """Where a posting stands."""
    found = store.outbox.load_posting(key)
    assert found is not None
    return found.state


def send(store: Store, key: str) -> None:
    """Queues and sends a posting."""
    store.outbox.add(posting(key))
    assert claim(store) == key
    store.outbox.mark_sent(key, PLACE, NOW)


def test_a_posting_comes_back_as_it_was(store: Store) -> None:
    blocks = ({"type": "section", "text": {"type": "mrkdwn", "text": "*é* <!channel>"}}, {"type": "divider"})
    queued = Posting(key="alert:1", channel="C0CLAUDE", message=Message("Rise", blocks), next_attempt_at=NOW)

    store.outbox.add(queued)

    assert store.outbox.load_posting("alert:1") == queued


def test_what_waits_goes_to_the_channel_that_is_set_now(store: Store) -> None:
    for key in ("alert:1", "alert:2", "alert:3"):
        store.outbox.add(posting(key))
    store.outbox.claim_due(NOW)
    store.outbox.mark_sent("alert:1", PLACE, NOW)
    store.outbox.claim_due(NOW)

    store.outbox.readdress("C0NEW")

    found = [store.outbox.load_posting(key) for key in ("alert:1", "alert:2", "alert:3")]
    assert [each.channel for each in found if each] == [posting("x").channel] * 2 + ["C0NEW"]


def test_what_waits_for_another_channel_that_is_set_stays_for_it(store: Store) -> None:
    for key, channel in (("alert:1", "C0TEAM"), ("alert:2", "C0GONE")):
        store.outbox.add(replace(posting(key), channel=channel))

    store.outbox.readdress("C0NEW", others=["C0TEAM"])

    found = [store.outbox.load_posting(key) for key in ("alert:1", "alert:2")]
    assert [each.channel for each in found if each] == ["C0TEAM", "C0NEW"]


def test_what_slack_refused_is_known_until_it_is_there(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    store.outbox.add(posting("alert:2"))
    claim(store)
    store.outbox.mark_pending("alert:1", "not_in_channel", NOW, attempt=1)

    assert [each.key for each in store.outbox.load_refused()] == ["alert:1"]

    claim(store)
    store.outbox.mark_sent("alert:1", PLACE, NOW)
    assert store.outbox.load_refused() == []


def test_a_key_is_queued_once(store: Store) -> None:
    assert store.outbox.add(posting("alert:1"))
    assert not store.outbox.add(posting("alert:1", text="again"))

    found = store.outbox.load_posting("alert:1")
    assert found is not None
    assert found.message.text == "Hello"


def test_a_key_is_not_queued_again_after_it_was_sent(store: Store) -> None:
    send(store, "alert:1")

    assert not store.outbox.add(posting("alert:1"))


def test_the_oldest_posting_is_claimed_first_and_once(store: Store) -> None:
    store.outbox.add(posting("b"))
    store.outbox.add(posting("a"))

    assert [claim(store), claim(store), claim(store)] == ["b", "a", None]


def test_a_claim_is_committed_before_anything_is_sent(path: Path, store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claimed = store.outbox.claim_due(NOW)

    with open_store(path) as other:
        assert other.outbox.load_posting("alert:1") == claimed
        assert other.outbox.claim_due(NOW) is None
    assert claimed == replace(posting("alert:1"), state=OutboxState.SENDING, attempts=1)


def test_a_sent_posting_knows_its_place(store: Store) -> None:
    send(store, "alert:1")

    sent = store.outbox.load_posting("alert:1")
    assert sent is not None
    assert (sent.state, sent.posted_channel, sent.posted_ts) == (OutboxState.SENT, "C0CLAUDE", "1732.0001")


def test_a_refused_posting_waits_for_its_time(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)
    store.outbox.mark_pending("alert:1", "ratelimited", next_attempt_at=NOW + 30 * SECOND, attempt=1)

    assert claim(store, after=29 * SECOND) is None
    assert claim(store, after=30 * SECOND) == "alert:1"


def test_what_is_held_waits_for_the_end_of_quiet_hours_whoever_hurries(store: Store) -> None:
    store.outbox.add(replace(posting("alert:1"), held_until=NOW + SECOND))
    store.outbox.add(posting("alert:2"))

    store.outbox.make_due()

    assert claim(store) == "alert:2"
    assert claim(store) is None
    assert store.outbox.load_held(NOW) == (1, NOW + SECOND)
    assert claim(store, after=SECOND) == "alert:1"
    assert store.outbox.load_held(NOW + SECOND) == (0, None)


def test_the_delay_of_an_alert_runs_from_the_end_of_its_day(store: Store) -> None:
    for key, about in (("alert:1", YESTERDAY), ("alert:2", YESTERDAY - timedelta(days=40)), ("digest", None)):
        store.outbox.add(replace(posting(key), about=about))
        claim(store)
        store.outbox.mark_sent(key, PLACE, NOW)
    store.outbox.add(replace(posting("alert:3"), about=YESTERDAY))

    assert store.outbox.load_delays(YESTERDAY - timedelta(days=28)) == [timedelta(hours=9, minutes=30)]


def test_a_dead_posting_is_not_sent(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)
    store.outbox.mark_dead("alert:1", "channel_not_found", attempt=1)

    assert claim(store) is None
    found = store.outbox.load_posting("alert:1")
    assert found is not None
    assert (found.state, found.error) == (OutboxState.DEAD, "channel_not_found")


def test_a_lost_answer_is_looked_for_when_its_time_comes(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)
    store.outbox.mark_ambiguous("alert:1", "timeout", next_attempt_at=NOW + 30 * SECOND, attempt=1)

    assert store.outbox.load_ambiguous(NOW + 29 * SECOND) == []
    assert [each.key for each in store.outbox.load_ambiguous(NOW + 30 * SECOND)] == ["alert:1"]
    assert claim(store, after=90 * SECOND) is None


def test_a_posting_left_over_by_a_crash_is_looked_for_after_a_minute(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)

    assert store.outbox.load_ambiguous(NOW + 60 * SECOND) == []
    assert [each.key for each in store.outbox.load_ambiguous(NOW + 61 * SECOND)] == ["alert:1"]


def test_a_posting_left_over_is_looked_for_at_once_by_who_takes_over(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)

    assert store.outbox.load_ambiguous(NOW + SECOND, claimed_before=NOW) == []
    assert [each.key for each in store.outbox.load_ambiguous(NOW + SECOND, claimed_before=NOW + SECOND)] == ["alert:1"]


def test_what_has_a_lease_is_left_to_its_sender_by_who_takes_over(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    store.outbox.claim_due(NOW, lease=60 * SECOND)

    assert store.outbox.load_ambiguous(NOW + 59 * SECOND, claimed_before=NOW + 59 * SECOND) == []
    assert [each.key for each in store.outbox.load_ambiguous(NOW + 60 * SECOND)] == ["alert:1"]


def test_a_verdict_on_one_attempt_says_nothing_of_the_next(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)
    store.outbox.mark_pending("alert:1", "timeout", next_attempt_at=NOW, attempt=1)
    claim(store)

    store.outbox.mark_pending("alert:1", "timeout", next_attempt_at=NOW, attempt=1)
    store.outbox.mark_dead("alert:1", "channel_not_found", attempt=1)

    assert state(store, "alert:1") is OutboxState.SENDING


def test_a_clock_set_back_does_not_hide_what_was_left_over(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)

    assert [each.key for each in store.outbox.load_ambiguous(NOW - timedelta(days=365))] == ["alert:1"]


def test_a_clock_set_back_does_not_hide_a_lost_answer(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)
    store.outbox.mark_ambiguous("alert:1", "timeout", next_attempt_at=NOW + 30 * SECOND, attempt=1)

    assert [each.key for each in store.outbox.load_ambiguous(NOW - timedelta(days=365))] == ["alert:1"]


@pytest.mark.parametrize("settled", [OutboxState.SENT, OutboxState.DEAD])
def test_a_late_verdict_does_not_bring_a_settled_posting_back(store: Store, settled: OutboxState) -> None:
    store.outbox.add(posting("alert:1"))
    claim(store)
    if settled is OutboxState.SENT:
        store.outbox.mark_sent("alert:1", PLACE, NOW)
    else:
        store.outbox.mark_dead("alert:1", "channel_not_found", attempt=1)

    store.outbox.mark_pending("alert:1", "timeout", next_attempt_at=NOW, attempt=1)
    store.outbox.mark_ambiguous("alert:1", "timeout", next_attempt_at=NOW, attempt=1)

    assert state(store, "alert:1") is settled


def test_an_edit_waits_for_the_message_it_changes(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    store.outbox.add(posting("alert:1:edit", edits="alert:1"))

    assert claim(store) == "alert:1"
    assert claim(store) is None
    store.outbox.mark_sent("alert:1", PLACE, NOW)
    assert claim(store) == "alert:1:edit"


def test_a_newer_edit_takes_the_place_of_one_that_waits(store: Store) -> None:
    send(store, "alert:1")
    store.outbox.add(posting("edit:1", edits="alert:1"))
    store.outbox.add(posting("edit:2", edits="alert:1"))

    assert [claim(store), claim(store)] == ["edit:2", None]
    assert state(store, "edit:1") is OutboxState.DEAD


def test_edits_of_other_messages_stay(store: Store) -> None:
    send(store, "alert:1")
    send(store, "alert:2")
    store.outbox.add(posting("edit:1", edits="alert:1"))
    store.outbox.add(posting("edit:2", edits="alert:2"))

    assert [claim(store), claim(store)] == ["edit:1", "edit:2"]


def test_a_newer_edit_waits_until_an_earlier_one_is_settled(store: Store) -> None:
    send(store, "alert:1")
    store.outbox.add(posting("edit:1", edits="alert:1"))
    claim(store)
    store.outbox.add(posting("edit:2", edits="alert:1"))

    assert claim(store) is None
    store.outbox.mark_sent("edit:1", PLACE, NOW)
    assert claim(store) == "edit:2"


def test_an_edit_that_failed_is_not_repeated_over_a_newer_one(store: Store) -> None:
    send(store, "alert:1")
    store.outbox.add(posting("edit:1", edits="alert:1"))
    claim(store)
    store.outbox.add(posting("edit:2", edits="alert:1"))

    store.outbox.mark_pending("edit:1", "ratelimited", next_attempt_at=NOW, attempt=1)

    assert [claim(store), claim(store)] == ["edit:2", None]


def test_a_posting_queued_in_a_transaction_that_fails_is_not_queued(path: Path, store: Store) -> None:
    with suppress(ConnectionError), store.transaction():
        store.outbox.add(posting("alert:1"))
        raise ConnectionError

    with open_store(path) as later:
        assert later.outbox.claim_due(NOW) is None


# --- Threads ---


def test_a_reply_waits_until_its_thread_is_there(store: Store) -> None:
    store.outbox.add(posting("alert:1"))
    store.outbox.add(replace(posting("alert:1:reply"), replies_to="alert:1", also_in_channel=True))

    assert claim(store) == "alert:1"
    assert claim(store) is None
    store.outbox.mark_sent("alert:1", PLACE, NOW)
    assert claim(store) == "alert:1:reply"


def test_a_reply_comes_back_as_it_was(store: Store) -> None:
    reply = replace(posting("alert:1:reply"), replies_to="alert:1", also_in_channel=True)
    store.outbox.add(reply)

    assert store.outbox.load_posting("alert:1:reply") == reply


def test_a_waiting_reply_stays_with_its_thread_whatever_channel_is_set(store: Store) -> None:
    send(store, "alert:1")
    store.outbox.add(replace(posting("alert:1:reply"), replies_to="alert:1"))

    store.outbox.readdress("C0NEW")

    reply = store.outbox.load_posting("alert:1:reply")
    assert reply is not None
    assert reply.channel == posting("x").channel


def test_replies_do_not_take_each_others_place(store: Store) -> None:
    send(store, "alert:1")
    for key in ("first", "second"):
        store.outbox.add(replace(posting(key), replies_to="alert:1"))

    assert [claim(store), claim(store)] == ["first", "second"]


def test_the_newest_word_on_a_message_is_its_last_edit(store: Store) -> None:
    send(store, "alert:1")
    assert store.outbox.load_latest("alert:1") == store.outbox.load_posting("alert:1")

    store.outbox.add(posting("edit", edits="alert:1"))
    store.outbox.add(replace(posting("reply"), replies_to="alert:1"))

    assert store.outbox.load_latest("alert:1") == store.outbox.load_posting("edit")
    assert store.outbox.load_latest("alert:2") is None
