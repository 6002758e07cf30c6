"""Who works in the simulated organisation, with which models, and which stories run there.

Every story is laid relative to `today`, so that on the newest complete day, and on no day before it, exactly one
workspace is worth a message: the one whose cache broke. Beside it stand breaches that must be held back: a new
workspace below the floor, a model migration, and a return to normal after a slow week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import TYPE_CHECKING

from bot.sandbox.entries import ApiKeyEntry, WorkspaceEntry
from bot.sandbox.stories import (
    CACHED_PIPELINE,
    LONG_CACHE,
    QUIET,
    ROUND_THE_CLOCK,
    UNCACHED,
    BrokenCache,
    FirstOfMonth,
    Holiday,
    Lifetime,
    MovingIn,
    MovingOut,
    Running,
    Stream,
    days_before,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_REAL_ID = "wrkspc_01Default"
INGEST = "wrkspc_01IngestPipeline"
SUPPORT = "wrkspc_01SupportAssistant"
REVIEW = "wrkspc_01CodeReview"
RESEARCH = "wrkspc_01Research"
PROTOTYPES = "wrkspc_01Prototypes"
VOICE = "wrkspc_01RealtimeVoice"
HACKATHON = "wrkspc_01Hackathon"
LEGACY = "wrkspc_01LegacyChatbot"

KEYS = (
    ("apikey_01SharedScripts", "shared-scripts", "active", DEFAULT_REAL_ID),
    ("apikey_01IngestProd", "ingest-prod", "active", INGEST),
    ("apikey_01IngestBackfill", "ingest-backfill", "active", INGEST),
    ("apikey_01SupportWeb", "support-web", "active", SUPPORT),
    ("apikey_01SupportMail", "support-mail", "active", SUPPORT),
    ("apikey_01ReviewBot", "review-bot", "active", REVIEW),
    ("apikey_01ReviewNightly", "review-nightly", "active", REVIEW),
    ("apikey_01Research", "research-notebooks", "active", RESEARCH),
    ("apikey_01ResearchBatch", "research-batch", "active", RESEARCH),
    ("apikey_01Prototypes", "prototypes <dev> & friends", "active", PROTOTYPES),
    ("apikey_01Voice", "voice-gateway", "active", VOICE),
    ("apikey_01Hackathon", "hackathon", "active", HACKATHON),
    ("apikey_01Legacy", "legacy-chatbot", "archived", LEGACY),
    ("apikey_01Unused", "unused-ci", "inactive", REVIEW),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """The workspace ids of the stories, for tests that ask what was made of them. None is the default workspace."""

    broken_cache: str = INGEST
    model_migration: str = REVIEW
    return_to_normal: str = PROTOTYPES
    new_workspace: str = HACKATHON
    archived_workspace: str = LEGACY
    monthly_batch: str = RESEARCH
    priority_tier: str = VOICE
    code_execution: str = PROTOTYPES
    sessions: str = SUPPORT
    unpriced_model: str | None = None


def build_workspaces(today: date, *, founded: date) -> list[WorkspaceEntry]:
    """All workspaces, the default one and the archived one among them."""

    def entry(workspace_id: str, name: str, *, created: date, archived: date | None = None) -> WorkspaceEntry:
        return WorkspaceEntry(
            id=workspace_id,
            name=name,
            created_at=noon(created),
            archived_at=noon(archived) if archived else None,
            is_default=workspace_id == DEFAULT_REAL_ID,
        )

    return [
        entry(DEFAULT_REAL_ID, "Default", created=founded),
        entry(INGEST, "Ingest pipeline", created=founded),
        entry(SUPPORT, "Support assistant", created=founded),
        entry(REVIEW, "Code review", created=founded),
        entry(RESEARCH, "Research", created=founded),
        entry(PROTOTYPES, "R&D <prototypes>", created=founded),
        entry(VOICE, "Realtime voice", created=founded),
        entry(HACKATHON, "Hackathon", created=days_before(today, 10)),
        entry(LEGACY, "Legacy chatbot", created=founded, archived=days_before(today, 9)),
    ]


def build_api_keys(workspaces: list[WorkspaceEntry]) -> list[ApiKeyEntry]:
    """All keys, unused and archived ones among them."""
    by_id = {workspace.id: workspace for workspace in workspaces}
    return [
        ApiKeyEntry(id=key_id, name=name, status=status, workspace=by_id[home], created_at=by_id[home].created_at)
        for key_id, name, status, home in KEYS
    ]


def build_streams(today: date) -> list[Stream]:
    """Everybody's work: what goes on as ever, and what the stories are about."""
    return [
        *default_streams(),
        *support_streams(),
        *research_streams(),
        *voice_streams(),
        *ingest_streams(today),
        *review_streams(today),
        *passing_streams(today),
    ]


def default_streams() -> Iterator[Stream]:
    """The default workspace: scripts, people in the Console, and a model without a public price."""
    scripts = (("apikey_01SharedScripts", 2), (None, 1))
    yield Stream(workspace_id=None, model="claude-haiku-4-5", daily_usd=12, keys=scripts)
    yield Stream(workspace_id=None, model="claude-sonnet-5-5", daily_usd=18, keys=((None, 1),))
    yield Stream(workspace_id=None, model="claude-cairn-preview", daily_usd=1.6, keys=scripts, pattern=UNCACHED)


def support_streams() -> Iterator[Stream]:
    """The largest workspace; it searches the web and keeps its cache for an hour."""
    keys = (("apikey_01SupportWeb", 7), ("apikey_01SupportMail", 3))
    yield Stream(workspace_id=SUPPORT, model="claude-opus-4-7", daily_usd=78, keys=keys, daily_searches=260)
    yield Stream(workspace_id=SUPPORT, model="claude-haiku-4-5", daily_usd=19, keys=keys, pattern=LONG_CACHE)


def research_streams() -> Iterator[Stream]:
    """Notebooks, some with a long context, and a batch job on the first of the month."""
    work = partial(Stream, workspace_id=RESEARCH, model="claude-sonnet-5")
    notebooks = (("apikey_01Research", 1),)
    yield work(daily_usd=40, keys=notebooks)
    yield work(daily_usd=7, keys=notebooks, context_window="200k-1M")
    yield work(
        daily_usd=46 * 2,  # the batch tier halves it: a day's spend once more, a seventh of the week
        keys=(("apikey_01ResearchBatch", 1),),
        pattern=UNCACHED,
        rhythm=ROUND_THE_CLOCK,
        service_tier="batch",
        story=FirstOfMonth(),
    )


def voice_streams() -> Iterator[Stream]:
    """Inference in the US, most of it under a Priority Tier contract that no report bills."""
    work = partial(Stream, workspace_id=VOICE, model="claude-opus-5-5", keys=(("apikey_01Voice", 1),))
    yield work(daily_usd=13, inference_geo="us")
    yield work(daily_usd=30, inference_geo="us", service_tier="priority")


def ingest_streams(today: date) -> Iterator[Stream]:
    """The pipeline whose cache breaks.

    It runs at weekends, too, and evenly: two days must lift the week by a quarter, the first not be half above others.
    """
    work = partial(Stream, workspace_id=INGEST, rhythm=ROUND_THE_CLOCK)
    yield work(
        model="claude-sonnet-5",
        daily_usd=42,
        keys=(("apikey_01IngestProd", 9), ("apikey_01IngestBackfill", 1)),
        pattern=CACHED_PIPELINE,
        noise=QUIET / 2,
        story=BrokenCache(breaks_on=days_before(today, 2)),
    )
    yield work(model="claude-haiku-4-5", daily_usd=4, keys=(("apikey_01IngestProd", 1),))


def review_streams(today: date) -> Iterator[Stream]:
    """A migration between models; without noise, so that as much arrives as leaves."""
    work = partial(Stream, workspace_id=REVIEW, keys=(("apikey_01ReviewBot", 4), ("apikey_01ReviewNightly", 1)))
    moved = days_before(today, 9)
    yield work(model="claude-sonnet-5", daily_usd=52, noise=0, story=MovingOut(moved))
    yield work(model="claude-sonnet-5-5", daily_usd=52, noise=0, story=MovingIn(moved))
    yield work(model="claude-haiku-4-5", daily_usd=12, noise=QUIET / 2)


def passing_streams(today: date) -> Iterator[Stream]:
    """Prototypes after a slow week, a workspace that has just begun, one that has ended."""
    haiku = partial(Stream, model="claude-haiku-4-5")
    yield Stream(
        workspace_id=PROTOTYPES,
        model="claude-opus-5-5",
        daily_usd=24,
        keys=(("apikey_01Prototypes", 3), (None, 1)),
        story=slow_week(today),
    )
    begun, ended = Lifetime(since=days_before(today, 10)), Lifetime(until=days_before(today, 9))
    new, old = (("apikey_01Hackathon", 1),), (("apikey_01Legacy", 1),)
    yield haiku(workspace_id=HACKATHON, daily_usd=1.1, keys=new, rhythm=ROUND_THE_CLOCK, story=begun)
    yield haiku(workspace_id=LEGACY, daily_usd=11, keys=old, story=ended)


def build_running(today: date) -> list[Running]:
    """Containers and agents' sessions, billed without tokens."""
    return [
        Running(workspace_id=PROTOTYPES, cost_type="code_execution", daily_hours=60, story=slow_week(today)),
        Running(workspace_id=SUPPORT, cost_type="session_usage", daily_hours=45),
    ]


def slow_week(today: date) -> Holiday:
    """The week before the last complete one."""
    return Holiday(since=days_before(today, 14), until=days_before(today, 7))


def noon(day: date) -> datetime:
    """A workspace's moment of creation or end."""
    return datetime.combine(day, time(12), tzinfo=UTC)
