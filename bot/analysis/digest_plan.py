"""Digest plans: which channel gets which digest, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.analysis.schedule import MonthDay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.analysis.schedule import DigestPeriod, Every, Schedule
    from bot.model import Subscription

FIRST_OF_MONTH = MonthDay(1)
LETTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A channel's digest: when it is said, and of which workspaces (ids, names, patterns) or teams (`team:search`).

    None for everything. `subscribed` is who asked for it in Slack, and when; None where the configuration says so. The
    `is_main` one is that of `CLAUDECOST_DIGEST`.
    """

    channel: str
    schedule: Schedule
    workspaces: tuple[str, ...] = ()
    is_main: bool = False
    subscribed: Subscription | None = None

    @property
    def every(self) -> Every:
        """Of what it is."""
        return self.schedule.every

    @property
    def series(self) -> str:
        """What tells it from other digests, whatever its day and time are; empty for the main one."""
        if self.is_main:
            return ""
        monthly = ["month"] if self.every == "month" else []
        return ":".join([self.channel, *monthly, *fingerprint(self.workspaces)])

    def key(self, period: DigestPeriod) -> str:
        """Under which a period's digest is posted, once."""
        return ":".join(filter(None, ["digest", self.series, str(period)]))


def fingerprint(workspaces: Iterable[str]) -> list[str]:
    """A word that stands for some workspaces, in whichever order; none for none.

    >>> fingerprint(["prod", "CI-*"]) == fingerprint(["ci-*", "prod"]), fingerprint([])
    (True, [])
    """
    words = sorted({word.casefold() for word in workspaces})
    return [sha256("\n".join(words).encode()).hexdigest()[:LETTERS]] if words else []


def all_plans(configured: Iterable[Plan], subscriptions: Iterable[Subscription], *, usual: Schedule) -> list[Plan]:
    """What is configured, then what was asked for in Slack and is not configured; each digest once.

    A subscription comes at the `usual` weekday and time; a monthly one on the first.
    """
    plans = {plan.series: plan for plan in configured}
    taken = {(plan.channel, plan.every, *fingerprint(plan.workspaces)) for plan in plans.values()}
    for plan in subscribed_plans(subscriptions, usual=usual):
        if (plan.channel, plan.every, *fingerprint(plan.workspaces)) not in taken:
            plans.setdefault(plan.series, plan)
    return list(plans.values())


def monthly(usual: Schedule) -> Schedule:
    """The same time on the first of each month."""
    return replace(usual, every="month", on=FIRST_OF_MONTH)


def subscribed_plans(subscriptions: Iterable[Subscription], *, usual: Schedule) -> Iterator[Plan]:
    """The plan of each."""
    for each in subscriptions:
        schedule = usual if each.every == "week" else monthly(usual)
        yield Plan(channel=each.channel, schedule=schedule, workspaces=each.workspaces, subscribed=each)


def plan_of(plans: Iterable[Plan], channel: str, *, every: Every | None = None) -> Plan | None:
    """A channel's digest, that of everything first, then the weekly one; None where it has none."""
    own = [plan for plan in plans if plan.channel == channel and every in {None, plan.every}]
    return min(own, key=lambda plan: (len(plan.workspaces) > 0, plan.every == "month"), default=None)
