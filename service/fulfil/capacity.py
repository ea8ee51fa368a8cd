"""Asks the systems behind rungs, again and again, whether there is room now, and keeps what each told last.

What a report speaks against, and for how long it is believed, is the ladder's business. A probe that fails leaves the
last report as it is: it grows old, and then it counts for nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.catalogue.fields import span
from service.catalogue.schema import Catalogue, ProbedRung, QueueRung
from service.domain.delivery import CapacityReport
from service.fulfil.address import find_origin
from service.fulfil.call_outcome import Failed, FailureKind
from service.fulfil.client import NO_ORIGIN
from service.fulfil.exchange import fetch, http_client
from service.fulfil.network import CALL_ENDS_AT, OpenTransport

CONNECTIONS: Final = 256
"""As many addresses as can be asked at the same moment without one of them waiting for another's connection."""
JITTER: Final = 0.2
"""Share of an interval by which the next is shorter or longer, so that replicas do not march in step."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An address to be asked, on behalf of every rung that names it."""

    url: str
    origin: str | None
    """`None` where the address cannot be called."""
    every_seconds: float
    timeout_seconds: float
    queues: tuple[str, ...]
    """Names of the queue rungs among them."""


OnProbe: TypeAlias = Callable[[Probe, CapacityReport | FailureKind], None]
"""Told of every time that an address was asked."""


class _CapacityAnswer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False, hide_input_in_errors=True)

    open: bool
    waiting_seconds: Annotated[float, Field(ge=0)]


def probes_of(catalogue: Catalogue) -> tuple[Probe, ...]:
    """One for each address, as often as the rung that wants it most often."""
    probed: dict[str, list[ProbedRung]] = {}
    for path in catalogue.paths.values():
        for rung in (*path.rungs, path.extra_mile):
            if isinstance(rung, ProbedRung) and rung.capacity is not None:
                probed.setdefault(rung.capacity.url, []).append(rung)
    return tuple([_probe(url, rungs) for url, rungs in probed.items()])


def _probe(url: str, rungs: Sequence[ProbedRung]) -> Probe:
    wanted = [
        (span(rung.capacity.every).total_seconds(), rung.capacity.timeout_seconds)
        for rung in rungs
        if rung.capacity is not None
    ]
    every_seconds, timeout_seconds = min(wanted)
    queues = {rung.name for rung in rungs if isinstance(rung, QueueRung)}
    return Probe(
        url=url,
        origin=find_origin(url),
        every_seconds=every_seconds,
        timeout_seconds=timeout_seconds,
        queues=tuple(sorted(queues)),
    )


class CapacityPoller:
    """One a worker."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        clock: Callable[[], datetime],
        on_probe: OnProbe,
        network_clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`network_clock` is that of the network below `http`; `draw` gives random numbers from 0 to 1."""
        self._http = http
        self._clock = clock
        self._on_probe = on_probe
        self._network_clock = network_clock
        self._sleep = sleep
        self._draw = draw
        self._reports: Mapping[str, CapacityReport] = {}
        self._failing: set[str] = set()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._asking: dict[Probe, asyncio.Task[None]] = {}

    def reports(self) -> Mapping[str, CapacityReport]:
        """The last report of each address, however old; those that have told nothing yet are not in it."""
        return self._reports

    def turn_to(self, probes: Sequence[Probe]) -> None:
        """Go on with these alone; what others have told is forgotten."""
        urls = {probe.url for probe in probes}
        self._reports = {url: report for url, report in self._reports.items() if url in urls}
        self._failing &= urls
        for probe in self._asking.keys() - set(probes):
            self._asking.pop(probe).cancel()
        for probe in probes:
            if probe not in self._asking:
                self._asking[probe] = asyncio.create_task(self.keep_asking(probe))

    async def keep_asking(self, probe: Probe) -> None:
        """Ask now and at every interval; cancel to stop. A call that is on its way goes on, and ends by its timeout."""
        while True:
            asking = asyncio.create_task(self._ask(probe))
            self._in_flight.add(asking)
            asking.add_done_callback(self._ended)
            await asyncio.wait({asking})
            await self._sleep(probe.every_seconds * (1 + JITTER * (2 * self._draw() - 1)))

    async def aclose(self) -> None:
        """Ask no more, and let calls that are on their way end."""
        for task in self._asking.values():
            task.cancel()
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    async def _ask(self, probe: Probe) -> None:
        """In a task of its own, so that the end of the call is this task's alone."""
        CALL_ENDS_AT.set(self._network_clock() + probe.timeout_seconds)
        told = await self._told(probe)
        if isinstance(told, CapacityReport):
            self._reports = {**self._reports, probe.url: told}
        self._say_what_changed(probe, told)
        self._on_probe(probe, told)

    async def _told(self, probe: Probe) -> CapacityReport | FailureKind:
        if probe.origin is None:
            return FailureKind.ADDRESS_REFUSED
        body = await fetch(self._http, url=probe.url, timeout_seconds=probe.timeout_seconds)
        if isinstance(body, Failed):
            return body.kind
        try:
            answer = _CapacityAnswer.model_validate_json(body)
        except ValidationError:
            return FailureKind.INVALID_ANSWER
        return CapacityReport(open=answer.open, waiting_seconds=answer.waiting_seconds, told_at=self._clock())

    def _say_what_changed(self, probe: Probe, told: CapacityReport | FailureKind) -> None:
        """Once when a probe begins to fail, and once when it works again."""
        if isinstance(told, FailureKind) and probe.url not in self._failing:
            self._failing.add(probe.url)
            log.warning("capacity_probe_fails", origin=probe.origin or NO_ORIGIN, cause=told.value)
        elif isinstance(told, CapacityReport) and probe.url in self._failing:
            self._failing.remove(probe.url)
            log.info("capacity_probe_works_again", origin=probe.origin)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("capacity_probe_broke_off", error=type(error).__name__)


@asynccontextmanager
async def open_capacity_poller(
    open_transport: OpenTransport, probes: Sequence[Probe], *, clock: Callable[[], datetime], on_probe: OnProbe
) -> AsyncIterator[CapacityPoller]:
    """Asks until the context ends, and then lets the last calls end. Nobody waits for the first answers."""
    async with http_client(open_transport(connections=max(CONNECTIONS, len(probes)))) as http:
        poller = CapacityPoller(http=http, clock=clock, on_probe=on_probe)
        poller.turn_to(probes)
        try:
            yield poller
        finally:
            await poller.aclose()
