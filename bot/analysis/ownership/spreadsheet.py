"""Teams as a spreadsheet: a line for each rule with its team, as CSV, there and back."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from bot.analysis.ownership.rules import WHOLE, Rule, Team, WrongRules, check_teams
from bot.model import CHANNEL_ID, USER_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

OF_TEAM = ("team", "parent", "cost_center", "channel", "owners")
OF_RULE = ("workspace", "key", "service", "product", "environment", "from", "until", "share")
COLUMNS = (*OF_TEAM, *OF_RULE)
NEEDED = frozenset({"team", "workspace", "key"})
DELIMITERS = ",;\t"
SEPARATOR = "sep="
FORMULA = tuple("=+-@\t\r'")
"""What a spreadsheet would take for a formula is written with an apostrophe before it, and so is an apostrophe."""


def written_teams(teams: Iterable[Team]) -> str:
    """Teams as CSV; one without rules has a line of its own."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for team in teams:
        of_team = (team.name, team.parent or "", team.cost_center, team.channel or "", " ".join(team.owners))
        for of_rule in map(written_rule, team.owns) if team.owns else [("",) * len(OF_RULE)]:
            writer.writerow([written_cell(cell) for cell in (*of_team, *of_rule)])
    return text.getvalue()


def written_rule(rule: Rule) -> tuple[str, ...]:
    """A rule's cells."""
    days = ("" if day is None else day.isoformat() for day in (rule.since, rule.until))
    share = "" if rule.share == WHOLE else f"{rule.share:f}"
    return rule.workspace or "", rule.key or "", rule.service, rule.product, rule.environment, *days, share


def written_cell(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> written_cell("=1+1"), read_cell(written_cell("=1+1")), written_cell("ci-*")
    ("'=1+1", '=1+1', 'ci-*')
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def read_cell(cell: str) -> str:
    """The same, read back."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


@dataclass(slots=True)
class Reading:
    """What was read so far: teams by name as their first lines say, and a line for each fault."""

    teams: dict[str, Team] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_teams(text: str, *, name: str) -> tuple[Team, ...]:
    """The teams in CSV that came from the file `name`, in the order of their first lines.

    Commas, semicolons or tabs may stand between cells; columns may be missing but for `team`, `workspace` and `key`,
    and so may the names of empty ones at the end. A first line `sep=;`, which Excel wants, says what stands between.

    Raises:
        WrongRules: with a line for each fault, and where it is.
    """
    head = text.removeprefix("\ufeff").partition("\n")[0]
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter_of(head), strict=True)
    reading = Reading()
    try:
        columns = read_head(next(rows, []) if not head.startswith(SEPARATOR) else second(rows), name=name)
        for row in rows:
            read_line(
                reading, columns, [read_cell(cell.strip()) for cell in row], source=f"{name} line {rows.line_num}"
            )
    except csv.Error as error:
        raise WrongRules(f"{name} line {rows.line_num}: is not CSV ({error}); save it as CSV again") from None
    if reading.faults:
        raise WrongRules("\n".join(reading.faults))
    check_teams(list(reading.teams.values()))
    return tuple(reading.teams.values())


def delimiter_of(head: str) -> str:
    """What stands between cells, by the first line.

    >>> [delimiter_of(head) for head in ("team,key", "team;key", "sep=;", "team")]
    [',', ';', ';', ',']
    """
    return max(DELIMITERS, key=head.count)


def second(rows: Iterator[list[str]]) -> list[str]:
    """The second of some rows."""
    next(rows)
    return next(rows, [])


def read_head(cells: Sequence[str], *, name: str) -> list[str]:
    """The names of the columns, without empty ones at the end. Raises `WrongRules`."""
    columns = [cell.strip().casefold().replace(" ", "_") for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    unknown = [cell for cell, column in zip(cells, columns, strict=False) if column not in COLUMNS]
    twice = [column for column in columns if columns.count(column) > 1]
    missing = sorted(NEEDED - set(columns))
    if unknown or twice or missing:
        wrong = f'an unknown column "{unknown[0]}"' if unknown else f'the column "{twice[0]}" twice' if twice else ""
        what = f'has no column "{missing[0]}"' if missing else f"has {wrong}"
        raise WrongRules(f"{name}: {what}; the columns are {', '.join(COLUMNS)}")
    return columns


def read_line(reading: Reading, columns: Sequence[str], row: Sequence[str], *, source: str) -> None:
    """Adds what a line says, unless it is empty or has more in it than there are columns."""
    if any(row[len(columns) :]):
        reading.faults.append(
            f"{source}: has more cells than there are columns; put quotes around what has a delimiter in it"
        )
    elif any(row):
        read_row(reading, dict(zip(columns, row, strict=False)), source=source)


def read_row(reading: Reading, cells: Mapping[str, str], *, source: str) -> None:
    """Adds what a line says."""
    if not cells.get("team"):
        reading.faults.append(f"{source}: names no team; fill in the column team")
        return
    channel = cells.get("channel")
    if channel and not CHANNEL_ID.fullmatch(channel):
        reading.faults.append(
            f'{source}: "{channel}" is not a channel id; copy the id (C…) from the channel\'s details'
        )
        return
    team = Team(
        name=cells["team"],
        parent=cells.get("parent") or None,
        cost_center=cells.get("cost_center", ""),
        channel=channel or None,
        owners=tuple(re.findall(r"[^\s,;]+", cells.get("owners", ""))),
    )
    for owner in (each for each in team.owners if not USER_ID.fullmatch(each)):
        reading.faults.append(f'{source}: "{owner}" is not a member id; copy the id (U…) from the profile in Slack')
        return
    known = reading.teams.setdefault(team.name, team)
    if replace(known, owns=()) != team:
        reading.faults.append(f"{source}: says something else of team {team.name} than its first line; make them alike")
        return
    rules = [] if not any(cells.get(column) for column in OF_RULE) else list(read_rule(reading, cells, source=source))
    reading.teams[team.name] = replace(known, owns=(*known.owns, *rules))


def read_rule(reading: Reading, cells: Mapping[str, str], *, source: str) -> Iterator[Rule]:
    """The rule of a line, unless something in it cannot be read."""
    try:
        yield Rule(
            team=cells["team"],
            workspace=cells.get("workspace") or None,
            key=cells.get("key") or None,
            service=cells.get("service", ""),
            product=cells.get("product", ""),
            environment=cells.get("environment", ""),
            since=read_day(cells.get("from", "")),
            until=read_day(cells.get("until", "")),
            share=read_share(cells.get("share", "")),
            source=source,
        )
    except ValueError as error:
        reading.faults.append(f"{source}: {error}")


def read_day(cell: str) -> date | None:
    """A day, None for an empty cell; with dots it is day, month, year, as nowhere else. Raises `ValueError`, in words.

    >>> read_day("2026-11-12") == read_day("12.11.2026")
    True
    """
    try:
        return date.fromisoformat("-".join(reversed([part.zfill(2) for part in cell.split(".")]))) if cell else None
    except ValueError:
        raise ValueError(f'"{cell}" is not a day; write it like 2026-11-12') from None


def read_share(cell: str) -> Decimal:
    """A share in percent, all of it for an empty cell; a comma is a decimal one. Raises `ValueError`, in words.

    >>> read_share("33.5") == read_share("33,5 %")
    True
    """
    try:
        share = Decimal(cell.removesuffix("%").strip().replace(",", ".")) if cell else WHOLE
    except InvalidOperation:
        share = Decimal("NaN")
    if not (share.is_finite() and 0 < share <= WHOLE):
        raise ValueError(f'"{cell}" is not a share; write percent, more than 0 and at most 100')
    return share
