"""What the users asked for: how large a rise must be to be worth a message, for which workspaces and models."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.analysis.patterns import chosen, matches, means, specificity
from bot.model import Names, usd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from bot.model import NanoUsd

    Rank: TypeAlias = tuple[int, int, int, int, int]

LOWEST_FLOOR, HIGHEST_FLOOR = usd(1), usd(50)


def floor_for(previous_total: NanoUsd, setting: NanoUsd | None) -> NanoUsd:
    """The smallest rise worth a message: what the user set, else 0.5 % of the organisation's previous 7 days.

    >>> floor_for(usd(4_000), None) == usd(20)
    True
    >>> floor_for(usd(90_000), None) == usd(50)
    True
    """
    if setting is not None:
        return setting
    return max(LOWEST_FLOOR, min(HIGHEST_FLOOR, previous_total * 5 // 1000))


class Threshold(NamedTuple):
    """A percentage as an exact fraction: `numerator / denominator` is 1.25 for 25 %."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, percent: Decimal) -> Threshold:
        """The factor for a rise of `percent`.

        >>> from decimal import Decimal
        >>> Threshold.of(Decimal(25)).is_exceeded(current=125, baseline=100)
        False
        >>> Threshold.of(Decimal(25)).is_exceeded(current=126, baseline=100)
        True
        """
        rise, scale = percent.as_integer_ratio()
        return cls(100 * scale + rise, 100 * scale)

    def is_exceeded(self, *, current: int, baseline: int) -> bool:
        """Whether `current` lies strictly above the threshold over `baseline`."""
        return current * self.denominator > baseline * self.numerator


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one scope. `is_quiet`: a rise must also exceed twice the usual swing.

    `floor_of_doubling` is the floor where a week more than doubles far beyond its usual swing.
    """

    threshold_percent: Decimal
    floor: NanoUsd
    floor_of_doubling: NanoUsd
    is_quiet: bool = False
    is_muted: bool = False
    threshold: Threshold = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "threshold", Threshold.of(self.threshold_percent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Other terms for some workspaces, some models, or some models in some workspaces.

    `workspace` is an id, a name, or a pattern of either (`prod-*`), `model` an id or a pattern; None leaves it open.
    What is None otherwise stays as it is. A team is meant by `team:search` alone: no pattern of workspaces fits it.
    """

    workspace: str | None = None
    model: str | None = None
    threshold_percent: Decimal | None = None
    floor: NanoUsd | None = None
    mute: bool | None = None

    def __str__(self) -> str:
        said = (("workspace", self.workspace), ("model", self.model))
        return ", ".join(f'{name} = "{value}"' for name, value in said if value is not None)

    @property
    def entry(self) -> str:
        """How it is written."""
        return f"[[alerts.override]] {self}"

    def applies_to(self, workspace_id: str, *, model: str | None, names: Names) -> bool:
        """Whether it is about a scope: a workspace under any of its ids and names, and a model, None for all."""
        if self.model is not None and (model is None or not matches(self.model, model)):
            return False
        return self.workspace is None or means(self.workspace, workspace_id, names)

    @property
    def rank(self) -> Rank:
        """How specific it is: both beat a workspace beats a model; whole words beat patterns, longer ones shorter."""
        workspace, model = specificity(self.workspace), specificity(self.model)
        return (self.workspace is not None) * 2 + (self.model is not None), *workspace, *model


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A rise of more than `threshold_percent` and at least `min_increase`; None leaves the floor to the bot.

    One of `critical` a day or more is critical; None for never.
    """

    threshold_percent: Decimal
    min_increase: NanoUsd | None
    is_quiet: bool = False
    overrides: tuple[Override, ...] = ()
    critical: NanoUsd | None = None

    def floor(self, previous_total: NanoUsd) -> NanoUsd:
        """The smallest rise worth a message in an organisation that spent `previous_total` the week before."""
        return floor_for(previous_total, self.min_increase)

    def floor_of_doubling(self, floor: NanoUsd) -> NanoUsd:
        """Half the floor, but none below the lowest; a floor that the user set is what it is.

        >>> from decimal import Decimal
        >>> Contract(threshold_percent=Decimal(25), min_increase=None).floor_of_doubling(usd(50)) == usd(25)
        True
        """
        return floor if self.min_increase is not None else max(LOWEST_FLOOR, floor // 2)

    def levels(self, floor: NanoUsd, names: Names | None = None) -> Levels:
        """The terms of every scope, with this floor where no override sets one."""
        return Levels(contract=self, floor=floor, names=names or Names())


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The terms of each scope on one day: of several overrides that set the same the most specific wins."""

    contract: Contract
    floor: NanoUsd
    names: Names
    usual: Terms = field(init=False)
    known: dict[tuple[str, str | None], Terms] = field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        contract = self.contract
        terms = Terms(
            threshold_percent=contract.threshold_percent,
            floor=self.floor,
            floor_of_doubling=contract.floor_of_doubling(self.floor),
            is_quiet=contract.is_quiet,
        )
        object.__setattr__(self, "usual", terms)

    def of(self, workspace_id: str, model: str | None) -> Terms:
        """The terms of a workspace (model None) or a model in it. Raises `EquallySpecific`."""
        if not self.contract.overrides:
            return self.usual
        scope = workspace_id, model
        if scope not in self.known:
            self.known[scope] = self.found(self.overrides_of(*scope))
        return self.known[scope]

    def found(self, own: Sequence[Override]) -> Terms:
        """The terms that overrides lead to."""
        usual = self.usual
        floors = [(each, each.floor) for each in own]
        return Terms(
            threshold_percent=chosen(
                "threshold", [(each, each.threshold_percent) for each in own], usual.threshold_percent
            ),
            floor=chosen("floor", floors, usual.floor),
            floor_of_doubling=chosen("floor", floors, usual.floor_of_doubling),
            is_quiet=usual.is_quiet,
            is_muted=chosen("mute", [(each, each.mute) for each in own], usual.is_muted),
        )

    def overrides_of(self, workspace_id: str, model: str | None) -> list[Override]:
        """Those that fit a scope, the most specific first."""
        overrides = self.contract.overrides
        own = [each for each in overrides if each.applies_to(workspace_id, model=model, names=self.names)]
        return sorted(own, key=lambda each: each.rank, reverse=True)


def find_equal(overrides: Sequence[Override]) -> tuple[Override, Override] | None:
    """Two overrides that name the very same, which the second one cannot have been meant to."""
    for one, other in combinations(overrides, 2):
        if named(one) == named(other):
            return one, other
    return None


def named(override: Override) -> tuple[str | None, str | None]:
    """What an override is about, whatever its spelling."""
    workspace, model = override.workspace, override.model
    return workspace and workspace.casefold(), model and model.casefold()
