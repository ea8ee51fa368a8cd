"""Calls fulfilment systems: signed, bounded in time and number, and no more while one is down."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeAlias

import httpx

from service.fulfil import signature
from service.fulfil.address import find_origin
from service.fulfil.breaker import BreakerPolicy, BreakerState, Permit
from service.fulfil.call_body import Delivery
from service.fulfil.call_outcome import CallOutcome, Failed, FailureKind, Unavailable, UnavailableReason
from service.fulfil.destination import Destination
from service.fulfil.exchange import HEADERS, exchange, http_client
from service.fulfil.network import CALL_ENDS_AT, OpenTransport

CALLS_AT_ONCE: Final = 6
"""To one destination: with the four failures that a breaker bears, no more than ten calls reach one that has died."""
LINE_SECONDS: Final = 1.0
"""Well within what a lease leaves after the longest call."""
NO_ORIGIN: Final = "none"
"""What hooks are told where an address has no origin."""

OnCall: TypeAlias = Callable[[str, CallOutcome, float], None]
"""Told the origin, the outcome and the seconds of every call, those not made included."""
OnBreaker: TypeAlias = Callable[[str, BreakerState], None]
"""Told the origin and the state that its breaker has changed to."""

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def _ignore(*_: object) -> None:
    """The hook of who wants none."""


class FulfilmentClient:
    """One instance a worker; `aclose` it when nothing is delivered any more."""

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
        """`open_transport` is asked once for each origin. Raises SettingsError for a secret that is none."""
        self._open_transport = open_transport
        self._secrets = signature.usable_secrets(signing_secrets)
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
        """Origins that would not be called now; `find_origin` tells which one a rung's address has.

        One whose probe is due is not among them: only a call can show that it lives again.
        """
        now = self._clock()
        return frozenset(origin for origin, destination in self._destinations.items() if destination.is_down(now))

    async def call(
        self, delivery: Delivery, *, url: str, timeout_seconds: float, traceparent: str | None = None
    ) -> CallOutcome:
        """What became of one attempt, within its timeout. Never raises for what a destination does.

        Whoever waits may be cancelled; the call itself is not, and ends by its timeout.
        """
        origin = find_origin(url)
        if origin is None:
            outcome = Failed(kind=FailureKind.ADDRESS_REFUSED, detail="The address is not one of http or https.")
            self._on_call(NO_ORIGIN, outcome, 0.0)
            return outcome
        destination = self._destination(origin)
        await destination.stand_in_line(self._line_seconds)
        permit = destination.enter(is_retry=delivery.attempt > 1, now=self._clock())
        if isinstance(permit, UnavailableReason):
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
        """Let calls that are on their way end, which they do by their timeouts, and close all connections."""
        if self._in_flight:
            await asyncio.wait(self._in_flight)
        for destination in self._destinations.values():
            await destination.http.aclose()

    def _destination(self, origin: str) -> Destination:
        """There are as many as the catalogue's addresses have origins."""
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
        """In a task of its own, so that the end of the call is this task's alone."""
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
        }
        if self._secrets:
            headers[signature.HEADER] = signature.sign(body, secrets=self._secrets, at=self._unix_clock())
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
    """A client over real connections; leaving it lets the last calls end. Raises SettingsError for a secret."""
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
