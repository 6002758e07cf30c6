"""What the month comes to: so far, by its end, and how sure that is."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from bot.analysis.ask_why import written_forecast, written_month
from bot.messages import basis
from bot.messages.alerts import open_alert_line
from bot.messages.answer_buttons import SHARE
from bot.messages.breakdown import in_a_cell
from bot.messages.charts import STEPS
from bot.messages.layout import (
    CELL_NAME_LENGTH,
    CHART_POINTS,
    HEADLINE_NAME_LENGTH,
    LONGEST_QUESTION,
    TABLE_ROWS,
    build_message,
    button,
    code,
    distinct_labels,
    facts,
    first_lines,
    headline,
    label,
    line_chart,
    paragraph,
    small_print,
    table,
)
from bot.messages.numbers import (
    NOTHING,
    counted,
    day_name,
    day_range,
    listed,
    money,
    money_alike,
    month_name,
    number,
    short_day,
    up_or_down,
)
from bot.messages.scope import of_whom

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from slackblocks import Block

    from bot.analysis.forecast import Forecast
    from bot.analysis.month import Month, WorkspaceMonth
    from bot.analysis.question import Question
    from bot.model import Interval, Message, NanoUsd

ALERTS_NAMED = 3


def forecast_answer(month: Month, *, share_id: str | None) -> Message:
    """What the month will have cost, how that is known, and how sure it is."""
    if month.data_as_of is None:
        return nothing_known(month)
    subject = f"{what_and_when(month)}: {by_its_end(month)}, {so_far(month)}"
    return build_message(
        subject,
        headline(subject),
        why_two_numbers(month),
        figures(month),
        paragraph("how", *how(month)),
        cumulative_chart(month),
        share(share_id),
        small_print(*month_small_print(month), understood(month, written_forecast)),
    )


def month_answer(month: Month, *, share_id: str | None) -> Message:
    """The month so far, by workspace, with what each comes to."""
    if month.data_as_of is None:
        return nothing_known(month)
    subject = month_subject(month)
    return build_message(
        subject,
        headline(subject),
        why_two_numbers(month),
        figures(month),
        cumulative_chart(month),
        workspaces_table(month),
        share(share_id),
        small_print(
            *month_small_print(month),
            "workspaces are forecast each by itself" if len(month.workspaces) > 1 else "",
            understood(month, written_month),
        ),
    )


def understood(month: Month, written: Callable[[Question], str]) -> str:
    """What was asked beyond the month, as it is typed; nothing where that is nothing."""
    question = month.question
    return f"understood as {code(written(question), LONGEST_QUESTION)}" if question and question.scope else ""


def share(share_id: str | None) -> Block | None:
    """The button that shows it to the channel."""
    return None if share_id is None else button("Share in channel", action_id=SHARE, value=share_id)


def nothing_known(month: Month) -> Message:
    """Before the first sync."""
    subject = month_subject(month)
    explained = "Nothing was fetched yet, so what it cost is unknown, not zero. `/claudecost status` shows when it is."
    return build_message(f"{subject}: nothing was fetched yet", headline(subject), paragraph("why", explained))


# --- In words ---


def month_subject(month: Month) -> str:
    """The month in a line of plain text."""
    if month.data_as_of is None:
        return f"No data for {month_name(month.forecast.period.since)} yet"
    return f"{what_and_when(month)}: {so_far(month)}, {by_its_end(month)}"


def what_and_when(month: Month) -> str:
    """The month, and what of the bill where that is not all of it."""
    words, name = of_whom(month.question) if month.question else "", month_name(month.forecast.period.since)
    return f"{label(words, HEADLINE_NAME_LENGTH)} in {name}" if words else name


def so_far(month: Month) -> str:
    """What was spent, of the days that are over."""
    if month.forecast.spent is None:
        return "no complete day yet"
    return f"{money(month.forecast.spent)}{basis.mark(estimated=month.estimated)} so far"


def by_its_end(month: Month) -> str:
    """The forecast; two of them while an alert is open."""
    outlook = month.outlook
    if outlook.forecast.total is None:
        return "too few days known for a forecast"
    if outlook.continues is None or outlook.stops is None:
        return f"{money(outlook.forecast.total)} forecast"
    going_on, stopped = money_alike(outlook.continues.total or 0, outlook.stops.total or 0)
    return f"{going_on} if {what_rises(month)} up, {stopped} if not"


def what_rises(month: Month) -> str:
    """The workspace that the two numbers are about, "it" where the month is of that, or how many there are."""
    if len(month.risen) > 1:
        return f"{counted(len(month.risen), 'workspace')} stay"
    name = month.names.workspace(month.risen[0].workspace_id)
    is_all = month.question is not None and of_whom(month.question) == name
    return "it stays" if is_all else f"{label(name, HEADLINE_NAME_LENGTH)} stays"


def within(forecast: Forecast) -> str:
    """A forecast with its band."""
    if forecast.total is None or forecast.low is None or forecast.high is None:
        return NOTHING
    low, high = money_alike(forecast.low, forecast.high)
    rough = "roughly " if forecast.band.is_rough else ""
    return f"{money(forecast.total)}\n{rough}{low} – {high}"


def how(month: Month) -> tuple[str, ...]:
    """What the forecast is made of and what its band rests on, a line of mrkdwn each."""
    forecast = month.forecast
    if forecast.expected is None:
        return ("*No forecast:* it takes 14 of the last 28 days, and one of each weekday.",)
    days = len(forecast.expected)
    each = "the last day" if days == 1 else f"each of {counted(days, 'day')} to come"
    return (
        f"*How:* {each} counts half as that weekday last week, half as its mean over four weeks.",
        "*Band:* rough, 40 % to either side: too few such forecasts of the past can be checked."
        if forecast.band.is_rough
        else f"*Band:* what eight in ten of {forecast.band.errors} such forecasts of the past were off by.",
    )


def alerts_left_out(month: Month) -> tuple[str, ...]:
    """The open alerts about more than this, as a line of mrkdwn; none where there are none."""
    if not month.left_out:
        return ()
    about = listed(list(dict.fromkeys(code(month.names.workspace(each.workspace_id)) for each in month.left_out)))
    return (f"An alert is open about all of {about}. What it does to this part is not told.",)


# --- Blocks ---


def figures(month: Month) -> Block:
    """The numbers of the month, side by side."""
    last = month.last_month
    return facts(
        Month_to_date=f"{money(month.forecast.spent)}{basis.mark(estimated=month.estimated)}\n{days_known(month)}",
        **{name.replace(" ", "_"): within(found) for name, found in forecasts_by_name(month).items()},
        Last_month=f"{money(last.spent)}\n{last_month_in_words(last)}",
        Pace=pace_in_words(month),
    )


def days_known(month: Month) -> str:
    """Of how many of the month's days."""
    forecast = month.forecast
    return f"{len(forecast.known_days)} of {counted(len(forecast.period), 'day')}"


def last_month_in_words(last: Forecast) -> str:
    """Which month, and how much of it is known."""
    part = basis.known_part(last.period, last.missing_days)
    return f"{month_name(last.period.since)} {part}".rstrip()


def pace_in_words(month: Month) -> str:
    """What a day comes to, and how that stands against an even line to last month's total."""
    forecast, pace = month.forecast, month.pace
    if forecast.spent is None:
        return NOTHING
    a_day = f"{money(forecast.spent // len(forecast.known_days))} a day"
    if pace is None or pace.ahead_percent is None:
        return a_day
    return f"{a_day}\n{up_or_down(pace.ahead_percent)} on {month_name(month.last_month.period.since)}"


def why_two_numbers(month: Month) -> Block | None:
    """The open alerts that the two numbers are about, and those about more than what was asked for."""
    has_two = bool(month.risen) and month.outlook.continues is not None
    risen = [open_alert_line(alert, month.names) for alert in month.risen] if has_two else []
    lines = [*first_lines(risen, limit=ALERTS_NAMED, noun="alert"), *alerts_left_out(month)]
    return paragraph("alerts", *lines) if lines else None


def cumulative_chart(month: Month) -> Block | None:
    """The month adding up, with the forecast beside it and the month before.

    Slack wants a value for each point, so what was spent stays level from today on.
    """
    forecast = month.forecast
    if forecast.expected is None or forecast.spent is None:
        return None
    ends = list(ends_of_steps(forecast.period))
    known = {day: month.spend.whole[day] for day in forecast.known_days}
    lines = {"So far": sums_at(ends, forecast.period, known)}
    lines |= {
        name: sums_at(ends, forecast.period, {**known, **(found.expected or {})})
        for name, found in forecasts_by_name(month).items()
    }
    lines |= last_month_beside(month, ends)
    return line_chart(f"{month_name(forecast.period.since)} adding up, USD", lines)


def forecasts_by_name(month: Month) -> dict[str, Forecast]:
    """The line, or two, that a chart has for what is to come."""
    outlook = month.outlook
    if outlook.continues is None or outlook.stops is None:
        return {"Forecast": outlook.forecast}
    return {"If it stays up": outlook.continues, "If it stops": outlook.stops}


def last_month_beside(month: Month, ends: Sequence[date]) -> dict[str, dict[str, NanoUsd]]:
    """The month before, by the same days of the month; nothing where it is not known whole."""
    last = month.last_month
    if last.missing_days:
        return {}
    sums = list(accumulate(month.spend.whole[day] for day in last.period.days()))
    since = month.forecast.period.since
    return {
        month_name(last.period.since): {
            short_day(end): sums[-1] if end == ends[-1] else sums[min((end - since).days, len(sums) - 1)]
            for end in ends
        }
    }


def ends_of_steps(period: Interval) -> list[date]:
    """The last day of each step of a chart, few enough for a phone."""
    step = next((step for step in STEPS if len(period) <= step * CHART_POINTS), STEPS[-1])
    days = period.days()
    return [*days[step - 1 : -1 : step], days[-1]]


def sums_at(ends: Sequence[date], period: Interval, amounts: Mapping[date, NanoUsd]) -> dict[str, NanoUsd]:
    """What had been spent by the end of each of these days."""
    sums = dict(zip(period.days(), accumulate(amounts.get(day, 0) for day in period.days()), strict=True))
    return {short_day(end): sums[end] for end in ends}


def workspaces_table(month: Month) -> Block | None:
    """Workspaces so far, by the end of the month, and in the month before; not of the only one asked about."""
    workspaces = month.workspaces
    if not workspaces or (len(workspaces) == 1 and month.question is not None and month.question.scope):
        return None
    fits = len(workspaces) <= TABLE_ROWS
    shown = workspaces if fits else workspaces[: TABLE_ROWS - 1]
    names = distinct_labels([in_a_cell(each.label) for each in shown], CELL_NAME_LENGTH)
    rows = [
        (name, money(each.spent), money(each.total), money(each.last_month))
        for name, each in zip(names, shown, strict=True)
    ]
    if not fits:
        rest = workspaces[TABLE_ROWS - 1 :]
        spent, total, last_month = map(money, summed(rest))
        rows.append((f"+{number(len(rest))} more", spent, total, last_month))
    return table(("Workspace", "So far", "Forecast", month_name(month.last_month.period.since)[:3]), rows)


def summed(workspaces: Sequence[WorkspaceMonth]) -> tuple[NanoUsd | None, ...]:
    """So far, forecast and last month of several, None where it is unknown of all."""
    columns = ([each.spent, each.total, each.last_month] for each in workspaces)
    known = [[amount for amount in column if amount is not None] for column in zip(*columns, strict=True)]
    return tuple([sum(column) if column else None for column in known])


def month_small_print(month: Month) -> list[str]:
    """What the numbers rest on."""
    forecast = month.forecast
    today = "" if month.today not in forecast.period.days() else f"{day_name(month.today)} is part of the forecast"
    return [
        f"UTC days {day_range(forecast.period)} {forecast.period.since.year}",
        today,
        missing_in_words(forecast),
        f"{listed([code(name) for name in month.organizations])} together" if month.organizations else "",
        basis.unheard(month.unheard, named=code),
        basis.sources(month) if forecast.known_days else "",
        basis.as_of(month.data_as_of),
    ]


def missing_in_words(forecast: Forecast) -> str:
    """Days that were never fetched whole; a forecast stands for them."""
    if not forecast.missing_days:
        return ""
    stands = "" if forecast.expected is None else ", a forecast stands for them"
    return f"not fetched whole: {basis.days_named(forecast.missing_days)}{stands}"
