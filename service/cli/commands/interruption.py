"""Lets Ctrl-C or SIGTERM end long work at once, before anything is served."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def ending_at_sigterm() -> Iterator[None]:
    """Within the context, SIGTERM ends the process with the code that a shell gives, after all `finally` blocks."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_: int, __: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)
