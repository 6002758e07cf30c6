"""The nouns every stage shares: what the bill says, what was found in it, what was said about it.

Money is `NanoUsd`: whole nano-dollars (10⁻⁹ USD) in an int, exact from the report to the screen. Days are UTC dates,
intervals are half-open (`since` in, `until` out). Rows that come by the million are named tuples, because building a
frozen dataclass costs three times as much; everything else is a frozen dataclass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

NanoUsd: TypeAlias = int
"""Whole nano-dollars: one dollar is 1_000_000_000."""

NANOS_PER_USD = 1_000_000_000

DEFAULT_WORKSPACE = "default"
"""The id under which the default workspace is stored; the API reports it as null."""

FIRST_SETTING = "ANTHROPIC_ADMIN_KEY"
"""The setting that holds the first organisation's key; an organisation is known by the setting of its key."""

NO_MODEL = ""
"""The model of cost that belongs to none: code execution, sessions, web search."""

WHOLE_ORGANIZATION = "*"
"""Stands for the workspace where a finding or an alert is about all of them."""

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")
"""How Slack writes a channel's id."""

USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
"""How Slack writes a member's id."""

TEAM = "team:"
"""Before a team's name, it stands for the workspace where a finding or an alert is about that team."""

NO_KEY = ""
"""The API key of usage that came without one: the Console, an OAuth login."""

CONTRACT_TIER = "priority"
"""The service tier paid by contract: its tokens are in the usage, its cost is in no report."""

NO_ACCOUNT = ""
"""The account of usage that came without one: most API keys, service accounts."""

NOT_A_PERSON = "-"
"""The account of dollars whose actor the bill knows, and who is nobody in person: a key, a service account."""

SETTLING_TIME = timedelta(hours=3)
"""How long after its end a day must have been fetched before it is judged."""


def team_id(name: str) -> str:
    """What stands for the workspace where something is about a team.

    >>> team_id("search"), team_of(team_id("search")), team_of("wrkspc_1")
    ('team:search', 'search', None)
    """
    return f"{TEAM}{name}"


def team_of(some_id: str) -> str | None:
    """The team that stands in the place of a workspace; None for a workspace itself."""
    return some_id.removeprefix(TEAM) if some_id.startswith(TEAM) else None


MOST_USD = 1_000_000_000
"""No amount that somebody sets is larger: a database's integers hold nine times as many nano-dollars."""


def usd(dollars: Decimal | str | int) -> NanoUsd:
    """Dollars as nano-dollars, rounded half-even at the ninth decimal.

    >>> usd("1.2378912")
    1237891200
    """
    return int((Decimal(dollars) * NANOS_PER_USD).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def dollars(amount: NanoUsd) -> Decimal:
    """Nano-dollars as exact dollars; `format(…, "f")` writes them without an exponent.

    >>> dollars(1237891200)
    Decimal('1.2378912')
    >>> dollars(usd(40))
    Decimal('40')
    """
    whole, rest = divmod(abs(amount), NANOS_PER_USD)
    digits = f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
    return Decimal(f"-{digits}" if amount < 0 else digits)


def change_percent(*, previous: NanoUsd | None, current: NanoUsd | None) -> Decimal | None:
    """The change in percent to two decimals; None where there is no baseline to compare with.

    >>> change_percent(previous=200, current=250)
    Decimal('25.00')
    >>> change_percent(previous=0, current=250) is None
    True
    """
    if previous is None or current is None or previous <= 0:
        return None
    return (Decimal(current - previous) * 100 / previous).quantize(Decimal("0.01"))


# --- What went wrong ---


class Told(Exception):
    """An error written for people: a line, or several, with the mend; `exit_code` is the command line's."""

    exit_code: ClassVar[int]


class AnswerIsNo(Told):
    """All works, and the answer is no."""

    exit_code = 1


class WrongUsage(Told):
    """The person at the keyboard, or the configuration, has to change."""

    exit_code = 2


class OutsideFailed(Told):
    """Something outside this program failed."""

    exit_code = 3


# --- What the Admin API reports ---


class CostSeries(NamedTuple):
    """The dimensions of one line of the bill. Fields the API leaves null are empty strings, but for the workspace."""

    workspace_id: str
    model: str
    cost_type: str
    token_type: str
    service_tier: str
    context_window: str
    inference_geo: str
    description: str


Dimension: TypeAlias = Literal["day", "workspace", "model", "cost_type", "token_type", "service_tier", "context_window"]
"""What lines of the bill can be summed by; days are then ISO dates, workspaces their ids."""


class CostLine(NamedTuple):
    """One day's amount of one line of the bill. Amounts can be negative (credits)."""

    day: date
    series: CostSeries
    amount: NanoUsd


class KeyCostSeries(NamedTuple):
    """What the bill tells dollars per API key by; `api_key_id` is `NO_KEY` where it names none."""

    workspace_id: str
    model: str
    cost_type: str
    token_type: str
    api_key_id: str


class KeyCostLine(NamedTuple):
    """One day's dollars of one key, as the bill itself gives them."""

    day: date
    series: KeyCostSeries
    amount: NanoUsd


class UsageSeries(NamedTuple):
    """The dimensions of one line of usage; `api_key_id` is `NO_KEY` for the Console and logins."""

    workspace_id: str
    api_key_id: str
    model: str
    service_tier: str
    context_window: str


class Tokens(NamedTuple):
    """Token counts by kind; the whole input is uncached + cache_read + both cache writes."""

    uncached_input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int


BILLED_TOKENS = {
    "uncached_input_tokens": "uncached_input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
}
"""The bill's token types, and which of `Tokens` each is a price of."""


class UsageLine(NamedTuple):
    """One day's tokens of one usage series, and the web searches made along with them."""

    day: date
    series: UsageSeries
    tokens: Tokens
    web_searches: int


class WorkspaceLines(NamedTuple):
    """Everything stored of one workspace in some days, in their order."""

    cost: list[CostLine]
    usage: list[UsageLine]
    key_cost: list[KeyCostLine]


class PersonSeries(NamedTuple):
    """The dimensions of one line of usage by account; `account_id` is `NO_ACCOUNT` where nobody in person is known."""

    workspace_id: str
    account_id: str
    model: str
    service_tier: str
    context_window: str


class PersonLine(NamedTuple):
    """One day's tokens of one series by account: the same tokens as in `UsageLine`s, cut another way."""

    day: date
    series: PersonSeries
    tokens: Tokens


class PersonCostSeries(NamedTuple):
    """What the bill tells dollars per person by.

    `account_id` is `NO_ACCOUNT` where it names nobody, `NOT_A_PERSON` for a key, a service account or the like.
    """

    workspace_id: str
    model: str
    cost_type: str
    token_type: str
    account_id: str


class PersonCostLine(NamedTuple):
    """One day's dollars of one person, as the bill itself gives them; what lines are shared by, and never added."""

    day: date
    series: PersonCostSeries
    amount: NanoUsd


@dataclass(frozen=True, slots=True)
class Privacy:
    """What about people may be fetched, stored and told: nothing unless somebody decided otherwise."""

    people: bool = False


NOBODY = Privacy()
"""As it is unless somebody decides otherwise."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the organisation: what an account id stands for."""

    id: str
    name: str
    email: str


class ClaudeCodeUse(NamedTuple):
    """What one actor's Claude Code of a day and model was estimated at: a weight for sharing, never dollars.

    One of `email` and `api_key_name` says who it was; `weight` is in nano-dollars.
    """

    email: str
    api_key_name: str
    model: str
    weight: int


class PersonWeight(NamedTuple):
    """The same with the account found, `NO_ACCOUNT` where it is nobody's in person."""

    day: date
    account_id: str
    model: str
    weight: int


@dataclass(frozen=True, slots=True)
class PeopleDay:
    """A day whose usage by account was fetched; without one of these, who spent it is unknown."""

    day: date
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Organization:
    """Whom the key belongs to, as `/me` says."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace and its last known name; archived ones keep theirs."""

    id: str
    name: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key's name, status (`active`, `inactive`, `archived`, `expired`, …) and workspace. Never its secret."""

    id: str
    name: str
    status: str
    workspace_id: str


class Source(StrEnum):
    """Where a day's dollars came from."""

    COST_REPORT = "cost_report"
    ANALYTICS = "analytics"
    ESTIMATE = "estimate"

    @property
    def is_billed(self) -> bool:
        """Whether it is the bill; the two that are tell the same money, the second one also by API key."""
        return self is not Source.ESTIMATE


# --- What the snapshots know of a day ---


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedDay:
    """A day that was fetched: a day without one of these is unknown, not zero.

    `revision` counts how often its amounts, or whether they are billed, changed after the first time it was stored.
    """

    day: date
    fetched_at: datetime
    source: Source
    total: NanoUsd
    revision: int

    @property
    def is_over(self) -> bool:
        """Whether the day had ended when it was fetched; otherwise its amounts are partial."""
        return self.fetched_at >= end_of(self.day)

    @property
    def is_settled(self) -> bool:
        """Whether it was fetched late enough after its end to be judged."""
        return self.fetched_at >= settled_at(self.day)

    @property
    def is_billed(self) -> bool:
        """Whether the bill has covered it; otherwise its amounts are estimated."""
        return self.source.is_billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A day that was billed and over when stored, and whose total the bill later changed."""

    day: date
    restated_at: datetime
    old_total: NanoUsd
    new_total: NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDays:
    """What a save did: rows stored, days whose amounts changed, and those among them that had been over before."""

    days: int
    cost_rows: int
    usage_rows: int
    changed_days: tuple[date, ...]
    restatements: tuple[Restatement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a sync fetched and what it changed."""

    organization: Organization
    interval: Interval
    source: Source
    saved: SavedDays


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Tokens of a model no price is known for. They have no dollars: unknown, not zero."""

    model: str
    tokens: int


class WeeklySpend(NamedTuple):
    """A workspace × model, or a whole workspace (model None), over five weeks.

    `weeks[0]` is the current one, `weeks[k]` ended 7·k days earlier. `first_day` is the first day with spend among the
    days loaded, None where there was none. `latest` is what the newest of these days cost, `before` what its baseline
    days did together: those of the 28 before it that can be held against it. `columns` has what every scope cost on
    each of these days, the newest first; a scope's own are at `places` in each.
    """

    workspace_id: str
    model: str | None
    weeks: tuple[NanoUsd, ...]
    first_day: date | None
    latest: NanoUsd = 0
    before: NanoUsd = 0
    columns: tuple[Sequence[NanoUsd], ...] = ()
    places: tuple[int, ...] = ()

    def amounts(self) -> list[NanoUsd]:
        """What each day cost, the newest first; a day without any is 0, whether it was fetched or not."""
        if len(self.places) == 1:
            (place,) = self.places
            return [column[place] for column in self.columns]
        return [sum([column[place] for place in self.places]) for column in self.columns]

    @property
    def current(self) -> NanoUsd:
        """`C7`."""
        return self.weeks[0]

    @property
    def previous(self) -> NanoUsd:
        """`P7`."""
        return self.weeks[1]

    @property
    def baseline(self) -> NanoUsd:
        """`P7`, or zero where credits outweighed the spend: nothing can be over a percentage of less than nothing."""
        return max(self.weeks[1], 0)


# --- Whose it is ---


@dataclass(frozen=True, slots=True)
class TeamSheet:
    """A spreadsheet of teams as it was imported: the file's name, its CSV, and when."""

    name: str
    text: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What somebody (`given_by`, a Slack id) said: from the day `since` on, a key in a workspace is a team's."""

    workspace_id: str
    key_id: str
    team: str
    since: date
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A channel that somebody (`user`) wants a digest in, of all or of some workspaces; an `id` of 0 is not saved yet.

    Channel and user are Slack ids, workspaces ids, names or patterns of either.
    """

    id: int = 0
    channel: str
    every: Literal["week", "month"]
    workspaces: tuple[str, ...] = ()
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """What somebody raised a budget to, in the period that begins on `since`. `user` is a Slack id."""

    budget: str
    since: date
    amount: NanoUsd
    user: str
    reason: str
    at: datetime


class Taken(NamedTuple):
    """Who (a Slack id) has taken something on, and when."""

    user: str
    at: datetime


class UnitRise(NamedTuple):
    """A rise of dollars per unit that was told: since when, dollars for each before it, and who has taken it on."""

    since: datetime
    per_unit_before: Decimal
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class SaidLevel:
    """A budget's level that was told, and what was allowed then; `turn` counts how often it was told before.

    It holds until more is allowed and it is no longer reached; then it can be told again in the same period.
    """

    percent: Decimal
    allowed: NanoUsd
    turn: int = 0
    holds: bool = True


# --- What was found ---


class Kind(StrEnum):
    """What a finding is about: a week, one day, what has no baseline, or the whole organisation's prices."""

    RISE = "rise"
    DAY = "day"
    NEW = "new"
    ORGANIZATION = "organization"
    MODEL_SHIFT = "model_shift"
    NOT_JUDGED = "not_judged"


class Status(StrEnum):
    """Where a finding stands: to be told, just told, told before, or kept from the channel for a reason."""

    DUE = "due"
    ANNOUNCED = "announced"
    OPEN = "open"
    HELD = "held"


class Reason(StrEnum):
    """Why a finding is announced or held, or an alert speaks again; one word for log, message, `alerts` and tests."""

    ABOVE_THRESHOLD = "above_threshold"
    ONE_DAY = "one_day"
    PRICE_CHANGE = "price_change"
    NO_BASELINE = "no_baseline"
    BELOW_FLOOR = "below_floor"
    RETURN_TO_NORMAL = "return_to_normal"
    LIKE_LAST_MONTH = "like_last_month"
    MODEL_SHIFT = "model_shift"
    USUAL_SWING = "usual_swing"
    MUTED = "muted"
    ORGANIZATION_ALERT = "organization_alert"
    OTHER_ALERT = "other_alert"
    OPEN_ALERT = "open_alert"
    DAYS_MISSING = "days_missing"
    EXPECTED = "expected"
    DOUBLED = "doubled"
    QUADRUPLED = "quadrupled"
    ANOTHER_DAY = "another_day"
    ANOTHER_MODEL = "another_model"
    CRITICAL = "critical"


class Spike(NamedTuple):
    """One day far above what is usual: `usual` is the mean of its baseline days, rounded down to the nano-dollar."""

    day: date
    amount: NanoUsd
    usual: NanoUsd

    @property
    def increase(self) -> NanoUsd:
        """Dollars above the usual day."""
        return self.amount - self.usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A workspace (model None), or a model in it, that breaches the contract or could not be judged. Or a team.

    `previous` and `current` are weeks; of a single day (`Kind.DAY`) they are the usual day and that day. `spike` is
    there whenever the newest day is a breach by itself, whatever the week is. `usual_swing` is by how many percent the
    7-day sum usually moves from one week to the next, None where too little is known.
    """

    workspace_id: str
    model: str | None
    previous: NanoUsd
    current: NanoUsd
    kind: Kind
    status: Status
    reason: Reason
    first_day: date | None = None
    spike: Spike | None = None
    usual_swing: Decimal | None = None

    @property
    def increase(self) -> NanoUsd:
        """Dollars above the week before."""
        return self.current - self.previous

    @property
    def change_percent(self) -> Decimal | None:
        """None for a series without a baseline."""
        if self.kind in {Kind.NEW, Kind.NOT_JUDGED}:
            return None
        return change_percent(previous=self.previous, current=self.current)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was found when `day` was judged as the newest complete day, by the rule that held at that time.

    The rule is a rise of more than `threshold_percent` and at least `floor` over the week before. `estimated` if any
    of the days it rests on was not billed but estimated.
    """

    day: date
    threshold_percent: Decimal
    floor: NanoUsd
    findings: tuple[Finding, ...]
    estimated: bool = False

    @property
    def interval(self) -> Interval:
        """The week judged."""
        return Interval(self.day - timedelta(days=6), self.day + timedelta(days=1))

    @property
    def told(self) -> tuple[Finding, ...]:
        """The findings that are not kept from the channel: due, just announced, or told before."""
        return tuple(finding for finding in self.findings if finding.status is not Status.HELD)


class AlertState(StrEnum):
    """Where an alert stands."""

    FIRING = "firing"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    EXPECTED = "expected"
    RESOLVED = "resolved"

    @property
    def is_open(self) -> bool:
        """Whether evaluations go on refreshing it; what is closed stays as it was told last."""
        return self not in {AlertState.EXPECTED, AlertState.RESOLVED}


class Verb(StrEnum):
    """What somebody did with an alert, in a click."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    EXPECT = "expect"
    NOISE = "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """A click on an alert: who did what, and when. `user` is a Slack id.

    A snooze lasts `until` an instant. What is expected is so up to and with `last_day`, for the `reason` given.
    """

    verb: Verb
    user: str
    at: datetime
    until: datetime | None = None
    last_day: date | None = None
    reason: str = ""


class Feedback(NamedTuple):
    """What people made of the alerts of some weeks: `real` were acknowledged or expected, `noise` called so."""

    alerts: int
    real: int
    noise: int

    @property
    def unmarked(self) -> int:
        """Those that nobody said anything of."""
        return self.alerts - self.real - self.noise


class Resolution(StrEnum):
    """How an alert ended."""

    BACK_TO_NORMAL = "back_to_normal"
    NEW_LEVEL = "new_level"
    DATA_REVISED = "data_revised"
    TEAM_GONE = "team_gone"
    JUDGED_TOGETHER = "judged_together"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMember:
    """One scope inside a workspace's alert: the workspace itself (model None) or one of its models.

    `posted_increase` is the rise that was told: of a week, or of a week of days like the newest one if that is more.
    """

    model: str | None
    kind: Kind
    previous: NanoUsd
    current: NanoUsd
    posted_increase: NanoUsd
    peak_increase: NanoUsd
    first_day: date | None = None
    spike: Spike | None = None
    usual_swing: Decimal | None = None

    @property
    def increase(self) -> NanoUsd:
        """Dollars above the week before."""
        return self.current - self.previous


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One workspace's alert, or team's: one message, edited in place, from the first breach until it calms down.

    `message_key` names the outbox row that posted it; None when it was already there at the first start and nobody was
    told by a message of its own. `id` is 0 until stored. `reason` is why it spoke last: when it opened, or on
    `escalated_day`, when it grew. `handling` is what somebody did with it last; `reminded_after` after how many days
    the thread was last reminded that nobody had. `critical_day` is the last day on which it spoke with a rise of the
    critical level, None if it never did.
    """

    id: int
    workspace_id: str
    state: AlertState
    opened_day: date
    judged_day: date
    members: tuple[AlertMember, ...]
    previous: NanoUsd
    current: NanoUsd
    calm_evaluations: int = 0
    resolution: Resolution | None = None
    message_key: str | None = None
    reason: Reason = Reason.ABOVE_THRESHOLD
    escalated_day: date | None = None
    handling: Handling | None = None
    reminded_after: int = 0
    critical_day: date | None = None

    @property
    def increase(self) -> NanoUsd:
        """The whole workspace's dollars above the week before."""
        return self.current - self.previous

    @property
    def lead(self) -> AlertMember:
        """The workspace itself where it breached, else the model that rose most."""
        return min(self.members, key=lambda member: (member.model is not None, -member.increase))


# --- What is said ---


@dataclass(frozen=True, slots=True)
class Message:
    """A Slack message: `text` is the notification and the screen reader's line, `blocks` what is seen."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    REFUSED = "refused"
    NOT_UNDERSTOOD = "not_understood"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedQuestion:
    """A question as it is remembered: who (a Slack id), where, what was understood, and how many rows that had.

    `is_limited` where only a part of the bill was in sight. Neither what was told nor what was not understood is here.
    """

    at: datetime
    user: str
    channel: str
    question: str
    outcome: Outcome
    rows: int | None = None
    is_limited: bool = False


class OutboxState(StrEnum):
    """A posting's life: queued, being sent (or its outcome unknown), known to be in Slack, or given up."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A message on its way to a channel.

    `edits` names the posting whose message this one replaces in place; `replies_to` the one in whose thread it goes,
    and with `also_in_channel` the channel sees such a reply as well. It is not sent before `held_until`; `about` is the
    UTC day whose alert it is, None for what is no alert.
    """

    key: str
    channel: str
    message: Message
    edits: str | None = None
    replies_to: str | None = None
    also_in_channel: bool = False
    held_until: datetime | None = None
    about: date | None = None
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    next_attempt_at: datetime | None = None
    posted_channel: str | None = None
    posted_ts: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Where Slack put a message."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the doctor found in one place; `mend` says what to do about a fault."""

    what: str
    ok: bool
    detail: str
    mend: str = ""


# --- Days ---


@dataclass(frozen=True, slots=True)
class Interval:
    """Whole UTC days, `since` in, `until` out."""

    since: date
    until: date

    def __len__(self) -> int:
        return (self.until - self.since).days

    def days(self) -> tuple[date, ...]:
        """Each day, oldest first."""
        return days_between(self.since, self.until)

    def shifted(self, days: int) -> Interval:
        """The same length, that many days later (or earlier, when negative)."""
        return Interval(self.since + timedelta(days=days), self.until + timedelta(days=days))


@lru_cache(maxsize=256)
def days_between(since: date, until: date) -> tuple[date, ...]:
    """Each day of an interval: most answers count out the same few many times."""
    return tuple([since + timedelta(days=offset) for offset in range((until - since).days)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How current the snapshots are. `data_as_of` is the last time any day was fetched, None before the first sync."""

    data_as_of: datetime | None
    first_fetched_at: datetime | None
    newest_day: date | None
    oldest_day: date | None

    @property
    def days(self) -> Interval | None:
        """From the oldest stored day to the newest; None before the first sync."""
        if self.oldest_day is None or self.newest_day is None:
            return None
        return Interval(self.oldest_day, self.newest_day + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, for labels; unknown ids stand for themselves.

    `first_days` has the first stored day on which each API key was used. `organization` is what the one whose names
    these are is called, where there are several; `organizations` are the names of all, by id,
    `stretches` the labels of weeks and the like.
    """

    workspaces: dict[str, Workspace] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    first_days: dict[str, date] = field(default_factory=dict)
    organization: str | None = None
    people: dict[str, Person] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    stretches: dict[str, str] = field(default_factory=dict)

    def workspace(self, workspace_id: str) -> str:
        """A workspace's name; the default workspace is called so unless the API gave it a name.

        A team in its place is called one.
        """
        if workspace_id == WHOLE_ORGANIZATION:
            return "All workspaces"
        if (team := team_of(workspace_id)) is not None:
            return f"Team {team}"
        known = self.workspaces.get(workspace_id)
        if known is not None and known.name:
            return known.name
        return "Default workspace" if workspace_id == DEFAULT_WORKSPACE else workspace_id

    def api_key(self, api_key_id: str) -> str:
        """A key's name, or its id."""
        known = self.api_keys.get(api_key_id)
        return known.name if known is not None and known.name else api_key_id

    def person(self, account_id: str) -> str:
        """Somebody's name, or else their e-mail address, or their account's id."""
        known = self.people.get(account_id)
        return account_id if known is None else known.name or known.email or account_id

    def stretch(self, name: str) -> str:
        """A week or the like, with what is to be said of it."""
        return self.stretches.get(name, name)

    def organization_name(self, organization_id: str) -> str:
        """An organisation's name, or its id."""
        return self.organizations.get(organization_id) or organization_id


@lru_cache(maxsize=1024)
def start_of(day: date) -> datetime:
    """The instant a UTC day begins."""
    return datetime.combine(day, time(), tzinfo=UTC)


@lru_cache(maxsize=1024)
def end_of(day: date) -> datetime:
    """The instant a UTC day ends."""
    return start_of(day + timedelta(days=1))


@lru_cache(maxsize=1024)
def settled_at(day: date) -> datetime:
    """The instant from which on a day's bill is taken for whole."""
    return end_of(day) + SETTLING_TIME
