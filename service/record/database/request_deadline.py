"""Deadline of the current request: the time that all its waits for the database may still take together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

_DUE_AT: ContextVar[float | None] = ContextVar("due_at", default=None)


@contextmanager
def due_within(seconds: float | None) -> Iterator[None]:
    """End all waits in the block, in the same task, after so long. With `None` each wait has only its own limit."""
    token = _DUE_AT.set(None if seconds is None else monotonic() + seconds)
    try:
        yield
    finally:
        _DUE_AT.reset(token)


def seconds_left(longest: float) -> float:
    """Return the seconds until the answer is due, at most `longest`, or 0 if the answer is overdue."""
    due_at = _DUE_AT.get()
    return longest if due_at is None else min(longest, max(due_at - monotonic(), 0.0))
