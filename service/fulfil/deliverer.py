"""Carries deliveries out: leases due deliveries, calls, and writes the result.

A delivery is called at least once. If its worker dies between the call and the write, another worker leases the
delivery when the lease is over, and calls again under the same id. Ports decide about storage, the way of the ladder
and the words for a customer.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from service.catalogue.schema import HttpRung
from service.domain.delivery import DeliveryOutcome, Dispatch, Lease, Reply, Settlement
from service.errors import RefusalError
from service.fulfil.call_body import Delivery, handed_on
from service.fulfil.call_outcome import CallOutcome
from service.fulfil.reply import reply_to

DELIVERIES_AT_ONCE: Final = 32
"""Deliveries of one worker, over all destinations."""
SHORTEST_IDLE_SECONDS: Final = 0.05
LONGEST_IDLE_SECONDS: Final = 0.5
LEASE_MARGIN_SECONDS: Final = 5.0
"""Time after the longest call, for vetting its words and for the write."""
VETTING_SECONDS: Final = LEASE_MARGIN_SECONDS / 2
MOST_LEASES: Final = 200
"""Most leases of one delivery. Patience ends far earlier, unless the delivery keeps crashing its worker."""
CLOSE_WITHIN_SECONDS: Final = 20.0

log = structlog.get_logger()


class DeliveryQueue(Protocol):
    """Store of deliveries. Both methods may raise a RefusalError while the store is away."""

    async def lease_deliveries(self, *, limit: int, lease_seconds: float) -> Sequence[Lease]:
        """Lease due deliveries that are free."""
        ...

    async def settle_delivery(self, settlement: Settlement) -> bool:
        """Write a settlement. False if the lease was lost."""
        ...


class Caller(Protocol):
    """The fulfilment client."""

    async def call(self, delivery: Delivery, *, url: str, timeout_seconds: float) -> CallOutcome: ...


class Ladder(Protocol):
    """Finds rungs, and turns replies into settlements."""

    @property
    def longest_call_seconds(self) -> float: ...

    def find_rung(self, lease: Lease) -> HttpRung | None:
        """`None` if the catalogue has dropped the rung."""
        ...

    def settle(self, lease: Lease, reply: Reply) -> Settlement: ...


class Sayings(Protocol):
    """Vets words for customers."""

    async def vetted(self, reply: Reply, rung: HttpRung, dispatch: Dispatch, *, within_seconds: float) -> Reply:
        """The reply without forbidden words."""
        ...


OnSettled = Callable[[Settlement], None]
"""Called with every written settlement."""


async def always_current() -> bool:
    """The answer of a ladder that is never replaced."""
    return True


@dataclass(kw_only=True)
class Deliverer:
    """Deliverer of one worker, run by `open_deliverer`. Its ladder may be replaced at any moment."""

    queue: DeliveryQueue
    client: Caller
    ladder: Ladder
    sayings: Sayings
    on_settled: OnSettled
    is_current: Callable[[], Awaitable[bool]] = always_current
    """Whether this ladder is the newest, as far as is known."""
    deliveries_at_once: int = DELIVERIES_AT_ONCE
    draw: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self._in_flight: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._is_closing = False
        self._is_queue_away = False

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def wake(self) -> None:
        """Look for deliveries now, before the pause is over."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until `close`."""
        pause = SHORTEST_IDLE_SECONDS
        while not self._is_closing:
            self._woken.clear()
            if await self._lease_some():
                pause = SHORTEST_IDLE_SECONDS
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * (0.5 + self.draw())):
                    await self._woken.wait()
            pause = SHORTEST_IDLE_SECONDS if self._woken.is_set() else min(2 * pause, LONGEST_IDLE_SECONDS)

    async def close(self, within_seconds: float = CLOSE_WITHIN_SECONDS) -> None:
        """Stop leasing, and wait for the deliveries under way. Longer deliveries are left to their leases."""
        self._is_closing = True
        self.wake()
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=within_seconds)

    async def _lease_some(self) -> bool:
        free = self.deliveries_at_once - len(self._in_flight)
        if free <= 0:
            return False
        lease_seconds = self.ladder.longest_call_seconds + LEASE_MARGIN_SECONDS
        try:
            leases = await self.queue.lease_deliveries(limit=free, lease_seconds=lease_seconds)
        except RefusalError as refusal:
            if not self._is_queue_away:  # said once, not twice a second
                log.warning("deliveries_not_leased", code=refusal.code)
            self._is_queue_away = True
            return False
        self._is_queue_away = False
        for lease in leases:
            task = asyncio.create_task(self._deliver(lease))
            self._in_flight.add(task)
            task.add_done_callback(self._ended)
        return bool(leases)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self.wake()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The lease will be over, and then it is tried again. The error's text may hold what was delivered.
            log.error("delivery_broke_off", error=type(error).__name__)

    async def _deliver(self, lease: Lease) -> None:
        if self.ladder.find_rung(lease) is None and not await self.is_current():
            return  # left to its lease: another worker, or soon this one, has a catalogue that knows the rung
        ladder = self.ladder
        settlement = ladder.settle(lease, await self._reply(ladder, lease))
        ids = {"delivery_id": lease.dispatch.delivery_id, "attempt": lease.attempt}
        try:
            is_written = await self.queue.settle_delivery(settlement)
        except RefusalError as refusal:
            log.warning("delivery_not_settled", code=refusal.code, **ids)
            return
        if is_written:
            self.on_settled(settlement)
        else:
            log.warning("delivery_settled_late", **ids)

    async def _reply(self, ladder: Ladder, lease: Lease) -> Reply:
        rung = ladder.find_rung(lease)
        if rung is None:
            return Reply(outcome=DeliveryOutcome.RUNG_GONE, calls=lease.calls)
        if lease.attempt > MOST_LEASES:
            return Reply(outcome=DeliveryOutcome.LOST, calls=lease.calls)
        outcome = await self.client.call(asked(lease, rung), url=rung.url, timeout_seconds=rung.timeout_seconds)
        reply = reply_to(outcome, calls_before=lease.calls, draw=self.draw())
        return await self.sayings.vetted(reply, rung, lease.dispatch, within_seconds=VETTING_SECONDS)


def asked(lease: Lease, rung: HttpRung) -> Delivery:
    """Body of a call to a rung. It holds only the details that the rung names."""
    dispatch, wanted = lease.dispatch, {need.field for need in rung.needs}
    return Delivery(
        delivery_id=dispatch.delivery_id,
        attempt=lease.calls + 1,
        decision_id=dispatch.decision_id,
        intent=dispatch.goal,
        path=dispatch.path,
        rung=rung.name,
        channel=dispatch.channel,
        details={name: value for name, value in dispatch.payload.details.items() if name in wanted},
        learned=handed_on(dispatch.payload.learned, {}),
    )


@asynccontextmanager
async def open_deliverer(deliverer: Deliverer) -> AsyncIterator[Deliverer]:
    """Deliver until the context ends, and then finish the deliveries under way."""
    running = asyncio.create_task(deliverer.run())
    try:
        yield deliverer
    finally:
        await deliverer.close()
        await running
