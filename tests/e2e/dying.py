"""The command line of a process that is killed at a point of its life: `python dying.py POINT check --post`.

The points are told by what is said to the database, because that is what the next process finds: a statement is seen
just before it runs, and the first one after a commit just after that.
"""

import os
import signal
import sqlite3
import sys

from bot.__main__ import main

QUEUE, CLAIM = "INSERT INTO outbox", "UPDATE outbox SET state = 'sending', attempts"
OUTCOMES = (
    "UPDATE outbox SET state = 'sent'",
    "UPDATE outbox SET state = 'pending', error",
    "UPDATE outbox SET state = 'sending', error",
)
POINTS = {
    "before what it found is kept": (QUEUE,),
    "before the message is claimed": (CLAIM,),
    "before the outcome is kept": OUTCOMES,
    "after the outcome is kept": OUTCOMES,
}


class Death:
    """Comes at a point: before one of some statements, or once that is committed."""

    def __init__(self, point: str) -> None:
        self.statements = POINTS[point]
        self.waits_for_commit = point.startswith("after")
        self.seen = self.committed = False

    def watch(self, statement: str) -> None:
        """Sees each statement before it runs."""
        if self.committed:
            os.kill(os.getpid(), signal.SIGKILL)
        words = " ".join(statement.split())
        self.seen = self.seen or words.startswith(self.statements)
        if self.seen and not self.waits_for_commit:
            os.kill(os.getpid(), signal.SIGKILL)
        self.committed = self.seen and words == "COMMIT"


def run_until_death(death: Death) -> None:
    """Runs the command line; its last word is the statement that death waits for."""

    class Watched(sqlite3.Connection):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[arg-type]  # whatever connect() was given
            self.set_trace_callback(death.watch)

    connect = sqlite3.connect
    vars(sqlite3)["connect"] = lambda *arguments, **options: connect(*arguments, **options | {"factory": Watched})
    main()


if __name__ == "__main__":
    run_until_death(Death(sys.argv.pop(1)))
