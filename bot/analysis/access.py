"""Who may see what: rules from the configuration, what Slack says of an asker, and the lens that comes of both."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bot.analysis.lens import NOTHING, Lens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.model import Names

MARK_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Grant:
    """Whole workspaces, and keys wherever they are: ids, names or patterns of either. Neither stands for everything."""

    workspaces: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is named."""
        return not (self.workspaces or self.keys)

    def workspaces_in(self, names: Names) -> set[str]:
        """The ids of the workspaces of an organisation that are meant."""
        return meant(self.workspaces, called_workspaces(names))

    def keys_in(self, names: Names) -> set[str]:
        """The ids of its keys that are meant."""
        return meant(self.keys, called_keys(names))


class InSight(NamedTuple):
    """What of an organisation can be seen: ids of whole workspaces, and of keys wherever they are."""

    workspaces: frozenset[str]
    keys: frozenset[str]

    @property
    def lens(self) -> Lens:
        """The lines of these."""
        return Lens.only(workspace=self.workspaces).beside(Lens.only(key=self.keys))


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see: all that any of some grants names."""

    grants: tuple[Grant, ...]

    @property
    def is_everything(self) -> bool:
        """Whether nothing is hidden."""
        return any(grant.is_everything for grant in self.grants)

    @property
    def is_nothing(self) -> bool:
        """Whether everything is hidden."""
        return not self.grants

    @property
    def mark(self) -> str:
        """A word that stands for it; empty where nothing is hidden."""
        if self.is_everything:
            return ""
        grants = sorted((sorted(grant.workspaces), sorted(grant.keys)) for grant in self.grants)
        return sha256(repr(grants).encode()).hexdigest()[:MARK_LENGTH]

    def within(self, names: Names) -> InSight:
        """What of an organisation it names."""
        return InSight(
            frozenset(id_ for grant in self.grants for id_ in grant.workspaces_in(names)),
            frozenset(id_ for grant in self.grants for id_ in grant.keys_in(names)),
        )

    def beyond(self, names: Names) -> Lens:
        """The lines of an organisation that are hidden."""
        return NOTHING if self.is_everything else self.within(names).lens.opposite


SEES_EVERYTHING = Sight((Grant(),))
SEES_NOTHING = Sight(())


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who may see what: users, user groups and channels by their ids."""

    sees: Grant
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says. Without viewers everybody in one of the bot's own channels sees everything."""

    admins: frozenset[str] = frozenset()
    viewers: tuple[Viewer, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """Every user group that is named."""
        named = (viewer.groups for viewer in self.viewers)
        return frozenset(id_ for id_ in self.admins if id_.startswith("S")).union(*named)


class Unknown(NamedTuple):
    """A word of the rules that nothing is called by: what it should be ("workspace"), and what those are called."""

    what: str
    word: str
    known: frozenset[str]


def find_unknown(rules: Rules, each: Sequence[Names]) -> list[Unknown]:
    """The words of the rules that mean nothing of any organisation, each once."""
    sees = [viewer.sees for viewer in rules.viewers]
    return [
        *meaning_nothing(
            "workspace", [word for grant in sees for word in grant.workspaces], map(called_workspaces, each)
        ),
        *meaning_nothing("key", [word for grant in sees for word in grant.keys], map(called_keys, each)),
    ]


def meaning_nothing(what: str, words: Iterable[str], each: Iterable[dict[str, str]]) -> list[Unknown]:
    """Those of some words that nothing is called by in any organisation."""
    called = list(each)
    known = frozenset(name for names in called for name in names.values())
    return [
        Unknown(what, word, known) for word in dict.fromkeys(words) if not any(meant([word], names) for names in called)
    ]


def called_workspaces(names: Names) -> dict[str, str]:
    """What an organisation's workspaces are called, by id."""
    return {id_: names.workspace(id_) for id_ in names.workspaces}


def called_keys(names: Names) -> dict[str, str]:
    """The same of its keys, also of those that it lists no more."""
    return {id_: names.api_key(id_) for id_ in (*names.first_days, *names.api_keys)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, as far as Slack says: in which user groups and channels they are known to be.

    `in_own_channel` is whether any of the channels is one that the bot is in. A guest, or somebody of whom it is not
    known, counts only where named as a user.
    """

    user: str
    is_guest: bool = False
    groups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    in_own_channel: bool = False


def find_sight(rules: Rules, asker: Asker) -> Sight:
    """What somebody may see."""
    if is_named_admin(rules, asker):
        return SEES_EVERYTHING
    member = not asker.is_guest
    if not rules.viewers:
        return SEES_EVERYTHING if member and asker.in_own_channel else SEES_NOTHING
    return Sight(tuple(viewer.sees for viewer in rules.viewers if matches(viewer, asker)))


def is_named_admin(rules: Rules, asker: Asker) -> bool:
    """Whether somebody is named as one, or in a user group that is."""
    return asker.user in rules.admins or (not asker.is_guest and bool(asker.groups & rules.admins))


def is_admin(rules: Rules, asker: Asker) -> bool:
    """Whether somebody is one; where none are named, whether they see everything."""
    return is_named_admin(rules, asker) if rules.admins else find_sight(rules, asker).is_everything


def matches(viewer: Viewer, asker: Asker) -> bool:
    """Whether somebody is meant."""
    if asker.user in viewer.users:
        return True
    return not asker.is_guest and bool(asker.groups & viewer.groups or asker.channels & viewer.channels)


def meant(words: Iterable[str], called: dict[str, str]) -> set[str]:
    """The ids that any of some words means: an id, a name, or a pattern of either, in any case.

    >>> sorted(meant(["ci-*"], {"apikey_1": "CI-build", "apikey_2": "prod"}))
    ['apikey_1']
    """
    patterns = [word.lower() for word in words]
    return {id_ for id_, name in called.items() if is_meant(patterns, [id_.lower(), name.lower()])}


def is_meant(patterns: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a text is one of the patterns or like it."""
    return any(text == pattern or fnmatchcase(text, pattern) for pattern in patterns for text in texts)
