"""The digest: a finished week or month against the one before."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from bot.analysis.schedule import every_of
from bot.analysis.weeks import IsoWeek
from bot.messages import basis
from bot.messages.alerts import held_in_words, open_lines
from bot.messages.breakdown import before_title, breakdown_table, change_in_words
from bot.messages.budget_views import budget_line
from bot.messages.charts import DAYS_A_WEEK, DailySpend, daily_chart
from bot.messages.drivers import first_driver
from bot.messages.layout import (
    HEADLINE_NAME_LENGTH,
    NAME_LENGTH,
    build_message,
    code,
    distinct_labels,
    escape,
    first_lines,
    headline,
    label,
    paragraph,
    short_model,
    small_print,
)
from bot.messages.numbers import (
    counted,
    day_range,
    listed,
    money,
    money_alike,
    money_change_alike,
    month_name,
    number,
    up_or_down,
)
from bot.messages.reconcile import matches_the_bill
from bot.messages.savings import saving_line
from bot.messages.units import units_line
from bot.model import NO_MODEL, team_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from slackblocks import Block

    from bot.analysis.digest import Digest
    from bot.analysis.forecast import Forecast
    from bot.analysis.month_pace import MonthPace
    from bot.analysis.movers import Mover
    from bot.analysis.report import Row
    from bot.analysis.restated import Restated
    from bot.analysis.savings import Savings
    from bot.analysis.schedule import DigestPeriod
    from bot.model import Message, Names, NanoUsd

MOVERS = 5
LITTLE = 20
"""So many times less than what moved most is not worth a line beside it."""

NEARLY_ALL = 50
"""A driver that leaves less than one part in so many of a change is all of it."""

CAME_OR_WENT = 3
MODELS = 3
ORGANIZATIONS = 5
ALERTS = 5
BUDGETS = 5
RESTATED = 3
WORDS = 3


def digest_message(digest: Digest, *, names: Names, threshold_percent: Decimal, floor: NanoUsd | None) -> Message:
    """The period told: what moved and why, the month, alerts, days, workspaces. `floor` is that of the newest check."""
    subject = _subject(digest)
    return build_message(
        f"{subject}{_first_mover(digest)}",
        headline(subject),
        _movers(digest),
        _restated(digest),
        _outlook(digest),
        _budgets(digest),
        _alerts(digest, names, threshold_percent=threshold_percent, floor=floor),
        _chart(digest),
        _organizations(digest),
        _workspaces(digest),
        _models(digest),
        small_print(*_small_print(digest)),
    )


def nothing_called(period: DigestPeriod, workspaces: Sequence[str]) -> Message:
    """Instead of a digest of workspaces that are not there: a slip of the pen is not to look like no spend."""
    subject = (
        f"{period_name(period)}: no {_noun(workspaces)} is called {some_words([label(word) for word in workspaces])}"
    )
    how = "Change it in `[[digests]]`, or with `/claudecost digest unsubscribe` here and `subscribe` again."
    what = f"This channel's digest is of {some_words([code(word) for word in workspaces])}, and nothing is called so."
    return build_message(subject, headline(subject), paragraph("why", f"{what} {how}"))


def some_words(words: Sequence[str], *, most: int = WORDS) -> str:
    """The first of some words, and how many more there are.

    >>> some_words(["a", "b", "c", "d", "e"]), some_words(["a", "b"], most=1)
    ('a, b, c and 2 more', 'a and 1 more')
    """
    more = [f"{number(len(words) - most)} more"] if len(words) > most else []
    return listed([*words[:most], *more])


def period_name(period: DigestPeriod) -> str:
    """A period in a headline.

    >>> from bot.analysis.schedule import parse_period
    >>> [period_name(parse_period(text)) for text in ("2026-W47", "2026-10")]
    ['Week 47', 'October 2026']
    """
    if isinstance(period, IsoWeek):
        return f"Week {period.week}"
    return f"{month_name(period.interval.since)} {period.year}"


def _subject(digest: Digest) -> str:
    scope = f", {label(digest.scope, HEADLINE_NAME_LENGTH)}" if digest.scope else ""
    period = f"{period_name(digest.period)}{scope}"
    if digest.total is None:
        return f"{period}: no data for {day_range(digest.interval)}"
    under_way = "" if digest.is_over else ", in part" if digest.is_in_part else ", not over yet"
    beside = f" without what is shared ({money(digest.shared)})" if digest.shared else ""
    spent = f"{period}{under_way}: {money(digest.total)}{basis.mark(estimated=digest.total_estimated)}{beside}"
    if digest.missing_days:
        return f"{spent} {basis.known_part(digest.interval, digest.missing_days)}"
    if digest.change is None or digest.change_percent is None:
        return spent
    change = money_change_alike(digest.change, beside=[digest.total])
    return f"{spent}, {up_or_down(digest.change_percent)} ({change})"


def _first_mover(digest: Digest) -> str:
    if not digest.movers:
        return ""
    mover = digest.movers[0]
    names = [mover.workspace, short_model(mover.model)] if mover.model else [mover.workspace]
    named = " ".join(label(name, HEADLINE_NAME_LENGTH) for name in names)
    return f"; {named} {_change(mover)}"


# --- What moved ---


def _movers(digest: Digest) -> Block | None:
    lines = [
        *_titled("*What moved most*", [_mover_line(mover) for mover in _told(digest.movers)]),
        *_listed("New", digest.started, [f"{_series(mover)} {money(mover.spend)}" for mover in digest.started]),
        *_listed(
            "Stopped",
            digest.stopped,
            [f"{_series(mover)} was {money(mover.previous)} a {every_of(digest.period)}" for mover in digest.stopped],
        ),
    ]
    return paragraph("movers", *lines) if lines else None


def _told(movers: Sequence[Mover]) -> list[Mover]:
    """The first few, without those that moved little beside the first."""
    return [mover for mover in movers[:MOVERS] if abs(mover.change) * LITTLE >= abs(movers[0].change)]


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *lines] if lines else []


def _listed(title: str, movers: Sequence[Mover], named: Sequence[str]) -> list[str]:
    if not movers:
        return []
    more = [f"{number(len(movers) - CAME_OR_WENT)} more"] if len(movers) > CAME_OR_WENT else []
    return [f"*{title}:* {', '.join([*named[:CAME_OR_WENT], *more])}"]


def _mover_line(mover: Mover) -> str:
    return f"{_series(mover)} *{_change(mover)}*: {_driver(mover) or _before_and_now(mover)}"


def _before_and_now(mover: Mover) -> str:
    before, now = money_alike(mover.previous, mover.spend)
    return f"{before} → {now}"


def _driver(mover: Mover) -> str:
    """What drove it most, with its dollars where that is not all of it; empty where nobody knows."""
    driver = None if mover.why is None else first_driver(mover.why)
    if driver is None:
        return ""
    rest = abs(mover.change - driver.figure.amount)
    return escape(driver.words) + (f" {driver.figure.text}" if rest * NEARLY_ALL >= abs(mover.change) else "")


def _change(mover: Mover) -> str:
    return money_change_alike(mover.change, beside=[mover.previous, mover.spend])


def _series(mover: Mover) -> str:
    if mover.model is None:
        return code(mover.workspace)
    return f"{code(mover.workspace)} {'without a model' if mover.model == NO_MODEL else code(short_model(mover.model))}"


# --- What was told before and is no longer so ---


def _restated(digest: Digest) -> Block | None:
    lines = [_restated_line(restated) for restated in digest.restated]
    if not lines:
        return None
    noun = every_of(digest.period)
    return paragraph(
        "restated", f"*The bill of earlier {noun}s changed*", *first_lines(lines, limit=RESTATED, noun=noun)
    )


def _restated_line(restated: Restated) -> str:
    told, total = money_alike(restated.told, restated.total)
    change = money_change_alike(restated.change, beside=[restated.told, restated.total])
    return f"{period_name(restated.period)} *{change}*: {told} → {total}"


# --- The month, and what could be saved ---


def _outlook(digest: Digest) -> Block | None:
    lines = [*filter(None, [_pace(digest.pace), _saving(digest.savings), units_line(digest.units)])]
    return paragraph("outlook", *lines) if lines else None


def _budgets(digest: Digest) -> Block | None:
    """How far spend of each is, the most urgent first."""
    lines = [budget_line(now) for now in digest.budgets]
    if not lines:
        return None
    return paragraph("budgets", "*Budgets*", *first_lines(lines, limit=BUDGETS, noun="budget"))


def _pace(pace: MonthPace | None) -> str:
    """The month so far and by its end, against the one before."""
    if pace is None or pace.forecast.total is None:
        return ""
    forecast = pace.forecast
    month = month_name(forecast.period.since)
    spent, total, low, high = money_alike(forecast.spent or 0, *by_the_end(forecast))
    so_far = f"{spent}{basis.mark(estimated=pace.estimated)} in {counted(len(forecast.known_days), 'day')}, "
    rough = "roughly " if forecast.band.is_rough else ""
    return f"*{month}:* {so_far if forecast.spent else ''}*{total}* forecast ({rough}{low} – {high}){_last_month(pace)}"


def by_the_end(forecast: Forecast) -> tuple[NanoUsd, NanoUsd, NanoUsd]:
    """The forecast and its band."""
    return forecast.total or 0, forecast.low or 0, forecast.high or 0


def _last_month(pace: MonthPace) -> str:
    if pace.change_percent is None:
        return ""
    return f", {up_or_down(pace.change_percent)} on {month_name(pace.last_month.period.since)}"


def _saving(savings: Savings | None) -> str:
    """One of them."""
    if savings is None or not savings.savings:
        return ""
    return f"*Could be saved in {counted(len(savings.interval), 'day')}:* {saving_line(savings)}"


# --- The picture, the table, the models ---


def _chart(digest: Digest) -> Block | None:
    current, previous = DailySpend(digest.interval, digest.daily), DailySpend(digest.previous_interval, digest.daily)
    step = 1 if every_of(digest.period) == "week" else DAYS_A_WEEK  # in between, weekends would come and go
    return daily_chart(current, previous, unit=f"USD{basis.mark(estimated=digest.estimated)}", step=step)


def _workspaces(digest: Digest) -> Block | None:
    if not digest.by_workspace:
        return None
    return breakdown_table(
        digest.by_workspace,
        title="Workspace",
        before=before_title(
            digest.previous_interval, digest.previous_missing_days, estimated=digest.previous_estimated
        ),
        estimated=digest.total_estimated,
    )


def _organizations(digest: Digest) -> Block | None:
    lines = [_model_line(row, row.label) for row in digest.by_organization]
    if not lines:
        return None
    return paragraph(
        "organizations", "*By organisation*", *first_lines(lines, limit=ORGANIZATIONS, noun="organisation")
    )


def _models(digest: Digest) -> Block | None:
    names = distinct_labels([row.label for row in digest.by_model], NAME_LENGTH)
    lines = [_model_line(row, name) for row, name in zip(digest.by_model, names, strict=True)]
    if not lines:
        return None
    return paragraph("models", "*By model*", *first_lines(lines, limit=MODELS, noun="model"))


def _model_line(row: Row, name: str) -> str:
    change = change_in_words(row)
    compared = f", before {money(row.previous)} ({change})" if row.previous else f" ({change})"
    return f"{code(name)} *{money(row.spend)}*{compared}"


# --- Alerts ---


def _alerts(digest: Digest, names: Names, *, threshold_percent: Decimal, floor: NanoUsd | None) -> Block:
    lines = open_lines(digest.open_alerts, names, digest.units)
    title = f"*{counted(len(lines), 'open alert')}*" if lines else "✅ *No open alerts*"
    held = chain.from_iterable(digest.held.values())
    kept = held_in_words(held, threshold_percent=threshold_percent, floor=floor)
    return paragraph(
        "alerts", title, *first_lines(lines, limit=ALERTS, noun="alert"), *filter(None, [kept, _precision(digest)])
    )


def _precision(digest: Digest) -> str:
    """How many of the alerts of four weeks were real, as far as somebody said; empty without alerts."""
    feedback = digest.feedback
    if feedback is None or not feedback.alerts:
        return ""
    unmarked = f", {feedback.unmarked} not marked" if feedback.unmarked else ""
    return f"Last 4 weeks: {counted(feedback.alerts, 'alert')}, {feedback.real} real, {feedback.noise} noise{unmarked}."


def _small_print(digest: Digest) -> list[str]:
    unknown = [*digest.missing_days, *digest.previous_missing_days]
    return [
        basis.days_compared(current=digest.interval, previous=digest.previous_interval),
        f"not complete yet: {basis.days_named(digest.partial_days)}" if digest.partial_days else "",
        basis.days_unknown(unknown),
        *basis.organizations(digest.organizations, unknown=unknown, named=code),
        basis.unheard(digest.unheard, named=code),
        basis.sources(digest),
        "" if digest.reconciliation is None else matches_the_bill(digest.reconciliation),
        _unmatched(digest),
        basis.left_unpriced(digest.unpriced),
        basis.as_of(digest.data_as_of),
    ]


def _unmatched(digest: Digest) -> str:
    """Words for workspaces that mean none."""
    named = some_words([code(word, HEADLINE_NAME_LENGTH) for word in digest.unmatched], most=1)
    return f"no {_noun(digest.unmatched)} is called {named}" if digest.unmatched else ""


def _noun(words: Sequence[str]) -> str:
    return "team" if all(team_of(word) is not None for word in words) else "workspace"
