"""The command line with its clock ahead: `python ahead.py SECONDS run`.

`bot.cli.now` is the only place that asks the time, so this is all it takes.
"""

import sys
from datetime import datetime, timedelta

from bot import cli
from bot.__main__ import main


def run_ahead(ahead: timedelta) -> None:
    """Runs the command line at a time that a test has set."""
    real_now = cli.now

    def now() -> datetime:
        return real_now() + ahead

    vars(cli)["now"] = now
    main()


if __name__ == "__main__":
    run_ahead(timedelta(seconds=float(sys.argv.pop(1))))
