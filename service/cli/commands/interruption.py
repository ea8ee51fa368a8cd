"""Lets what takes long before anything is served be ended at once, by Ctrl-C or SIGTERM."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


@contextlib.contextmanager
def ending_at_sigterm() -> Iterator[None]:
    """Within it SIGTERM ends the process with the code that a shell gives, after whatever `finally` says."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def interruptibly(ask: Callable[[], Answer]) -> Answer:
    """What `ask` gives or raises; a signal is heeded although a library waits for a network meanwhile."""
    asked: Future[Answer] = Future()

    def answer() -> None:
        try:
            asked.set_result(ask())
        except Exception as error:  # noqa: BLE001  (raised again below)
            asked.set_exception(error)

    Thread(target=answer, daemon=True).start()
    return asked.result()


def _stop(_: int, __: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)
