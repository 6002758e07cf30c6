"""Reading all of them, with a line for each that is wrong."""

from __future__ import annotations

import os

from dotenv import dotenv_values
from pydantic import ValidationError

from bot.settings.config import read_config
from bot.settings.errors import WrongSettings
from bot.settings.fields import Settings, field_of
from bot.settings.tables import TABLES
from bot.settings.words import table_line, unknown_line, wrong_line


def load_settings() -> Settings:
    """The settings in force, or `WrongSettings` with a line for each one that is wrong."""
    settings, _, lines = try_to_load()
    if settings is None or lines:
        raise WrongSettings(lines)
    return settings


def load_what_is_right() -> tuple[Settings | None, list[str]]:
    """The settings with their defaults for those that are wrong, and a line for each of these.

    For whoever looks for every fault; without any settings where `claudecost.toml` cannot be read at all.
    """
    settings, wrong, lines = try_to_load()
    return (load_without(wrong) if wrong else settings), lines


def try_to_load() -> tuple[Settings | None, frozenset[str], list[str]]:
    """The settings if none is wrong, else the names of those that are; a line for each fault."""
    try:
        unknown = [*unknown_names(), *tables_elsewhere()]
        return Settings(), frozenset(), unknown
    except WrongSettings as error:
        return None, frozenset(), error.lines
    except ValidationError as error:
        details = error.errors(include_input=False)
        wrong = frozenset(str(detail["loc"][0]) for detail in details)
        return None, wrong, [*unknown, *(wrong_line(detail) for detail in details)]


def load_without(wrong: frozenset[str]) -> Settings:
    """The settings with the defaults of some."""
    defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in wrong}
    return Settings(**defaults)


def unknown_names() -> list[str]:
    """A line for each name in `claudecost.toml` that is no setting."""
    path, values = read_config()
    return [unknown_line(key, path=path) for key in values if field_of(key) is None]


def tables_elsewhere() -> list[str]:
    """A line for each table that the environment or `.env` is to set: none is taken from there."""
    said = {name.lower() for values in (os.environ, dotenv_values(".env")) for name, value in values.items() if value}
    return [table_line(name) for name in TABLES.values() if name in said]
