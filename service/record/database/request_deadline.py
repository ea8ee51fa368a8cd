"""How long the request that is being answered may still wait for the database, for all that it has to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

_DUE_AT: ContextVar[float | None] = ContextVar("due_at", default=None)


@contextmanager
def due_within(seconds: float | None) -> Iterator[None]:
    """All waits within the block, in the same task, end after so long; with `None` each ends when any would."""
    token = _DUE_AT.set(None if seconds is None else monotonic() + seconds)
    try:
        yield
    finally:
        _DUE_AT.reset(token)


def seconds_left(longest: float) -> float:
    """Until the answer is due, but no more than `longest`; 0 when it is overdue."""
    due_at = _DUE_AT.get()
    return longest if due_at is None else min(longest, max(due_at - monotonic(), 0.0))
