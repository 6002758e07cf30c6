"""`claudecost.toml` itself."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bot.settings.errors import WrongSettings
from bot.settings.teams import with_lines

DEFAULT_CONFIG = Path("claudecost.toml")


def read_config() -> tuple[Path, dict[str, Any]]:
    """`claudecost.toml`, and where it is; an absent default file is empty, an absent named one is wrong."""
    named = os.environ.get("CLAUDECOST_CONFIG") or dotenv_values(".env").get("CLAUDECOST_CONFIG")
    path = Path(named) if named else DEFAULT_CONFIG
    if not named and not path.exists():
        return path, {}
    try:
        text = path.read_text(encoding="utf-8")
        values = with_lines(tomllib.loads(text), text, path)
    except OSError as error:
        raise WrongSettings([f"CLAUDECOST_CONFIG: {path} cannot be read ({error.strerror}); check the path"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettings([f"{path}: is not valid TOML; {error}"]) from None
    return path, {key: value for key, value in values.items() if value != ""}
