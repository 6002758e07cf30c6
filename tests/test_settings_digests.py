"""Digests in `claudecost.toml`: what is read of them, and the line that each fault gets."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.analysis.digest_plan import Plan
from bot.analysis.schedule import MonthDay, Schedule, Weekday
from bot.settings import Settings, load_settings, load_what_is_right
from bot.wiring import build_plans, other_channels

if TYPE_CHECKING:
    from pathlib import Path

PAYMENT = '[[digests]]\nchannel = "C0PAYMENT"\n'


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("CLAUDECOST_CHANNEL", "C0COSTS01")
    monkeypatch.setenv("CLAUDECOST_DIGEST", "tue 08:30")


def read(path: Path, text: str) -> Plan:
    (path / "claudecost.toml").write_text(text)
    (plan,) = build_plans(load_settings()).others
    return plan


def test_a_digest_is_weekly_of_everything_and_as_the_main_one_unless_it_says_otherwise(tmp_path: Path) -> None:
    schedule = Schedule(on=Weekday(1), at=time(8, 30), timezone=ZoneInfo("UTC"))

    assert read(tmp_path, PAYMENT) == Plan(channel="C0PAYMENT", schedule=schedule)


def test_it_has_a_day_a_time_a_zone_and_workspaces_of_its_own(tmp_path: Path) -> None:
    text = f'{PAYMENT}day = "thursday"\ntime = "9:15"\nzone = "Europe/Berlin"\nworkspaces = ["checkout", "pay-*"]\n'

    plan = read(tmp_path, text)

    assert plan.schedule == Schedule(on=Weekday(3), at=time(9, 15), timezone=ZoneInfo("Europe/Berlin"))
    assert plan.workspaces == ("checkout", "pay-*")


def test_it_can_be_a_teams(tmp_path: Path) -> None:
    assert read(tmp_path, f'{PAYMENT}team = "search"\n').workspaces == ("team:search",)


@pytest.mark.parametrize(("day", "on"), [("", MonthDay(1)), ("day = 5\n", MonthDay(5)), ('day = "mon"\n', Weekday(0))])
def test_a_monthly_one_comes_on_the_first_or_on_its_day(tmp_path: Path, day: str, on: Weekday | MonthDay) -> None:
    plan = read(tmp_path, f'{PAYMENT}every = "month"\n{day}')

    assert (plan.every, plan.schedule.on) == ("month", on)


def test_what_waits_for_a_digests_channel_stays_for_it(tmp_path: Path) -> None:
    read(tmp_path, PAYMENT)

    assert other_channels(load_settings()) == {"C0PAYMENT"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[digests]]\n", "digests[1].channel: is missing; give the id (C…) of the channel"),
        (
            f'{PAYMENT}team = "search"\nworkspaces = ["checkout"]\n',
            "digests[1]: has a `team` and `workspaces`; give one of them, or two digests",
        ),
        (f"{PAYMENT}day = 5\n", 'digests[1]: comes every week on day 5; give a weekday, or `every = "month"`'),
        (
            f'{PAYMENT}every = "month"\nday = 31\n',
            "digests[1].day: is 31, which is no day that every month has; give 1 to 28",
        ),
        (
            f'{PAYMENT}day = "someday"\n',
            'digests[1].day: "someday" is neither a weekday such as "mon" nor a day of the month such as 1',
        ),
        (f'{PAYMENT}time = "noon"\n', 'digests[1].time: "noon" is not a time of day; write it like "09:00"'),
        (
            f'{PAYMENT}zone = "Berlin"\n',
            'digests[1].zone: "Berlin" is not a time zone; use an IANA name such as "Europe/Berlin"',
        ),
        (f'{PAYMENT}every = "day"\n', "digests[1].every: must be 'week' or 'month'"),
        (f'{PAYMENT}chanel = "C1"\n', 'digests[1].chanel: is not known; did you mean "channel"?'),
        (
            f'{PAYMENT}workspaces = "Pay"\n{PAYMENT}workspaces = "pay"\nday = "fri"\n',
            "digests: has the same weekly digest for C0PAYMENT twice; leave one of them out",
        ),
        (
            '[[digests]]\nchannel = "C0COSTS01"\n',
            "digests: has the weekly digest of C0COSTS01, which CLAUDECOST_DIGEST is; leave it out",
        ),
    ],
)
def test_each_fault_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "claudecost.toml").write_text(text)

    assert load_what_is_right()[1] == [line]


def test_without_the_main_one_its_channel_can_have_another_on_a_day_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'CLAUDECOST_DIGEST = "off"\n[[digests]]\nchannel = "C0COSTS01"\nday = "tue"\n'
    monkeypatch.delenv("CLAUDECOST_DIGEST")
    (tmp_path / "claudecost.toml").write_text(text)

    (plan,) = build_plans(load_settings()).configured
    assert (plan.channel, plan.is_main, plan.schedule.on, plan.schedule.at) == ("C0COSTS01", False, Weekday(1), time(9))
