"""What the channel is told of the bot itself says who must act and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from bot.analysis.prices import PriceTable
from bot.analysis.reconcile import Cause, Reconciliation, Row, reconcile
from bot.messages import notices
from bot.model import Unpriced, usd
from bot.terminal.slack_preview import preview_as_text
from tests.builders import CHECKOUT, NOW, OPUS, SEARCH, cost_line, last_days, names, tokens, usage_line

if TYPE_CHECKING:
    from bot.model import Message


def test_a_refused_key_names_the_settings_and_the_mend() -> None:
    message = notices.key_refused(settings=["ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_KEY_NEXT"], now=NOW)
    assert message.text == snapshot("⚠️ Anthropic refuses the Admin key: no new data since 22 Nov 09:30 UTC")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ⚠️ Anthropic refuses the Admin key: no new data                            │
│                                                                            │
│ ANTHROPIC_ADMIN_KEY and ANTHROPIC_ADMIN_KEY_NEXT got a 401 at 22 Nov 09:30 │
│ UTC. Until this is mended there are no new numbers and no new alerts;      │
│ answers come from the days already stored.                                 │
│ To mend it: make a new Admin key in the Claude Console, set                │
│ ANTHROPIC_ADMIN_KEY and restart the bot.                                   │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_stale_data_says_that_silence_means_nothing() -> None:
    message = notices.data_stale(data_as_of=NOW)
    assert message.text == snapshot("⚠️ No new data for more than 26 hours: the newest is of 22 Nov 09:30 UTC")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ⚠️ No new data for more than 26 hours                                      │
│                                                                            │
│ The newest data is of 22 Nov 09:30 UTC. Until it flows again nothing new   │
│ is checked, so silence does not mean that all is well.                     │
│ To find out why: run claudecost doctor where the bot runs, or look at its  │
│ log.                                                                       │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_week_that_could_not_be_judged() -> None:
    assert preview_as_text(notices.not_judged(missing=3, day=date(2026, 11, 21))) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ⚠️ Not judged: 3 days missing                                              │
│                                                                            │
│ Of the week up to Sat 21 Nov, 3 days cannot be compared with the week      │
│ before: one of the two was never fetched. There are no alerts until at     │
│ least five can.                                                            │
│ The next syncs fetch what is missing; /claudecost status shows how far     │
│ they are.                                                                  │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_the_other_key_took_over() -> None:
    message = notices.key_replaced(refused="ANTHROPIC_ADMIN_KEY", in_use="ANTHROPIC_ADMIN_KEY_NEXT")
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ 🔑 The next Admin key took over                                            │
│                                                                            │
│ ANTHROPIC_ADMIN_KEY was refused, ANTHROPIC_ADMIN_KEY_NEXT is in use.       │
│ Nothing was missed.                                                        │
│ To finish the rotation: move the new key to ANTHROPIC_ADMIN_KEY and unset  │
│ ANTHROPIC_ADMIN_KEY_NEXT.                                                  │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


@pytest.mark.parametrize(
    "over",
    [notices.key_accepted(setting="ANTHROPIC_ADMIN_KEY", now=NOW), notices.data_fresh(data_as_of=NOW)],
    ids=["key", "data"],
)
def test_what_is_over_is_told_as_such(over: Message) -> None:
    assert over.text.startswith("✅")


def test_a_failed_answer_is_one_sentence() -> None:
    assert notices.could_not_answer("The stored data cannot be read.").text == "The stored data cannot be read."


def test_models_without_a_price_are_named() -> None:
    message = notices.models_unpriced([Unpriced("claude-next", 1_200_000), Unpriced("claude-other", 9)])
    assert preview_as_text(message) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ 🏷️ No price is known for 2 new models                                      │
│                                                                            │
│ unpriced: 2 models, 1.2M tokens lately: claude-next and claude-other. The  │
│ bill has their dollars all the same; they cannot be checked against        │
│ tokens, nor estimated.                                                     │
│ To mend it: update the bot, or set a price under [prices."…"] in           │
│ claudecost.toml.                                                           │
╰────────────────────────────────────────────────────────────────────────────╯\
""")


def test_a_drift_says_what_is_not_explained() -> None:
    prices = PriceTable.build({})
    found = reconcile(last_days(7), cost=[cost_line(25)], usage=[usage_line(tokens(output=10**6))], prices=prices)
    assert preview_as_text(notices.bill_drifts(found, names=names())) == snapshot("""\
╭─ Claude cost ──────────────────────────────────────────────────────────────╮
│ ⚠️ The bill drifts from its tokens                                         │
│                                                                            │
│ 15–21 Nov: tokens × price does not match the bill: 80 % explained. Reports │
│ and alerts go by the bill.                                                 │
│ Not explained: checkout claude-opus-5-5 +$5.00                             │
│ To find out why: claudecost reconcile shows each difference; prices,       │
│ multipliers and a discount are set in claudecost.toml.                     │
╰────────────────────────────────────────────────────────────────────────────╯\
""")
    assert notices.bill_matches(found).text.startswith("✅")


def test_a_drift_names_the_largest_differences_both_ways_and_no_explained_ones() -> None:
    day = date(2026, 11, 16)
    explained = {Cause.PRIORITY_TIER: usd(-500), Cause.DISCOUNT: usd(-150), Cause.SESSIONS: usd(120)}
    unexplained = {CHECKOUT: usd(30), SEARCH: usd(-20), "a": usd(2), "b": usd(1)}
    rows = [
        Row(day=day, workspace_id=place, model=OPUS, billed=usd(250), expected=0, causes={Cause.UNEXPLAINED: amount})
        for place, amount in unexplained.items()
    ]
    again = replace(rows[0], causes={**explained, Cause.UNEXPLAINED: usd(-4)})
    found = Reconciliation(interval=last_days(7), rows=(*rows, again), unpriced=())

    printed = str(notices.bill_drifts(found, names=names()).blocks)

    assert "`checkout` `claude-opus-5-5` +$30.00 −$4.00, `search` `claude-opus-5-5` −$20.00, `a`" in printed
    assert "and 1 more" in printed
    assert "priority" not in printed
