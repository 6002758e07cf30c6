"""A program at another time: `python ahead.py SECONDS PROGRAM.py …`, so much later, or earlier for less than zero.

`bot.cli.now` is the only place that asks the time, so this is all it takes.
"""

import runpy
import sys
from datetime import datetime, timedelta

from bot import cli


def set_ahead(ahead: timedelta) -> None:
    """From now on it is so much later."""
    real_now = cli.now

    def now() -> datetime:
        return real_now() + ahead

    vars(cli)["now"] = now


if __name__ == "__main__":
    set_ahead(timedelta(seconds=float(sys.argv[1])))
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")
