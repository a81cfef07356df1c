"""How the plugin's process keeps memory and cleans it up: set once, before anything is loaded."""

from __future__ import annotations

import ctypes
import gc
from typing import Final

_GARBAGE: Final = (50_000, 20, 100)
"""How many new objects make Python look for cycles, and how many looks make it look at older ones again. Ten thousand
tasks are a million objects without a cycle; with Python's own figures looking at them takes as long as making them."""
_ARENAS: Final = 1
_M_ARENA_MAX: Final = -8
"""`mallopt` of glibc: without a limit each thread that serves a large message keeps the space of it for itself."""


def adjust() -> None:
    """For few large messages on many threads. Where the C library has no such setting, it stays as it is."""
    gc.set_threshold(*_GARBAGE)
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    except (AttributeError, OSError, TypeError):  # not glibc; on Windows there is no library without a name
        return
