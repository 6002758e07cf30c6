"""The real bot as a child process, between stand-ins that run in the test's event loop.

    async with stand_ins(folder) as world:
        async with world.bot() as bot:                      # python -m bot run
            await bot.until(lambda: world.slack.messages())
        finished = await world.command("report", "7d", "--json")

Children are forked from a Python that has loaded the bot's modules (`warm`); `world.launch()` starts one as people do,
in an interpreter of its own. A child's environment holds its settings and nothing else. Every wait has an end and is
over as soon as what it waits for is there. Leaving `world.bot()` stops the bot by SIGTERM and sees that it exits with 0
in time; leaving `stand_ins()` sees that no secret was printed or stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import bot
from bot.model import SETTLING_TIME, Interval
from bot.sandbox.admin_api import REFERENCE, SANDBOX_KEY, AdminApiServer
from bot.sandbox.organization import SimulatedOrganization, simulated_organization
from bot.sandbox.slack.local import LocalSlack
from tests.e2e.warm import CAN_FORK, inherited, warm_python

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import date

    from bot.sandbox.admin_api import Variant
    from bot.sandbox.slack.workspace import SlackMessage

T = TypeVar("T")

PATIENCE_SECONDS = 25.0
STOPPING_SECONDS = 10.0
GLANCE_SECONDS = 0.01
HISTORY_DAYS = 60
BACKFILL_DAYS = 40
"""Five weeks are judged; the rest is there to be a month."""
COMMAND = "/claudecost"
LOADING = re.compile(r"^import time:.*\| +(\w+).*\n", re.MULTILINE)
"""A line of Python's `-X importtime`, and the package that it is about."""
BOT = Path(bot.__file__).with_name("__main__.py")
"""What `python -m bot` runs."""

AHEAD, DYING, HASTY, UNPRIVILEGED = (
    Path(__file__).with_name(f"{name}.py") for name in ("ahead", "dying", "hasty", "unprivileged")
)


class Clock:
    """The same moment at every start, or one that a test sets; the stand-ins and the bot agree on it.

    It is noon of a Wednesday in the middle of a month: yesterday is settled, and no week or month has just begun.
    """

    def __init__(self) -> None:
        self.set_to(datetime(2026, 11, 18, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def set_to(self, moment: datetime) -> None:
        """From now on it is `moment`."""
        self.ahead = moment - datetime.now(UTC)

    def set_to_tomorrow(self, at: time) -> None:
        """From now on it is tomorrow, at that time of day."""
        self.set_to(datetime.combine(self().date() + timedelta(days=1), at, UTC))


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child process ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, decoded."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """What went to standard error."""
        return self.err.splitlines()


class Process(Protocol):
    """A process as asyncio has it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def stderr(self) -> asyncio.StreamReader | None: ...
    async def wait(self) -> int: ...
    def send_signal(self, signal: int, /) -> None: ...
    def kill(self) -> None: ...


class ForkedProcess:
    """A process that another one forked for us."""

    def __init__(
        self, pid: int, *, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader, ended: asyncio.StreamReader
    ) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self.ending = asyncio.create_task(self.read_end(ended))

    @classmethod
    async def start(cls, words: Sequence[str], *, folder: Path, environment: dict[str, str]) -> ForkedProcess:
        """What `python …` is, but for the time it takes to load its modules."""
        (stdout, out), (stderr, err), (end, ended) = [await pipe() for _ in range(3)]
        try:
            warm_python().fork(words, folder=folder, environment=environment, files=(out, err, ended))
        finally:
            for writing in (out, err, ended):
                os.close(writing)
        return cls(int(await end.readline()), stdout=stdout, stderr=stderr, ended=end)

    async def read_end(self, ended: asyncio.StreamReader) -> int:
        self.returncode = int(await ended.read())
        return self.returncode

    async def wait(self) -> int:
        """Its exit code, once it has one."""
        return await asyncio.shield(self.ending)

    def send_signal(self, signal: int, /) -> None:
        """Raises `ProcessLookupError` if it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, signal)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


async def pipe() -> tuple[asyncio.StreamReader, int]:
    """What is read here and written by a child."""
    reading, writing = os.pipe()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(reading, "rb"))
    return reader, writing


class Child:
    """A process of ours, its output collected as it comes."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.out = b""
        self.err = b""
        self.reading = asyncio.gather(self.read_out(), self.read_err())

    async def read_out(self) -> None:
        assert self.process.stdout is not None
        while chunk := await self.process.stdout.read(65_536):
            self.out += chunk

    async def read_err(self) -> None:
        assert self.process.stderr is not None
        while chunk := await self.process.stderr.read(65_536):
            self.err += chunk

    @property
    def log(self) -> str:
        """Standard error so far, without what Python says there of modules."""
        return LOADING.sub("", self.err.decode())

    def packages_loaded(self, *, before: str = "") -> set[str]:
        """What a new interpreter has loaded by now, or had before it said something."""
        said = self.err.decode()
        return set(LOADING.findall(said, 0, said.index(before) if before else len(said)))

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    async def finished(self, *, within: float = PATIENCE_SECONDS) -> Finished:
        """Waits for its end; kills it, and fails, if that does not come."""
        try:
            async with asyncio.timeout(within):
                await self.process.wait()
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"it did not end within {within:g} s; it said:\n{self.log}") from None
        await self.reading
        return Finished(self.process.returncode or 0, self.out.decode(), self.log)

    async def kill(self) -> None:
        """SIGKILL: nothing of it runs any more."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self.reading


class Bot(Child):
    """`claudecost run`."""

    async def until(self, look: Callable[[], T], *, within: float = PATIENCE_SECONDS) -> T:
        """What `look` returns once it is true; fails if the bot ends before, or it takes too long."""
        deadline = asyncio.get_running_loop().time() + within
        while not (found := look()):
            assert self.is_running, f"the bot ended ({self.process.returncode}); it said:\n{self.log}"
            late = asyncio.get_running_loop().time() > deadline
            assert not late, f"nothing came of the wait within {within:g} s; the bot said:\n{self.log}"
            await asyncio.sleep(GLANCE_SECONDS)
        return found

    async def until_logged(self, *words: str, within: float = PATIENCE_SECONDS) -> str:
        """The first line of its log with all of these words in it."""
        return await self.until(lambda: self.logged(*words), within=within)

    def logged(self, *words: str) -> str:
        """The first line of its log with all of these words in it; empty if there is none."""
        return next((line for line in self.log.splitlines() if all(word in line for word in words)), "")

    async def stop(self) -> Finished:
        """SIGTERM; it has ten seconds to end with 0."""
        self.process.send_signal(signal.SIGTERM)
        finished = await self.finished(within=STOPPING_SECONDS)
        assert finished.code == 0, finished.err
        return finished


@contextlib.asynccontextmanager
async def connected(bot: Bot) -> AsyncIterator[Bot]:
    """The same once Slack can reach it; stopped at the end unless the test did that."""
    try:
        await bot.until_logged("connected to Slack")
        yield bot
        if bot.is_running:
            await bot.stop()
    finally:
        await bot.kill()


@dataclass(kw_only=True)
class World:
    """One organisation's Admin API, one Slack workspace, and an empty folder for the bot to run in."""

    folder: Path
    clock: Clock
    organization: SimulatedOrganization
    admin_api: AdminApiServer
    slack: LocalSlack
    settings: dict[str, str]
    port: int | None = None
    children: list[Child] = field(default_factory=list)
    reader: sqlite3.Connection | None = None

    @property
    def database(self) -> Path:
        return self.folder / "claudecost.db"

    @property
    def newest_complete_day(self) -> date:
        """The newest day whose bill is settled: the one to be judged."""
        return settled_today(self.clock()) - timedelta(days=1)

    def complete_days(self, count: int) -> Interval:
        """So many days up to the newest complete one."""
        until = self.newest_complete_day + timedelta(days=1)
        return Interval(until - timedelta(days=count), until)

    # --- Children ---

    @contextlib.asynccontextmanager
    async def bot(self, **settings: str) -> AsyncIterator[Bot]:
        """The running bot, connected; stopped at the end unless the test did that."""
        async with connected(await self.start("run", **settings)) as bot:
            yield bot

    @contextlib.asynccontextmanager
    async def hasty_bot(self) -> AsyncIterator[Bot]:
        """The same with a tenth of the patience."""
        async with connected(await self.start_hastily()) as bot:
            yield bot

    async def start_hastily(self) -> Bot:
        """The same, not connected yet."""
        return await self.fork([str(HASTY), "run"])

    async def command(self, *arguments: str, **settings: str) -> Finished:
        """A subcommand, to its end."""
        return await (await self.start(*arguments, **settings)).finished()

    async def start(self, *arguments: str, **settings: str) -> Bot:
        """A child process of the command line, its modules loaded already; a setting given as "" is not set."""
        if not CAN_FORK:
            return await self.launch(*arguments, **settings)
        return await self.fork([str(BOT), *arguments], **settings)

    async def start_dying(self, point: str, *arguments: str) -> Bot:
        """The same, killed at a point of `dying.POINTS`."""
        return await self.fork([str(DYING), point, *arguments])

    async def command_unprivileged(self, *arguments: str) -> Finished:
        """A subcommand, to its end, which may write what the modes of files let it, even if root runs the tests."""
        return await (await self.fork([str(UNPRIVILEGED), *arguments])).finished()

    async def fork(self, words: Sequence[str], **settings: str) -> Bot:
        """What `python …` runs, at the time that it is here."""
        environment = self.environment(**settings)
        process = await ForkedProcess.start(self.at_its_time(words), folder=self.folder, environment=environment)
        return self.adopted(process)

    async def launch(self, *arguments: str, **settings: str) -> Bot:
        """The same in a new interpreter, as people start it; this one also tells what it loads."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self.at_its_time([str(BOT), *arguments]),
            cwd=self.folder,
            env=self.environment(**settings, PYTHONPROFILEIMPORTTIME="1"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return self.adopted(process)

    def at_its_time(self, words: Sequence[str]) -> list[str]:
        """What `python …` is given to run a program at the time that it is here."""
        return [str(AHEAD), str(self.clock.ahead.total_seconds()), *words]

    def environment(self, **settings: str) -> dict[str, str]:
        """The settings, and nothing else of ours."""
        return inherited() | {name: value for name, value in (self.settings | settings).items() if value}

    def adopted(self, process: Process) -> Bot:
        """A process that ends no later than this world."""
        bot = Bot(process)
        self.children.append(bot)
        return bot

    # --- What people see ---

    async def ask(self, text: str, *, user: str | None = None) -> SlackMessage:
        """Somebody types the slash command; the answer that only they see."""
        return await self.slack.ask(COMMAND, text, user=user, within=PATIENCE_SECONDS)

    def said(self, *words: str) -> list[SlackMessage]:
        """The channel's messages whose text has all of these words in it."""
        return [message for message in self.slack.messages() if all(word in message.text for word in words)]

    # --- What is stored ---

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the bot's database."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=5)) as connection:
            return connection.execute(sql).fetchall()

    def outbox(self) -> dict[str, str]:
        """State by key; nothing before the database is there with its tables."""
        if self.reader is None:
            if not self.database.exists() or not self.query("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'"):
                return {}
            self.reader = sqlite3.connect(self.database, timeout=5)  # waits look a hundred times a second
        return dict(self.reader.execute("SELECT key, state FROM outbox ORDER BY id").fetchall())

    def outbox_of(self, about: str) -> list[str]:
        """The states of what is about something."""
        return [state for key, state in self.outbox().items() if key.startswith(about)]

    def all_sent(self, *, count: int) -> bool:
        """Whether so many postings were queued and all of them are known to be in Slack."""
        states = list(self.outbox().values())
        return len(states) >= count and set(states) == {"sent"}

    def stored_days(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every stored amount, and when and whence it came."""
        tables = ("fetched_day", "cost", "usage", "restatement")
        return {table: self.query(f"SELECT * FROM {table}") for table in tables}  # noqa: S608 -- names of ours

    def adopt(self, database: Path) -> None:
        """Starts from what another bot stored."""
        self.database.write_bytes(database.read_bytes())
        self.database.chmod(0o600)

    # --- Secrets ---

    def secrets(self) -> set[str]:
        """What must be seen nowhere."""
        return {SANDBOX_KEY, self.slack.bot_token, self.slack.app_token, self.slack.signing_secret}

    def leaks(self) -> Iterator[str]:
        """Where a secret can be read."""
        said = {f"output of process {child.process.pid}": child.out + child.err for child in self.children}
        stored = {path.name: path.read_bytes() for path in self.folder.glob("*.db*") if path.is_file()}
        for place, content in (said | stored).items():
            if any(secret.encode() in content for secret in self.secrets()):
                yield place


@contextlib.asynccontextmanager
async def stand_ins(
    folder: Path,
    *,
    clock: Clock | None = None,
    variant: Variant = REFERENCE,
    organization: SimulatedOrganization | None = None,
) -> AsyncIterator[World]:
    """A world that is over at the end, with every process that was started in it."""
    clock = clock or Clock()
    organization = organization or simulated_organization(today=settled_today(clock()), days=HISTORY_DAYS)
    async with (
        AdminApiServer(organization, now=clock, variant=variant) as admin_api,
        LocalSlack(now=clock) as slack,
    ):
        settings = settings_for(admin_api, slack)
        world = World(
            folder=folder,
            clock=clock,
            organization=organization,
            admin_api=admin_api,
            slack=slack,
            settings=settings,
        )
        try:
            yield world
        finally:
            for child in world.children:
                await child.kill()
            if world.reader is not None:
                world.reader.close()
        assert not list(world.leaks())


def settled_today(now: datetime) -> date:
    """The day for which the organisation's stories are laid.

    In the first three hours of a day the one before is not settled, so the day to be judged lies one further back.
    """
    return (now - SETTLING_TIME).date()


def settings_for(admin_api: AdminApiServer, slack: LocalSlack) -> dict[str, str]:
    """Settings for Socket Mode."""
    return {
        "ANTHROPIC_ADMIN_KEY": SANDBOX_KEY,
        "ANTHROPIC_BASE_URL": admin_api.base_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "CLAUDECOST_CHANNEL": slack.channel,
        "CLAUDECOST_BACKFILL_DAYS": str(BACKFILL_DAYS),
    }


def use_port(world: World) -> None:
    """The bot serves `/healthz`."""
    world.port = free_port()
    world.settings["PORT"] = str(world.port)


def use_http(world: World) -> None:
    """Slack's requests come signed over HTTP, and there is no socket."""
    use_port(world)
    del world.settings["SLACK_APP_TOKEN"]
    world.settings["SLACK_SIGNING_SECRET"] = world.slack.signing_secret
    world.slack.use_http(f"http://127.0.0.1:{world.port}/slack/events")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# --- Reading messages ---


def parts(content: object) -> Iterator[dict[str, Any]]:
    """Every object inside blocks, at any depth."""
    if isinstance(content, dict):
        yield content
        content = list(content.values())
    if isinstance(content, (list, tuple)):
        for each in content:
            yield from parts(each)


def words_of(message: SlackMessage) -> str:
    """All that is written in a message."""
    texts = (part["text"] for part in parts(message.blocks) if isinstance(part.get("text"), str))
    return "\n".join([message.text, *texts])


def markup_of(message: SlackMessage) -> str:
    """What of a message Slack reads as markup."""
    texts = (part["text"] for part in parts(message.blocks) if part.get("type") == "mrkdwn")
    return "\n".join([message.text, *texts])
