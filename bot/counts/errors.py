"""What goes wrong with a source of counts."""

from __future__ import annotations

from bot.model import OutsideFailed


class CountsUnreadable(OutsideFailed):
    """A source gave no counts; the text is one line, with the mend, and neither an address nor a query in it."""
