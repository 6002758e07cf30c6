"""Memory: nothing is loaded that the service never uses, and what is freed goes back to the system.

That is as far as the C library can be asked for it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from types import ModuleType

NEVER_USED = ("httpx._main",)
"""What packages can do without, and say so: httpx's own command line loads rich and pygments, 4 MB."""

M_ARENA_MAX = -8
"""What `mallopt` calls the number of arenas, in glibc's `malloc.h`."""


def leave_out_what_is_never_used() -> None:
    """Makes Python answer, before httpx is imported, that its command line is not installed."""
    for name in NEVER_USED:
        sys.modules.setdefault(name, cast("ModuleType", None))  # the import system's own word for "there is none"


def c_library() -> Any:
    """The C library of this process; None where Python cannot call it."""
    try:
        import ctypes

        return ctypes.CDLL(None)
    except (ImportError, OSError):
        return None


def keep_one_arena(library: Any) -> None:
    """Lets all threads allocate in one place; to be called before there are any.

    glibc gives each its own, and what one has freed there lies idle while another asks the system for more: 20 to 40 MB
    after a sync. Elsewhere (macOS, musl) nothing happens.
    """
    if (mallopt := getattr(library, "mallopt", None)) is not None:
        mallopt(M_ARENA_MAX, 1)


def give_back(library: Any) -> None:
    """Gives the system what is free in the middle of the heap; glibc keeps it. Elsewhere nothing happens."""
    if (malloc_trim := getattr(library, "malloc_trim", None)) is not None:
        malloc_trim(0)
