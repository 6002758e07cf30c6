"""Small values for tests: each builder fills in what a test does not care about.

Days are anchored on `TODAY`, a Sunday; `YESTERDAY` is the newest complete day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.analysis.anomaly import find_anomalies
from bot.analysis.contract import Contract
from bot.analysis.coverage import Known
from bot.analysis.digest import Digest, DigestSpend, find_digest
from bot.analysis.question import Question, parse_question
from bot.analysis.report import Report, Row, find_report
from bot.analysis.restated import Restated
from bot.analysis.schedule import parse_period
from bot.messages.answer_buttons import WITHOUT_PEOPLE, with_buttons
from bot.messages.report import report_answer
from bot.model import (
    NO_MODEL,
    Alert,
    AlertMember,
    AlertState,
    ApiKey,
    CostLine,
    CostSeries,
    Evaluation,
    FetchedDay,
    Finding,
    Handling,
    Interval,
    KeyCostLine,
    KeyCostSeries,
    Kind,
    Message,
    Names,
    Organization,
    PersonCostLine,
    PersonCostSeries,
    PersonLine,
    PersonSeries,
    Posting,
    Reason,
    Resolution,
    Source,
    Spike,
    Status,
    Tokens,
    UsageLine,
    UsageSeries,
    Verb,
    WeeklySpend,
    Workspace,
    end_of,
    usd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.analysis.groupings import Words
    from bot.model import Unpriced

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

CHECKOUT = "wrkspc_checkout"
SEARCH = "wrkspc_search"
OPUS = "claude-opus-5-5"
SONNET = "claude-sonnet-5-5"
HAIKU = "claude-haiku-4-5-20251001"
CI_KEY = "apikey_ci"
JANE = "user_jane"
SAM = "user_sam"

ORGANIZATION = Organization("org_example", "Example")
CONTRACT = Contract(threshold_percent=Decimal(25), min_increase=None)


# --- The bill ---


def cost_line(
    dollars: str | int = 1,
    *,
    day: date = YESTERDAY,
    workspace_id: str = CHECKOUT,
    model: str = OPUS,
    token_type: str = "output_tokens",  # noqa: S107 -- a kind of token, no secret
    cost_type: str = "tokens",
    service_tier: str = "standard",
    context_window: str = "0-200k",
) -> CostLine:
    """A line of the bill."""
    series = CostSeries(workspace_id, model, cost_type, token_type, service_tier, context_window, "", "")
    return CostLine(day, series, usd(dollars))


def other_cost_line(
    dollars: str | int = 1,
    *,
    day: date = YESTERDAY,
    workspace_id: str = CHECKOUT,
    cost_type: str = "code_execution",
) -> CostLine:
    """A line of the bill that has no tokens and no model."""
    series = CostSeries(workspace_id, NO_MODEL, cost_type, "", "", "", "", "")
    return CostLine(day, series, usd(dollars))


def key_cost_line(
    dollars: str | int = 1,
    *,
    day: date = YESTERDAY,
    workspace_id: str = CHECKOUT,
    model: str = OPUS,
    api_key_id: str = CI_KEY,
    cost_type: str = "tokens",
) -> KeyCostLine:
    """One key's dollars of output tokens, or of what has neither tokens nor a model."""
    token_type = "output_tokens" if cost_type == "tokens" else ""
    series = KeyCostSeries(workspace_id, model if token_type else NO_MODEL, cost_type, token_type, api_key_id)
    return KeyCostLine(day, series, usd(dollars))


def tokens(
    *, uncached_input: int = 0, output: int = 0, cache_read: int = 0, cache_write_5m: int = 0, cache_write_1h: int = 0
) -> Tokens:
    """Token counts, zero unless told."""
    return Tokens(uncached_input, output, cache_read, cache_write_5m, cache_write_1h)


def usage_line(
    counts: Tokens | None = None,
    *,
    day: date = YESTERDAY,
    workspace_id: str = CHECKOUT,
    api_key_id: str = CI_KEY,
    model: str = OPUS,
    service_tier: str = "standard",
    context_window: str = "0-200k",
    web_searches: int = 0,
) -> UsageLine:
    """A line of usage; a thousand output tokens unless told otherwise."""
    series = UsageSeries(workspace_id, api_key_id, model, service_tier, context_window)
    return UsageLine(day, series, tokens(output=1000) if counts is None else counts, web_searches)


def person_line(
    counts: Tokens | None = None,
    *,
    day: date = YESTERDAY,
    workspace_id: str = CHECKOUT,
    account_id: str = JANE,
    model: str = OPUS,
    service_tier: str = "standard",
    context_window: str = "0-200k",
) -> PersonLine:
    """A line of usage by account; a thousand output tokens unless told otherwise."""
    series = PersonSeries(workspace_id, account_id, model, service_tier, context_window)
    return PersonLine(day, series, tokens(output=1000) if counts is None else counts)


def person_cost_line(
    dollars: str | int = 1,
    *,
    day: date = YESTERDAY,
    workspace_id: str = CHECKOUT,
    model: str = OPUS,
    cost_type: str = "tokens",
    token_type: str = "output_tokens",  # noqa: S107 -- a kind of token, no secret
    account_id: str = JANE,
) -> PersonCostLine:
    """Dollars of the bill by actor."""
    return PersonCostLine(day, PersonCostSeries(workspace_id, model, cost_type, token_type, account_id), usd(dollars))


# --- What is known ---


@lru_cache(maxsize=4096)
def fetched_day(
    day: date,
    *,
    fetched_at: datetime | None = None,
    source: Source = Source.COST_REPORT,
    total: str | int = 0,
    revision: int = 0,
) -> FetchedDay:
    """A day that was fetched four hours after its end."""
    return FetchedDay(
        day=day,
        fetched_at=end_of(day) + timedelta(hours=4) if fetched_at is None else fetched_at,
        source=source,
        total=usd(total),
        revision=revision,
    )


def fetched_days(interval: Interval, *, source: Source = Source.COST_REPORT) -> dict[date, FetchedDay]:
    """Every day of an interval, settled."""
    return {day: fetched_day(day, source=source) for day in interval.days()}


def last_days(days: int, *, until: date = TODAY) -> Interval:
    """The days that end with the day before `until`."""
    return Interval(until - timedelta(days=days), until)


def names(*, workspaces: Mapping[str, str] | None = None, api_keys: Mapping[str, str] | None = None) -> Names:
    """Names by id."""
    workspace_names = {CHECKOUT: "checkout", SEARCH: "search"} if workspaces is None else workspaces
    key_names = {CI_KEY: "ci"} if api_keys is None else api_keys
    return Names(
        workspaces={id_: Workspace(id_, name) for id_, name in workspace_names.items()},
        api_keys={id_: ApiKey(id_, name, "active", CHECKOUT) for id_, name in key_names.items()},
    )


# --- Questions and answers ---


def question(text: str = "7d by workspace", *, today: date = TODAY) -> Question:
    """An understood question."""
    return parse_question(text, today=today)


def row(
    spend: str | int | None = 100,
    previous: str | int | None = 80,
    *,
    id: str = CHECKOUT,  # noqa: A002 -- the field's own name
    label: str = "checkout",
) -> Row:
    """A line of a breakdown, in dollars."""
    return Row(
        ids=(id,),
        labels=(label,),
        spend=None if spend is None else usd(spend),
        previous=None if previous is None else usd(previous),
    )


def report(
    text: str = "7d by workspace",
    *,
    spend: Mapping[str, str | int] | None = None,
    previous: Mapping[str, str | int] | None = None,
    fetched: Mapping[date, FetchedDay] | None = None,
    names: Names | None = None,
    unpriced: Sequence[Unpriced] = (),
    today: date = TODAY,
) -> Report:
    """An answered question over days that are all known; dollars by row id, evenly spread over the days."""
    return cross_report(
        text,
        spend=by_one_id({CHECKOUT: 84, SEARCH: 35} if spend is None else spend),
        previous=by_one_id({CHECKOUT: 70, SEARCH: 42} if previous is None else previous),
        fetched=fetched,
        names=names,
        unpriced=unpriced,
        today=today,
    )


def kept_answer(report: Report, *, answer_id: str) -> Message:
    """An answer as whoever asked gets it once it is kept."""
    return with_buttons(report_answer(report), report.question, answer_id=answer_id, groupings=WITHOUT_PEOPLE)


def by_one_id(dollars: Mapping[str, str | int]) -> dict[Words, str | int]:
    """Dollars by an id alone."""
    return {(id_,): amount for id_, amount in dollars.items()}


def cross_report(
    text: str,
    *,
    spend: Mapping[Words, str | int],
    previous: Mapping[Words, str | int],
    fetched: Mapping[date, FetchedDay] | None = None,
    names: Names | None = None,
    unpriced: Sequence[Unpriced] = (),
    today: date = TODAY,
) -> Report:
    """The same by several ids."""
    asked = question(text, today=today)
    now, before = asked.period.current, asked.period.previous
    current, earlier = in_nanos(spend), in_nanos(previous)
    return find_report(
        asked,
        current=current,
        previous=earlier,
        daily=spread(before, sum(earlier.values())) | spread(now, sum(current.values())),
        fetched={**fetched_days(before), **fetched_days(now)} if fetched is None else fetched,
        names=some_names() if names is None else names,
        unpriced=unpriced,
        data_as_of=NOW,
    )


def some_names() -> Names:
    """The names every test knows."""
    return names()


def in_nanos(dollars: Mapping[Words, str | int]) -> dict[Words, int]:
    """Dollars by ids as nano-dollars."""
    amounts = {amount: usd(amount) for amount in set(dollars.values())}
    return {ids: amounts[amount] for ids, amount in dollars.items()}


def spread(interval: Interval, total: int) -> dict[date, int]:
    """A total spread over days, the rest on the first."""
    each, rest = divmod(total, len(interval))
    return {day: each + (rest if day == interval.since else 0) for day in interval.days()}


# --- Findings and alerts ---


def weekly_spend(
    *weeks: str | int, workspace_id: str = CHECKOUT, model: str = OPUS, first_day: date | None = date(2026, 10, 1)
) -> WeeklySpend:
    """Dollars of the judged week, the one before, and so on; weeks left out repeat the last one given."""
    amounts = [usd(week) for week in weeks]
    filled = (*amounts, *(amounts[-1:] * (5 - len(amounts))))
    return WeeklySpend(workspace_id, model, filled, first_day)


def days_spend(
    *days: str | int, workspace_id: str = CHECKOUT, model: str = OPUS, first_day: date | None = date(2026, 10, 1)
) -> WeeklySpend:
    """Dollars of the judged day, the one before, and so on; days left out repeat the last one given."""
    amounts = [usd(day) for day in days]
    filled = (*amounts, *(amounts[-1:] * (38 - len(amounts))))
    weeks = tuple(sum(filled[7 * week : 7 * week + 7]) for week in range(5))
    columns = tuple((amount,) for amount in filled)
    return WeeklySpend(workspace_id, model, weeks, first_day, filled[0], sum(filled[1:29]), columns, (0,))


def find(
    *spend: WeeklySpend,
    day: date = YESTERDAY,
    contract: Contract = CONTRACT,
    floor: str | int = 10,
    open_alerts: Iterable[str] = (),
    known: Known | None = None,
    names: Names | None = None,
) -> list[Finding]:
    """Findings under the default threshold and a floor of ten dollars; all days are known unless told otherwise."""
    return find_anomalies(
        side_by_side(spend),
        known=all_known(day) if known is None else known,
        levels=contract.levels(usd(floor), names),
        open_alerts=frozenset(open_alerts),
    )


def side_by_side(spend: Sequence[WeeklySpend]) -> list[WeeklySpend]:
    """The same with one set of columns for all, as the ledger loads them."""
    columns = (
        tuple(zip(*[line.amounts() for line in spend], strict=True)) if all(line.columns for line in spend) else ()
    )
    return [line._replace(columns=columns, places=(place,)) for place, line in enumerate(spend)]


def all_known(day: date = YESTERDAY, *, weeks: Sequence[bool] = (True,) * 5, pairs: int = 7) -> Known:
    """Every day of five weeks, but for the oldest of the judged week."""
    compared = last_days(7, until=day + timedelta(days=1)).days()[7 - pairs :]
    return Known(day=day, compared=compared, weeks=tuple(weeks), days=(True,) * 38)


def finding(
    *,
    workspace_id: str = CHECKOUT,
    model: str | None = None,
    previous: str | int = 100,
    current: str | int = 200,
    kind: Kind = Kind.RISE,
    status: Status = Status.DUE,
    reason: Reason = Reason.ABOVE_THRESHOLD,
    first_day: date | None = date(2026, 10, 1),
) -> Finding:
    """A breach that is due."""
    return Finding(
        workspace_id=workspace_id,
        model=model,
        previous=usd(previous),
        current=usd(current),
        kind=kind,
        status=status,
        reason=reason,
        first_day=first_day,
    )


def evaluation(
    *findings: Finding,
    day: date = YESTERDAY,
    threshold_percent: str = "25",
    floor: str | int = 10,
    estimated: bool = False,
) -> Evaluation:
    """What was found in a day by the default threshold and a floor of ten dollars."""
    return Evaluation(
        day=day,
        threshold_percent=Decimal(threshold_percent),
        floor=usd(floor),
        findings=findings,
        estimated=estimated,
    )


def member(
    *,
    model: str | None = None,
    kind: Kind = Kind.RISE,
    previous: str | int = 100,
    current: str | int = 200,
    peak_increase: str | int | None = None,
    first_day: date | None = date(2026, 10, 1),
    spike: Spike | None = None,
    usual_swing: str | None = "12.50",
) -> AlertMember:
    """A member of an alert, posted with its present rise."""
    increase = usd(current) - usd(previous)
    return AlertMember(
        model=model,
        kind=kind,
        previous=usd(previous),
        current=usd(current),
        posted_increase=increase,
        peak_increase=increase if peak_increase is None else usd(peak_increase),
        first_day=first_day,
        spike=spike,
        usual_swing=None if usual_swing is None else Decimal(usual_swing),
    )


def alert(  # noqa: PLR0913 -- a builder names what a test may care about
    *members: AlertMember,
    id: int = 1,  # noqa: A002 -- the field's own name
    workspace_id: str = CHECKOUT,
    state: AlertState = AlertState.FIRING,
    opened_day: date = YESTERDAY,
    judged_day: date = YESTERDAY,
    previous: str | int = 100,
    current: str | int = 200,
    calm_evaluations: int = 0,
    resolution: Resolution | None = None,
    message_key: str | None = "alert:1",
    reason: Reason = Reason.ABOVE_THRESHOLD,
    handling: Handling | None = None,
) -> Alert:
    """An open alert that was told; its only member is the workspace unless told otherwise."""
    return Alert(
        id=id,
        workspace_id=workspace_id,
        state=state,
        opened_day=opened_day,
        judged_day=judged_day,
        members=members or (member(previous=previous, current=current),),
        previous=usd(previous),
        current=usd(current),
        calm_evaluations=calm_evaluations,
        resolution=resolution,
        message_key=message_key,
        reason=reason,
        handling=handling,
    )


def handling(
    verb: Verb = Verb.ACKNOWLEDGE,
    *,
    user: str = "U0ALICE01",
    until: datetime | None = None,
    last_day: date | None = None,
    reason: str = "",
) -> Handling:
    """Alice's click."""
    return Handling(verb=verb, user=user, at=NOW, until=until, last_day=last_day, reason=reason)


def digest(  # noqa: PLR0913 -- a builder names what a test may care about
    week: str = "2026-W47",
    *,
    spend: Mapping[tuple[str, str], str | int] | None = None,
    previous: Mapping[tuple[str, str], str | int] | None = None,
    fetched: Mapping[date, FetchedDay] | None = None,
    names: Names | None = None,
    alerts: Iterable[Alert] = (),
    findings: Iterable[Finding] = (),
    unpriced: Sequence[Unpriced] = (),
    restated: Sequence[Restated] = (),
) -> Digest:
    """A week's digest over days that are all known; dollars by (workspace id, model), evenly spread over the days."""
    told = parse_period(week)
    now, before = told.interval, told.before().interval
    current = pairs_in_nanos({(CHECKOUT, OPUS): 84, (SEARCH, HAIKU): 35} if spend is None else spend)
    earlier = pairs_in_nanos({(CHECKOUT, OPUS): 70, (SEARCH, HAIKU): 42} if previous is None else previous)
    return find_digest(
        told,
        spend=DigestSpend(
            current=current,
            previous=earlier,
            daily=spread(before, sum(earlier.values())) | spread(now, sum(current.values())),
            fetched={**fetched_days(before), **fetched_days(now)} if fetched is None else fetched,
            unpriced=unpriced,
            data_as_of=NOW,
            restated=restated,
        ),
        names=some_names() if names is None else names,
        alerts=alerts,
        findings=findings,
    )


def restated_week(told: str | int = 100, total: str | int = 103, *, week: str = "2026-W46") -> Restated:
    """A week whose bill has changed since it was told."""
    return Restated(period=parse_period(week), told=usd(told), total=usd(total))


def pairs_in_nanos(dollars: Mapping[tuple[str, str], str | int]) -> dict[tuple[str, str], int]:
    """Dollars by (workspace id, model) as nano-dollars."""
    return {pair: usd(amount) for pair, amount in dollars.items()}


# --- What is said ---


def posting(
    key: str = "alert:1", *, text: str = "Hello", channel: str = "C0CLAUDE", edits: str | None = None
) -> Posting:
    """A message waiting to be sent."""
    return Posting(key=key, channel=channel, message=Message(text), edits=edits)
