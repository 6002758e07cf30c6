"""Prices: what tokens cost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.analysis.organizations import tokens_of_all
from bot.analysis.price_list import find_price_list
from bot.model import AnswerIsNo, Interval
from bot.snapshots.parts import parts_of
from bot.wiring import build_open_store, build_prices

if TYPE_CHECKING:
    from datetime import date

    from bot.analysis.price_list import PriceList
    from bot.settings import Settings

RECENTLY = timedelta(days=60)


class NoPrice(AnswerIsNo):
    """A model was asked for by name that has no price on a day; `since` is when it gets one, if it does."""

    def __init__(self, model: str, *, since: date | None) -> None:
        until = f" until {since:%Y-%m-%d}, from when one is set" if since else ""
        super().__init__(f'no price is known for {model}{until}; set one in claudecost.toml under [prices."{model}"]')


def answer_prices(settings: Settings, *, model: str | None, day: date) -> PriceList:
    """The prices on a day, and what was used without one lately. Raises `NoPrice` for a model without."""
    recently = Interval(day - RECENTLY, day + timedelta(days=1))
    with build_open_store(settings)() as store:
        tokens = tokens_of_all((part.beside, part.store.ledger.load_tokens(recently)) for part in parts_of(store))
    prices = build_prices(settings)
    found = find_price_list(prices, tokens, day=day, model=model)
    if model is not None and not found.quotes:
        raise NoPrice(model, since=prices.known_from(model))
    return found
