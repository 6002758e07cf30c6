"""The answer to "why": the change, what drove it, who is behind it, and what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.groupings import GROUPS, LABELS
from bot.analysis.hints import hit_rates, output_shares
from bot.messages import basis
from bot.messages.answer_buttons import SHARE
from bot.messages.breakdown import in_a_cell
from bot.messages.drivers import driver_figures, first_driver, others_in_words, why_line
from bot.messages.hints import hint_lines, month_end
from bot.messages.layout import (
    CELL_NAME_LENGTH,
    HEADLINE_NAME_LENGTH,
    LONGEST_QUESTION,
    build_message,
    button,
    code,
    distinct_labels,
    headline,
    label,
    paragraph,
    small_print,
    table,
)
from bot.messages.numbers import (
    NOTHING,
    adding_up,
    change_between,
    counted,
    day_name,
    day_range,
    listed,
    money,
    money_alike,
    percent,
    tokens,
    up_or_down,
)
from bot.messages.periods import period_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slackblocks import Block

    from bot.analysis.explanation import Explanation
    from bot.analysis.hints import DriverName
    from bot.analysis.why import Why
    from bot.model import Message, Names, NanoUsd

MODELS_SHOWN = 4
TITLES: dict[DriverName, str] = {
    "volume": "Tokens",
    "mix": "Mix of models",
    "output": "Output share",
    "cache": "Cache hit rate",
    "price": "Prices",
    "other": "Without tokens",
}

Cells: TypeAlias = tuple[str, str, str, str]


class Spent(NamedTuple):
    """What a model or a key spent before and now."""

    name: str
    previous: NanoUsd
    current: NanoUsd


def why_answer(explanation: Explanation, *, share_id: str | None) -> Message:
    """Why a part of the bill cost what it did. Without a `share_id` there is no button to share it."""
    if explanation.total is None or explanation.previous_total is None:
        return _nothing_known(explanation)
    if not (explanation.total or explanation.previous_total or explanation.why.keys):
        return _nothing_spent(explanation)
    subject = why_subject(explanation)
    driver = first_driver(explanation.why)
    return build_message(
        f"{subject}; {driver.words} {driver.figure.text}" if driver else subject,
        headline(subject),
        paragraph("why", why_line(explanation.why, explanation.names)),
        paragraph("advice", *lines) if (lines := advice(explanation)) else None,
        why_table(explanation),
        None if share_id is None else button("Share in channel", action_id=SHARE, value=share_id),
        small_print(*_small_print(explanation)),
    )


def why_table(explanation: Explanation) -> Block:
    """What drove the change, and by how much; a phone cuts the last column."""
    rows = [(name, change, before, now) for name, before, now, change in why_rows(explanation, named=cell_names)]
    return table(("What drove it", "Change", "Before", "Now"), rows)


# --- The headline ---


def why_subject(explanation: Explanation) -> str:
    """The change in a line of plain text."""
    name = label(explanation.about.name, HEADLINE_NAME_LENGTH)
    before, now = money_alike(explanation.why.previous, explanation.why.current)
    change = change_between(explanation.why.previous, explanation.why.current)
    mark = basis.mark(estimated=explanation.estimated)
    direction = up_or_down(explanation.change_percent)
    moved = f" {direction}" if explanation.change_percent is not None else ""
    return f"{name}{moved} {when(explanation)}: {before} → {now} ({change}){mark}"


def when(explanation: Explanation) -> str:
    """Which days, after a name or a direction."""
    period = explanation.period
    if len(period.current) == 1:
        return f"on {day_name(period.current.since)}{' so far' if explanation.partial_days else ''}"
    return period_in_words(period)


def _nothing_known(explanation: Explanation) -> Message:
    period = explanation.period
    days = day_range(period.current if explanation.total is None else period.previous)
    subject = f"No data for {days} yet"
    return build_message(
        f"{subject}: these days were never fetched",
        headline(subject),
        paragraph(
            "why", "These days were never fetched, so there is nothing to compare. `/claudecost status` shows more."
        ),
        small_print(basis.as_of(explanation.data_as_of)),
    )


def _nothing_spent(explanation: Explanation) -> Message:
    days = basis.days_compared(current=explanation.period.current, previous=explanation.period.previous)
    subject = f"{label(explanation.about.name, HEADLINE_NAME_LENGTH)}: nothing spent {when(explanation)}, nor before"
    explained = f"Nothing was spent on it: {days}."
    return build_message(
        subject, headline(subject), paragraph("why", explained), small_print(*_small_print(explanation)[1:])
    )


def advice(explanation: Explanation) -> list[str]:
    """What to look at, and what it costs if it stays, as mrkdwn; for sides that are not alike, only that."""
    if not explanation.comparable:
        return [f"*Not alike:* {_unlike(explanation)}, so this is no fair comparison."]
    period = explanation.period
    stays = month_end(explanation.why, days=len(period.current), since=period.current.until)
    hints = hint_lines(explanation.why, explanation.names)
    return [*hints, f"*If it stays:* {stays}."] if stays and explanation.may_stay else hints


def _unlike(explanation: Explanation) -> str:
    missing = len(explanation.missing_days) + len(explanation.previous_missing_days)
    if missing:
        return f"{counted(missing, 'day')} of the two periods {'was' if missing == 1 else 'were'} never fetched"
    return f"{basis.days_named(explanation.partial_days)} is not over"


# --- The table: drivers, models and keys, each of which adds up to the change ---


def why_rows(explanation: Explanation, *, named: Callable[[Sequence[str]], Sequence[str]]) -> list[Cells]:
    """All three; models and keys under a line with the total, and called what `named` makes of their names."""
    why, names = explanation.why, explanation.names
    changed = [model for model in why.models if model.increase]
    models = [Spent(LABELS.get(model.id, model.id), model.previous, model.current) for model in changed]
    shown = MODELS_SHOWN if len(models) <= MODELS_SHOWN else MODELS_SHOWN - 1
    return [
        *driver_rows(why),
        total_row("By model", why),
        *spend_rows(
            why,
            [*models[:shown], *others(models[shown:], counted(len(models[shown:]), "other model"))],
            named=named,
        ),
        *(key_rows(why, names, named=named) if explanation.tells_keys else ()),
    ]


def key_rows(why: Why, names: Names, *, named: Callable[[Sequence[str]], Sequence[str]]) -> Iterator[Cells]:
    """The keys behind the change, under a line with the total."""
    keys = [
        Spent(GROUPS["key"].label(key.id, names), key.previous, key.current)
        for key in (*why.keys_behind, *why.other_keys)
    ]
    behind = len(why.keys_behind)
    yield total_row("By key", why)
    yield from spend_rows(why, [*keys[:behind], *others(keys[behind:], others_in_words(why.other_keys))], named=named)


def total_row(title: str, why: Why) -> Cells:
    """The whole change, which the rows below add up to."""
    return title, money(why.previous), money(why.current), change_between(why.previous, why.current)


def driver_rows(why: Why) -> list[Cells]:
    """The drivers that did something, each with what it is measured by."""
    return [
        (TITLES[driver], *measures(why, driver), figure.text)
        for driver, figure in driver_figures(why).items()
        if figure.amount
    ]


def measures(why: Why, driver: DriverName) -> tuple[str, str]:
    """What a driver is measured by, before and now; dashes where one figure cannot say it."""
    sides = why.before.spend, why.now.spend
    match driver:
        case "volume":
            return tokens(sum(sides[0].tokens)), tokens(sum(sides[1].tokens))
        case "output":
            shares = output_shares((sides[0].tokens, sides[1].tokens))
        case "cache":
            shares = hit_rates((sides[0].tokens, sides[1].tokens))
        case "other":
            return money(sides[0].of_other), money(sides[1].of_other)
        case _:
            return NOTHING, NOTHING
    return percent(shares.before), percent(shares.now)


def cell_names(names: Sequence[str]) -> list[str]:
    """Names as a table tells them apart on a phone."""
    return distinct_labels([in_a_cell(name) for name in names], CELL_NAME_LENGTH)


def spend_rows(why: Why, rows: Sequence[Spent], *, named: Callable[[Sequence[str]], Sequence[str]]) -> list[Cells]:
    """Names with what they spent; the changes add up as they are written."""
    figures = adding_up([row.current - row.previous for row in rows], before=why.previous, now=why.current)
    labels = named([row.name for row in rows])
    return [
        (name, money(row.previous), money(row.current), figure.text)
        for name, row, figure in zip(labels, rows, figures, strict=True)
    ]


def others(rows: Sequence[Spent], name: str) -> list[Spent]:
    """What is not named, as one row; none if that is nothing."""
    return [Spent(name, sum(row.previous for row in rows), sum(row.current for row in rows))] if rows else []


def among_tokens(explanation: Explanation) -> str:
    """What shares of tokens are of where some kinds of them are left out; empty where none is."""
    is_cut = any(each.kind == "token" for each in explanation.asked.question.filters)
    return "output share and cache hit rate are among the tokens asked about" if is_cut else ""


def _small_print(explanation: Explanation) -> list[str]:
    period = explanation.period
    return [
        basis.days_compared(current=period.current, previous=period.previous),
        basis.completeness(explanation),
        basis.days_unknown([*explanation.missing_days, *explanation.previous_missing_days]),
        basis.sources(explanation),
        basis.left_unpriced(explanation.unpriced),
        among_tokens(explanation),
        "" if explanation.tells_keys else "not told by key: too many lines to share while you wait",
        f"{listed([code(name) for name in explanation.organizations])} together" if explanation.organizations else "",
        basis.unheard(explanation.unheard, named=code),
        basis.as_of(explanation.data_as_of),
        f"understood as {code(str(explanation.asked), LONGEST_QUESTION)}",
    ]
