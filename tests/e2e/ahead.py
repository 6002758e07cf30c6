"""A program at another time: `python ahead.py SECONDS -m bot run`, or a file instead of `-m bot`.

`bot.cli.now` is the only place that asks the time, so this is all it takes.
"""

import runpy
import sys
from datetime import datetime, timedelta

from bot import cli


def set_ahead(ahead: timedelta) -> None:
    """From now on it is so much later; earlier for less than zero."""
    real_now = cli.now

    def now() -> datetime:
        return real_now() + ahead

    vars(cli)["now"] = now


def run(first: str, *rest: str) -> None:
    """What Python does with its arguments."""
    if first == "-m":
        sys.argv = [*rest]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    set_ahead(timedelta(seconds=float(sys.argv[1])))
    run(*sys.argv[2:])
