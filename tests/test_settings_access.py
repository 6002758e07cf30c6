"""The table [access]: what it says, and the one line that each mistake in it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.analysis.access import Grant, Rules, Viewer
from bot.settings import WrongSettings, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_says_who_sees_what(tmp_path: Path) -> None:
    (tmp_path / "claudecost.toml").write_text(
        '[access]\nadmins = ["U0123ABCD", "S0456EFGH"]\naudit_days = 30\n'
        '[[access.viewers]]\ngroups = "S0789JKLM"\nworkspaces = ["checkout", "prod-*"]\n'
        '[[access.viewers]]\nusers = ["U0BOB0001"]\nchannels = ["C0123ABCD"]\nkeys = "ci-*"\n'
    )
    access = load_settings().claudecost_access

    assert access.audit_days == 30
    assert access.built() == Rules(
        frozenset({"U0123ABCD", "S0456EFGH"}),
        (
            Viewer(Grant(workspaces=("checkout", "prod-*")), groups=frozenset({"S0789JKLM"})),
            Viewer(Grant(keys=("ci-*",)), users=frozenset({"U0BOB0001"}), channels=frozenset({"C0123ABCD"})),
        ),
    )


def test_without_it_there_are_no_rules() -> None:
    assert load_settings().claudecost_access.built() == Rules()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('[access]\nadmins = ["@alice"]', '"@alice" is not a member id; copy the id (U…)'),
        ('[access]\nadmins = ["S-x"]', "is not a user group id"),
        ("[access]\naudit_days = 0", "audit_days"),
        ('[access]\nadmin = ["U0123ABCD"]', "admin"),
        ('[[access.viewers]]\nworkspaces = ["checkout"]', "means nobody"),
        ('[[access.viewers]]\nchannels = ["#costs"]', "is not a channel id"),
        ('[[access.viewers]]\nusers = ["U0BOB0001"]\nworkspace = ["checkout"]', "workspace"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, written: str, words: str) -> None:
    (tmp_path / "claudecost.toml").write_text(written)

    with pytest.raises(WrongSettings) as caught:
        load_settings()
    (line,) = caught.value.lines
    assert words in line
