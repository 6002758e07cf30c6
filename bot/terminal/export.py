"""What `claudecost export` writes: the same rows as CSV, as one JSON array, or as a JSON object a line."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    Rows: TypeAlias = "Iterable[tuple[str | int | None, ...]]"
    Writer: TypeAlias = Callable[[TextIO, Sequence[str], Rows], None]


def write_csv(output: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """A line of names, then a line a row; nothing is an empty field."""
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def write_json(output: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """One array with an object a row, written as the rows come."""
    before = "[\n"
    for row in rows:
        output.write(f"{before}{as_object(columns, row)}")
        before = ",\n"
    output.write("[]\n" if before == "[\n" else "\n]\n")


def write_jsonl(output: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """An object a line."""
    output.writelines(f"{as_object(columns, row)}\n" for row in rows)


def as_object(columns: Sequence[str], row: tuple[str | int | None, ...]) -> str:
    """A row as a JSON object; dollars stay exact as strings."""
    return json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)


WRITERS: dict[str, Writer] = {"csv": write_csv, "json": write_json, "jsonl": write_jsonl}
