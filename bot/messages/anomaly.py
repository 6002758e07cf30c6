"""A workspace's alert, or a team's: one message, edited in place from the first breach until it calms down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages import basis
from bot.messages.alert_state import buttons, opening, state_block, title
from bot.messages.charts import DAYS_A_WEEK, DailySpend, daily_chart
from bot.messages.drivers import first_driver, key_words, why_line
from bot.messages.hints import hint_lines, month_end
from bot.messages.layout import (
    HEADLINE_NAME_LENGTH,
    build_message,
    code,
    facts,
    first_lines,
    headline,
    label,
    paragraph,
    short_model,
    small_print,
)
from bot.messages.numbers import (
    change_between,
    counted,
    day_name,
    listed,
    money,
    money_alike,
    money_change_alike,
    percent,
    up_or_down,
)
from bot.model import NO_MODEL, AlertState, Interval, Kind, Resolution, change_percent, team_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from slackblocks import Block

    from bot.analysis.why import Why
    from bot.model import Alert, AlertMember, Message, Names, NanoUsd, Spike

MODEL_LINES = 4
BESIDE_NAME_LENGTH, ORGANIZATION_LENGTH = 20, 16
SMALLEST_SHARE = 50  # a rest below a fiftieth of the rise explains nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an alert rests on."""

    day: date
    threshold_percent: Decimal
    estimated: bool
    days_left_out: Sequence[date]
    restated: Sequence[date]
    data_as_of: datetime | None
    names: Names
    why: Why | None
    excess: NanoUsd | None
    critical: str

    @property
    def mark(self) -> str:
        """What every number carries when it is not from the bill."""
        return basis.mark(estimated=self.estimated)

    @property
    def aside(self) -> str:
        """The same after a whole sentence."""
        return f",{self.mark}" if self.mark else ""

    @property
    def week(self) -> Interval:
        """The seven days that end with the judged one."""
        return Interval(self.day - timedelta(days=DAYS_A_WEEK - 1), self.day + timedelta(days=1))


def anomaly_alert(  # noqa: PLR0913 -- what an alert rests on, each by its name
    alert: Alert,
    *,
    names: Names,
    daily: Mapping[date, NanoUsd],
    why: Why | None,
    threshold_percent: Decimal,
    estimated: bool,
    days_left_out: Sequence[date],
    data_as_of: datetime | None,
    restated: Sequence[date] = (),
    excess: NanoUsd | None = None,
    critical: str = "",
) -> Message:
    """An alert as it stands.

    Args:
        alert: What was found, refreshed by the newest evaluation.
        names: What workspaces and keys are called.
        daily: The workspace's known days, at least the fourteen that were compared.
        why: What drove the change of the alert's lead; None where nobody looked.
        threshold_percent: What a rise must exceed.
        estimated: Whether any of it is tokens × price and not the bill.
        days_left_out: Days of the week that were not compared; one after the judged one was not settled yet.
        data_as_of: When the newest of it was fetched.
        restated: Days of the two weeks whose bill changed after they had settled.
        excess: What was spent above the level before, once it is over; None where that is not known.
        critical: The line that says that it is critical, and whom it calls; empty where it is not.
    """
    rests_on = Basis(
        day=alert.judged_day,
        threshold_percent=threshold_percent,
        estimated=estimated,
        days_left_out=days_left_out,
        restated=restated,
        data_as_of=data_as_of,
        names=names,
        why=why,
        excess=excess,
        critical=critical,
    )
    workspace = _whose(names.workspace(alert.workspace_id), names.organization)
    look = _resolved if alert.state is AlertState.RESOLVED else _firing
    return look(alert, workspace, daily, rests_on)


def _whose(workspace: str, organization: str | None) -> str:
    """The workspace, beside its organisation if there are several: both can be told on a phone."""
    if organization is None:
        return label(workspace, HEADLINE_NAME_LENGTH)
    return f"{label(workspace, BESIDE_NAME_LENGTH)} · {label(organization, ORGANIZATION_LENGTH)}"


def _firing(alert: Alert, workspace: str, daily: Mapping[date, NanoUsd], rests_on: Basis) -> Message:
    subject = f"{_subject(alert, workspace)}{rests_on.aside}"
    models = _models_behind(alert, rests_on)
    return build_message(
        f"{opening(alert)}: {subject}{_in_short(alert, rests_on)}",
        headline(subject),
        paragraph("critical", rests_on.critical) if rests_on.critical else None,
        paragraph("why", *_why(alert, rests_on)),
        paragraph("models", *models) if models else None,
        state_block(alert),
        facts(
            Average_a_day=_average_a_day(alert, rests_on),
            **_if_it_stays(alert, rests_on),
            Usual_swing=_usual_swing(alert),
        ),
        _chart(alert, daily, rests_on),
        buttons(alert),
        small_print(*_small_print(rests_on)),
    )


def _resolved(alert: Alert, workspace: str, daily: Mapping[date, NanoUsd], rests_on: Basis) -> Message:
    subject = f"{_ending(alert, workspace)}{rests_on.aside}"
    return build_message(
        f"{title(alert)}: {subject}, peak {_peak(alert)} a week",
        headline(subject),
        paragraph("why", *_how_it_ended(alert)),
        state_block(alert),
        facts(
            Peak=f"{_peak(alert)} a week{rests_on.mark}",
            **_in_all(rests_on),
            Usual_swing=_usual_swing(alert),
        ),
        _chart(alert, daily, rests_on),
        buttons(alert),
        small_print(*_small_print(rests_on)),
    )


# --- Firing ---


def _usual_swing(alert: Alert) -> str:
    swing = alert.lead.usual_swing
    return "not known yet" if swing is None else f"±{percent(swing)} a week"


def _subject(alert: Alert, workspace: str) -> str:
    lead = alert.lead
    if lead.model is None:
        return _change_of(lead, alert, workspace)
    return _change_of(lead, alert, f"{workspace}: {label(short_model(lead.model), HEADLINE_NAME_LENGTH)}")


def _change_of(member: AlertMember, alert: Alert, who: str) -> str:
    if member.kind is Kind.DAY and member.spike is not None:
        return f"{who} {_one_day(member.spike)}"
    if member.kind is Kind.NEW:
        return f"{who} is new: {_without_baseline(member, alert)}"
    before, now = money_alike(member.previous, member.current)
    change = change_percent(previous=member.previous, current=member.current)
    return f"{who} {up_or_down(change)} this week: {before} → {now} ({_rise(member)})"


def _one_day(spike: Spike) -> str:
    usual, amount = money_alike(spike.usual, spike.amount)
    change = up_or_down(change_percent(previous=spike.usual, current=spike.amount))
    rise = change_between(spike.usual, spike.amount)
    return f"{change} on {day_name(spike.day)}: usually {usual} a day, now {amount} ({rise})"


def _without_baseline(member: AlertMember, alert: Alert) -> str:
    days = (alert.judged_day - member.first_day).days + 1 if member.first_day else DAYS_A_WEEK
    return f"{money(member.current)} in {counted(min(days, DAYS_A_WEEK), 'day')}, no baseline"


def _in_short(alert: Alert, rests_on: Basis) -> str:
    """The cause, for the notification: what drove it, else which model."""
    driver = first_driver(rests_on.why) if rests_on.why else None
    if driver is not None:
        # the figure of a single day is that against another weekday, not against the usual day of the headline
        return f", {driver.words}" if alert.lead.kind is Kind.DAY else f", {driver.words} {driver.figure.text}"
    models = _models(alert)
    if alert.lead.model is not None or not models:
        return ""
    name = label(short_model(models[0].model or ""), HEADLINE_NAME_LENGTH)
    weight = "most of it" if models[0].increase * 2 > alert.increase else "led by"
    return f", {weight} {name} {_rise(models[0])}"


def _why(alert: Alert, rests_on: Basis) -> list[str]:
    """What drove it and what to look at; where nobody looked, which models."""
    why, names = rests_on.why, rests_on.names
    if why is None:
        first, *others = _model_lines(alert) or [_without_a_model(alert.lead)]
        return [f"*Why:* {first}", *others]
    if alert.lead.kind is Kind.NEW:
        return [f"*Why:* {_without_a_model(alert.lead)} {key_words(why, names)}".rstrip(), *hint_lines(why, names)]
    return [why_line(why, names, title=_against(alert.lead)), *hint_lines(why, names)]


def _against(lead: AlertMember) -> str:
    """Of a single day, which day its drivers compare it with."""
    if lead.kind is not Kind.DAY or lead.spike is None:
        return "Why"
    return f"Why, against {day_name(lead.spike.day - timedelta(days=DAYS_A_WEEK))}"


def _models_behind(alert: Alert, rests_on: Basis) -> list[str]:
    """The models, and what else there is, below what drove it."""
    if alert.lead.model is not None:
        return [_the_whole(alert), *_model_lines(alert)[1:]]
    lines = _model_lines(alert)
    if not lines:
        return []
    return [*lines, *_the_rest(alert)] if rests_on.why else _the_rest(alert)


def _if_it_stays(alert: Alert, rests_on: Basis) -> dict[str, str]:
    if alert.lead.kind is Kind.DAY:
        return {}
    stays = rests_on.why and month_end(rests_on.why, days=DAYS_A_WEEK, since=rests_on.week.until)
    return {"If_it_stays": stays} if stays else {}


def _without_a_model(lead: AlertMember) -> str:
    if lead.kind is Kind.ORGANIZATION:
        return "tokens cost more than the week before, in most workspaces. Their own alerts are held for this one."
    if lead.kind is Kind.NEW and lead.first_day:
        return f"its first spend was on {day_name(lead.first_day)}; there is nothing yet to compare it with."
    return "more of everything; no single model passes the alert's conditions by itself."


def _model_lines(alert: Alert) -> list[str]:
    lines = [_model_line(member, alert) for member in _models(alert)]
    return first_lines(lines, limit=MODEL_LINES, noun="model")


def _model_line(member: AlertMember, alert: Alert) -> str:
    if member.kind is Kind.DAY and member.spike is not None:
        return f"{code(member.model or '')} {_one_day(member.spike)}"
    if member.kind is Kind.NEW:
        return f"{code(member.model or '')} *{_rise(member)}*, new: {_without_baseline(member, alert)}"
    before, now = money_alike(member.previous, member.current)
    change = up_or_down(change_percent(previous=member.previous, current=member.current))
    return f"{code(member.model or '')} *{_rise(member)}*, {change}: {before} → {now}"


def _the_rest(alert: Alert) -> list[str]:
    rest = alert.increase - sum(member.increase for member in _models(alert))
    if abs(rest) * SMALLEST_SHARE < abs(alert.increase):
        return []
    return [f"Everything else *{money_change_alike(rest, beside=[alert.previous, alert.current])}*"]


def _the_whole(alert: Alert) -> str:
    before, now = money_alike(alert.previous, alert.current)
    change = up_or_down(change_percent(previous=alert.previous, current=alert.current))
    return f"The {_noun(alert)} as a whole is {change}: {before} → {now}"


def _average_a_day(alert: Alert, rests_on: Basis) -> str:
    lead = alert.lead
    if lead.kind is Kind.NEW:
        return f"{money(lead.current // DAYS_A_WEEK)}{rests_on.mark}"
    before, now = money_alike(lead.previous // DAYS_A_WEEK, lead.current // DAYS_A_WEEK)
    return f"{before} → {now}{rests_on.mark}"


# --- Resolved ---


def _ending(alert: Alert, workspace: str) -> str:
    level = f"{money(alert.current)} a week"
    if alert.resolution is Resolution.NEW_LEVEL:
        return f"{workspace} stable at the new level: {level}"
    if alert.resolution is Resolution.DATA_REVISED:
        return f"{workspace}: the bill was revised, {level} and no longer a breach"
    if alert.resolution is Resolution.TEAM_GONE:
        return f"{workspace}: no such team any more, {level} when it was judged last"
    if alert.resolution is Resolution.JUDGED_TOGETHER:
        return f"{workspace} is judged with all organisations together now"
    return f"{workspace} back to normal: {level}"


def _how_it_ended(alert: Alert) -> list[str]:
    lasted = counted((alert.judged_day - alert.opened_day).days + 1, "day")
    explained = {
        Resolution.NEW_LEVEL: "The higher level has lasted, so it is the baseline from now on. Nothing fell.",
        Resolution.DATA_REVISED: "The days behind this alert changed after it was sent.",
        Resolution.TEAM_GONE: "Its team was removed or renamed. What it owned is judged with whoever owns it now.",
        Resolution.JUDGED_TOGETHER: "What it has in all of them has one alert, if that rises.",
    }.get(alert.resolution or Resolution.BACK_TO_NORMAL, "")
    opened = f"Fired on {day_name(alert.opened_day)} and lasted {lasted}{_models_that_rose(alert)}."
    return [line for line in (explained, opened) if line]


def _models_that_rose(alert: Alert) -> str:
    models = [code(member.model or "") for member in _models(alert)[:MODEL_LINES]]
    return f", driven by {listed(models)}" if models else ""


def _in_all(rests_on: Basis) -> dict[str, str]:
    """What was spent above the level before; nothing where that is not known, or the amounts fell below it."""
    if rests_on.excess is None or rests_on.excess <= 0:
        return {}
    return {"Above_the_level_before": f"{money(rests_on.excess)}{rests_on.mark} in all"}


def _peak(alert: Alert) -> str:
    lead = alert.lead
    return money_change_alike(lead.peak_increase, beside=[lead.previous, lead.current])


# --- Both ---


def _models(alert: Alert) -> list[AlertMember]:
    models = [member for member in alert.members if member.model not in {None, NO_MODEL}]
    return sorted(models, key=lambda member: (-member.increase, member.model or ""))


def _rise(member: AlertMember) -> str:
    return change_between(member.previous, member.current)


def _noun(alert: Alert) -> str:
    return "workspace" if team_of(alert.workspace_id) is None else "team"


def _chart(alert: Alert, daily: Mapping[date, NanoUsd], rests_on: Basis) -> Block | None:
    compared = {day: amount for day, amount in daily.items() if day not in rests_on.days_left_out}
    current, previous = DailySpend(rests_on.week, compared), DailySpend(rests_on.week.shifted(-DAYS_A_WEEK), compared)
    return daily_chart(current, previous, unit=f"USD{rests_on.mark}", of=f" of the {_noun(alert)}")


def _small_print(rests_on: Basis) -> list[str]:
    return [
        basis.days_compared(current=rests_on.week, previous=rests_on.week.shifted(-DAYS_A_WEEK)),
        *_left_out(rests_on),
        f"restated: {basis.days_named(rests_on.restated)}" if rests_on.restated else "",
        f"alerts over {percent(rests_on.threshold_percent)}",
        basis.source(estimated=rests_on.estimated),
        basis.as_of(rests_on.data_as_of),
    ]


def _left_out(rests_on: Basis) -> list[str]:
    unsettled = [day for day in rests_on.days_left_out if day > rests_on.day]
    unknown = [day for day in rests_on.days_left_out if day <= rests_on.day]
    return [
        f"{basis.days_named(unsettled)} not settled yet" if unsettled else "",
        f"left out, for lack of one of the two weeks: {basis.days_named(unknown)}" if unknown else "",
    ]
