"""What a budget's buttons answer and open: the list of all of them, the windows, a line for whoever clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slackblocks import InputBlock, NumberInput, PlainTextInput

from bot.analysis.budget import most_urgent_first
from bot.messages import basis
from bot.messages.budget import (
    NAME_IN_SUBJECT,
    REASON_LENGTH,
    bar,
    budget_subject,
    nothing_known,
    raise_in_words,
    time_left,
)
from bot.messages.layout import (
    build_message,
    build_modal,
    code,
    code_block,
    escape,
    first_lines,
    headline,
    label,
    paragraph,
    person,
    small_print,
)
from bot.messages.numbers import counted, day_name, limit_money, listed, money, money_alike, percent
from bot.messages.plain import padded
from bot.model import Message, dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analysis.budget import Budget, BudgetNow, Standing
    from bot.model import NanoUsd, Raise

RAISE_VIEW = "budget_raised"
AMOUNT, REASON = "amount", "reason"
SHOWN = 15
DAYS_SHOWN = 31
SECTION_LENGTH = 2900

HOW_TO_SET = "A budget is a `[[budgets]]` table in `claudecost.toml`: a name, dollars, and what it is about."
ONLY_ADMINS = "Only admins may raise a budget: they are named under [access] in claudecost.toml."
NOT_YOURS = "Budgets are shown to people who may see all of what they are about."
UNKNOWN_BUDGET = "That budget is in claudecost.toml no more, or has another name now."
IS_OVER = "That period is over."
NOT_HIGHER = "Give more than is allowed now"


def budgets_answer(budgets: Sequence[BudgetNow]) -> Message:
    """All budgets, the most urgent first."""
    if not budgets:
        return build_message("No budgets are set", headline("No budgets are set"), paragraph("how", HOW_TO_SET))
    ordered = most_urgent_first(budgets)
    over = sum(1 for now in budgets if now.standing.is_over)
    subject = (
        f"{counted(len(budgets), 'budget')}, {over} over" if over else f"{counted(len(budgets), 'budget')}, none over"
    )
    return build_message(
        f"{subject}; {budget_subject(ordered[0])}",
        headline(subject),
        *[paragraph(f"budget_{number}", line) for number, line in enumerate(lines_of(ordered), 1)],
        small_print("│ is the even line to today", "`/claudecost budget NAME` shows one with its chart"),
    )


def lines_of(budgets: Sequence[BudgetNow]) -> list[str]:
    """A line and a bar of each, and how many more there are."""
    return first_lines([line_of(now) for now in budgets], limit=SHOWN, noun="budget")


def line_of(now: BudgetNow) -> str:
    """One budget in two lines, the second of them its bar."""
    standing = now.standing
    if standing.spent is None:
        return budget_line(now)
    return f"{sign_of(standing)}{code(standing.budget.name)} {in_figures(now)}\n{code(bar(standing))}"


def budget_line(now: BudgetNow) -> str:
    """One budget in a line of mrkdwn, for a digest."""
    standing = now.standing
    name = code(standing.budget.name)
    if standing.spent is None:
        return f"{'⚠️ ' if now.unmatched else ''}{name} {escape(nothing_known(now))}"
    return f"{sign_of(standing)}{name} *{percent(standing.percent)}*: {in_figures(now)}"


def in_figures(now: BudgetNow) -> str:
    """Spent of how much, how far from the even line, the forecast and the days left."""
    standing = now.standing
    spent, allowed = money_alike(standing.spent or 0, standing.allowed)
    forecast = standing.forecast.total
    said = [
        f"{spent}{basis.mark(estimated=bool(now.estimated_days))} of {allowed}",
        off_the_even_line(standing),
        "" if forecast is None or standing.has_ended else f"forecast {percent(standing.forecast_percent)}",
        time_left(standing),
    ]
    return ", ".join(filter(None, said))


def sign_of(standing: Standing) -> str:
    """Over, or on the way to it."""
    if standing.is_over:
        return "🔴 "
    return "🟠 " if standing.will_be_over else ""


def off_the_even_line(standing: Standing) -> str:
    """How far spend is off an even line to all of it; nothing where that says nothing."""
    if standing.has_ended or standing.spent is None or standing.today < standing.window.since:
        return ""
    off = standing.spent - standing.even
    shown, _ = money_alike(abs(off), standing.allowed)
    return f"{shown} {'above' if off > 0 else 'below'} the even line" if off else "on the even line"


def raise_view(now: BudgetNow, *, carries: str) -> dict[str, Any]:
    """To how much, and why. The view `carries` ids."""
    standing = now.standing
    window = time_left(standing)
    return build_modal(
        "Raise a budget",
        paragraph("subject", f"*{escape(budget_subject(now))}*"),
        InputBlock(
            label="To how many dollars?",
            element=NumberInput(is_decimal_allowed=True, action_id=AMOUNT, focus_on_load=True),
            block_id=AMOUNT,
            hint=f"Now {limit_money(standing.allowed)}. It holds for this period alone ({window}).",
        ),
        InputBlock(
            label="Why?",
            element=PlainTextInput(action_id=REASON, max_length=REASON_LENGTH),
            block_id=REASON,
            hint="Everybody in the channel can read it.",
        ),
        callback_id=RAISE_VIEW,
        submit="Raise",
        carries=carries,
    )


def details_view(now: BudgetNow, raises: Sequence[Raise], *, carries: str) -> dict[str, Any]:
    """What it went to, by day, and every raise of the period."""
    standing = now.standing
    days = [(day_name(day), money(amount)) for day, amount in list(standing.daily.items())[-DAYS_SHOWN:]]
    went_to = [(label(name), money(amount)) for name, amount in now.drivers[:SHOWN]]
    history = [raise_in_words(each, before=standing.budget.amount) for each in raises]
    return build_modal(
        "Budget",
        paragraph("subject", f"*{escape(budget_subject(now))}*"),
        paragraph(
            "scope",
            f"About {escape(label(str(standing.budget.scope), 200))}. "
            f"`claudecost.toml` says {limit_money(standing.budget.amount)}.",
        ),
        *[paragraph("raises", *first_lines(history, limit=5, noun="raise")) for _ in history[:1]],
        *[paragraph("drivers", "*What it went to*", code_block(padded(went_to))) for _ in went_to[:1]],
        *[paragraph("days", "*By UTC day*", code_block(padded(days))) for _ in days[:1]],
        callback_id="budget_details",
        carries=carries,
    )


# --- Lines for threads and for whoever clicked ---


def taken_on(user: str, levels: str) -> Message:
    """That somebody has taken it on."""
    return Message(f"{person(user)} has taken on {escape(levels)}.")


def was_taken(user: str) -> Message:
    """That somebody else was first."""
    return Message(f"{person(user)} has taken it on already.")


def raised_reply(raised: Raise, *, before: NanoUsd) -> Message:
    """That a budget was raised."""
    return Message(f"{raise_in_words(raised, before=before)}.")


def nothing_reached() -> Message:
    """That there is nothing to take on."""
    return Message("No level of that budget is reached now, so there is nothing to take on.")


def no_such_budget(asked: str, budgets: Sequence[Budget]) -> str:
    """What budgets there are."""
    named = listed([label(budget.name, NAME_IN_SUBJECT) for budget in budgets[:SHOWN]])
    return f'no budget is called "{label(asked)}"; there {"is" if len(budgets) == 1 else "are"} {named}'


def not_higher(allowed: NanoUsd) -> str:
    """What an amount has to be, beside the field."""
    return f"{NOT_HIGHER}: above {dollars(allowed)}, a billion at most"
