"""A fulfilment system on loopback that behaves, or misbehaves, as the address that is called says."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import orjson

from service.fulfil.call_body import Delivery

CERTIFICATE = Path(__file__).resolve().parents[1] / "data" / "stock_example.pem"
"""Of stock.example, with its key."""
SERVED = orjson.dumps({"result": "served", "say": "The red kettle is on the second floor."})
AMPLE_SECONDS = 30.0
"""A timeout that a healthy call comes nowhere near, however slow the machine is."""

_numbers = count(1)


def a_delivery(**overrides: Any) -> Delivery:
    """A first attempt with an id of its own; `overrides` replace any field."""
    fields: dict[str, Any] = {
        "delivery_id": f"delivery-{next(_numbers)}",
        "attempt": 1,
        "decision_id": "decision-1",
        "intent": "find_product",
        "path": "find_product",
        "rung": "stock-lookup",
        "channel": "chat",
        "details": {"product": "red kettle"},
        "learned": {},
    }
    return Delivery.model_validate(fields | overrides)


@dataclass
class Clock:
    """Seconds that pass only when told to."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=perf_counter)
    """When it had come in whole, by the clock of the machine."""


Behaviour: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; tells whether the connection stays open."""


@dataclass
class FulfilmentSystem:
    """What came in, and over how many connections."""

    port: int = 0
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    """Names asked for in TLS."""
    behaviours: Mapping[str, Behaviour] = field(default_factory=lambda: BEHAVIOURS)
    """By the last part of the address."""
    _open: dict[asyncio.StreamWriter, asyncio.Task[None]] = field(default_factory=dict)

    def url(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.port}/{behaviour}"

    def count(self, behaviour: str) -> int:
        """Requests that came in for it."""
        return sum(received.path == f"/{behaviour}" for received in self.received)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        try:
            while (received := await self._receive(reader)) is not None:
                self.received.append(received)
                if not await self.behaviours[received.path.lstrip("/")](writer):
                    break
        except ConnectionError:
            pass  # The caller has had enough.
        finally:
            del self._open[writer]
            writer.close()

    async def hang_up(self) -> None:
        """Close all connections, as a system does that is restarted."""
        open_now = dict(self._open)
        for writer in open_now:
            writer.close()
        await asyncio.gather(*open_now.values())

    async def _receive(self, reader: asyncio.StreamReader) -> Received | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        except asyncio.IncompleteReadError:
            return None
        request, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Received(path=request.split()[1], headers=headers, body=body)

    def note_server_name(self, _: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        self.server_names.append(name)


async def until(has_come: Callable[[], bool]) -> None:
    """Waits for what must come, however slow the machine is; the time limit of the test is the bound."""
    while not has_come():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def fulfilment_system(
    behaviours: Mapping[str, Behaviour] | None = None, *, tls: bool = False
) -> AsyncIterator[FulfilmentSystem]:
    """One that runs in this event loop until the context ends; without behaviours of its own it has all of these."""
    system = FulfilmentSystem(behaviours=BEHAVIOURS if behaviours is None else behaviours)
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        context.sni_callback = system.note_server_name
    server = await asyncio.start_server(system.serve, "127.0.0.1", 0, ssl=context)
    system.port = server.sockets[0].getsockname()[1]
    try:
        yield system
    finally:
        server.close()
        await system.hang_up()
        await server.wait_closed()


def response(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(status: str, body: bytes = b"", *headers: str) -> Behaviour:
    """A whole response, after which the connection stays open."""

    async def answer(writer: asyncio.StreamWriter) -> bool:
        writer.write(response(status, body, *headers))
        await writer.drain()
        return True

    return answer


def answers(**fields: Any) -> Behaviour:
    """The answer of a fulfilment system that is well."""
    return says("200 OK", orjson.dumps(fields))


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One a request; the last goes on."""
    left = list(behaviours)

    async def answer(writer: asyncio.StreamWriter) -> bool:
        return await (left.pop(0) if len(left) > 1 else left[0])(writer)

    return answer


def breaks_off(*, after: bytes) -> Behaviour:
    async def answer(writer: asyncio.StreamWriter) -> bool:
        writer.write(after)
        await writer.drain()
        return False

    return answer


def goes_on(*, after: bytes, piece: bytes, every_seconds: float) -> Behaviour:
    """Never comes to an end by itself."""

    async def answer(writer: asyncio.StreamWriter) -> bool:
        writer.write(after)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every_seconds)
        return False

    return answer


async def is_silent(writer: asyncio.StreamWriter) -> bool:
    await writer.wait_closed()
    return False


_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

BEHAVIOURS: Mapping[str, Behaviour] = {
    "served": says("200 OK", SERVED, "Set-Cookie: session=of-somebody-else; Path=/"),
    "created": says("201 Created", SERVED),
    "not-json": says("200 OK", b"<html>It works!</html>"),
    "no-content": says("204 No Content"),
    "packed": says("200 OK", b"\x1f\x8b\x08", "Content-Encoding: gzip"),
    "moved": says("307 Temporary Redirect", b"", "Location: /served"),
    "refused": says("422 Unprocessable Entity", b'{"error": "no such order"}'),
    "later": says("429 Too Many Requests", b"Slow down.", "Retry-After: 7"),
    "unavailable": says("503 Service Unavailable", b"", "Retry-After: 11"),
    "error": says("500 Internal Server Error", b"Traceback ..."),
    "no-answer": breaks_off(after=b""),
    "cut": breaks_off(after=response("200 OK", SERVED)[:-10]),
    "no-http": breaks_off(after=b"220 mail.example ESMTP\r\n"),
    "silent": is_silent,
    "slow-headers": goes_on(after=_HEAD + b"X-Slow: ", piece=b"s", every_seconds=0.01),
    "trickle": goes_on(after=_CHUNKED, piece=b"1\r\n \r\n", every_seconds=0.01),
    "trickled-error": goes_on(
        after=b"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n", piece=b"1\r\n \r\n", every_seconds=0.01
    ),
    "huge": goes_on(after=_CHUNKED, piece=b"4000\r\n" + b" " * 0x4000 + b"\r\n", every_seconds=0),
    "huge-headers": goes_on(after=_HEAD, piece=b"X-Much: " + b"m" * 8_000 + b"\r\n", every_seconds=0),
}
