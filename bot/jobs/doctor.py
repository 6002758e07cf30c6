"""Doctor: everything the bot depends on, looked at one by one; a fault comes with its mend and stops nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.admin_api import AdminApiError, KeyRefused, NotAllowed, Unavailable
from bot.analysis.access import find_unknown
from bot.analysis.ownership import WrongRules
from bot.counts.errors import CountsUnreadable
from bot.jobs.bill import BillReader
from bot.jobs.feed import SameOrganization
from bot.jobs.units import DAYS_READ
from bot.loading.budgets import load_budgets
from bot.loading.owners import load_ownership
from bot.messages.gate import nearby
from bot.messages.numbers import counted, rate
from bot.model import Examination, Interval, Source
from bot.slack_api import NotPosted, SlackError
from bot.snapshots import DatabaseUnusable
from bot.snapshots.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from bot.admin_api import AdminApi
    from bot.analysis.access import Rules
    from bot.analysis.budget import Budget
    from bot.analysis.ownership import Team
    from bot.jobs.units import Counter
    from bot.loading.units import Units
    from bot.model import Organization
    from bot.slack_api import SlackExaminer
    from bot.snapshots.threads import OpenStore

NEEDED_SCOPES = frozenset({"chat:write", "commands"})
TOLERATED_SKEW = timedelta(minutes=5)
WITH_KEYS = "with dollars per API key"
WITHOUT_KEYS = "without dollars per API key: keys share them by their tokens"
COPY_AGAIN = "copy it again from the app's OAuth & Permissions page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anthropic:
    """Examines one Admin key: `setting` names it. `accept` refuses an organisation that another one's key is of.

    The bill is to come from the first of `sources` that answers.
    """

    setting: str
    api: AdminApi
    now: Callable[[], datetime]
    sources: Sequence[Source] = (Source.ANALYTICS, Source.COST_REPORT)
    accept: Callable[[Organization], Organization] = lambda organization: organization

    async def examine(self) -> AsyncIterator[Examination]:
        """The key, the clock, the bill and the usage report."""
        try:
            async with self.api as api:
                organization = self.accept(await api.fetch_organization())
                yield found(self.setting, f"accepted, organisation {organization.name}")
                yield self.clock(api.server_clock_skew)
                yield await self.bill(api)
        except AdminApiError as error:
            yield fault(self.setting, str(error), mend=mend_of(error))
        except SameOrganization as error:
            what, mend = split_mend(str(error))
            yield fault(self.setting, what, mend=mend)

    def clock(self, skew: timedelta | None) -> Examination:
        """This machine's clock against Anthropic's."""
        seconds = 0 if skew is None else round(skew.total_seconds())
        if skew is not None and abs(skew) > TOLERATED_SKEW:
            return fault("clock", f"{abs(seconds)} s off Anthropic's", mend="set this machine's clock (NTP)")
        return found("clock", f"within {abs(seconds)} s of Anthropic's")

    async def bill(self, api: AdminApi) -> Examination:
        """Whether yesterday's bill can be read."""
        today = self.now().astimezone(UTC).date()
        yesterday = Interval(today - timedelta(days=1), today)
        bills = await BillReader(api=api, now=self.now, sources=self.sources).read(yesterday)
        if not bills:
            return found("bill", "no cost report here; dollars are estimated from tokens, and say so")
        lines = sum(len(bill.lines) for bill in bills)
        by_key = any(bill.source is Source.ANALYTICS for bill in bills)
        return found("bill", f"readable, {lines} lines yesterday, {WITH_KEYS if by_key else WITHOUT_KEYS}")


def mend_of(error: AdminApiError) -> str:
    """What a person does about an answer the Admin API did not give."""
    if isinstance(error, KeyRefused | NotAllowed):
        return "put a working Admin key into this setting"
    if isinstance(error, Unavailable):
        return "check the network and ANTHROPIC_BASE_URL, or wait: Anthropic may be down"
    return "check ANTHROPIC_BASE_URL and ANTHROPIC_ORG_PATH"


TELLING = {
    "users:read": "guests from members",
    "usergroups:read": "who is in a user group",
    "channels:read": "who is in a public channel",
    "groups:read": "who is in a private one",
}
"""Optional scopes, and what each lets the bot know of who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Examines the bot token, the app token (empty in HTTP mode), the channel (None if not set) and the others."""

    examiner: SlackExaminer
    app_token: str
    channel: str | None
    other_channels: Collection[str] = ()
    now: Callable[[], datetime]

    async def examine(self) -> AsyncIterator[Examination]:
        """Token, scopes, socket, channels."""
        try:
            installation = await self.examiner.fetch_installation()
        except SlackError as error:
            yield fault("SLACK_BOT_TOKEN", str(error), mend=mend_of_slack(error, refused=COPY_AGAIN))
            if is_refusal(error):
                async for examination in self.examine_without_bot():
                    yield examination
            return
        yield found("SLACK_BOT_TOKEN", f"accepted, {installation.user} in {installation.team}")
        yield self.scopes(installation.scopes)
        yield sight(installation.scopes)
        if self.app_token:
            yield await self.socket()
        if self.channel is not None:
            yield await self.membership("CLAUDECOST_CHANNEL", self.channel)
        for channel in sorted(self.other_channels):
            yield await self.membership(f"channel {channel}", channel)

    async def examine_without_bot(self) -> AsyncIterator[Examination]:
        """What can be told while there is no bot token, or none that works."""
        if self.app_token:
            yield await self.socket()
        if self.channel is not None:
            what = "cannot be tried without a bot token that works"
            yield fault("CLAUDECOST_CHANNEL", what, mend="mend SLACK_BOT_TOKEN, then ask the doctor again")

    def scopes(self, granted: frozenset[str]) -> Examination:
        """Whether what the bot does is allowed."""
        missing = ", ".join(sorted(NEEDED_SCOPES - granted))
        if missing:
            return fault("scopes", f"{missing} not granted", mend="reinstall the app from manifest.yml")
        return found("scopes", ", ".join(sorted(granted)))

    async def socket(self) -> Examination:
        """Whether Slack gives out a socket."""
        try:
            await self.examiner.try_socket(self.app_token)
        except SlackError as error:
            mend = "create an app-level token with connections:write, and enable Socket Mode"
            return fault("SLACK_APP_TOKEN", str(error), mend=mend_of_slack(error, refused=mend))
        return found("SLACK_APP_TOKEN", "accepted, Socket Mode is on")

    async def membership(self, what: str, channel: str) -> Examination:
        """Whether the bot can speak in a channel; `what` names the channel for people."""
        try:
            await self.examiner.try_channel(channel, now=self.now())
        except SlackError as error:
            mend = mend_of_slack(error, refused="invite the bot to the channel, or set another one")
            return fault(what, str(error), mend=mend)
        return found(what, f"the bot can post to {channel}")


def sight(granted: frozenset[str]) -> Examination:
    """What Slack says of who asks; every scope of these is optional, and without it less is shown."""
    lacking = [f"{scope} would tell {what}" for scope, what in TELLING.items() if scope not in granted]
    return found("who asks", "; ".join(lacking) or "Slack tells guests, user groups and channels")


def is_refusal(error: SlackError) -> bool:
    """Whether Slack answered, and said no."""
    return isinstance(error, NotPosted) and error.is_refusal


def mend_of_slack(error: SlackError, *, refused: str) -> str:
    """What a person does: about a refusal `refused`, about silence something else."""
    if is_refusal(error):
        return refused
    return "check the network and SLACK_API_URL, or wait: Slack may be down, or have had enough for a minute"


def examine_database(open_store: OpenStore) -> Examination:
    """Whether the database opens and can be written, and how old its data is."""
    try:
        with open_store() as store:
            store.try_to_write()
            data_as_of = store.ledger.load_freshness().data_as_of
    except DatabaseUnusable as error:
        return fault("CLAUDECOST_DATABASE", str(error), mend="mend that, then ask the doctor again")
    if data_as_of is None:
        return found("CLAUDECOST_DATABASE", 'opens, and has no data yet ("claudecost sync" fetches it)')
    return found("CLAUDECOST_DATABASE", f"opens, data as of {data_as_of:%Y-%m-%d %H:%M} UTC")


def examine_teams(open_store: OpenStore, teams: Sequence[Team]) -> Iterator[Examination]:
    """Whether anybody can say whose something is: a spreadsheet that was imported may contradict what came later."""
    try:
        with open_store() as store:
            ownership = load_ownership(store, teams)
    except DatabaseUnusable:
        return
    except WrongRules as wrong:
        for line in str(wrong).splitlines():
            detail, mend = split_mend(line)
            yield fault(
                "teams", detail, mend=f"{mend}: in claudecost.toml, or in the spreadsheet, and import that again"
            )
        return
    if ownership.teams:
        yield found("teams", f"{counted(len(ownership.teams), 'team')}, {counted(len(ownership.rules), 'rule')}")


def examine_budgets(
    open_store: OpenStore, budgets: Sequence[Budget], teams: Sequence[Team], *, today: date
) -> Iterator[Examination]:
    """Whether there is what each budget is about, as far as that can be known: one of no team counts nothing.

    A database that does not open, and teams that contradict each other, are told by themselves.
    """
    try:
        with open_store() as store:
            ownership = load_ownership(store, teams)
            found_now = load_budgets(store, [(budget, today) for budget in budgets], ownership=ownership)
    except (DatabaseUnusable, WrongRules):
        return
    for now in found_now:
        what = f"budget {now.standing.budget.name}"
        if now.data_as_of is None:
            yield found(what, "nothing was fetched yet that it could count")
        elif now.unmatched:
            mend = "change it under [[budgets]], or what it is about, in claudecost.toml"
            yield fault(what, f"nothing is called {' and '.join(now.unmatched)}, so it counts nothing", mend=mend)
        else:
            yield found(what, f"about {now.standing.budget.scope}")


def examine_units(open_store: OpenStore, units: Units, *, today: date) -> Iterator[Examination]:
    """Each unit whose dollars are of something that is not there."""
    try:
        with open_store() as store:
            loaded = units.load(store, Interval(today - timedelta(days=DAYS_READ), today))
    except (DatabaseUnusable, WrongRules):
        return
    for days in loaded:
        if days.unmatched and days.data_as_of is not None:
            mend = "change it under [[units]], or whose dollars they are, in claudecost.toml"
            said = f"nothing is called {' and '.join(days.unmatched)}, so it has no dollars"
            yield fault(f"unit {days.unit.name}", said, mend=mend)


def examine_access(open_store: OpenStore, rules: Rules) -> Iterator[Examination]:
    """Each word of who may see what that nothing is called by: a slip of the pen shows nothing to whom it is about."""
    try:
        with open_store() as store:
            organizations = [*store.organizations(), *store.retired_organizations()]
            each = [part.store.names.load_names() for part in parts_of(store, organizations)] if organizations else []
    except DatabaseUnusable:
        return
    for what, word, known in find_unknown(rules, each) if each else ():
        said = f'no {what} is called "{word}", so it shows nothing to anybody'
        yield fault(
            "access", said, mend=f"change it under [[access.viewers]] in claudecost.toml; {nearby(word, known)}"
        )


async def examine_counts(counter: Counter) -> AsyncIterator[Examination]:
    """Where the counts of each unit are kept, read as after a sync, and kept nowhere."""
    today = counter.now().astimezone(UTC).date()
    days = Interval(today - timedelta(days=DAYS_READ), today).days()
    for unit, source in counter.sources.items():
        what = f"counts of {unit}"
        try:
            counts = await counter.read(source, days)
        except CountsUnreadable as error:
            detail, mend = split_mend(str(error))
            yield fault(what, detail, mend=mend)
        else:
            yield counts_found(what, counts)


def counts_found(what: str, counts: Mapping[date, Decimal]) -> Examination:
    """The newest day that was counted; a source that reads well and counts nothing is a fault all the same."""
    if not counts:
        mend = "give complete UTC days like 2026-11-21, and the count of each"
        return fault(what, f"none of the last {DAYS_READ} days is counted there", mend=mend)
    newest = max(counts)
    return found(what, f"{rate(counts[newest])} on {newest}, {counted(len(counts), 'day')} of {DAYS_READ} counted")


def examine_settings(lines: Sequence[str]) -> list[Examination]:
    """Each wrong setting; its line says the mend."""
    parts = (line.partition(": ") for line in lines)
    return [fault(name, what, mend=mend) for name, _, rest in parts for what, mend in [split_mend(rest)]]


def split_mend(sentence: str) -> tuple[str, str]:
    """`what is wrong; the mend` in two."""
    what, _, mend = sentence.partition("; ")
    return what, mend


def found(what: str, detail: str) -> Examination:
    """All is well there."""
    return Examination(what=what, ok=True, detail=detail)


def fault(what: str, detail: str, *, mend: str) -> Examination:
    """Something to mend."""
    return Examination(what=what, ok=False, detail=detail, mend=mend)
