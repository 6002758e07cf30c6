"""Teams: the last import and every claim come back as they were kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.model import Claim, TeamSheet
from tests.builders import NOW

if TYPE_CHECKING:
    from bot.snapshots import Store

CLAIM = Claim(
    workspace_id="wrkspc_1", key_id="apikey_1", team="ads", since=date(2026, 11, 12), given_by="U0ALICE01", given_at=NOW
)


def test_there_is_no_sheet_before_the_first_import(store: Store) -> None:
    assert store.teams.load_sheet() is None


def test_the_last_import_counts(store: Store) -> None:
    store.teams.save_sheet(TeamSheet("old.csv", "team,workspace,key\n", NOW))
    new = TeamSheet("new.csv", "team,workspace,key\nads,prod,\n", NOW + timedelta(hours=1))
    store.teams.save_sheet(new)

    assert store.teams.load_sheet() == new


def test_claims_come_back_in_their_order(store: Store) -> None:
    other = Claim(**{**{name: getattr(CLAIM, name) for name in CLAIM.__slots__}, "team": "search"})
    store.teams.save_claim(CLAIM)
    store.teams.save_claim(other)

    assert store.teams.load_claims() == [CLAIM, other]
