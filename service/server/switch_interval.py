"""How the event loop shares the interpreter with the threads that it waits for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH_SECONDS: Final = 0.0001
"""Shorter than most callbacks of the event loop take. uvloop lets the interpreter go after each of them, and takes it
again at once; who waits for it is woken in vain, and asks in earnest only after this time without having been woken.
With the usual 0.005 a loop that always has something to do keeps the threads of the database out for as long."""


@contextmanager
def sharing_the_interpreter() -> Iterator[None]:
    """Within it, threads get their turn however busy the event loop is."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
