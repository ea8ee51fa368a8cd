"""Asks the systems behind rungs at intervals whether they have room now, and keeps the last report of each.

The ladder decides about the effect of a report, and about its longest age. A failed probe leaves the last report in
place: the report grows old until the ladder ignores it.
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
from service.domain.delivery import CapacityReport, DeliveryOutcome
from service.fulfil.address import find_origin
from service.fulfil.call_outcome import Failed
from service.fulfil.client import NO_ORIGIN
from service.fulfil.exchange import fetch, http_client
from service.fulfil.network import CALL_ENDS_AT, OpenTransport

CONNECTIONS: Final = 256
"""Number of addresses that can be asked at the same moment without waiting for a connection."""
JITTER: Final = 0.2
"""Largest share of an interval by which the next differs, so that replicas ask at different moments."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An address to ask, on behalf of every rung that names it."""

    url: str
    origin: str | None
    """`None` if HTTP cannot call the address."""
    every_seconds: float
    timeout_seconds: float
    queues: tuple[str, ...]
    """Names of the queue rungs with this address."""


OnProbe: TypeAlias = Callable[[Probe, CapacityReport | DeliveryOutcome], None]
"""Called after every probe with the report, or with the reason of the failure."""


class _CapacityAnswer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False, hide_input_in_errors=True)

    open: bool
    waiting_seconds: Annotated[float, Field(ge=0)]


def probes_of(catalogue: Catalogue) -> tuple[Probe, ...]:
    """One probe for each address, at the shortest interval that a rung asks for."""
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
    """Keeps asking. Each worker has one poller."""

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
        """`network_clock` is the clock of the network below `http`. `draw` gives random numbers from 0 to 1."""
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
        """The last report of each address, at any age. An address without a report is missing."""
        return self._reports

    def turn_to(self, probes: Sequence[Probe]) -> None:
        """Ask only these from now on. Reports of other addresses are dropped."""
        urls = {probe.url for probe in probes}
        self._reports = {url: report for url, report in self._reports.items() if url in urls}
        self._failing &= urls
        for probe in self._asking.keys() - set(probes):
            self._asking.pop(probe).cancel()
        for probe in probes:
            if probe not in self._asking:
                self._asking[probe] = asyncio.create_task(self.keep_asking(probe))

    async def keep_asking(self, probe: Probe) -> None:
        """Ask now and at every interval. Cancel to stop: a call that is on its way still ends by its timeout."""
        while True:
            asking = asyncio.create_task(self._ask(probe))
            self._in_flight.add(asking)
            asking.add_done_callback(self._ended)
            await asyncio.wait({asking})
            await self._sleep(probe.every_seconds * (1 + JITTER * (2 * self._draw() - 1)))

    async def aclose(self) -> None:
        """Stop asking, and let calls that are on their way end."""
        for task in self._asking.values():
            task.cancel()
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    async def _ask(self, probe: Probe) -> None:
        """Ask once. The probe has a task of its own, because `CALL_ENDS_AT` belongs to the task."""
        CALL_ENDS_AT.set(self._network_clock() + probe.timeout_seconds)
        told = await self._told(probe)
        if isinstance(told, CapacityReport):
            self._reports = {**self._reports, probe.url: told}
        self._say_what_changed(probe, told)
        self._on_probe(probe, told)

    async def _told(self, probe: Probe) -> CapacityReport | DeliveryOutcome:
        if probe.origin is None:
            return DeliveryOutcome.ADDRESS_REFUSED
        body = await fetch(self._http, url=probe.url, timeout_seconds=probe.timeout_seconds)
        if isinstance(body, Failed):
            return body.kind
        try:
            answer = _CapacityAnswer.model_validate_json(body)
        except ValidationError:
            return DeliveryOutcome.INVALID_ANSWER
        return CapacityReport(open=answer.open, waiting_seconds=answer.waiting_seconds, told_at=self._clock())

    def _say_what_changed(self, probe: Probe, told: CapacityReport | DeliveryOutcome) -> None:
        """Log once when a probe begins to fail, and once when the probe works again."""
        if isinstance(told, DeliveryOutcome) and probe.url not in self._failing:
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
    """Ask until the context ends, and then let the last calls end. Start-up goes on before the first answers."""
    async with http_client(open_transport(connections=max(CONNECTIONS, len(probes)))) as http:
        poller = CapacityPoller(http=http, clock=clock, on_probe=on_probe)
        poller.turn_to(probes)
        try:
            yield poller
        finally:
            await poller.aclose()
