"""Reconcile: the bill against its tokens, and what the channel is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.analysis.prices import PriceTable
from bot.analysis.reconcile import Cause
from bot.jobs.notices import Notices
from bot.jobs.reconcile import Reconciler
from bot.loading.reconcile import load_reconciliation
from bot.model import Source, dollars, end_of
from tests.builders import NOW, TODAY, YESTERDAY, cost_line, last_days, tokens, usage_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.model import UsageLine
    from bot.snapshots import Store
    from tests.loopback import World

PRICES = PriceTable.build({})
MILLION = tokens(output=10**6)
HOUR = timedelta(hours=1)


def reconciler(prices: PriceTable = PRICES) -> Reconciler:
    return Reconciler(notices=Notices(channel="C0COSTS01"), prices=lambda: prices, drift_percent=Decimal(2))


def bill(store: Store, billed: Mapping[str, str | int], usage: list[UsageLine]) -> None:
    """Yesterday's bill by model, and its tokens."""
    store.ledger.save_days(
        last_days(1),
        cost=[cost_line(amount, model=model) for model, amount in billed.items()],
        usage=usage,
        source=Source.COST_REPORT,
        fetched_at=end_of(YESTERDAY) + 4 * HOUR,
    )


def check(store: Store, *, day: date = TODAY, revision: int = 0, by: Reconciler | None = None) -> list[str]:
    """What a check queues once `day` is judged."""
    (by or reconciler()).check(store, day=day, revision=revision, now=NOW + revision * HOUR)
    texts = []
    while (posting := store.outbox.claim_due(NOW + timedelta(days=1))) is not None:
        texts.append(posting.message.text)
    return texts


def test_the_newest_days_bill_may_lag_its_tokens(store: Store) -> None:
    bill(store, {"claude-opus-5-5": 1}, [usage_line(MILLION)])

    assert check(store, day=YESTERDAY) == []
    assert len(check(store, day=TODAY)) == 1


async def test_a_simulated_bill_is_explained_by_its_tokens(synced: World) -> None:
    week = last_days(7)

    with synced.open_store() as store:
        found = load_reconciliation(store, week, PRICES)

    assert dollars(found.billed) * 100 == synced.organization.invoice(week)
    assert found.explained_percent == 100
    assert set(found.causes) == {
        Cause.PRIORITY_TIER,
        Cause.CODE_EXECUTION,
        Cause.SESSIONS,
        Cause.UNPRICED_MODEL,
    }
    assert [each.model for each in found.unpriced] == ["claude-cairn-preview"]


async def test_a_day_that_is_not_over_is_left_out(synced: World) -> None:
    with synced.open_store() as store:
        found = load_reconciliation(store, last_days(1, until=TODAY + timedelta(days=1)), PRICES)

    assert found.rows == ()


def test_estimated_days_are_left_out(store: Store) -> None:
    store.ledger.save_days(
        last_days(1), cost=[cost_line(1)], usage=[], source=Source.ESTIMATE, fetched_at=end_of(YESTERDAY) + HOUR
    )

    assert load_reconciliation(store, last_days(1), PRICES).explained_percent is None
    assert check(store) == []


def test_a_bill_that_is_its_tokens_says_nothing(store: Store) -> None:
    bill(store, {"claude-opus-5-5": 20}, [usage_line(MILLION)])

    assert check(store) == []


def test_a_drift_is_told_once_and_once_when_it_is_over(store: Store) -> None:
    bill(store, {"claude-opus-5-5": 25}, [usage_line(MILLION)])
    (begun,) = check(store)
    assert begun == "⚠️ The bill drifts from its tokens: 80 % explained, 15–21 Nov"
    assert check(store, revision=1) == []

    bill(store, {"claude-opus-5-5": 20}, [usage_line(MILLION)])
    (over,) = check(store, revision=2)
    assert over.startswith("✅ The bill matches its tokens again")


def test_a_drift_within_the_limit_is_kept_quiet(store: Store) -> None:
    bill(store, {"claude-opus-5-5": "20.40"}, [usage_line(MILLION)])

    assert check(store) == []


def test_the_limit_of_a_drift_is_the_settings_to_say(store: Store) -> None:
    bill(store, {"claude-opus-5-5": "20.40"}, [usage_line(MILLION)])

    strict = replace(reconciler(), drift_percent=Decimal("0.5"))

    assert check(store, by=strict) == ["⚠️ The bill drifts from its tokens: 98.0 % explained, 15–21 Nov"]


def test_new_models_without_a_price_are_told_once_and_together(store: Store) -> None:
    bill(store, {}, [usage_line(MILLION, model="claude-next"), usage_line(MILLION, model="claude-other")])

    assert check(store) == ["🏷️ No price is known for 2 new models; unpriced: 2 models, 2M tokens"]
    assert check(store, revision=1) == []


def test_what_had_no_price_at_the_first_start_is_no_news(store: Store) -> None:
    bill(store, {}, [usage_line(MILLION, model="claude-next")])
    reconciler().remember_unpriced(store, day=YESTERDAY, now=NOW)

    assert check(store) == []


def test_a_week_that_was_looked_at_already_is_not_looked_at_again(store: Store) -> None:
    before = reconciler().remember_unpriced(store, day=TODAY, now=NOW)
    bill(store, {}, [usage_line(MILLION, model="claude-next")])
    by = reconciler()

    by.check(store, day=TODAY, revision=0, now=NOW, found=before)

    assert check(store, by=by) == []
    assert len(check(store, revision=1, by=by)) == 1


def test_a_model_that_got_a_price_and_lost_it_is_news_again(store: Store) -> None:
    bill(store, {}, [usage_line(MILLION, model="claude-next")])
    check(store)
    quote = PRICES.quote("claude-opus-5-5", YESTERDAY)
    assert quote is not None
    priced = PriceTable({"claude-next": (quote,)})

    check(store, revision=1, by=reconciler(priced))

    assert len(check(store, revision=2)) == 1


def test_the_same_day_is_checked_once(store: Store) -> None:
    once = reconciler()
    check(store, by=once)
    bill(store, {"claude-opus-5-5": 25}, [usage_line(MILLION)])

    assert check(store, by=once) == []
    assert len(check(store, by=once, revision=1)) == 1
