"""Why spend changed, in words: what drove it and which keys are behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from bot.analysis.drivers import TOKENS_MISSING
from bot.analysis.groupings import GROUPS, LABELS, in_words
from bot.analysis.hints import (
    MOVED,
    DriverName,
    batch_shares,
    hit_rates,
    is_within_models,
    long_shares,
    moved_charge,
)
from bot.messages.layout import NAME_LENGTH, code, escape, label
from bot.messages.numbers import Figure, adding_up, counted, listed, percent, plain_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.why import KeyChange, Why
    from bot.model import Names, NanoUsd

DRIVERS: tuple[DriverName, ...] = get_args(DriverName)
DRIVERS_NAMED = 4
SMALLEST_SHARE = 50  # a driver below a fiftieth of the largest explains nothing
UP_AND_DOWN: dict[DriverName, tuple[str, str]] = {
    "volume": ("more tokens", "fewer tokens"),
    "mix": ("dearer models", "cheaper models"),
    "output": ("longer outputs", "shorter outputs"),
    "cache": ("less from the cache", "more from the cache"),
    "price": ("higher prices", "lower prices"),
    "other": ("cost without tokens", "less cost without tokens"),
}
NOTHING_BEFORE = "nothing was spent in the days before"


class Named(NamedTuple):
    """One part of a change: what it is, and what it came to."""

    words: str
    figure: Figure


def why_line(why: Why, names: Names, *, title: str = "Why") -> str:
    """What drove a change and which keys are behind it, as mrkdwn on one line."""
    drivers = (driver_words(why) or "nothing changed") if why.before.spend.total else NOTHING_BEFORE
    return " ".join(part for part in (f"*{title}:* {drivers}.", key_words(why, names)) if part)


def driver_words(why: Why) -> str:
    """What drove a change, as mrkdwn; nothing where nothing changed."""
    return ", ".join(f"{escape(each.words)} *{each.figure.text}*" for each in named_drivers(why))


# --- Drivers ---


def first_driver(why: Why) -> Named | None:
    """The driver that did most, for a notification; None without one."""
    named = named_drivers(why)
    return named[0] if named and why.before.spend.total else None


def named_drivers(why: Why) -> list[Named]:
    """The drivers that did most, and all others together; as written, they add up to the change as written."""
    figures = driver_figures(why)
    ranked = sorted(DRIVERS, key=lambda driver: -abs(amount_of(why, driver)))
    most = abs(amount_of(why, ranked[0]))
    named = [driver for driver in ranked[:DRIVERS_NAMED] if abs(amount_of(why, driver)) * SMALLEST_SHARE >= most]
    parts = [Named(in_a_word(why, driver), figures[driver]) for driver in named]
    others = [driver for driver in ranked if driver not in named and figures[driver].amount]
    rest = figures["volume"]._replace(amount=sum(figures[driver].amount for driver in others))
    words = in_a_word(why, others[0]) if len(others) == 1 else "all else"
    return [part for part in (*parts, Named(words, rest)) if part.figure.amount]


def driver_figures(why: Why) -> dict[DriverName, Figure]:
    """All drivers as they are written wherever they are."""
    figures = adding_up([amount_of(why, driver) for driver in DRIVERS], before=why.previous, now=why.current)
    return dict(zip(DRIVERS, figures, strict=True))


def amount_of(why: Why, driver: DriverName) -> NanoUsd:
    """What one driver came to."""
    amount: NanoUsd = getattr(why.drivers, driver)
    return amount


def in_a_word(why: Why, driver: DriverName) -> str:
    """What a driver did, as plain text."""
    up, down = UP_AND_DOWN[driver]
    better = {"mix": mix_in_a_word, "cache": cache_in_a_word, "other": other_in_a_word}.get(driver)
    return (better(why) if better else "") or (up if amount_of(why, driver) > 0 else down)


def mix_in_a_word(why: Why) -> str:
    """The tier or the length of requests, where they changed rather than the models; else nothing."""
    batch, long = batch_shares(why).moved, long_shares(why).moved
    if max(abs(batch), abs(long)) < MOVED or not is_within_models(why):  # which looks into each model
        return ""
    if abs(batch) >= abs(long):
        return "less batch" if batch < 0 else "more batch"
    return "longer requests" if long > 0 else "shorter requests"


def cache_in_a_word(why: Why) -> str:
    """The hit rate, where it moved the way the driver did; else nothing."""
    rates = hit_rates((why.before.spend.tokens, why.now.spend.tokens))
    moved_the_same_way = (rates.moved < 0) == (why.drivers.cache > 0)
    if abs(rates.moved) < MOVED or not moved_the_same_way:
        return ""
    return f"cache hit rate {percent(rates.before)} → {percent(rates.now)}"


def other_in_a_word(why: Why) -> str:
    """The kind of charge that moved most."""
    cost_type = moved_charge(why)
    if cost_type == TOKENS_MISSING:
        return "tokens without usage"
    return label(in_words(cost_type).lower(), NAME_LENGTH) if cost_type else ""


# --- Keys ---


def key_words(why: Why, names: Names) -> str:
    """The keys behind a change, as mrkdwn; empty where there are none."""
    behind, others = why.keys_behind, why.other_keys
    parts = [*(key.increase for key in behind), sum(key.increase for key in others)]
    *figures, rest = adding_up(parts, before=why.previous, now=why.current)
    if not any(figure.amount for figure in figures):
        return ""
    after = f"; {others_in_words(others)} *{rest.text}*" if rest.amount else ""
    if len(behind) > 1:
        named = [
            f"{key_name(key, names)} *{figure.text}*{since(key)}" for key, figure in zip(behind, figures, strict=True)
        ]
        noun = "Keys " if LABELS.keys().isdisjoint(key.id for key in behind) else ""
        return f"{noun}{listed(named)}{of_it(why)}{after}."
    (key,), (figure,) = behind, figures
    noun = "" if key.id in LABELS else "Key "
    part = f"*{figure.text}*{of_it(why)}" if others else "all of it"
    return f"{noun}{key_name(key, names)} {part}{since(key)}{after}."


def of_it(why: Why) -> str:
    """That keys are a part of the change; not where others fell and they are more than the whole."""
    return " of it" if abs(sum(key.increase for key in why.keys_behind)) <= abs(why.increase) else ""


def others_in_words(keys: Sequence[KeyChange]) -> str:
    """How many keys are not named; what is no key is no more than another."""
    if LABELS.keys().isdisjoint(key.id for key in keys):
        return counted(len(keys), "other key")
    return counted(len(keys), "other")


def key_name(key: KeyChange, names: Names) -> str:
    """A key as mrkdwn."""
    return LABELS.get(key.id) or code(GROUPS["key"].label(key.id, names))


def since(key: KeyChange) -> str:
    """Since when a key is in use, if that is news."""
    return f" (first seen {plain_day(key.first_seen)})" if key.first_seen else ""
