"""What `claudecost doctor` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.numbers import counted
from bot.terminal.page import Page, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Examination


def doctor_as_json(examinations: Sequence[Examination]) -> str:
    """What was examined, in order."""
    checks = [{"what": each.what, "ok": each.ok, "detail": each.detail, "mend": each.mend} for each in examinations]
    return written({"ok": all(each.ok for each in examinations), "checks": checks})


def doctor_as_text(examinations: Sequence[Examination]) -> Page:
    """A line for each thing examined; a fault with its mend under it."""
    faults = sum(not each.ok for each in examinations)
    return Page(
        title=f"{counted(faults, 'fault')} found" if faults else "All well",
        header=("", "What", "Found"),
        rows=tuple(row for each in examinations for row in _rows(each)),
        align="lll",
    )


def _rows(examination: Examination) -> list[tuple[str, str, str]]:
    found = ("ok" if examination.ok else "FAULT", examination.what, examination.detail)
    return [found, ("", "", f"→ {examination.mend}")] if examination.mend and not examination.ok else [found]
