"""The load generator, a process of its own: a closed loop over kept-alive connections.

Reads a `LoadOrder` as JSON from standard input and writes `Figures` as JSON to standard output.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from time import perf_counter, process_time
from typing import cast

from tests.benchmarks.figure import Figures, percentile
from tests.benchmarks.request import stream, templates
from tests.benchmarks.response import ResponseReader, UnreadableResponseError
from tests.benchmarks.texts import read_texts

HOST = "127.0.0.1"
OK = 200
STUCK_SECONDS = 10.0
"""How long after the end an answer is waited for."""
RETRY_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOrder:
    """What to send where, for how long."""

    port: int
    path: str
    texts: str
    """File of texts."""
    connections: int
    seconds: float
    warm_up_seconds: float
    """Sent before the seconds that count."""


class Tally:
    """What the connections of one run have in common."""

    def __init__(self, requests: Iterator[bytes], order: LoadOrder) -> None:
        self.requests = requests
        self.counts_from = perf_counter() + order.warm_up_seconds
        self.ends_at = self.counts_from + order.seconds
        self.latencies = array("d")
        self.answered = 0
        self.errors: Counter[str] = Counter()


class Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next, until time is up."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._reader = ResponseReader()
        self._sent_at = 0.0
        self.is_done = False
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one in all but its bases
        self._send()

    def data_received(self, data: bytes) -> None:
        tally = self._tally
        try:
            status = self._reader.feed(data)
        except UnreadableResponseError:
            tally.errors["unreadable"] += 1
            self.is_done = True
            self._transport.abort()
            return
        if status is None:
            return
        now = perf_counter()
        if now >= tally.ends_at:
            self.is_done = True
            self._transport.close()
            return
        if status != OK:
            tally.errors[str(status)] += 1
        else:
            tally.answered += 1
            if now >= tally.counts_from:
                tally.latencies.append(now - self._sent_at)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def _send(self) -> None:
        self._sent_at = perf_counter()
        self._transport.write(next(self._tally.requests))


async def keep_connected(tally: Tally, port: int) -> None:
    """One connection, made anew when it is lost before the end."""
    loop = asyncio.get_running_loop()
    while perf_counter() < tally.ends_at:
        try:
            _, connection = await loop.create_connection(lambda: Connection(tally), HOST, port)
        except OSError:
            tally.errors["refused"] += 1
            await asyncio.sleep(RETRY_SECONDS)
            continue
        await connection.closed
        if not connection.is_done:
            tally.errors["lost"] += 1


async def run(order: LoadOrder) -> Figures:
    """Carry one order out."""
    prepared = templates(order.path, read_texts(Path(order.texts)), port=order.port, run=token_hex(4))
    gc.freeze()
    gc.disable()  # nothing here makes cycles, and a collection would count as the server's latency
    tally = Tally(stream(prepared), order)
    started, used = perf_counter(), process_time()
    tasks = [asyncio.create_task(keep_connected(tally, order.port)) for _ in range(order.connections)]
    _, stuck = await asyncio.wait(tasks, timeout=order.warm_up_seconds + order.seconds + STUCK_SECONDS)
    busy = (process_time() - used) / (perf_counter() - started)
    for task in stuck:
        task.cancel()
        tally.errors["no answer"] += 1
    ordered = sorted(tally.latencies)
    return Figures(
        requests_per_second=len(ordered) / order.seconds,
        p50_ms=percentile(ordered, 0.50) * 1000,
        p99_ms=percentile(ordered, 0.99) * 1000,
        generator_busy=busy,
        answered=tally.answered,
        errors=dict(tally.errors),
    )


def main() -> None:
    """Run on uvloop where it exists."""
    order = LoadOrder(**json.load(sys.stdin))
    factory = None
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop  # noqa: PLC0415  (not on Windows)

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        json.dump(asdict(runner.run(run(order))), sys.stdout)


if __name__ == "__main__":
    main()
