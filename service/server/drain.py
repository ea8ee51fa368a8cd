"""Delays the stop at SIGTERM: senders of contacts are told first, and are served until they have heard."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

log = structlog.get_logger()


@contextmanager
def draining_first(seconds: float, on_drain: Callable[[], None]) -> Iterator[None]:
    """While the context lasts, SIGTERM calls `on_drain` at once, and reaches the server's own handler after `seconds`.

    A second SIGTERM reaches the handler at once. Without a handler, as in an application under test, SIGTERM keeps its
    effect.
    """
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        yield
        return
    loop, is_told = asyncio.get_running_loop(), False

    def drain(number: int, frame: FrameType | None) -> None:
        nonlocal is_told
        if is_told or seconds == 0:
            on_drain()
            stop(number, frame)
            return
        is_told = True
        on_drain()
        log.info("draining", seconds=seconds)
        loop.call_soon_threadsafe(loop.call_later, seconds, stop, number, None)

    signal.signal(signal.SIGTERM, drain)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is drain:
            signal.signal(signal.SIGTERM, stop)
