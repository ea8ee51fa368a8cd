"""Calls fulfilment systems: signed, limited in time and number, and paused while a system is down."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeAlias

import httpx

from service.domain.delivery import DeliveryOutcome
from service.fulfil.address import find_origin
from service.fulfil.breaker import BreakerPolicy, BreakerState, Permit
from service.fulfil.call_body import Delivery
from service.fulfil.call_outcome import CallOutcome, Failed, Unavailable
from service.fulfil.destination import Destination
from service.fulfil.exchange import HEADERS, exchange, http_client
from service.fulfil.network import CALL_ENDS_AT, OpenTransport
from service.fulfil.signature import signed_headers, usable_secrets

CALLS_AT_ONCE: Final = 6
"""Calls at once to one destination. A breaker bears four failures, so at most ten calls reach a dead destination."""
LINE_SECONDS: Final = 1.0
"""Longest wait for a place. A lease leaves more time than that after the longest call."""
NO_ORIGIN: Final = "none"
"""Origin to tell hooks if the address has none."""

OnCall: TypeAlias = Callable[[str, CallOutcome, float], None]
"""Called with the origin, the outcome and the seconds of every call, including calls that were refused here."""
OnBreaker: TypeAlias = Callable[[str, BreakerState], None]
"""Called with the origin and the new state of its breaker."""

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def _ignore(*_: object) -> None:
    """A hook without effect."""


class FulfilmentClient:
    """Calls of one worker. `aclose` ends it after the last delivery."""

    def __init__(
        self,
        *,
        open_transport: Callable[[], httpx.AsyncBaseTransport],
        signing_secrets: Sequence[str] = (),
        calls_at_once: int = CALLS_AT_ONCE,
        line_seconds: float = LINE_SECONDS,
        breaker: BreakerPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        unix_clock: Callable[[], float] = time.time,
        on_call: OnCall = _ignore,
        on_breaker: OnBreaker = _ignore,
    ) -> None:
        """`open_transport` is called once for each origin. Raises SettingsError for an unusable secret."""
        self._open_transport = open_transport
        self._secrets = usable_secrets(signing_secrets)
        self._calls_at_once = calls_at_once
        self._line_seconds = line_seconds
        self._breaker = breaker or BreakerPolicy()
        self._clock = clock
        self._unix_clock = unix_clock
        self._on_call = on_call
        self._on_breaker = on_breaker
        self._destinations: dict[str, Destination] = {}
        self._in_flight: set[asyncio.Task[CallOutcome]] = set()

    def down(self) -> frozenset[str]:
        """Origins with an open breaker. `find_origin` gives the origin of a rung's address.

        An origin whose probe is due is left out: only a call can show that the destination is alive again.
        """
        now = self._clock()
        return frozenset(origin for origin, destination in self._destinations.items() if destination.is_down(now))

    async def call(
        self, delivery: Delivery, *, url: str, timeout_seconds: float, traceparent: str | None = None
    ) -> CallOutcome:
        """Outcome of one attempt, within the timeout. Every failure of a destination becomes an outcome.

        If the caller is cancelled, the call goes on and ends by its timeout.
        """
        origin = find_origin(url)
        if origin is None:
            outcome = Failed(kind=DeliveryOutcome.ADDRESS_REFUSED, detail="The address is not one of http or https.")
            self._on_call(NO_ORIGIN, outcome, 0.0)
            return outcome
        destination = self._destination(origin)
        await destination.stand_in_line(self._line_seconds)
        permit = destination.enter(is_retry=delivery.attempt > 1, now=self._clock())
        if isinstance(permit, DeliveryOutcome):
            unavailable = Unavailable(reason=permit)
            self._on_call(origin, unavailable, 0.0)
            return unavailable
        task = asyncio.create_task(
            self._carry_out(
                delivery,
                origin=origin,
                permit=permit,
                url=url,
                timeout_seconds=timeout_seconds,
                traceparent=traceparent,
            )
        )
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Wait until the last calls have ended, by their timeouts at the latest. Then close all connections."""
        if self._in_flight:
            await asyncio.wait(self._in_flight)
        for destination in self._destinations.values():
            await destination.http.aclose()

    def _destination(self, origin: str) -> Destination:
        """The destination of an origin. The catalogue's addresses bound their number."""
        if origin not in self._destinations:
            self._destinations[origin] = Destination(
                http=http_client(self._open_transport()),
                calls_at_once=self._calls_at_once,
                breaker=self._breaker,
                on_breaker=partial(self._on_breaker, origin),
            )
        return self._destinations[origin]

    async def _carry_out(
        self,
        delivery: Delivery,
        *,
        origin: str,
        permit: Permit,
        url: str,
        timeout_seconds: float,
        traceparent: str | None,
    ) -> CallOutcome:
        """Make the call. Each call has a task of its own, because `CALL_ENDS_AT` belongs to the task."""
        destination, began = self._destinations[origin], self._clock()
        CALL_ENDS_AT.set(began + timeout_seconds)
        body = delivery.body(deadline_ms=int(timeout_seconds * 1000))
        failed = True
        try:
            outcome = await exchange(
                destination.http,
                url=url,
                body=body,
                headers=self._headers(delivery, body, timeout_seconds, traceparent),
                timeout_seconds=timeout_seconds,
                unix_now=self._unix_clock(),
            )
            failed = isinstance(outcome, Failed)
        finally:
            destination.leave(permit, failed=failed, now=self._clock())
        self._on_call(origin, outcome, self._clock() - began)
        return outcome

    def _headers(
        self, delivery: Delivery, body: bytes, timeout_seconds: float, traceparent: str | None
    ) -> dict[str, str]:
        headers = {
            **HEADERS,
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.delivery_id,
            "X-Request-Timeout-Ms": str(int(timeout_seconds * 1000)),
            **signed_headers(
                body, secrets=self._secrets, delivery_id=delivery.delivery_id, unix_now=self._unix_clock()
            ),
        }
        if traceparent is not None and _TRACEPARENT.fullmatch(traceparent):
            headers["traceparent"] = traceparent
        return headers


@asynccontextmanager
async def open_fulfilment_client(
    open_transport: OpenTransport,
    *,
    signing_secrets: Sequence[str] = (),
    calls_at_once: int = CALLS_AT_ONCE,
    on_call: OnCall = _ignore,
    on_breaker: OnBreaker = _ignore,
) -> AsyncIterator[FulfilmentClient]:
    """A client over real connections. Leaving waits for the last calls. Raises SettingsError for an unusable secret."""
    client = FulfilmentClient(
        open_transport=lambda: open_transport(connections=calls_at_once),
        signing_secrets=signing_secrets,
        calls_at_once=calls_at_once,
        on_call=on_call,
        on_breaker=on_breaker,
    )
    try:
        yield client
    finally:
        await client.aclose()
