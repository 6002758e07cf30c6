"""What is collected, in the tests and in the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from _pytest.doctest import DoctestModule  # pytest shows it nowhere else

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PROMPT = b">>>"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[Any], list[Any]]:
    """Examples are looked for where there are any: to look into each object of each module takes a while."""
    found = yield
    if PROMPT in file_path.read_bytes():
        return found
    return [collector for collector in found if not isinstance(collector, DoctestModule)]
