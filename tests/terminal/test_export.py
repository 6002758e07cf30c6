"""Rows, written."""

from __future__ import annotations

import io
import json

import pytest

from bot.terminal.export import WRITERS

COLUMNS = ("workspace", "output", "usd", "region")
ROWS = [("a, b", 5, "1.50", None), ("é", 0, "-2", "us")]


def written(form: str, rows: list[tuple[str | int | None, ...]]) -> str:
    output = io.StringIO()
    WRITERS[form](output, COLUMNS, iter(rows))
    return output.getvalue()


def test_csv_has_a_header_and_a_line_a_row() -> None:
    assert written("csv", [*ROWS]) == 'workspace,output,usd,region\n"a, b",5,1.50,\né,0,-2,us\n'


def test_yes_and_no_are_the_same_words_in_every_form() -> None:
    row = ("a", True, False, None)
    assert written("csv", [row]).splitlines()[1] == "a,true,false,"
    assert written("jsonl", [row]) == '{"workspace": "a", "output": true, "usd": false, "region": null}\n'


def test_json_is_one_array() -> None:
    assert json.loads(written("json", [*ROWS])) == [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]


def test_jsonl_is_an_object_a_line() -> None:
    lines = written("jsonl", [*ROWS]).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(written("json", [*ROWS]))


@pytest.mark.parametrize(
    ("form", "nothing"), [("json", "[]\n"), ("jsonl", ""), ("csv", "workspace,output,usd,region\n")]
)
def test_no_rows_are_an_answer_too(form: str, nothing: str) -> None:
    assert written(form, []) == nothing
