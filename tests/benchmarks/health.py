"""Asks `/healthz` again and again while something else is measured, as whoever may restart the process does."""

from __future__ import annotations

import contextlib
import http.client
import math
import threading
from collections.abc import Iterator
from time import perf_counter

from tests.benchmarks.server import Server

PERIOD_SECONDS = 0.05


class HealthWatch:
    """What its probes came to, each over a connection of its own."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.failures = 0

    @property
    def worst_ms(self) -> float:
        """Infinite if any probe was not answered with 200; NaN where none was sent."""
        if self.failures:
            return math.inf
        return max(self.seconds, default=math.nan) * 1000

    def probe(self, server: Server) -> None:
        began = perf_counter()
        try:
            server.get("/healthz")
        except (OSError, http.client.HTTPException):
            self.failures += 1
        else:
            self.seconds.append(perf_counter() - began)


@contextlib.contextmanager
def watching_health(server: Server) -> Iterator[HealthWatch]:
    """Probe every 50 ms, in a thread, until the context ends."""
    watch, over = HealthWatch(), threading.Event()

    def keep_probing() -> None:
        while not over.wait(PERIOD_SECONDS):
            watch.probe(server)

    thread = threading.Thread(target=keep_probing, name="health")
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()
