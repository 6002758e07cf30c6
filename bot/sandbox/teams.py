"""Whose work is whose in the simulated organisation, as its configuration file says it.

A team that was one splits in mid-month, two teams share a key, and some of it is nobody's. One budget runs hot, one
never moves. The support team gets a digest of its own, and counts its tickets: more this week, for the same money.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.sandbox.stories import days_before

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

SPLIT_DAYS_AGO = 12
SUPPORT_CHANNEL = "C0SUPPORT1"
DAYS_COUNTED = 60
TICKETS = (520, 505, 490, 480, 455, 190, 175)
"""On an average week's days, Monday first."""
MORE_LATELY_PERCENT = 12

CONFIGURATION = """
[[teams]]
name = "data"
cost_center = "CC-40"

[[teams.owns]]
workspace = "Ingest pipeline"
until = {split}

[[teams.owns]]
workspace = "Research"
until = {split}

[[teams]]
name = "pipelines"
parent = "data"
owners = ["U0ALICE01"]

[[teams.owns]]
workspace = "Ingest pipeline"
from = {split}
service = "ingest"

[[teams]]
name = "research"
parent = "data"

[[teams.owns]]
workspace = "Research"
from = {split}

[[teams]]
name = "support"
cost_center = "CC-10"
channel = "{support}"

[[teams.owns]]
workspace = "Support assistant"

[[teams.owns]]
key = "shared-scripts"
share = 60

[[teams]]
name = "engineering"
cost_center = "CC-20"

[[teams.owns]]
workspace = "Code review"

[[teams.owns]]
key = "shared-scripts"
share = 40
"""

BUDGETS = """
[[budgets]]
name = "ingest migration"
usd = 600
from = {split}
until = {end}
team = "pipelines"

[[budgets]]
name = "unused CI"
usd = 50
key = "unused-ci"
"""

UNITS = """
[[units]]
name = "tickets"
unit = "ticket"
csv = {csv}
team = "support"
"""

DIGESTS = f"""
[[digests]]
channel = "{SUPPORT_CHANNEL}"
team = "support"
"""


def teams_configuration(today: date) -> str:
    """The tables `[[teams]]`."""
    return CONFIGURATION.format(split=days_before(today, SPLIT_DAYS_AGO), support=SUPPORT_CHANNEL)


def budgets_configuration(today: date) -> str:
    """The tables `[[budgets]]`."""
    return BUDGETS.format(split=days_before(today, SPLIT_DAYS_AGO), end=today + timedelta(days=3))


def units_configuration(csv: Path) -> str:
    """The table `[[units]]`, with the file that its counts are in."""
    return UNITS.format(csv=json.dumps(str(csv)))


def tickets_csv(today: date) -> str:
    """How many tickets were closed on each of the last days."""
    days = [days_before(today, back) for back in range(DAYS_COUNTED, 0, -1)]
    return "\n".join(["day,count", *(f"{day},{tickets_of(day, today)}" for day in days), ""])


def tickets_of(day: date, today: date) -> int:
    """Up and down a little from week to week, and more of them in the last one."""
    usual = TICKETS[day.weekday()] + day.toordinal() * 37 % 23 - 11
    return usual * (100 + MORE_LATELY_PERCENT) // 100 if today - day <= timedelta(days=7) else usual
