"""Feeds: each organisation is synced by itself, so that one that fails stops no other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.jobs.keys import share_days
from bot.jobs.sync import Progress
from bot.model import Organization, Told, WrongUsage
from bot.snapshots.threads import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.model import Synced
    from bot.snapshots.threads import OpenStore


class SameOrganization(WrongUsage):
    """Two keys turned out to be one organisation's: its money must not count twice."""

    def __init__(self, organization: Organization, *, setting: str, other: str) -> None:
        super().__init__(
            f"the keys in {other} and {setting} are of one organisation, {organization.name}: it is counted once; "
            f"remove {setting} from claudecost.toml, or put another organisation's key there"
        )


@dataclass(frozen=True, slots=True)
class Register:
    """Which setting's key each organisation answered to, so that none is synced twice."""

    settings: dict[str, str] = field(default_factory=dict)

    def accept(self, organization: Organization, *, setting: str, called: str) -> Organization:
        """The organisation under the name it is called by here. Raises `SameOrganization`."""
        other = self.settings.setdefault(organization.id, setting)
        if other != setting:
            raise SameOrganization(organization, setting=setting, other=other)
        return Organization(organization.id, called or organization.name)


@dataclass(kw_only=True)
class Feed:
    """One organisation's way in: where its key is, its part of the database, its sync, and what was wrong last.

    `called` is its name in the settings, empty without one; `label` is what messages to the operator begin with, empty
    where there is only one. `retrying` says why an answer is still being waited for.
    """

    setting: str
    called: str
    label: str
    open_store: OpenStore
    sync: Callable[[], Awaitable[Synced]]
    key_in_use: Callable[[], str]
    retrying: Callable[[], str | None]
    failure: str | None = None
    refused_settings: tuple[str, ...] = ()

    def named(self, sentence: str) -> str:
        """A sentence about this organisation."""
        return f"{self.label}: {sentence}" if self.label else sentence


async def expect(open_store: OpenStore, feeds: Sequence[Feed]) -> None:
    """Keeps in the database which organisations there are to be, and in which order."""
    names = {feed.setting: feed.called for feed in feeds}
    await with_store(open_store, lambda store: store.expect_organizations(names))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One organisation's sync: what was fetched, or why nothing was, which `sentence` says with its name."""

    feed: Feed
    synced: Synced | None = None
    error: Told | None = None

    @property
    def sentence(self) -> str:
        """What went wrong, in words; empty if nothing did."""
        return self.feed.named(str(self.error)) if self.error else ""


async def sync_each(open_store: OpenStore, feeds: Sequence[Feed]) -> list[Outcome]:
    """One sync of each organisation, beside each other."""
    await expect(open_store, feeds)
    outcomes = await asyncio.gather(*(sync_one(feed) for feed in feeds))
    await expect(open_store, feeds)
    return outcomes


async def sync_one(feed: Feed) -> Outcome:
    """One sync, however it ended, and the sharing among keys of what it found."""
    try:
        synced = await feed.sync()
        await share_days(feed.open_store)
        return Outcome(feed, synced=synced)
    except Told as error:
        return Outcome(feed, error=error)


@dataclass(frozen=True, slots=True)
class TogetherProgress:
    """The progress of several syncs as that of one."""

    tell: Callable[[Progress], None]
    parts: dict[str, Progress] = field(default_factory=dict)

    def of(self, setting: str) -> Callable[[Progress], None]:
        """Where one of them tells how far it is."""

        def tell(progress: Progress) -> None:
            self.parts[setting] = progress
            done, total = (sum(getattr(part, name) for part in self.parts.values()) for name in ("done", "total"))
            self.tell(Progress(done=done, total=total))

        return tell
