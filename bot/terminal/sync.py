"""What `claudecost sync` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.messages.numbers import counted, day_name, day_range, money
from bot.model import Source
from bot.terminal.page import Page, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.model import Restatement, Synced


SOURCES = {
    Source.ANALYTICS: "the bill with dollars per key",
    Source.COST_REPORT: "the cost report",
    Source.ESTIMATE: "an estimate: tokens × price",
}


def sync_as_json(synced: Synced) -> str:
    """The fixed shape of `sync --json`."""
    return written(_fetched(synced))


def syncs_as_json(synced: Iterable[Synced], *, failed: Sequence[str]) -> str:
    """The same for each of several organisations, and a sentence for each that failed."""
    each = [{"organization": one.organization.name, **_fetched(one)} for one in synced]
    return written({"organizations": each, "failed": list(failed)})


def _fetched(synced: Synced) -> dict[str, Any]:
    return {
        "since": synced.interval.since.isoformat(),
        "until": synced.interval.until.isoformat(),
        "days": synced.saved.days,
        "cost_rows": synced.saved.cost_rows,
        "usage_rows": synced.saved.usage_rows,
        "changed_days": [day.isoformat() for day in synced.saved.changed_days],
        "source": synced.source.value,
    }


def sync_as_text(synced: Synced) -> Page:
    """What was fetched, and the days that the bill has changed since they were over."""
    saved = synced.saved
    rows = f"{counted(saved.cost_rows, 'cost row')} and {counted(saved.usage_rows, 'usage row')}"
    return Page(
        title=f"{synced.organization.name}: {counted(saved.days, 'day')} fetched, {day_range(synced.interval)}",
        header=("Restated day", "Was", "Is"),
        rows=tuple(_restated(each) for each in saved.restatements),
        align="lrr",
        notes=(f"{rows} from {SOURCES[synced.source]}; {counted(len(saved.changed_days), 'day')} changed",),
    )


def _restated(restatement: Restatement) -> tuple[str, str, str]:
    return day_name(restatement.day), money(restatement.old_total), money(restatement.new_total)
