"""A bounded pool of threads for the encoder, off the event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

ENCODER_NICENESS = 10


def usable_cores() -> int:
    """Return the number of cores this process may use: the scheduler's affinity, cut by the control group's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    return cores


def yield_to_event_loop() -> None:
    """Lower this thread's priority on Linux, so that the event loop goes before the encoder."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ENCODER_NICENESS)


class BoundedExecutor:
    """Runs functions in `threads` threads. Admits at most `capacity` functions at once, waiting functions included."""

    def __init__(self, *, threads: int, capacity: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder", initializer=yield_to_event_loop)
        self._capacity = capacity
        self.in_flight = 0
        """Number of functions that are waiting or running."""

    @property
    def has_room(self) -> bool:
        """Whether one more function would be admitted now."""
        return self.in_flight < self._capacity

    async def run(self, function: Callable[[], Result]) -> Result:
        """Run a function in a thread. The caller has to check `has_room` first."""
        future = asyncio.get_running_loop().run_in_executor(self._pool, function)
        self.in_flight += 1
        future.add_done_callback(self._release)
        # A caller that stops waiting leaves the thread running: room is free only when the function ends.
        return await asyncio.shield(future)

    def _release(self, _: object) -> None:
        self.in_flight -= 1

    def close(self) -> None:
        """Finish running functions, and drop waiting functions."""
        self._pool.shutdown(wait=True, cancel_futures=True)
