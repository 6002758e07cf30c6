"""A budget's message: how much of it is spent and when it will be gone, edited in place while its period lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slackblocks import Button

from bot.analysis.budget import On, Period
from bot.messages import basis
from bot.messages.forecast import ends_of_steps, sums_at, within
from bot.messages.layout import (
    actions,
    build_message,
    code,
    escape,
    facts,
    headline,
    label,
    line_chart,
    paragraph,
    person,
    small_print,
    user_group,
)
from bot.messages.numbers import (
    counted,
    day_name,
    day_range,
    limit_money,
    listed,
    money,
    money_alike,
    percent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from slackblocks import Block

    from bot.analysis.budget import BudgetNow, Standing
    from bot.model import Message, NanoUsd, Raise

ACKNOWLEDGE, RAISE, DETAILS = "budget_acknowledge", "budget_raise", "budget_details"
"""What the listeners know the buttons by."""

BAR = 20
"""Signs that a bar is wide, on a phone too."""

FULL, EMPTY, LINE = "█", "░", "│"
DRIVERS = 3
NAME_IN_SUBJECT = 40
REASON_LENGTH = 200


def budget_message(
    now: BudgetNow, *, told: Sequence[Decimal] = (), taken: Mapping[Decimal, str] | None = None, mention: str = ""
) -> Message:
    """The budget as it stands: `told` levels, who (a Slack id) has `taken` which of them on, whom to `mention` now."""
    standing = now.standing
    subject = budget_subject(now)
    if standing.spent is None:
        return unknown_message(now, subject)
    return build_message(
        subject,
        headline(subject),
        paragraph("state", *state_lines(standing, told, taken or {}), *([mention] if mention else [])),
        paragraph("bar", code(bar(standing))),
        figures(now),
        drivers(now),
        paragraph("stops", what_stops_it(standing)),
        chart(standing),
        buttons(now),
        small_print(*budget_small_print(now)),
    )


def unknown_message(now: BudgetNow, subject: str) -> Message:
    """A budget of which nothing is known: no figures, which would look like no spend."""
    why = (
        f"⚠️ Nothing is called {code(listed(now.unmatched))}, so nothing is counted and no level can be reached. "
        "Change `[[budgets]]`, or `[[teams]]`, in `claudecost.toml`."
        if now.unmatched
        else "Nothing of its days was fetched yet, so what it cost is unknown, not zero."
    )
    return build_message(subject, headline(subject), paragraph("state", why), small_print(*budget_small_print(now)))


def budget_subject(now: BudgetNow) -> str:
    """How much of it is spent, of how much, and what is left of the time."""
    standing = now.standing
    name = label(standing.budget.name, NAME_IN_SUBJECT)
    if standing.spent is None:
        return f"{name}: {nothing_known(now)}"
    spent, allowed = money_alike(standing.spent, standing.allowed)
    mark = basis.mark(estimated=bool(now.estimated_days))
    over = "over budget, " if standing.is_over else ""
    return f"{name}: {over}{percent(standing.percent)} spent, {spent}{mark} of {allowed}; {time_left(standing)}"


def nothing_known(now: BudgetNow) -> str:
    """Why nothing is known of it: most likely a name in the configuration is misspelt, or gone."""
    of = f"of {limit_money(now.standing.allowed)}"
    if not now.unmatched:
        return f"nothing known yet {of}"
    return f"nothing known {of}, as nothing is called {label(listed(now.unmatched), NAME_IN_SUBJECT)}"


def time_left(standing: Standing) -> str:
    """What is left of its period."""
    if standing.today < standing.window.since:
        return f"begins on {day_name(standing.window.since)}"
    if standing.today >= standing.window.until:
        return f"{PERIODS[standing.budget.period]} is over"
    return f"{counted(standing.days_left, 'day')} left" if standing.days_left else "last day"


PERIODS = {
    Period.MONTH: "the month",
    Period.WEEK: "the week",
    Period.QUARTER: "the quarter",
    Period.PROJECT: "the project",
}


def state_lines(standing: Standing, told: Sequence[Decimal], taken: Mapping[Decimal, str]) -> list[str]:
    """The state as sign and word, and who has taken it on."""
    sign = "🔴" if standing.is_over else "🟠" if told else "🟢"
    words = "Over budget" if standing.is_over else reached_in_words(standing, told) if told else "Within budget"
    lines = [f"{sign} {words}"]
    if told and (user := taken.get(max(told))):
        lines.append(f"👀 {person(user)} has taken it on")
    if standing.raise_in_force is not None:
        lines.append(raise_in_words(standing.raise_in_force, before=standing.budget.amount))
    return lines


def raise_in_words(raised: Raise, *, before: NanoUsd) -> str:
    """Who raised a budget, from what the file says to what, and why; as mrkdwn."""
    why = f": {escape(label(raised.reason, REASON_LENGTH))}" if raised.reason else ""
    return f"Raised from {limit_money(before)} to {limit_money(raised.amount)} by {person(raised.user)}{why}"


def reached_in_words(standing: Standing, levels: Sequence[Decimal], *, of: str = "") -> str:
    """Levels `of` a budget, and what has reached them."""
    by = " by the forecast" if standing.budget.on is On.FORECAST else ""
    return f"{level_words(levels)}{of} reached{by}"


def level_words(levels: Sequence[Decimal]) -> str:
    """Levels as people say them."""
    return listed([percent(level) for level in sorted(levels)])


def bar(standing: Standing) -> str:
    """How much is spent, and how much of the time is gone, in a line.

    A bar that is full says nothing of how far over it is; the figures do.
    """
    spent = standing.spent or 0
    filled = max(0, min(BAR, spent * BAR // standing.allowed))
    gone = max(0, min(BAR, standing.even * BAR // standing.allowed))
    signs = [FULL if place < filled else EMPTY for place in range(BAR)]
    signs.insert(gone, LINE)
    return f"{''.join(signs)} {percent(standing.percent)}"


def figures(now: BudgetNow) -> Block:
    """Spent, forecast, the even line, and what may be spent a day from now on."""
    standing = now.standing
    even = f"{money(standing.even)}\nan even line to today"
    forecast = standing.forecast.total
    off = "" if forecast is None else f"\n{percent(standing.forecast_percent)} of the budget"
    return facts(
        Spent=f"*{money(standing.spent)}*\n{percent(standing.percent)} of {limit_money(standing.allowed)}",
        Forecast=f"{within(standing.forecast)}{off}",
        Even_pace=even,
        Left_a_day=left_a_day(standing),
    )


def left_a_day(standing: Standing) -> str:
    """What the days to come may cost each, beside what they do by the forecast."""
    days = standing.days_left
    left = standing.allowed - (standing.spent or 0)
    if not days:
        return f"{money(max(left, 0))}\nfor the rest of the last day"
    coming = [amount for day, amount in (standing.forecast.expected or {}).items() if day > standing.today]
    lately = f"\nforecast {money(sum(coming) // len(coming))}" if coming else ""
    return f"{money(max(left, 0) // days)}{lately}"


def drivers(now: BudgetNow) -> Block | None:
    """What most of it went to."""
    largest = [(name, amount) for name, amount in now.drivers if amount > 0][:DRIVERS]
    if not largest:
        return None
    named = ", ".join(f"{code(name)} {money(amount)}" for name, amount in largest)
    more = len(now.drivers) - len(largest)
    rest = f", {counted(more, 'other')}" if more > 0 else ""
    return paragraph("drivers", f"*What drives it:* {named}{rest}")


def what_stops_it(standing: Standing) -> str:
    """When it will be gone, and what would keep it from going on."""
    gone = standing.gone_on
    if standing.is_over:
        first = "*What stops it:* nothing here"
    elif gone is not None:
        first = f"*At this pace* all of it is spent on {day_name(gone)}. *What stops it:* nothing here"
    else:
        return "*At this pace* it lasts."
    return f"{first}; requests go on until a spend limit of the workspace, set in the Claude Console, refuses them."


def chart(standing: Standing) -> Block | None:
    """What was spent and will be, adding up, against the even line; where nothing can be forecast, up to today."""
    window, coming = standing.window, standing.forecast.expected
    ends = ends_of_steps(window)
    if coming is None and not standing.has_ended:
        ends = [*(day for day in ends if day < standing.today), *([standing.today] if standing.daily else [])]
    if standing.spent is None or len(ends) <= 1:
        return None
    even = [standing.allowed * number // len(window) for number in range(1, len(window) + 1)]
    return line_chart(
        "Adding up, USD",
        {
            "Spent, then forecast" if coming else "Spent": sums_at(ends, window, {**standing.daily, **(coming or {})}),
            "Even line": sums_at(ends, window, dict(zip(window.days(), differences(even), strict=True))),
        },
    )


def differences(sums: Sequence[NanoUsd]) -> list[NanoUsd]:
    """What each step adds.

    >>> differences([3, 6, 10])
    [3, 3, 4]
    """
    return [after - before for before, after in zip([0, *sums], sums, strict=False)]


def buttons(now: BudgetNow) -> Block | None:
    """What can be done about it; nothing once its period is over."""
    standing = now.standing
    if standing.today >= standing.window.until:
        return None
    value = standing.budget.reference(standing.window.since)
    return actions(
        Button("Acknowledge", action_id=ACKNOWLEDGE, value=value),
        Button("Raise…", action_id=RAISE, value=value),
        Button("Details", action_id=DETAILS, value=value),
    )


def budget_small_print(now: BudgetNow) -> list[str]:
    """What the figures rest on."""
    standing = now.standing
    return [
        f"budget of {escape(label(str(standing.budget.scope), 100))}",
        f"UTC days {day_range(standing.window)} {standing.window.since.year}",
        missing_in_words(standing),
        basis.few("nothing is called so", [code(each) for each in now.unmatched]),
        basis.unheard(now.unheard, named=code),
        f"est., not billed yet: {basis.days_named(now.estimated_days)}" if now.estimated_days else "",
        "from the bill" if now.standing.spent is not None and not now.estimated_days else "",
        basis.few("no price is known for, and so not in it", [code(each) for each in now.unpriced]),
        basis.as_of(now.data_as_of),
    ]


def missing_in_words(standing: Standing) -> str:
    """Days of which nothing is known."""
    if not standing.missing_days or standing.spent is None:
        return ""
    return f"not fetched, so not counted: {basis.days_named(standing.missing_days)}"


# --- What else is told ---


def level_reply(now: BudgetNow, levels: Sequence[Decimal], *, mention: str | None = None) -> Message:
    """That levels were reached, for the thread or another channel."""
    standing = now.standing
    spent, allowed = money_alike(standing.spent or 0, standing.allowed)
    name = label(standing.budget.name, NAME_IN_SUBJECT)
    forecast = standing.forecast.total
    ahead = "" if forecast is None else f", forecast {money(forecast)} ({percent(standing.forecast_percent)})"
    est = basis.mark(estimated=bool(now.estimated_days))
    figures = f"{spent}{est} of {allowed}{ahead}, {time_left(standing)}"
    said = f"{reached_in_words(standing, levels, of=f' of budget {name}')}: {figures}"
    calls = f"{called(mention)} " if mention else ""
    return build_message(said, paragraph("level", f"{calls}{escape(said)}"))


def called(mention: str) -> str:
    """A user or a user group, as mrkdwn that notifies them."""
    return user_group(mention) if mention.startswith("S") else person(mention)


def closing_message(now: BudgetNow, *, reached: Sequence[Decimal] = (), mention: str = "") -> Message:
    """How a budget's period ended, which levels its last days `reached`, and whom to `mention` for that."""
    subject = how_it_ended(now)
    late = [f"{level_words(reached)} reached in its last days"] if reached else []
    return build_message(
        subject,
        headline(subject),
        paragraph("state", *late, *([mention] if mention else [])) if late else None,
        paragraph("bar", code(bar(now.standing))),
        drivers(now),
        chart(now.standing),
        small_print(*budget_small_print(now)),
    )


def how_it_ended(now: BudgetNow) -> str:
    """A period that is over, in a line."""
    standing = now.standing
    name = label(standing.budget.name, NAME_IN_SUBJECT)
    if standing.spent is None:
        return f"{name}: {day_range(standing.window)} ended, {nothing_known(now)}"
    spent, allowed = money_alike(standing.spent, standing.allowed)
    how = "over budget" if standing.is_over else "within budget"
    mark = basis.mark(estimated=bool(now.estimated_days))
    return (
        f"{name}: {day_range(standing.window)} ended {how}, {percent(standing.percent)} spent "
        f"({spent}{mark} of {allowed})"
    )


def ended_reply(now: BudgetNow, levels: Sequence[Decimal], *, mention: str | None = None) -> Message:
    """That the last days of a period reached levels, for the thread or another channel."""
    said = f"{level_words(levels)} reached in the last days of {how_it_ended(now)}"
    calls = f"{called(mention)} " if mention else ""
    return build_message(said, paragraph("level", f"{calls}{escape(said)}"))


def moved_message(now: BudgetNow, *, channel: str) -> Message:
    """Where a budget's message goes on, in the place of the one that it had."""
    name = label(now.standing.budget.name, NAME_IN_SUBJECT)
    subject = f"{name}: told in another channel now"
    return build_message(subject, headline(subject), paragraph("moved", f"The budget goes on in <#{channel}>."))


def set_aside_message(name: str, before: Message, *, today: date) -> Message:
    """That a budget is none any more, in the place of its message `before`."""
    subject = f"{label(name, NAME_IN_SUBJECT)}: looked after no more"
    why = "`claudecost.toml` has no budget of this name any more, or gives it other days. Nothing is told of it."
    return build_message(
        subject,
        headline(subject),
        paragraph("why", why),
        paragraph("before", f"Before: {before.text}"),
        small_print(f"since {day_name(today)} {today.year}"),
    )
