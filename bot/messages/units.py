"""Dollars per unit as people read them: a headline, the last days as a line, the weeks as a table."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from slackblocks import Button

from bot.analysis.units import WEEK, change_between, find_report, last_week
from bot.messages import basis
from bot.messages.alert_state import ENDINGS, TITLES, in_a_sentence
from bot.messages.alert_views import explained, small_prints
from bot.messages.answer_buttons import SHARE
from bot.messages.layout import (
    CELL_NAME_LENGTH,
    CHART_POINTS,
    HEADLINE_NAME_LENGTH,
    TABLE_ROWS,
    actions,
    build_message,
    build_modal,
    button,
    clip,
    code,
    distinct_labels,
    escape,
    first_lines,
    headline,
    instant,
    label,
    line_chart,
    paragraph,
    person,
    small_print,
    table,
    unescape,
    with_blocks,
)
from bot.messages.numbers import (
    NOTHING,
    counted,
    day_name,
    day_range,
    listed,
    money,
    money_each,
    number,
    percent_change,
    percent_set,
    rate,
    short_day,
    up_or_down,
)
from bot.model import NANOS_PER_USD, AlertState, Interval, Message, Resolution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from slackblocks import Block

    from bot.analysis.units import Stretch, Unit, UnitDays, UnitReport, Verdict
    from bot.model import UnitRise

WEEKS = 4
"""Rows of the table of one unit; loading reads a week more, which the oldest is compared with."""

ACKNOWLEDGE, DETAILS = "unit_acknowledge", "unit_details"
"""What the listeners know the buttons by."""

NOT_OPEN = Message("That rise of dollars per unit is over, or was told before the data was set up anew.")
NO_SUCH_UNIT = "`claudecost.toml` has no unit of this name any more."
UNKNOWN_UNIT = Message("That unit is in claudecost.toml no more, has another name now, or is not yours to see.")

BACK_TO_NORMAL = Decimal("1.1")
"""What is at most so many times what it was before a rise is back where it was."""

IN_DIGEST = 3
LONGEST_TROUBLE = 150
TROUBLES = 3
FACTORS = (1, 100, 1_000, 1_000_000)
"""Dollars of how many units a chart may show, so that its line is not all below a cent."""

HOW = "add `[[units]]` to `claudecost.toml`: a name, what one is called, and where each day's count is to be read"
NONE_SET = f"Nothing is counted yet; {HOW}."


def units_answer(reports: Sequence[UnitReport], *, share_id: str | None) -> Message:
    """Every unit over some days: dollars for each, and those of the days before."""
    if not reports:
        return build_message("No units are set", headline("No units are set"), paragraph("why", NONE_SET))
    first = reports[0]
    more = f", and {counted(len(reports) - 1, 'other unit')}" if len(reports) > 1 else ""
    subject = f"{said(first)}{more}"
    names = distinct_labels([each.unit.name for each in reports], CELL_NAME_LENGTH)
    rows = [_row(name, each) for name, each in zip(names, reports, strict=True)]
    left_out = f"+{counted(len(rows) - TABLE_ROWS, 'more unit')}" if len(rows) > TABLE_ROWS else ""
    return build_message(
        subject,
        headline(subject),
        _rising([each.days for each in reports]),
        _troubles([each.days for each in reports]),
        table(("Per unit", "Now", "Change", "Before"), rows[:TABLE_ROWS]),
        None if share_id is None else button("Share in channel", action_id=SHARE, value=share_id),
        small_print(
            left_out, _compared(first), *_partly(reports), _sources(reports), basis.as_of(first.days.data_as_of)
        ),
    )


def unit_answer(days: UnitDays, *, today: date, share_id: str | None) -> Message:
    """One unit: the last complete week, its days as a line, the weeks before."""
    report = find_report(days, last_week(today), last_week(today).shifted(-WEEK.days))
    subject = said(report)
    return build_message(
        subject,
        headline(subject),
        paragraph("facts", _arithmetic(report.current, days.unit), _whose(days)),
        None if days.rise is None else state_of(days.rise),
        _troubles([days]),
        _chart(days, today),
        _weeks(days, today),
        None if share_id is None else button("Share in channel", action_id=SHARE, value=share_id),
        small_print(_compared(report), *_partly([report]), _sources([report]), basis.as_of(days.data_as_of)),
    )


def said(report: UnitReport) -> str:
    """A unit's dollars and their change, for a headline."""
    name, each = label(report.unit.name, HEADLINE_NAME_LENGTH), label(report.unit.unit, HEADLINE_NAME_LENGTH)
    if report.current.per_unit is None:
        return f"{name}: {'none counted' if report.current.days else 'no counts known'}, {_days(report.current)}"
    estimated = basis.mark(estimated=report.current.estimated)
    change = report.change_percent
    compared = "" if change is None else f", {up_or_down(change)} from {money_each(report.previous.per_unit)}"
    return f"{name}: {money_each(report.current.per_unit)}{estimated} per {each}{compared}"


def units_line(reports: Sequence[UnitReport]) -> str:
    """The first few units in a line of mrkdwn, for a digest; empty where nothing is known of any."""
    known = [each for each in reports if each.current.per_unit is not None]
    texts = [
        f"{money_each(each.current.per_unit)} per {code(each.unit.unit)} ({percent_change(each.change_percent)})"
        for each in known[:IN_DIGEST]
    ]
    more = [f"{number(len(known) - IN_DIGEST)} more"] if len(known) > IN_DIGEST else []
    return f"*Per unit:* {', '.join([*texts, *more])}" if texts else ""


# --- What is told by itself ---


def unit_rises(verdict: Verdict, rise: UnitRise, *, threshold_percent: Decimal) -> Message:
    """Dollars per unit rose; `verdict` has the two weeks."""
    report = verdict.report
    subject = f"📈 {said(report)}"
    current, previous = report.current, report.previous
    lines = [
        _arithmetic(current, report.unit),
        f"{money(verdict.effect)} more than at the rate of the week before, {money_each(previous.per_unit)} each.",
        _whose(report.days),
        f"Look at: `/claudecost unit {escape(label(report.unit.name))}`; `/claudecost 7d` says what drove the dollars.",
    ]
    return build_message(
        subject,
        headline(subject),
        paragraph("why", *lines),
        state_of(rise),
        buttons_of(report.unit.name, rise),
        small_print(
            _compared(report),
            *_partly([report]),
            f"told above {percent_set(threshold_percent)}",
            _sources([report]),
            basis.as_of(report.days.data_as_of),
        ),
    )


def state_of(rise: UnitRise) -> Block:
    """Since when it rises, and who has taken it on."""
    return paragraph("state", state_line(rise))


def state_line(rise: UnitRise) -> str:
    """The same as a line of mrkdwn."""
    since = f"since {day_name(rise.since.date())}"
    if rise.taken is None:
        return f"{in_bold(AlertState.FIRING)} {since}"
    who = f"by {person(rise.taken.user)}, {instant(rise.taken.at)}"
    return f"{in_bold(AlertState.ACKNOWLEDGED)} {who} · rising {since}"


def open_rise_line(report: UnitReport, rise: UnitRise) -> str:
    """An open rise beside open alerts: what one costs now against before the rise, as far as it is known."""
    state, before, now = state_line(rise), money_each(rise.per_unit_before), report.current.per_unit
    moved = f"from {before}"
    if now is not None:
        change = (now / rise.per_unit_before - 1) * 100
        moved = f"{up_or_down(change)}: {before} → {money_each(now)}{basis.mark(estimated=report.current.estimated)}"
    each = f"{moved} per {code(report.unit.unit)}"
    return f"{state.partition(' ')[0]} {code(report.unit.name)} {each}, {in_a_sentence(state)}"


def in_bold(state: AlertState) -> str:
    """A state as alerts say it.

    >>> in_bold(AlertState.FIRING)
    '🔴 *Firing*'
    """
    emoji, _, word = TITLES[state].partition(" ")
    return f"{emoji} *{word}*"


def buttons_of(unit: str, rise: UnitRise, *, is_over: bool = False) -> Block:
    """What can be done with a rise; with one that is over or taken on, look at what is behind it."""
    value = reference(unit, rise.since)
    acknowledge = Button("Acknowledge", action_id=ACKNOWLEDGE, value=value)
    takes = [] if is_over or rise.taken else [acknowledge]
    return actions(*takes, Button("Details", action_id=DETAILS, value=value))


def reference(unit: str, since: datetime) -> str:
    """What a button carries: enough to find its rise again.

    >>> from datetime import UTC, datetime
    >>> reference("tickets", datetime(2026, 11, 22, 3, 2, tzinfo=UTC))
    '20261122T030200 tickets'
    """
    return f"{since.astimezone(UTC):%Y%m%dT%H%M%S} {unit}"


def taken_on(message: Message, unit: str, rise: UnitRise) -> Message:
    """A rise's message once somebody has taken it on."""
    return with_blocks(message, unescape(message.text), state_of(rise), buttons_of(unit, rise))


def is_over(message: Message, unit: str, rise: UnitRise, *, ending: str, day: date) -> Message:
    """A rise's message once dollars per unit are calm."""
    taken = f" · acknowledged by {person(rise.taken.user)}" if rise.taken else ""
    told = f"{in_bold(AlertState.RESOLVED)} on {day_name(day)}: {ending}{taken}"
    text = unescape(message.text).replace("📈", "✅", 1)
    return with_blocks(message, text, paragraph("state", told), buttons_of(unit, rise, is_over=True))


def set_aside(unit: str, before: Message, rise: UnitRise, *, day: date) -> Message:
    """That the unit of an open rise is none any more, in the place of its message `before`."""
    subject = f"{label(unit, HEADLINE_NAME_LENGTH)}: looked after no more"
    taken = f" It was acknowledged by {person(rise.taken.user)}." if rise.taken else ""
    return build_message(
        subject,
        headline(subject),
        paragraph("why", f"{NO_SUCH_UNIT} Whether it still rises is not known, and nothing more is told of it.{taken}"),
        paragraph("before", f"Before: {before.text}"),
        small_print(f"since {day_name(day)} {day.year}"),
    )


def set_aside_reply(unit: str) -> Message:
    """The same, for its thread."""
    return Message(f"{code(unit)} is looked after no more. {NO_SUCH_UNIT}")


def ending_of(verdict: Verdict, *, before: Decimal) -> str:
    """Whether dollars per unit are what they were `before` a rise, or stay where they are."""
    return ENDINGS[Resolution.BACK_TO_NORMAL if level_of(verdict) <= before * BACK_TO_NORMAL else Resolution.NEW_LEVEL]


def level_of(verdict: Verdict) -> Decimal:
    """Where dollars per unit are by now."""
    return verdict.lately.per_unit or verdict.report.current.per_unit or Decimal()


def unit_is_calm(verdict: Verdict, *, before: Decimal) -> Message:
    """The rise is over: dollars per unit are what they were `before` it, or stay where they are."""
    report = verdict.report
    now = level_of(verdict)
    name, each = label(report.unit.name, HEADLINE_NAME_LENGTH), label(report.unit.unit, HEADLINE_NAME_LENGTH)
    subject = f"✅ {name}: {money_each(now)} per {each}, {ending_of(verdict, before=before)}"
    lately = f"{_arithmetic(verdict.lately, report.unit)} Before the rise it was {money_each(before)} each."
    return build_message(subject, headline(subject), paragraph("why", lately), small_print(_compared(report)))


def taken_reply(user: str, unit: str) -> Message:
    """That somebody has taken a rise on, for its thread."""
    return Message(f"{person(user)} has taken on the rise of {code(unit)}.")


def details_view(days: UnitDays, *, today: date) -> dict[str, Any]:
    """A unit's weeks in a window."""
    answer = unit_answer(days, today=today, share_id=None)
    return build_modal(
        "Details",
        headline(said(find_report(days, last_week(today), last_week(today).shifted(-WEEK.days)))),
        *explained(answer),
        *small_prints(answer),
        callback_id=DETAILS,
        carries="",
    )


# --- Parts ---


def _row(name: str, report: UnitReport) -> tuple[str, ...]:
    now = f"{money_each(report.current.per_unit)}{basis.mark(estimated=report.current.estimated)}"
    return name, now, percent_change(report.change_percent), money_each(report.previous.per_unit)


def _arithmetic(stretch: Stretch, unit: Unit) -> str:
    if not stretch.days:
        return f"No day of {_days(stretch)} has both dollars and a count; counts are read after each sync."
    on = "" if stretch.is_whole else f" on the {number(len(stretch.days))} days known"
    return f"*{money(stretch.amount)}* for *{rate(stretch.count)}* {code(unit.name)}, {_days(stretch)}{on}."


def _whose(days: UnitDays) -> str:
    """Whose dollars they are, and whether there is anything of that."""
    of = escape(label(str(days.unit.scope), 80))
    nothing = (
        f" ⚠️ Nothing is called {escape(listed([label(each) for each in days.unmatched]))}." if days.unmatched else ""
    )
    return f"Dollars of {of}.{nothing}"


def _rising(all_days: Sequence[UnitDays]) -> Block | None:
    """Those whose rise was told and is not over."""
    rises = [(days.unit.name, days.rise) for days in all_days if days.rise]
    lines = [f"{code(name)} {state_line(rise)}" for name, rise in rises]
    return paragraph("rising", *first_lines(lines, limit=TROUBLES, noun="rise")) if lines else None


def _troubles(all_days: Sequence[UnitDays]) -> Block | None:
    lines = [f"⚠️ {escape(clip(days.trouble, LONGEST_TROUBLE))}" for days in all_days if days.trouble]
    return paragraph("troubles", *first_lines(lines, limit=TROUBLES, noun="unit")) if lines else None


def _chart(days: UnitDays, today: date) -> Block | None:
    """Each of the last days that is known; None where that makes no line."""
    last = Interval(today - timedelta(days=CHART_POINTS), today)
    known = {day: days.stretch(Interval(day, day + timedelta(days=1))).per_unit for day in last.days()}
    points = {day: each for day, each in known.items() if each is not None}
    if len(points) <= 1:
        return None
    factor = next((factor for factor in FACTORS if max(points.values()) * factor >= 1), FACTORS[-1])
    unit, name = label(days.unit.unit, CELL_NAME_LENGTH), label(days.unit.name, CELL_NAME_LENGTH)
    per = f"USD per {unit}" if factor == 1 else f"USD per {number(factor)} {name}"
    line = {short_day(day): int(each * factor * NANOS_PER_USD) for day, each in points.items()}
    return line_chart(clip(f"{per}, by day", 50), {name: line})


def _weeks(days: UnitDays, today: date) -> Block | None:
    """The last weeks; None where nothing is known of any."""
    weeks = [days.stretch(last_week(today).shifted(-WEEK.days * back)) for back in range(WEEKS + 1)]
    if not any(week.days for week in weeks):
        return None
    rows = [
        (
            _days(week),
            f"{money_each(week.per_unit)}{basis.mark(estimated=week.estimated)}",
            percent_change(change_between(before, week)),
            rate(week.count) if week.days else NOTHING,
        )
        for week, before in pairwise(weeks)
    ]
    return table(("Week", "Each", "Change", "Count"), rows)


def _days(stretch: Stretch) -> str:
    return day_range(stretch.interval)


def _compared(report: UnitReport) -> str:
    return basis.days_compared(current=report.current.interval, previous=report.previous.interval)


def _partly(reports: Sequence[UnitReport]) -> Iterator[str]:
    """Which days have no count, or no dollars: they are in neither."""
    for report in reports[:IN_DIGEST]:
        stretches = (report.current, report.previous)
        uncounted = [day for stretch in stretches for day in stretch.uncounted]
        missing = [day for stretch in stretches for day in stretch.missing]
        if uncounted:
            yield f"no count for {code(report.unit.name)}: {basis.days_named(uncounted)}"
        if missing and report is reports[0]:
            yield basis.days_unknown(missing)


def _sources(reports: Sequence[UnitReport]) -> str:
    unpriced = "; tokens without a price are in no dollars" if any(each.days.unpriced for each in reports) else ""
    return f"{basis.source(estimated=any(each.current.estimated for each in reports))}{unpriced}"
