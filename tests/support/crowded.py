"""A server that answers with what it was asked, and turns some away, over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import uvicorn

from service.server.connection import Connection
from service.server.edge import TurnedAway

REFUSAL = TurnedAway(status=503, headers=[(b"retry-after", b"1"), (b"content-length", b"4")], body=b"full")


class Crowded:
    """An application that answers with the path, and turns away whatever is for `/full`."""

    def __init__(self) -> None:
        self.edge = self
        self.begun: list[str] = []
        self.may_answer = asyncio.Event()

    def find_refusal(self, scope: dict[str, Any]) -> TurnedAway | None:
        return REFUSAL if scope["path"] == "/full" else None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        self.begun.append(scope["path"])
        await self.may_answer.wait()
        status, body = (503, b"slow") if scope["path"] == "/full" else (200, scope["path"].encode())
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def until(has_come: Callable[[], bool]) -> None:
    while not has_come():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)


def post(path: str, body: bytes = b"{}", more: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: e\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


async def answer_from(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


Connected: TypeAlias = tuple[Crowded, asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected() -> AsyncIterator[Connected]:
    """The application, and a connection to it."""
    app = Crowded()
    config = uvicorn.Config(
        app, http=Connection, lifespan="off", log_config=None, loop="none", port=0, proxy_headers=False
    )
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    await until(lambda: server.started)
    reader, writer = await asyncio.open_connection(*sock.getsockname()[:2])
    yield app, reader, writer
    writer.close()
    server.should_exit = True
    await serving
