"""What `claudecost export` writes: the same rows as CSV, as one JSON array, or as a JSON object a line."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, TypeAlias

from bot.terminal.page import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO

    Field: TypeAlias = str | int | bool | None
    Rows: TypeAlias = Iterable[tuple[Field, ...]]
    Writer: TypeAlias = Callable[[TextIO, Sequence[str], Rows], None]


FORMULA_STARTS = ("=", "+", "-", "@")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def write_csv(output: TextIO, columns: Sequence[str], rows: Rows) -> None:
    """A line of names, then a line a row; nothing is an empty field."""
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(in_csv, row) for row in rows)


def in_csv(field: Field) -> str | int | None:
    """A field as it is written; yes and no as JSON has them.

    >>> [*map(in_csv, (True, 1, None, "=1"))]
    ['true', 1, None, "'=1"]
    """
    if isinstance(field, str):
        return harmless(field)
    return str(field).lower() if isinstance(field, bool) else field


def harmless(text: str) -> str:
    r"""A field that steers neither a terminal nor a spreadsheet, which takes `=…` and the like for a formula.

    Source: https://owasp.org/www-community/attacks/CSV_Injection

    >>> harmless("=1+1"), harmless("@team"), harmless("pro\x1b[2Jd"), harmless("-12.5")
    ("'=1+1", "'@team", 'pro [2Jd', '-12.5')
    """
    line = one_line(text).replace("\t", " ")
    return f"'{line}" if line.lstrip().startswith(FORMULA_STARTS) and not NUMBER.fullmatch(line) else line


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


def as_object(columns: Sequence[str], row: tuple[Field, ...]) -> str:
    """A row as a JSON object; dollars stay exact as strings."""
    return json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)


WRITERS: dict[str, Writer] = {"csv": write_csv, "json": write_json, "jsonl": write_jsonl}
