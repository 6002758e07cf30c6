"""What `claudecost why` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.analysis.groupings import GROUPS, LABELS
from bot.messages import basis
from bot.messages.drivers import why_line
from bot.messages.numbers import listed, moment
from bot.messages.why import advice, among_tokens, why_rows, why_subject
from bot.terminal.page import Page, exact, written
from bot.terminal.slack_preview import mrkdwn

if TYPE_CHECKING:
    from bot.analysis.drivers import Drivers
    from bot.analysis.explanation import Explanation
    from bot.analysis.why import KeyChange, ModelChange
    from bot.model import Names


def why_as_json(explanation: Explanation) -> str:
    """The fixed shape of `why --json`; drivers, models and keys each add up to the increase."""
    why, period = explanation.why, explanation.period
    return written(
        {
            "question": str(explanation.asked),
            "filters": [str(each) for each in explanation.asked.question.filters],
            "workspace_id": explanation.about.id,
            "since": period.current.since.isoformat(),
            "until": period.current.until.isoformat(),
            "previous": exact(why.previous),
            "current": exact(why.current),
            "increase": exact(why.increase),
            "drivers": drivers_as_json(why.drivers),
            "models": [model_as_json(model) for model in why.models],
            "keys": [key_as_json(key, explanation.names) for key in why.keys],
        }
    )


def drivers_as_json(drivers: Drivers) -> dict[str, str | None]:
    """Dollars by driver."""
    return {name: exact(amount) for name, amount in drivers._asdict().items()}


def model_as_json(model: ModelChange) -> dict[str, Any]:
    """A model, with the drivers of its own change."""
    return {
        "id": model.id,
        "label": LABELS.get(model.id, model.id),
        "previous": exact(model.previous),
        "current": exact(model.current),
        "increase": exact(model.increase),
        "drivers": drivers_as_json(model.drivers),
    }


def key_as_json(key: KeyChange, names: Names) -> dict[str, Any]:
    """A key; `first_seen` if its first use ever was in the days asked about."""
    return {
        "id": key.id,
        "label": GROUPS["key"].label(key.id, names),
        "previous": exact(key.previous),
        "current": exact(key.current),
        "increase": exact(key.increase),
        "first_seen": key.first_seen.isoformat() if key.first_seen else None,
    }


def why_as_text(explanation: Explanation) -> Page:
    """The table of the message, with its sentences below."""
    period = explanation.period
    unknown = [*explanation.missing_days, *explanation.previous_missing_days]
    reasons = [why_line(explanation.why, explanation.names), *advice(explanation)]
    return Page(
        title=why_subject(explanation),
        header=("What drove it", "Before", "Now", "Change"),
        rows=tuple(why_rows(explanation, named=list)),
        align="lrrr",
        notes=(
            *(mrkdwn(reason).plain for reason in reasons),
            basis.days_compared(current=period.current, previous=period.previous),
            basis.sources(explanation),
            f"{listed(explanation.organizations)} together" if explanation.organizations else "",
            basis.unheard(explanation.unheard, named=str),
            f"data as of {moment(explanation.data_as_of)}" if explanation.data_as_of else "",
            basis.unpriced_total(explanation.unpriced),
            among_tokens(explanation),
            f"not fetched: {basis.days_named(unknown)}" if unknown else "",
            "" if basis.completeness(explanation) == basis.COMPLETE else basis.completeness(explanation),
            f"understood as: {explanation.asked}",
        ),
    )
