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
    """A model nobody knows was asked for by name."""

    def __init__(self, model: str) -> None:
        super().__init__(f'no price is known for {model}; set one in claudecost.toml under [prices."{model}"]')


def answer_prices(settings: Settings, *, model: str | None, day: date) -> PriceList:
    """The prices on a day, and what was used without one lately. Raises `NoPrice` for an unknown model."""
    recently = Interval(day - RECENTLY, day + timedelta(days=1))
    with build_open_store(settings)() as store:
        tokens = tokens_of_all((part.beside, part.store.ledger.load_tokens(recently)) for part in parts_of(store))
    found = find_price_list(build_prices(settings), tokens, day=day, model=model)
    if model is not None and not found.quotes:
        raise NoPrice(model)
    return found
