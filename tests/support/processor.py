"""Work measured against other work on the same machine, so that a slow or busy machine changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import TypeVar

Given = TypeVar("Given")
ROUNDS = 5


def times_the_work(work: Callable[[Given], object], much: Given, little: Given, *, rounds: int = ROUNDS) -> float:
    """How many times the processor time of `little` is taken by `much`.

    Only the time of this thread counts, of each the least of several rounds. The rounds alternate, so that both meet
    the machine in the same state.
    """
    most, least = float("inf"), float("inf")
    for _ in range(rounds):
        least = min(least, _seconds(work, little))
        most = min(most, _seconds(work, much))
    return most / least


def repeated(piece: str, length: int) -> str:
    """A text of so many characters."""
    return (piece * (length // len(piece) + 1))[:length]


def _seconds(work: Callable[[Given], object], given: Given) -> float:
    started = thread_time()
    work(given)
    return thread_time() - started
