"""Lets the event loop share the interpreter with the threads that it waits for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH_SECONDS: Final = 0.0001
"""Shorter than most callbacks of the event loop. uvloop releases the interpreter after each callback, and takes it
again at once. A waiting thread is woken in vain, and asks in earnest only after this time without having been woken.
With the usual 0.005 a loop that is always busy keeps the threads of the database out for as long."""


@contextmanager
def sharing_the_interpreter() -> Iterator[None]:
    """Within the context, threads get their turn however busy the event loop is."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
