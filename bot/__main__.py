"""`python -m bot` is `claudecost`. Whatever ends it while it is still importing ends it as it would later on."""

from __future__ import annotations

import gc
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType

STOPPED = 2
OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Python's own 700 makes it look for garbage hundreds of times while it loads modules, which make none."""


def main() -> None:
    """Runs the command line; `run` that is told to stop before it has begun has stopped in good order."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    if sys.argv[1:2] == ["run"]:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
    try:
        from bot.cli import main as run_command_line

        run_command_line()
    except KeyboardInterrupt:
        sys.exit(STOPPED)


def leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Ends the process with 0."""
    sys.exit(0)


if __name__ == "__main__":
    main()
