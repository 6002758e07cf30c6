"""Doctor: everything the bot depends on."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from bot.analysis.ownership import WrongRules
from bot.jobs.doctor import (
    Anthropic,
    Slack,
    examine_access,
    examine_budgets,
    examine_counts,
    examine_database,
    examine_settings,
    examine_teams,
    examine_units,
)
from bot.jobs.feed import Register
from bot.listeners.access import load_channels_asked_for
from bot.settings import WrongSettings, load_what_is_right, wrong_keys_of
from bot.snapshots import DatabaseUnusable
from bot.wiring import (
    billed_sources,
    build_admin_api,
    build_budgets,
    build_counter,
    build_open_store,
    build_slack_examiner,
    build_teams,
    build_units,
    credentials,
    other_channels,
    require_for_service,
    secret,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator
    from datetime import date, datetime

    from bot.model import Examination
    from bot.settings import Settings
    from bot.snapshots.threads import OpenStore

    Now = Callable[[], datetime]


async def examine(*, now: Now) -> list[Examination]:
    """Everything the bot depends on; a fault in one place hides none in another."""
    settings, wrong = load_what_is_right()
    if settings is None:
        return examine_settings(wrong)
    named = {line.partition(":")[0] for line in wrong}
    missing = [line for line in missing_for_service(settings) if line.partition(":")[0] not in named]
    found = [each async for each in examine_each(settings, now=now, wrong=named)]
    return [*examine_settings([*wrong, *missing]), *found]


def missing_for_service(settings: Settings) -> list[str]:
    """A line for each setting that the running process needs and that is not there."""
    try:
        require_for_service(settings)
    except WrongSettings as error:
        return error.lines
    return []


async def examine_each(settings: Settings, *, now: Now, wrong: Collection[str] = ()) -> AsyncIterator[Examination]:
    """Each Admin key, the database, Slack, budgets, counts; nobody is asked at an address that was not meant."""
    if not {"ANTHROPIC_BASE_URL", "ANTHROPIC_ORG_PATH"}.intersection(wrong):
        async for examination in examine_keys(settings, now=now):
            yield examination
    if "CLAUDECOST_DATABASE" not in wrong:
        yield examine_database(build_open_store(settings))
    if "SLACK_API_URL" not in wrong:
        kept = frozenset[str]() if "CLAUDECOST_DATABASE" in wrong else load_kept_channels(build_open_store(settings))
        async for examination in examine_slack(settings, now=now, kept=kept):
            yield examination
    if "CLAUDECOST_DATABASE" not in wrong:
        for examination in find_what_is_about(settings, today=now().astimezone(UTC).date()):
            yield examination
    async for examination in examine_counts(build_counter(settings, now=now)):
        yield examination


def find_what_is_about(settings: Settings, *, today: date) -> Iterator[Examination]:
    """Who owns what, each budget, and units and who may see what that are about nothing."""
    open_store = build_open_store(settings)
    yield from examine_teams(open_store, build_teams(settings))
    yield from examine_budgets(open_store, build_budgets(settings), build_teams(settings), today=today)
    yield from examine_units(open_store, build_units(settings), today=today)
    yield from examine_access(open_store, settings.claudecost_access.built())


def load_kept_channels(open_store: OpenStore) -> frozenset[str]:
    """The channels that the database alone knows; none where it cannot be read, which is told by itself."""
    try:
        with open_store() as store:
            return load_channels_asked_for(store)
    except (DatabaseUnusable, WrongRules):
        return frozenset()


async def examine_keys(settings: Settings, *, now: Now) -> AsyncIterator[Examination]:
    """Each Admin key by itself; two organisations' keys that are one organisation's are a fault."""
    register = Register()
    for access in settings.accesses():
        for key in credentials(access) if not wrong_keys_of(access) else []:
            api = build_admin_api(access, [key], now=now, attempts=1)
            accept = partial(register.accept, setting=access.setting, called=access.called)
            anthropic = Anthropic(
                setting=key.setting, api=api, now=now, accept=accept, sources=billed_sources(settings)
            )
            async for examination in anthropic.examine():
                yield examination


async def examine_slack(
    settings: Settings, *, now: Now, kept: frozenset[str] = frozenset()
) -> AsyncIterator[Examination]:
    """The tokens and the channels, as far as they are set; `kept` are those that no setting names."""
    slack = Slack(
        examiner=build_slack_examiner(settings),
        app_token=secret(settings.slack_app_token),
        channel=settings.claudecost_channel,
        other_channels=other_channels(settings) | (kept - {settings.claudecost_channel}),
        now=now,
    )
    async for examination in slack.examine() if settings.slack_bot_token else slack.examine_without_bot():
        yield examination
