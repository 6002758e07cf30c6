"""Where an export goes."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def output_to(path: Path | None) -> Iterator[TextIO]:
    """Standard output for none or `-`; what is no regular file, as it is; else a file that appears when it is whole."""
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    target = path.resolve()  # a symbolic link stays one: what it points to is written
    if target.exists() and not target.is_file():
        with named(path), target.open("w", encoding="utf-8", newline="") as output:
            yield output
        return
    with named(path), whole_file(target) as output:
        yield output


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors of files name the path that was asked for."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file that replaces the one at `path`, with its permissions, once it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as output:
            if path.exists():
                shutil.copymode(path, unfinished)
            yield output
        unfinished.replace(path)
    finally:
        if unfinished.is_file():
            unfinished.unlink()
