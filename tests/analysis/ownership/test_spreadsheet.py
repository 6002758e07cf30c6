"""Teams as CSV: there and back, and what is told of lines that cannot be read."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.ownership import Rule, Team, WrongRules
from bot.analysis.ownership.spreadsheet import COLUMNS, read_teams, written_teams
from bot.terminal.export import write_csv
from tests.laws import tuples_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEAD = ",".join(COLUMNS)

letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
words = st.text(letters).map(str.strip)
names = st.text(letters, min_size=1).map(str.strip).filter(bool)
MILLENNIUM = date(2000, 1, 1)
some_day = st.integers((date.min - MILLENNIUM).days, (date.max - MILLENNIUM).days).map(
    lambda days: MILLENNIUM + timedelta(days)
)


def alike(teams: Sequence[str], named: dict[str, str | None], cut: date | None, words: tuple[str, ...]) -> list[Rule]:
    """Rules of one thing: up to a day all of it is the first team's, from then on everybody's in equal shares."""
    service, product, environment = words
    told = {**named, "service": service, "product": product, "environment": environment}
    share = (Decimal(100) / len(teams)).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
    shares = [100 - share * (len(teams) - 1), *[share] * (len(teams) - 1)]
    before = [Rule(team=teams[0], until=cut, **told)] if cut else []  # type: ignore[arg-type]  # words of the tests
    return [
        *before,
        *(Rule(team=team, since=cut, share=own, **told) for team, own in zip(teams, shares, strict=True)),  # type: ignore[arg-type]
    ]


KINDS = [("workspace",), ("key",), ("workspace", "key")]
MANY_TEAMS = 3
SOME_TEAMS = [some for many in range(1, MANY_TEAMS + 1) for some in permutations(range(MANY_TEAMS), many)]
pieces = st.lists(
    st.tuples(names, tuples_of(SOME_TEAMS, KINDS, *[[False, True]] * 4), some_day, st.tuples(*[words] * 3)),
    max_size=3,
).map(lambda drawn: list({piece[0].casefold(): piece for piece in drawn}.values()))
details = st.tuples(
    words,
    tuples_of(
        [False, True],
        [None, "C0SEARCH1"],
        [owners for many in range(3) for owners in product(["U0ALICE01", "U0BOB0001"], repeat=many)],
        [False, True],
    ),
)


def rules_of(called: Sequence[str], drawn: Iterable[Any]) -> Iterator[Rule]:
    """Rules that contradict each other nowhere: of a few things, each by workspace, by key, or by both."""
    for name, (some, kinds, is_cut, *are_told), day, told in drawn:
        teams = [called[place] for place in some if place < len(called)] or called[:1]
        said = tuple(word if is_told else "" for word, is_told in zip(told, are_told, strict=True))
        yield from alike(teams, dict.fromkeys(kinds, name), day if is_cut else None, said)


def teams_of(called: Sequence[str], drawn: Iterable[Any], *own: tuple[Any, ...]) -> tuple[Team, ...]:
    """Teams so called, each below the one before it or below none."""
    rules = list(rules_of(called, drawn)) if called else []
    return tuple(
        Team(
            name=name,
            cost_center=cost_center if has_one else "",
            channel=channel,
            owners=owners,
            parent=called[place - 1] if is_below and place else None,
            owns=tuple(rule for rule in rules if rule.team == name),
        )
        for place, (name, (cost_center, (has_one, channel, owners, is_below))) in enumerate(
            zip(called, own, strict=False)
        )
    )


teams = st.builds(
    teams_of,
    st.lists(names.filter(lambda name: name.casefold() != "unowned"), unique_by=str.casefold, max_size=MANY_TEAMS),
    pieces,
    *[details] * MANY_TEAMS,
)


def without_sources(read: Iterable[Team]) -> list[Team]:
    return [replace(team, owns=tuple(replace(rule, source="") for rule in team.owns)) for team in read]


@given(teams)
def test_what_is_written_reads_the_same(written: tuple[Team, ...]) -> None:
    assert without_sources(read_teams(written_teams(written), name="teams.csv")) == list(written)


def saved_again(text: str) -> str:
    """What a German Excel makes of it: a mark, semicolons, days with dots and a comma in a share."""
    saved = io.StringIO()
    writer = csv.writer(saved, delimiter=";", lineterminator="\r\n")
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    writer.writerow(head)
    writer.writerows([in_german(name, cell) for name, cell in zip(head, row, strict=True)] for row in rows)
    return f"\ufeff{saved.getvalue()}"


def in_german(column: str, cell: str) -> str:
    """A day as `12.11.2026`, a share as `33,5`."""
    if column in {"from", "until"}:
        return ".".join(reversed(cell.split("-")))
    return cell.replace(".", ",") if column == "share" else cell


@given(teams)
def test_what_a_spreadsheet_saves_again_reads_the_same(written: tuple[Team, ...]) -> None:
    assert without_sources(read_teams(saved_again(written_teams(written)), name="teams.csv")) == list(written)


def test_it_is_written_as_every_export_is() -> None:
    teams = [
        Team(name='ads, "EU"', cost_center="CC-7", owns=(Rule(team='ads, "EU"', key="größe", share=Decimal("33.5")),))
    ]
    written, exported = written_teams(teams), io.StringIO()
    head, *rows = csv.reader(io.StringIO(written, newline=""))

    write_csv(exported, head, (tuple(row) for row in rows))

    assert exported.getvalue() == written


def test_shares_and_days_survive() -> None:
    rules = (
        Rule(team="a", key="ci", since=date(2026, 11, 1), until=date(2026, 12, 1), share=Decimal("33.5")),
        Rule(team="a", key="ci", since=date(2026, 11, 1), until=date(2026, 12, 1), share=Decimal("66.5")),
    )

    assert without_sources(read_teams(written_teams([Team(name="a", owns=rules)]), name="f")) == [
        Team(name="a", owns=rules)
    ]


AS_EXCEL_SAVES_IT = (
    "\ufeffTeam;Cost Center;Channel;Owners;Workspace;Key;From;Share;;\r\n"
    'search;CC-7;C0SEARCH1;"U0ALICE01, U0BOB0001";;ci-shared;12.11.2026;66,5\u00a0%;;\r\n'
    ";;;;;;;;;\r\n"
    '"ads; ""EU""";;;;;ci-shared;12.11.2026;33,5;;\r\n'
)


def test_a_spreadsheet_is_read_as_a_german_excel_saves_it() -> None:
    search, ads = read_teams(AS_EXCEL_SAVES_IT, name="teams.csv")

    assert (search.owners, search.channel) == (("U0ALICE01", "U0BOB0001"), "C0SEARCH1")
    assert [(rule.share, rule.since) for rule in (*search.owns, *ads.owns)] == [
        (Decimal("66.5"), date(2026, 11, 12)),
        (Decimal("33.5"), date(2026, 11, 12)),
    ]
    assert (ads.name, ads.owns[0].source) == ('ads; "EU"', "teams.csv line 4")


def test_a_first_line_may_say_what_stands_between_cells() -> None:
    (team,) = read_teams("sep=;\r\nteam;workspace;key\r\nsearch;prod;\r\n", name="teams.csv")

    assert (team.owns[0].workspace, team.owns[0].source) == ("prod", "teams.csv line 3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team,workspace\n", 'teams.csv: has no column "key"; the columns are team, parent, cost_center'),
        ("team,workspace,key,colour\n", 'teams.csv: has an unknown column "colour"; the columns are'),
        (f"{HEAD}\n,,,,,prod\n", "teams.csv line 2: names no team; fill in the column team"),
        (
            f"{HEAD}\na,,,,,prod,,,,,11/12/2026\n",
            'teams.csv line 2: "11/12/2026" is not a day; write it like 2026-11-12',
        ),
        ("team,workspace,key,Key\n", 'teams.csv: has the column "key" twice'),
        ("team,,workspace,key\n", 'teams.csv: has an unknown column ""'),
        ("team,workspace,key\nads, EU,prod,ci\n", "teams.csv line 2: has more cells than there are columns"),
        (f"{HEAD}\na,,,#ads,,prod\n", 'teams.csv line 2: "#ads" is not a channel id; copy the id (C…)'),
        (f'{HEAD}\na,,,,"U0ALICE01, bob",prod\n', 'teams.csv line 2: "bob" is not a member id; copy the id (U…)'),
        (f"{HEAD}\na,,,,,prod,,,,,,,10. Mai\n", 'teams.csv line 2: "10. Mai" is not a share; write percent'),
        (f"{HEAD}\na,,,,,prod,,,,,,,0\n", 'teams.csv line 2: "0" is not a share; write percent'),
        (f"{HEAD}\na,,CC-1,,,prod\na,,CC-2,,,web\n", "teams.csv line 3: says something else of team a than its first"),
        (f'{HEAD}\na,,,,,"pr"od\n', "teams.csv line 2: is not CSV"),
        (f"{HEAD}\na,,,,,prod\nb,,,,,prod\n", "teams.csv line 3 and teams.csv line 2 both give all of workspace"),
        ("", 'teams.csv: has no column "key"'),
    ],
)
def test_a_fault_says_where_it_is_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(WrongRules) as wrong:
        read_teams(text, name="teams.csv")

    assert str(wrong.value).startswith(said)


def test_no_cell_is_a_formula() -> None:
    assert "\n'=cmd|calc," in written_teams([Team(name="=cmd|calc")])
