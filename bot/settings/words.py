"""What is wrong with a setting, in one line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from bot.settings.fields import Settings, names_of_values
from bot.settings.tables import ROWS_OF, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MISSING = {
    "claudecost_organizations.name": "give what the organisation is called",
    "claudecost_organizations.key": "give the name of the environment variable that holds its Admin key",
    "claudecost_channels.channel": "give the id (C…) of the channel",
    "claudecost_channels.workspaces": "give ids, names or patterns of the workspaces whose alerts go there",
    "claudecost_teams.name": "give what the team is called",
    "claudecost_budgets.name": "give what the budget is called",
    "claudecost_budgets.usd": "give dollars, for example 2500",
    "claudecost_digests.channel": "give the id (C…) of the channel",
    "claudecost_units.name": "give what people ask for, for example tickets",
    "claudecost_units.unit": "give what one of them is called, for example ticket",
    "claudecost_budgets.levels.percent": "give percent of the budget, for example 80",
}
"""What to do about a field that a table lacks; of a price it is dollars."""

NO_DAY = {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}
NO_NUMBER = {"decimal_type", "decimal_parsing"}
"""What pydantic calls values that are no days and no numbers."""

NAMED = "claudecost_prices"
"""The one table whose entries have names of their own, and no places."""

NO_TABLE = {"dict_type", "list_type", "model_type"}
"""What pydantic calls a value where a table belongs."""

WRITTEN_AS = {
    "claudecost_prices": '[prices."model"]',
    "claudecost_organizations": "[[organizations]]",
    "claudecost_alerts.override": "[[alerts.override]]",
    "claudecost_channels": "[[channels]]",
    "claudecost_budgets": "[[budgets]]",
    "claudecost_digests": "[[digests]]",
    "claudecost_units": "[[units]]",
    "claudecost_teams": "[[teams]]",
    "claudecost_teams.owns": "[[teams.owns]]",
}
"""How a table is written whose name alone does not tell."""


def wrong_line(detail: Mapping[str, Any]) -> str:
    """One pydantic error as `NAME: what is wrong; the mend`."""
    where = ".".join(part for part in detail["loc"] if isinstance(part, str))
    table = next((table for table, name in TABLES.items() if where.startswith(name)), None)
    name = numbered(detail["loc"]).removeprefix("claudecost_") if table else where.upper()
    message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if detail["type"] == "missing":
        message = f"is missing; {MISSING.get(where, 'give dollars per million tokens')}"
    elif detail["type"] == "extra_forbidden":
        message = f"is not known; {nearest(detail['loc'])}"
    elif detail["type"] in NO_TABLE:
        message = f"is not a table; write it as {written_as(where)} with a line for each value"
    elif detail["type"] in NO_DAY:
        message = "is not a day; write it like 2026-11-12"
    elif detail["type"] in NO_NUMBER and table:
        message = "is not a number; write it without quotes and signs, like 12.5"
    elif detail["type"] == "string_too_short":
        message = "is empty; fill it in, or leave it out"
    elif detail["type"] == "bool_type":
        message = "must be true or false, without quotes"
    elif message.startswith("must be") and where in Settings.model_fields:
        message = f"{message.partition(',')[0]}; the default is {shown_default(where)}"
    return "\n".join(f"{name}: {line}" for line in message.splitlines())


def numbered(location: Sequence[int | str]) -> str:
    """A place in a table, with the number of each entry that has no name but that.

    >>> numbered(("claudecost_teams", 0, "owns", 1, "from")), numbered(("claudecost_prices", "m", 0, "input"))
    ('claudecost_teams[1].owns[2].from', 'claudecost_prices.m.input')
    """
    parts = [part for part in location if isinstance(part, str) or location[0] != NAMED]
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def nearest(location: Sequence[int | str]) -> str:
    """The known name that an unknown one in a table resembles, or all of them."""
    innermost = [str(part) for part in location[:-1] if part in ROWS_OF][-1]
    fields = ROWS_OF[innermost].model_fields.items()
    names = [field.alias or name for name, field in fields]
    near = difflib.get_close_matches(str(location[-1]), names, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"?' if near else f"known are {', '.join(names)}"


def written_as(where: str) -> str:
    """The head of a table in `claudecost.toml`.

    >>> written_as("claudecost_organizations"), written_as("claudecost_privacy"), written_as("claudecost_prices.m")
    ('[[organizations]]', '[privacy]', '[prices."m"]')
    """
    table, _, model = where.removeprefix("claudecost_").partition(".")
    return WRITTEN_AS.get(where) or (f'[{table}."{model}"]' if model else f"[{table}]")


def shown_default(name: str) -> str:
    """A setting's default as a person would write it; empty where there is none."""
    default = Settings.model_fields[name].default
    if name == "claudecost_min_increase_usd":
        return "auto"
    return "none" if default is None else str(default)


def unknown_line(key: str, *, path: Path) -> str:
    """That a name is no setting, with the nearest one that is."""
    names = names_of_values()
    near = [
        *difflib.get_close_matches(f"CLAUDECOST_{key.upper()}", names, n=1, cutoff=0.8),
        *difflib.get_close_matches(key.upper(), [*names, *(table.upper() for table in TABLES)], n=1, cutoff=0.5),
    ]
    hint = f'did you mean "{near[0]}"?' if near else "the README lists the names"
    return f'{path}: "{key}" is not a setting; {hint}'


def table_line(name: str) -> str:
    """That a table is set where there are values alone."""
    return f"{name.upper()}: is a table; write it as {written_as(name)} in claudecost.toml"
