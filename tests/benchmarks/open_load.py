"""The load generator with an open loop, a process of its own: what is due is sent, whatever the answers do.

A closed loop waits for a slow server and so does not measure what its customers would have waited (Schroeder et al.,
"Open Versus Closed", NSDI 2006). Here customers come by themselves, as a Poisson process, and each latency counts from
the moment when its request was due. Reads an `OpenLoadOrder` as JSON from standard input and writes an `OpenRun` as
JSON to standard output.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import random
import sys
from array import array
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from time import perf_counter, process_time
from typing import cast

import orjson

from tests.benchmarks.figure import percentile
from tests.benchmarks.load import HOST, OK, STUCK_SECONDS
from tests.benchmarks.mix import ROUTE, Mix, Request
from tests.benchmarks.offered import KindTally, OpenLoadOrder, OpenRun, RoutedContact
from tests.benchmarks.response import HEAD_END, ResponseReader, UnreadableResponseError
from tests.benchmarks.texts import read_texts

IDLE_SECONDS = 4.0
"""After which a connection is not used again: servers close idle ones, often after five seconds."""
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One request and when it is to be sent."""

    request: Request
    at: float


class Tally:
    """What became of every request."""

    def __init__(self, order: OpenLoadOrder, mix: Mix) -> None:
        self._mix = mix
        self._order = order
        self.started = perf_counter()
        self.counts_from = self.started + order.warm_up_seconds
        self.ends_at = self.counts_from + order.seconds
        self.kinds = {kind: KindTally(deadline_seconds=order.deadline_seconds) for kind in order.shares}
        self.kinds.setdefault(ROUTE, KindTally(deadline_seconds=order.deadline_seconds))
        self.lateness = array("d")
        self.contacts: list[RoutedContact] = []
        self.outstanding = 0

    def offer(self, due: Due) -> None:
        self.outstanding += 1
        if due.at >= self.counts_from:
            self.lateness.append(perf_counter() - due.at)
            self.kinds[due.request.kind].offered += 1

    def answered(self, due: Due, status: int, response: bytes) -> None:
        now = perf_counter()
        self.outstanding -= 1
        head, _, body = response.partition(HEAD_END)
        if status == OK:
            self._mix.answered(due.request, body)
            if self._order.tells_contacts and due.request.kind == ROUTE:
                self.contacts.append(_routed(body, due.at, now - due.at))
        if due.at >= self.counts_from:
            self.kinds[due.request.kind].answered(now - due.at, status, head, body)

    def lost(self, due: Due, how: str) -> None:
        self.outstanding -= 1
        if due.at >= self.counts_from:
            self.kinds[due.request.kind].errors[how] += 1


class Connection(asyncio.Protocol):
    """Carries one request at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._reader = ResponseReader()
        self._carried: Due | None = None
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one in all but its bases

    def send(self, due: Due) -> None:
        self._carried = due
        self._transport.write(due.request.data)

    def data_received(self, data: bytes) -> None:
        try:
            status = self._reader.feed(data)
        except UnreadableResponseError:
            self._pool.tally.lost(self._take(), "unreadable")
            self.close()
            return
        if status is not None:
            self._pool.tally.answered(self._take(), status, self._reader.whole)
            self._pool.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._carried is not None:
            self._pool.tally.lost(self._take(), "lost")
        self._pool.forget(self)

    def close(self) -> None:
        self._transport.abort()

    def _take(self) -> Due:
        due, self._carried = self._carried, None
        assert due is not None, "an answer to nothing"
        return due


class Pool:
    """As many connections as there are requests on their way, kept open for a while."""

    def __init__(self, tally: Tally, order: OpenLoadOrder) -> None:
        self.tally = tally
        self._port = order.port
        self._most = order.most_connections
        self._idle: list[Connection] = []
        self._waiting: deque[Due] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._open: set[Connection] = set()
        self.most_used = 0

    def send(self, due: Due) -> None:
        """Now, on a new connection if none is free; when there are as many as may be, on the next that is."""
        self.tally.offer(due)
        if self._idle and perf_counter() - self._idle[-1].idle_since < IDLE_SECONDS:
            self._idle.pop().send(due)
            return
        if len(self._open) + len(self._opening) >= self._most:
            self._waiting.append(due)
            return
        self._send_on_another(due)

    def free(self, connection: Connection) -> None:
        if self._waiting:
            connection.send(self._waiting.popleft())
            return
        connection.idle_since = perf_counter()
        self._idle.append(connection)
        if connection.idle_since - self._idle[0].idle_since > IDLE_SECONDS:  # the one that was used longest ago
            self._idle.pop(0).close()

    def forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._waiting:
            self._send_on_another(self._waiting.popleft())

    async def close(self) -> None:
        """Whatever is still on its way is given up."""
        self._waiting.clear()
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        for connection in tuple(self._open):
            connection.close()
        while self._open:  # noqa: ASYNC110  (each is forgotten in the next turn of the loop)
            await asyncio.sleep(0)

    def _send_on_another(self, due: Due) -> None:
        task = asyncio.create_task(self._send_on_new(due))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _send_on_new(self, due: Due) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(lambda: Connection(self), HOST, self._port)
        except OSError:
            self.tally.lost(due, "not connected")
            return
        self._open.add(connection)
        self.most_used = max(self.most_used, len(self._open))
        connection.send(due)


async def run(order: OpenLoadOrder) -> OpenRun:
    """Carry one order out."""
    texts = read_texts(Path(order.texts))
    mix = Mix(texts, order.shares, returning=order.returning, port=order.port, run=token_hex(4))
    tally = Tally(order, mix)
    pool = Pool(tally, order)
    used = process_time()
    await _offer(order, mix, tally, pool)
    busy = (process_time() - used) / (perf_counter() - tally.started)
    stuck_at = perf_counter() + STUCK_SECONDS
    while tally.outstanding and perf_counter() < stuck_at:  # noqa: ASYNC110  (nothing is measured any more)
        await asyncio.sleep(POLL_SECONDS)
    told = OpenRun(
        kinds={kind: each.figures(order.seconds) for kind, each in tally.kinds.items() if each.offered},
        late_p99_ms=percentile(sorted(tally.lateness), 0.99) * 1000,
        generator_busy=busy,
        most_connections=pool.most_used,
        contacts=tally.contacts,
    )
    await pool.close()
    return told


async def _offer(order: OpenLoadOrder, mix: Mix, tally: Tally, pool: Pool) -> None:
    gaps = random.Random(1)  # noqa: S311  (arrivals, not a secret)
    due = tally.started
    while (due := due + gaps.expovariate(order.rate)) < tally.ends_at:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        pool.send(Due(request=mix.draw(), at=due))


def _routed(body: bytes, at: float, seconds: float) -> RoutedContact:
    answer = orjson.loads(body)
    return RoutedContact(decision_id=answer["decision_id"], path=answer["path"], at=at, seconds=seconds)


def main() -> None:
    """Run on uvloop where it exists."""
    order = OpenLoadOrder(**json.load(sys.stdin))
    gc.freeze()  # a collection of what was imported would count as the server's latency
    factory = None
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop  # noqa: PLC0415  (not on Windows)

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        json.dump(asdict(runner.run(run(order))), sys.stdout)


if __name__ == "__main__":
    main()
