"""Tests in several processes: they are collected once, then the process forks.

    pytest --forks 3

A worker of pytest-xdist loads and collects all of them for itself. Here a worker takes the next few tests from a pipe
whenever it has run the ones before, and sends what it has to report.
"""

from __future__ import annotations

import os
import struct
import sys
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain, pairwise
from multiprocessing import Pipe
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, cast

import pytest
from _pytest._io import TerminalWriter  # pytest shows it nowhere else

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from typing import NoReturn

    from _pytest.capture import CaptureManager

    Share = list[pytest.Item]

MOST_OF_A_SHARE, MOST_OF_A_SLOW_ONE = 10, 4
NUMBER = struct.Struct("I")
MOST_IN_A_PIPE = 65_536 // NUMBER.size
KEPT_FOR_SEVERAL_TESTS = {"class", "module", "package"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many processes run the tests."""
    parser.addoption("--forks", type=int, default=1, metavar="N", help="run the tests in so many forked processes")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Runs the tests in forks, if there are to be any and something can be run."""
    options = session.config.option
    if options.forks < 2 or options.collectonly or session.testsfailed:
        return None
    Forks(session).run_tests(options.forks)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
    return True


# --- What a worker runs at a time ---


def shares_of(items: Sequence[pytest.Item]) -> list[Share]:
    """Tests that share what one fixture keeps for them, and else a few of a module; the slowest first."""
    together: defaultdict[tuple[object, ...], Share] = defaultdict(list)
    for item in items:
        together[kept_together(item)].append(item)
    shares = [part for share in together.values() for part in parted(share)]
    return sorted(shares, key=lambda share: (not is_slow(share[0]), -len(share)))


def kept_together(item: pytest.Item) -> tuple[object, ...]:
    """The module, and the parameters of fixtures that are made for several of its tests."""
    kept, call = kept_for_several(item), getattr(item, "callspec", None)
    parameters = call.params if call else {}
    return (item.path, bool(kept), *(str(parameters[name]) for name in sorted(kept & parameters.keys())))


def parted(share: Share) -> list[Share]:
    """The same, a few at a time, where nothing is kept from one test to the next."""
    if kept_for_several(share[0]):
        return [share]
    most = MOST_OF_A_SLOW_ONE if is_slow(share[0]) else MOST_OF_A_SHARE
    return [share[start : start + most] for start in range(0, len(share), most)]


def kept_for_several(item: pytest.Item) -> set[str]:
    """The fixtures of a test that other tests of its module find as it leaves them."""
    known = cast("Any", item)._fixtureinfo.name2fixturedefs if hasattr(item, "_fixtureinfo") else {}
    return {name for name, defined in known.items() if defined[-1].scope in KEPT_FOR_SEVERAL_TESTS}


def is_slow(item: pytest.Item) -> bool:
    """Whether a test is of the whole, beside those of its parts: it starts processes, or runs all of the demo."""
    return item.path.parent.name in {"e2e", "tests"}


# --- In the process that collected the tests ---


@dataclass(slots=True)
class Forks:
    """The workers, what they are to do, and what they have done."""

    session: pytest.Session
    workers: dict[Connection, int] = field(default_factory=dict)
    running: dict[Connection, str] = field(default_factory=dict)
    run: Counter[str] = field(default_factory=Counter)

    def run_tests(self, count: int) -> None:
        """Runs all tests in so many processes."""
        shares = shares_of(self.session.items)
        assert len(shares) <= MOST_IN_A_PIPE
        numbers, fill = os.pipe()
        os.write(fill, b"".join(map(NUMBER.pack, range(len(shares)))))
        os.close(fill)
        for number in range(count):
            self.fork(shares, numbers, f"fork{number}")
        try:
            self.listen(numbers)
        finally:
            leave_nothing_to_do(numbers)
            os.close(numbers)
        self.look_for_what_was_not_run()

    def fork(self, shares: list[Share], numbers: int, name: str) -> None:
        """Starts one more worker."""
        reading, writing = Pipe(duplex=False)
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            reading.close()
            Worker(self.session, name, writing).live(shares, numbers)
        writing.close()
        self.workers[reading] = pid

    def listen(self, numbers: int) -> None:
        """Hands on what the workers report, until the last one has ended."""
        while self.workers:
            for worker in wait(list(self.workers)):
                self.hear(cast("Connection", worker))
            if self.session.shouldfail or self.session.shouldstop:
                leave_nothing_to_do(numbers)

    def hear(self, worker: Connection) -> None:
        try:
            said, what = worker.recv()
        except EOFError:
            self.let_go(worker)
            return
        if said == "begins":
            self.running[worker] = what
        elif said == "ends":
            self.run[self.running.pop(worker)] += 1
        else:
            self.report(self.session.config.hook.pytest_report_from_serializable(config=self.session.config, data=what))

    def let_go(self, worker: Connection) -> None:
        """A worker has ended; one that was ended leaves a test without its outcome."""
        _, status = os.waitpid(self.workers.pop(worker), 0)
        worker.close()
        if code := os.waitstatus_to_exitcode(status):
            self.report(no_outcome(self.running.get(worker, "no test"), f"the process that ran it ended with {code}"))

    def report(self, report: pytest.TestReport) -> None:
        self.session.config.hook.pytest_runtest_logreport(report=report)

    def look_for_what_was_not_run(self) -> None:
        """Each test was run, and once, unless the run was to stop early."""
        if not self.session.shouldfail and not self.session.shouldstop:
            wanted = Counter(item.nodeid for item in self.session.items)
            for test in (wanted - self.run) + (self.run - wanted):
                self.report(no_outcome(test, f"it was run {self.run[test]} times"))


def leave_nothing_to_do(numbers: int) -> None:
    """Each worker ends once it has run what it took."""
    while os.read(numbers, NUMBER.size):
        pass


def no_outcome(test: str, why: str) -> pytest.TestReport:
    """The report of a test that has none of its own."""
    return pytest.TestReport(
        nodeid=test, location=(test, None, test), keywords={}, outcome="failed", longrepr=why, when="call"
    )


# --- In a worker ---


@dataclass(slots=True, eq=False)
class Worker:
    """Runs tests, and says so."""

    session: pytest.Session
    name: str
    reports: Connection

    def live(self, shares: list[Share], numbers: int) -> NoReturn:
        """Runs tests until none is left; the process ends with 0 unless it could not go on."""
        code = 1
        try:
            self.become_quiet()
            self.run(shares, numbers)
            self.session.config._ensure_unconfigure()
            code = 0
        except KeyboardInterrupt:
            pass
        except BaseException:  # noqa: BLE001 -- nothing of this process goes back into pytest's main loop
            traceback.print_exc()
        finally:
            self.reports.close()
            os._exit(code)

    def become_quiet(self) -> None:
        """Leaves the terminal to the first process, and has files of its own for what tests write."""
        config = cast("Any", self.session.config)
        config.pluginmanager.getplugin("terminalreporter")._tw = TerminalWriter(StringIO())
        capture: CaptureManager = config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
        folders = config._tmp_path_factory
        folders._basetemp = folders.mktemp(self.name, numbered=False)
        config.pluginmanager.register(self)

    def run(self, shares: list[Share], numbers: int) -> None:
        tests = chain.from_iterable(shares[number] for number in taken_from(numbers))
        for item, following in pairwise(chain(tests, [None])):
            assert item is not None
            self.reports.send(("begins", item.nodeid))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.reports.send(("ends", None))

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Sends a report to the first process."""
        config = self.session.config
        self.reports.send(("reports", config.hook.pytest_report_to_serializable(config=config, report=report)))


def taken_from(numbers: int) -> Iterator[int]:
    """One number after the other, each for one worker only."""
    while taken := os.read(numbers, NUMBER.size):
        yield NUMBER.unpack(taken)[0]
