"""A fulfilment system inside the test's process, and a client of it whose clock stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from service.fulfil.call_outcome import CallOutcome
from service.fulfil.client import FulfilmentClient
from tests.support.fulfilment import AMPLE_SECONDS, SERVED, Clock, a_delivery

URL = "https://stock.example/lookup"
ORIGIN = "https://stock.example"
UNIX_NOW = 1_760_000_000.7
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Stock:
    """A destination in this process: tells what it received, and does what its `answer` says."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.answer = answer or (lambda _: httpx.Response(200, content=SERVED))
        self.received: list[httpx.Request] = []
        self.opened = 0

    def open_transport(self) -> httpx.AsyncBaseTransport:
        self.opened += 1
        return httpx.MockTransport(self.handle)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return self.answer(request)


class Held(Stock):
    """Answers nobody until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        await self.release.wait()
        return self.answer(request)


def dead(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there")


def a_client(stock: Stock, **overrides: Any) -> FulfilmentClient:
    fields: dict[str, Any] = {
        "open_transport": stock.open_transport,
        "line_seconds": 0.0,
        "clock": Clock(),
        "unix_clock": lambda: UNIX_NOW,
    }
    return FulfilmentClient(**fields | overrides)


async def call(client: FulfilmentClient, *, attempt: int = 1, url: str = URL, **overrides: Any) -> CallOutcome:
    return await client.call(
        a_delivery(attempt=attempt, **overrides), url=url, timeout_seconds=AMPLE_SECONDS, traceparent=TRACEPARENT
    )
