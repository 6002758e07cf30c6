"""The demo: the real service between a simulated organisation's Admin API and a local Slack, and what people see of it.

Everything runs in this process, on loopback, with a database in a temporary folder. Its clock is set to nine on this
week's Monday morning: whenever it is run, yesterday is complete, and the digest is of the week that the alert is about.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from rich.console import Console

from bot.analysis.weeks import IsoWeek
from bot.commands.digest import post_digest
from bot.commands.run import serve
from bot.model import Message
from bot.sandbox.admin_api import SANDBOX_KEY, AdminApiServer
from bot.sandbox.organization import simulated_organization
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.teams import (
    DIGESTS,
    SUPPORT_CHANNEL,
    budgets_configuration,
    teams_configuration,
    tickets_csv,
    units_configuration,
)
from bot.settings import Settings
from bot.settings.budgets import BudgetTable
from bot.settings.digests import DigestTable
from bot.settings.teams import TeamTable
from bot.settings.units import UnitTable
from bot.terminal.slack_preview import preview
from bot.wiring import build_counter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import date

    from bot.sandbox.slack.workspace import SlackMessage

HOUR = time(9)
DISCOUNT_PERCENT = Decimal("7.5")
"""A contract that the bot is not told of, and finds in the bill."""
PATIENCE_SECONDS = 60.0
NARROW, WIDE = 60, 100
COMMAND = "/claudecost"
QUESTIONS = ("7d", "today", "7d by key", "30d by team", "unit tickets", "alerts")
INTRODUCTION = """
A simulated organisation's bill, a local Slack, and the real bot between them. No credentials, nothing leaves this \
machine. It is {today:%A, %-d %B}, nine in the morning UTC.
"""
PROMPT = "Now you: type a question as you would in Slack (7d by key, yesterday, alerts, status, help), or quit."


async def run_demo(*, now: Callable[[], datetime], interactive: bool) -> None:
    """Shows the backfill, the alert, the digest and some answers; then takes questions, if somebody is there to ask."""
    console = Console(highlight=False)
    monday_morning = on_monday_morning(now)
    console.print(INTRODUCTION.format(today=monday_morning()))
    async with performance(monday_morning) as show:
        stage = Stage(show=show, console=console)
        await stage.show_channel(until=2, title="The bot reads 90 days of bills, checks them, and says what it found")
        week = IsoWeek.of(show.now().date()).before()
        await post_digest(show.settings, week, now=show.now)
        await stage.show_channel(until=3, title=f"On Mondays at nine: the week that is over, {week}")
        await post_digest(show.settings, week, now=show.now, channel=SUPPORT_CHANNEL)
        await stage.show_channel(SUPPORT_CHANNEL, until=1, title="The support team's own, in its channel")
        await show.restart(with_budgets(show.settings, today=show.now().date()))
        await stage.show_channel(until=4, title="Somebody writes budgets into claudecost.toml and restarts the bot")
        for question in QUESTIONS:
            await stage.show_answer(question)
        if interactive:
            await stage.take_questions()


def on_monday_morning(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """The same clock, set to nine o'clock UTC of the present week's Monday."""
    present = now().astimezone(UTC)
    shift = datetime.combine(IsoWeek.of(present.date()).interval.since, HOUR, UTC) - present
    return lambda: now() + shift


@dataclass(slots=True, kw_only=True)
class Show:
    """The bot at work: its local Slack, its settings, its clock."""

    slack: LocalSlack
    settings: Settings
    now: Callable[[], datetime]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    service: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the service; it is connected, or over, when this ends."""
        self.stopping = asyncio.Event()
        self.service = asyncio.create_task(serve(self.settings, now=self.now, stopping=self.stopping))
        connected = asyncio.create_task(self.slack.until_connected(within=PATIENCE_SECONDS))
        await asyncio.wait([self.service, connected], return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()

    async def stop(self) -> None:
        """Stops the service. Raises what it ended with."""
        self.stopping.set()
        if self.service is not None:
            await self.service

    async def restart(self, settings: Settings) -> None:
        """The same with other settings."""
        await self.stop()
        self.settings = settings
        await self.start()


@contextlib.asynccontextmanager
async def performance(now: Callable[[], datetime]) -> AsyncIterator[Show]:
    """Starts the stand-ins and the service, and stops them at the end."""
    organization = simulated_organization(today=now().date(), discount_percent=DISCOUNT_PERCENT)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="claudecost-demo-")))
        admin_api = await stack.enter_async_context(AdminApiServer(organization, now=now))
        slack = await stack.enter_async_context(LocalSlack(now=now))
        slack.add_channel(SUPPORT_CHANNEL, "support", members={slack.user, slack.colleague, slack.workspace.bot_user})
        settings = with_teams(settings_for(admin_api, slack, folder), folder, today=now().date())
        show = Show(slack=slack, settings=settings, now=now)
        await build_counter(settings, now=now).count()  # else it would come after the first digests
        await show.start()
        try:
            yield show
        finally:
            await show.stop()


def with_teams(settings: Settings, folder: Path, *, today: date) -> Settings:
    """The same settings with the simulated organisation's teams, a digest for one, and what it counts, in a folder."""
    counts = folder / "tickets.csv"
    counts.write_text(tickets_csv(today), encoding="utf-8")
    tables = tomllib.loads(teams_configuration(today) + DIGESTS + units_configuration(counts))
    return settings.model_copy(
        update={
            "claudecost_teams": [TeamTable(**table) for table in tables["teams"]],
            "claudecost_digests": [DigestTable(**table) for table in tables["digests"]],
            "claudecost_units": [UnitTable(**table) for table in tables["units"]],
        }
    )


def with_budgets(settings: Settings, *, today: date) -> Settings:
    """The same settings with its budgets."""
    tables = tomllib.loads(budgets_configuration(today))["budgets"]
    return settings.model_copy(update={"claudecost_budgets": [BudgetTable(**table) for table in tables]})


def settings_for(admin_api: AdminApiServer, slack: LocalSlack, folder: Path) -> Settings:
    """Settings for the stand-ins alone: nothing of the environment, so that no real key or channel is ever used."""
    return usual_settings().model_copy(
        update={
            "anthropic_admin_key": SecretStr(SANDBOX_KEY),
            "anthropic_base_url": admin_api.base_url,
            "slack_bot_token": SecretStr(slack.bot_token),
            "slack_app_token": SecretStr(slack.app_token),
            "slack_api_url": slack.api_url,
            "claudecost_channel": slack.channel,
            "claudecost_database": folder / "claudecost.db",
        }
    )


@functools.cache
def usual_settings() -> Settings:
    """What each setting is where nobody sets it; once, because finding out takes longer than starting the stand-ins."""
    return Settings.model_construct()


@dataclass(kw_only=True)
class Stage:
    """Shows in the terminal what people see in Slack."""

    show: Show
    console: Console
    shown: Counter[str] = field(default_factory=Counter)

    async def show_channel(self, channel: str | None = None, *, until: int, title: str) -> None:
        """Shows what the bot said in a channel, the main one unless it is given, up to the `until`-th message."""
        slack = self.show.slack
        place = slack.workspace.channels[channel or slack.channel]
        await slack.wait_until(lambda: len(slack.messages(place.id)) >= until, within=PATIENCE_SECONDS)
        self.console.rule(f"[bold]{title}[/bold]  ·  #{place.name}")
        for said in slack.messages(place.id)[self.shown[place.id] :]:
            self.draw(said)
        self.shown[place.id] = len(slack.messages(place.id))

    async def show_answer(self, text: str) -> None:
        """Asks as somebody in the channel would, and shows the answer."""
        self.console.rule(f"[bold]{COMMAND} {text}[/bold]  ·  only you see the answer")
        self.draw(await self.show.slack.ask(COMMAND, text, within=PATIENCE_SECONDS))

    async def take_questions(self) -> None:
        """A prompt until `quit` or the end of the input."""
        self.console.print(PROMPT)
        while True:
            self.console.print(f"[bold]{COMMAND}[/bold] ", end="")
            typed = await typed_line()
            if typed is None or typed in {"quit", "exit", "q"}:
                return
            self.draw(await self.show.slack.ask(COMMAND, typed.removeprefix(COMMAND), within=PATIENCE_SECONDS))

    def draw(self, said: SlackMessage) -> None:
        """One message, roughly as Slack shows it."""
        width = max(NARROW, min(WIDE, self.console.width))
        self.console.print(preview(Message(said.text, tuple(said.blocks)), width=width))


async def typed_line() -> str | None:
    """The next line of standard input, None at its end; the event loop goes on meanwhile."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        loop.remove_reader(sys.stdin)
        line.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, read)
    try:
        typed = await line
    finally:
        loop.remove_reader(sys.stdin)
    return typed.strip() if typed else None
