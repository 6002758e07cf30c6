"""Dollars by owner: what each key spent, given to whoever it belonged to on the day."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.analysis.ownership import Ownership, by_owner, joined, read_teams, spans_of
from bot.loading.keys import spend_by_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.analysis.groupings import Words
    from bot.analysis.ownership import Owner, Owners, Team
    from bot.model import Dimension, Interval, NanoUsd
    from bot.snapshots.store import Store


def load_ownership(store: Store, configured: Sequence[Team]) -> Ownership:
    """Who owns what: the configuration, with what was imported and said. Raises `WrongRules`."""
    return joined(configured, store.teams.load_sheet(), store.teams.load_claims())


def load_channels(store: Store) -> frozenset[str]:
    """The channels of the teams that were imported."""
    sheet = store.teams.load_sheet()
    teams = () if sheet is None else read_teams(sheet.text, name=sheet.name)
    return frozenset(team.channel for team in teams if team.channel)


def spend_by_owner(
    store: Store,
    interval: Interval,
    ownership: Ownership,
    *,
    within: Sequence[Dimension] = (),
    as_of: date | None = None,
) -> dict[tuple[Owner, Words], NanoUsd]:
    """Dollars by owner and the dimensions of `within`; they add up to the bill, to the nano-dollar.

    Whose something is, is what it was on each day; with `as_of` what it is on that day, all the time.
    """
    names = store.names.load_names()
    totals: defaultdict[tuple[Owner, Words], NanoUsd] = defaultdict(int)
    for span in [interval] if as_of else spans_of(ownership, interval):
        owners = ownership.on(as_of or span.since, names)
        for about, amount in owned_in(store, span, owners, within=within).items():
            totals[about] += amount
    return dict(totals)


def owned_in(
    store: Store, span: Interval, owners: Owners, *, within: Sequence[Dimension]
) -> Mapping[tuple[Owner, Words], NanoUsd]:
    """The same of days on which nothing changes hands."""
    asked = [dimension for dimension in within if dimension != "workspace"]
    spend = spend_by_key(store, span, within=["workspace", *asked])
    things = {(words[0], words[-1], *words[1:-1]): amount for words, amount in spend.items()}
    if "workspace" not in within:
        return by_owner(things, owners)
    place = list(within).index("workspace")
    with_workspace = {
        (*words[:2], *words[2 : 2 + place], words[0], *words[2 + place :]): amount for words, amount in things.items()
    }
    return by_owner(with_workspace, owners)
