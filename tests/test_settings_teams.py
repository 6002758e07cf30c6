"""Teams in `claudecost.toml`: what is read of them, and the line that each fault gets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.analysis.ownership import Rule
from bot.settings import Settings, load_settings, load_what_is_right

if TYPE_CHECKING:
    from pathlib import Path

SHARED = """
[[teams]]
name = "search"
cost_center = "CC-1"
channel = "C0SEARCH1"
owners = ["U0ALICE01"]

[[teams.owns]]
key = "ci-*"
service = "builds"
from = 2026-11-12
share = 60

[[teams]]
name = "ads"

[[teams.owns]]
key = "CI-*"
from = 2026-11-12
share = {share}
"""


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, "claudecost_config"):
        monkeypatch.delenv(name.upper(), raising=False)


def wrong(path: Path, text: str) -> list[str]:
    (path / "claudecost.toml").write_text(text)
    return load_what_is_right()[1]


def test_teams_are_read_with_where_their_rules_stand(tmp_path: Path) -> None:
    (tmp_path / "claudecost.toml").write_text(SHARED.format(share=40))

    search, ads = [table.built() for table in load_settings().claudecost_teams]

    assert (search.cost_center, search.channel, search.owners) == ("CC-1", "C0SEARCH1", ("U0ALICE01",))
    assert search.owns == (
        Rule(
            team="search",
            key="ci-*",
            service="builds",
            since=date(2026, 11, 12),
            share=Decimal(60),
            source="claudecost.toml line 8",
        ),
    )
    assert ads.owns[0].source == "claudecost.toml line 17"


def test_shares_that_do_not_add_up_name_both_lines(tmp_path: Path) -> None:
    assert wrong(tmp_path, SHARED.format(share=30)) == [
        (
            'teams: claudecost.toml line 8 and claudecost.toml line 17: the shares of key "ci-*" add up to 90 '
            "from 2026-11-12 on; they have to add up to 100"
        )
    ]


def test_a_rule_in_its_teams_line_is_named_by_its_place(tmp_path: Path) -> None:
    text = '[[teams]]\nname = "ads"\nowns = [{key = "web"}, {key = "web"}]\n'

    assert wrong(tmp_path, text)[0].startswith('teams: [[teams]] "ads", rule 2 and [[teams]] "ads", rule 1 both give')


def test_a_wrong_word_gets_the_nearest_one(tmp_path: Path) -> None:
    text = '[[teams]]\nname = "ads"\n[[teams.owns]]\nworkspce = "web"\n'

    assert wrong(tmp_path, text) == ['teams[1].owns[1].workspce: is not known; did you mean "workspace"?']


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('from = "yesterday"', "from: is not a day; write it like 2026-11-12"),
        ("until = 2026-11-12T09:00:00Z", "until: is not a day; write it like 2026-11-12"),
        ('share = "60%"', "share: is not a number; write it without quotes and signs, like 12.5"),
        ('workspace = ""', "workspace: is empty; fill it in, or leave it out"),
    ],
)
def test_a_wrong_value_says_in_which_rule_it_stands(tmp_path: Path, line: str, said: str) -> None:
    text = f'[[teams]]\nname = "ads"\n[[teams.owns]]\nkey = "web"\n[[teams.owns]]\nkey = "ci"\n{line}\n'

    assert wrong(tmp_path, text) == [f"teams[1].owns[2].{said}"]


def test_owners_are_ids(tmp_path: Path) -> None:
    (line,) = wrong(tmp_path, '[[teams]]\nname = "ads"\nowners = ["U0ALICE01", "alice"]\n')

    assert line.startswith('teams[1].owners[2]: "alice" is not a member id; copy the id (U…)')


def test_a_team_has_a_name(tmp_path: Path) -> None:
    assert wrong(tmp_path, "[[teams]]\n") == ["teams[1].name: is missing; give what the team is called"]


def test_a_list_of_rules_is_one(tmp_path: Path) -> None:
    (line,) = wrong(tmp_path, '[[teams]]\nname = "ads"\nowns = 3\n')

    assert line == "teams[1].owns: is not a table; write it as [[teams.owns]] with a line for each value"
