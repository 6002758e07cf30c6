"""Digest: a week or a month against the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from bot.analysis.digest_plan import plan_of
from bot.analysis.schedule import every_of, period_of
from bot.commands.errors import NoSuchDigest, NothingCalled, NothingYet, TooEarly
from bot.commands.parts import chosen_parts, unheard_beside
from bot.commands.posting import deliver
from bot.jobs.digest import is_ready
from bot.model import SETTLING_TIME
from bot.wiring import build_digests, build_open_store, build_plans, build_teller

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.analysis.digest import Digest
    from bot.analysis.digest_plan import Plan
    from bot.analysis.schedule import DigestPeriod, Every
    from bot.model import Message
    from bot.settings import Settings
    from bot.snapshots import Store

    Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedDigest:
    """A digest and the message that says it."""

    digest: Digest
    message: Message


def answer_digest(
    settings: Settings,
    *,
    period: DigestPeriod | None,
    now: Now,
    channel: str | None = None,
    organization: str | None = None,
) -> RenderedDigest:
    """A week's or a month's digest, by default that of the one that ended last, of everything or as a channel gets it.

    Raises `NothingYet` when nothing of it was fetched, `NothingCalled` when nothing is called as what it is about.
    """
    today = now().astimezone(UTC).date()
    with build_open_store(settings)() as store:
        plan = chosen_plan(settings, store, channel, period)
        chosen = period or period_of(plan.every, today).before()
        if chosen.interval.since > today:
            raise TooEarly(f"{chosen} has not begun yet; leave --{plan.every} out for the last finished one")
        told = build_teller(settings).tell(
            chosen_parts(store, organization),
            chosen,
            today=today,
            workspaces=plan.workspaces,
            series=plan.series,
            unheard=unheard_beside(store, organization),
        )
        if told.digest is None:
            raise NothingCalled(plan.workspaces)
        if told.digest.total is None:
            raise NothingYet
        return RenderedDigest(digest=told.digest, message=told.message)


def chosen_plan(settings: Settings, store: Store, channel: str | None, period: DigestPeriod | None) -> Plan:
    """The channel's digest, or the main one as the weekly or monthly one of everything. Raises `NoSuchDigest`."""
    plans = build_plans(settings)
    every: Every | None = None if period is None else every_of(period)
    if channel is None:
        return plans.main_one(every or "week")
    found = plan_of(plans.load(store), channel, every=every)
    if found is None:
        raise NoSuchDigest(channel, every)
    return found


async def post_digest(settings: Settings, period: DigestPeriod, *, now: Now, channel: str | None = None) -> bool:
    """Says a period's digest in its channel; False if that was done before. Raises `TooEarly`, `NotSaid`."""
    settings.require("SLACK_BOT_TOKEN", "CLAUDECOST_CHANNEL")
    with build_open_store(settings)() as store:
        refuse_early(store, period, now=now())
        plan = chosen_plan(settings, store, channel, period)
        queued = build_digests(settings).queue(store, plan, period, today=now().astimezone(UTC).date())
    await deliver(settings, now=now)
    return queued


def refuse_early(store: Store, period: DigestPeriod, *, now: datetime) -> None:
    """Raises `TooEarly` for one that may still grow: its digest is said once, so it has to be of all of it."""
    if now < period.end:
        raise TooEarly(f"{period} is not over yet; its digest can be posted once it is")
    if not is_ready(store, period, now=now):
        raise TooEarly(
            f"{period} is not known whole yet; its digest can be posted after a sync later than "
            f"{period.end + SETTLING_TIME:%a %d %b %H:%M} UTC"
        )
