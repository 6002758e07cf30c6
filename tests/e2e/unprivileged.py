"""The command line of somebody whom files' modes bind, also if root runs the tests: `python unprivileged.py sync`."""

import ctypes
import os

from bot.__main__ import main

VERSION, THIS_PROCESS = 0x20080522, 0
"""As `capset(2)` has them; three sets of capabilities follow, in two words of 32 bits each."""


def give_up_capabilities() -> None:
    """What lets root write everything is one of them."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.capset((ctypes.c_uint32 * 2)(VERSION, THIS_PROCESS), (ctypes.c_uint32 * 6)()):
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")


if __name__ == "__main__":
    if os.geteuid() == 0:
        give_up_capabilities()
    main()
