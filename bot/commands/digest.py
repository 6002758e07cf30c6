"""Digest: a week against the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from bot.analysis.weeks import IsoWeek
from bot.commands.errors import NothingYet, TooEarly
from bot.commands.parts import chosen_parts, unheard_beside
from bot.commands.posting import deliver
from bot.jobs.digest import is_ready
from bot.loading.digest import load_reconciled_digest, render_digest
from bot.model import SETTLING_TIME
from bot.wiring import build_contract, build_digest_schedule, build_open_store, build_prices

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.analysis.digest import Digest
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
    settings: Settings, *, week: IsoWeek | None, now: Now, organization: str | None = None
) -> RenderedDigest:
    """A week's digest, by default the last finished one's. Raises `NothingYet` when nothing of it was fetched."""
    today = now().astimezone(UTC).date()
    chosen = week or IsoWeek.of(today).before()
    if chosen.interval.since > today:
        raise TooEarly(f"{chosen} has not begun yet; leave --week out for the last finished one")
    contract = build_contract(settings)
    with build_open_store(settings)() as store:
        parts = chosen_parts(store, organization)
        digest = load_reconciled_digest(
            parts,
            chosen,
            build_prices(settings),
            drift_percent=settings.claudecost_drift_percent,
            unheard=unheard_beside(store, organization),
        )
        if digest.total is None:
            raise NothingYet
        return RenderedDigest(digest=digest, message=render_digest(parts, digest, contract=contract))


async def post_digest(settings: Settings, week: IsoWeek, *, now: Now) -> bool:
    """Says a week's digest in the channel; False if that was done before. Raises `TooEarly`, `NotSaid`."""
    settings.require("SLACK_BOT_TOKEN", "CLAUDECOST_CHANNEL")
    schedule = build_digest_schedule(settings, channel=str(settings.claudecost_channel))
    with build_open_store(settings)() as store:
        refuse_early(store, week, now=now())
        queued = schedule.queue(store, week)
    await deliver(settings, now=now)
    return queued


def refuse_early(store: Store, week: IsoWeek, *, now: datetime) -> None:
    """Raises `TooEarly` for a week that may still grow: its digest is said once, so it has to be the whole week's."""
    if now < week.end:
        raise TooEarly(f"{week} is not over yet; its digest can be posted once it is")
    if not is_ready(store, week, now=now):
        raise TooEarly(
            f"{week} is not known whole yet; its digest can be posted after a sync later than "
            f"{week.end + SETTLING_TIME:%a %d %b %H:%M} UTC"
        )
