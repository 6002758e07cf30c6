"""The command line of a process with a tenth of the patience: `python hasty.py run`.

It waits for the same, not as long. How long it really waits is held in `tests/test_service.py`.
"""

from typing import Any

from bot.__main__ import main
from bot.commands import run
from bot.listeners import transport
from bot.service import Service
from bot.wiring import build_service

HASTE = 10


def run_hastily() -> None:
    """Runs the command line; whatever service it builds is in a hurry."""

    def build(*arguments: Any, **options: Any) -> Service:
        service = build_service(*arguments, **options)
        service.watch_seconds /= HASTE
        service.reconnect_seconds /= HASTE
        service.drain_seconds /= HASTE
        return service

    vars(run)["build_service"] = build
    vars(transport)["PING_SECONDS"] = transport.PING_SECONDS / HASTE
    main()


if __name__ == "__main__":
    run_hastily()
