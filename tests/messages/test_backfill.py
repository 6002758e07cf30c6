"""The first message says what was found and when the next one comes."""

from __future__ import annotations

from datetime import UTC, datetime

from inline_snapshot import snapshot

from bot.messages.backfill import backfill_done
from bot.model import Interval, Message, Organization, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CHECKOUT, SEARCH, alert, last_days, names

DIGEST_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def say(
    organization: Organization | None,
    interval: Interval,
    spend: dict[tuple[str, ...], int],
    *,
    next_digest_at: datetime | None = DIGEST_AT,
) -> Message:
    return backfill_done(
        organization=organization,
        interval=interval,
        spend=spend,
        names=names(),
        already_high=[alert()] if spend else [],
        next_digest_at=next_digest_at,
    )


def test_what_the_first_backfill_found() -> None:
    spend: dict[tuple[str, ...], int] = {
        (CHECKOUT,): usd(20123),
        (SEARCH,): usd(900),
        ("default",): usd(12),
        ("wrkspc_x",): usd(1),
    }
    message = say(Organization("org", "Acme & Sons"), last_days(90), spend)
    assert message.text == snapshot(
        "Ready: 90 days read, $21,036 in 4 workspaces. The first digest comes 23 Nov 09:00 UTC."
    )
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Ready: 90 days read, $21,036                                               │
│                                                                            │
│ Acme & Sons: 24 Aug – 21 Nov, 4 workspaces.                                │
│ Largest: checkout $20,123, search $900.00 and Default workspace $12.00.    │
│                                                                            │
│ High already, so only said here:                                           │
│ 🔴 checkout up 100 %: $100.00 → $200.00, firing since Sat 21 Nov           │
│                                                                            │
│ From now on: an alert here when a workspace or a model climbs, answers to  │
│ /claudecost, and the weekly digest from 23 Nov 09:00 UTC.                  │
│                                                                            │
│ complete UTC days · from the bill · /claudecost help says what you can ask │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_an_organisation_that_spent_nothing_yet() -> None:
    assert preview_as_text(say(None, last_days(1), {})) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ Ready: 1 day read, $0.00                                                   │
│                                                                            │
│ Sat 21 Nov, 0 workspaces.                                                  │
│                                                                            │
│ From now on: an alert here when a workspace or a model climbs, answers to  │
│ /claudecost, and the weekly digest from 23 Nov 09:00 UTC.                  │
│                                                                            │
│ complete UTC days · from the bill · /claudecost help says what you can ask │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_without_a_digest_none_is_promised() -> None:
    message = say(None, last_days(90), {}, next_digest_at=None)

    assert message.text == "Ready: 90 days read, $0.00 in 0 workspaces."
    assert "climbs, and answers to `/claudecost`." in str(message.blocks)
    assert "digest" not in str(message.blocks)
