"""How far the server departs from the reference: without its beta, with it, into the guide's shape, without a bill.

Variants combine: `replace(GUIDE_SHAPE, missing=NO_COST_REPORT.missing)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bot.sandbox.organization import Row


class Shape(Protocol):
    """What the paths and rows look like."""

    @property
    def single_page(self) -> bool:
        """Whether the whole window comes at once, whatever the limit."""
        ...

    @property
    def lists_archived(self) -> bool:
        """Whether archived workspaces can be asked for."""
        ...

    def organization_path(self, organization_id: str) -> str:
        """Where the endpoints are."""
        ...

    def grouping(self, asked: frozenset[str]) -> frozenset[str]:
        """What a usage report is grouped by."""
        ...

    def usage_row(self, row: Row) -> Row:
        """A row of the usage report."""
        ...


@dataclass(frozen=True, slots=True)
class ReferenceShape:
    """As the reference says: no id in the path, nested names, real pages."""

    single_page: bool = False
    lists_archived: bool = True

    def organization_path(self, organization_id: str) -> str:
        """The same for everybody: the key says which organisation."""
        del organization_id
        return "/v1/organizations"

    def grouping(self, asked: frozenset[str]) -> frozenset[str]:
        """What was asked for."""
        return asked

    def usage_row(self, row: Row) -> Row:
        """As it is."""
        return row


@dataclass(frozen=True, slots=True)
class GuideShape:
    """As the guide says: the id in the path, flat names, one page; model and workspace unasked, no keys, no archive."""

    single_page: bool = True
    lists_archived: bool = False

    def organization_path(self, organization_id: str) -> str:
        """With the organisation's id."""
        return f"/v1/organizations/{organization_id}"

    def grouping(self, asked: frozenset[str]) -> frozenset[str]:
        """Model and workspace, whatever was asked for."""
        del asked
        return frozenset({"model", "workspace_id"})

    def usage_row(self, row: Row) -> Row:
        """The four flat counts; both kinds of cache write are one."""
        writes: dict[str, Any] = row["cache_creation"]
        return {
            "workspace_id": row["workspace_id"],
            "model": row["model"],
            "input_tokens": row["uncached_input_tokens"],
            "output_tokens": row["output_tokens"],
            "cache_creation_input_tokens": sum(writes.values()),
            "cache_read_input_tokens": row["cache_read_input_tokens"],
        }


BETAS = frozenset({"analytics/cost"})
"""What not every organisation can ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A shape, and the endpoints that are not there (404)."""

    shape: Shape = field(default_factory=ReferenceShape)
    missing: frozenset[str] = BETAS


REFERENCE = Variant()
ANALYTICS = Variant(missing=frozenset())
GUIDE_SHAPE = Variant(shape=GuideShape())
NO_COST_REPORT = Variant(missing=BETAS | {"cost_report"})
