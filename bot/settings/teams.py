"""The tables `[[teams]]` of `claudecost.toml`: who answers for what, and since when."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.analysis.ownership import Rule, Team, WrongRules, check_teams
from bot.settings.values import parse_channel, parse_list, parse_name, parse_user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINE = "line of the file"
"""Where a rule stands, told by whoever read the file: no key that somebody writes by hand."""

HEAD_OF_RULE = re.compile(r"\s*\[\[\s*teams\s*\.\s*owns\s*\]\]")


class OwnsTable(BaseModel):
    """What is a team's: a workspace, a key, or a key in a workspace, each an id, a name or a pattern of either.

    It holds from the day `from` on, until the day `until`, which is the first on which it does not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    workspace: str | None = Field(default=None, min_length=1)
    key: str | None = Field(default=None, min_length=1)
    service: str = ""
    product: str = ""
    environment: str = ""
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    share: Decimal = Field(Decimal(100), gt=0, le=100)
    source: str = Field("", alias=LINE)

    def built(self, team: str, number: int) -> Rule:
        """As the rules take it; `number` says which of the team's it is, where no line does."""
        own = self.model_dump(exclude={"source"})
        return Rule(team=team, source=self.source or f'[[teams]] "{team}", rule {number}', **own)


class TeamTable(BaseModel):
    """A team: what it is called, what its dollars are booked on, where it is told things, who answers for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(parse_name)]
    cost_center: str = ""
    channel: Annotated[str, AfterValidator(parse_channel)] | None = None
    owners: Annotated[list[Annotated[str, AfterValidator(parse_user)]], BeforeValidator(parse_list)] = []
    parent: str | None = None
    owns: list[OwnsTable] = []

    def built(self) -> Team:
        """As the rules take it."""
        return Team(
            name=self.name,
            cost_center=self.cost_center,
            channel=self.channel,
            owners=tuple(self.owners),
            parent=self.parent,
            owns=tuple(rule.built(self.name, number) for number, rule in enumerate(self.owns, 1)),
        )


def check_team_tables(tables: list[TeamTable]) -> list[TeamTable]:
    """Refuses teams whose rules contradict each other, with a line for each fault."""
    try:
        check_teams([table.built() for table in tables])
    except WrongRules as wrong:
        raise ValueError(str(wrong)) from None
    return tables


def with_lines(values: dict[str, Any], text: str, path: Path) -> dict[str, Any]:
    """What a file says, each `[[teams.owns]]` in it with where it stands."""
    heads = [number for number, line in enumerate(text.splitlines(), 1) if HEAD_OF_RULE.match(line)]
    rules = [rule for team in tables_in(values.get("teams")) for rule in tables_in(team.get("owns"))]
    if len(heads) != len(rules):  # rules written in one line with their team have no head
        return values
    for rule, number in zip(rules, heads, strict=True):
        rule[LINE] = f"{path.name} line {number}"
    return values


def tables_in(value: object) -> Sequence[dict[str, Any]]:
    """The tables of an array of them; none where it is something else, which is told elsewhere."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
