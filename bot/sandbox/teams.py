"""Whose work is whose in the simulated organisation, as its configuration file says it.

A team that was one splits in mid-month, two teams share a key, and some of it is nobody's. One budget runs hot, one
never moves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.sandbox.stories import days_before

if TYPE_CHECKING:
    from datetime import date

SPLIT_DAYS_AGO = 12

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


def teams_configuration(today: date) -> str:
    """The tables `[[teams]]`."""
    return CONFIGURATION.format(split=days_before(today, SPLIT_DAYS_AGO))


def budgets_configuration(today: date) -> str:
    """The tables `[[budgets]]`."""
    return BUDGETS.format(split=days_before(today, SPLIT_DAYS_AGO), end=today + timedelta(days=3))
