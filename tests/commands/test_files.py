"""Where an export goes: a file that appears whole, a pipe, a link, standard output."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.analysis.export import DEFAULT_DIMENSIONS
from bot.commands.export import export
from bot.model import Interval
from bot.terminal.export import write_csv
from tests.builders import last_days

if TYPE_CHECKING:
    from tests.loopback import World


def test_an_export_goes_to_standard_output(synced: World, capsys: pytest.CaptureFixture[str]) -> None:
    first_days = Interval(last_days(41).since, last_days(39).since)

    wrote = export(synced.settings, first_days, None, by=DEFAULT_DIMENSIONS, write=write_csv)

    assert wrote.missing_days == (last_days(41).since,)
    assert capsys.readouterr().out.startswith("date,workspace_id,")


def test_a_failed_export_leaves_the_old_file(synced: World, tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_text("old")
    (tmp_path / "bill.csv.part").mkdir()

    with pytest.raises(OSError, match=r"bill\.csv'"):
        export_bill(synced, path)

    assert path.read_text() == "old"


def test_an_export_into_a_folder_that_is_not_there_names_what_was_asked_for(synced: World, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        export_bill(synced, tmp_path / "nowhere" / "bill.csv")

    assert error.value.filename == str(tmp_path / "nowhere" / "bill.csv")


def test_an_export_to_a_pipe_or_device_writes_into_it(synced: World, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    export_bill(synced, pipe)

    assert os.read(reading, 5) == b"date,"
    assert pipe.is_fifo()
    os.close(reading)


def test_an_export_to_a_link_writes_what_it_points_to(synced: World, tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.touch(mode=0o600)
    link.symlink_to(target)

    export_bill(synced, link)

    assert link.is_symlink()
    assert target.read_text().startswith("date,")
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_dash_is_standard_output(synced: World, capsys: pytest.CaptureFixture[str]) -> None:
    export_bill(synced, Path("-"))

    assert capsys.readouterr().out.startswith("date,")


def export_bill(world: World, path: Path) -> None:
    """Yesterday as CSV."""
    export(world.settings, last_days(1), path, by=DEFAULT_DIMENSIONS, write=write_csv)
