"""What goes over a connection: one write an answer, and refusals in their place among the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn

from service.api.connection import Connection, JoiningTransport
from service.api.edge import TurnedAway

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
REFUSAL = TurnedAway(status=503, headers=[(b"retry-after", b"1"), (b"content-length", b"4")], body=b"full")


class Recording(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append(b"closed")


@pytest.fixture
async def recording() -> Recording:
    return Recording()


@pytest.fixture
async def joining(recording: Recording) -> JoiningTransport:
    return JoiningTransport(recording, asyncio.get_running_loop())


async def test_head_and_body_are_one_write(joining: JoiningTransport, recording: Recording) -> None:
    for _ in range(2):
        joining.write(HEAD)
        joining.write(b"ok")
    await asyncio.sleep(0)

    assert recording.sent == [HEAD + b"ok"] * 2


async def test_a_head_whose_body_comes_later_or_never_goes_alone(
    joining: JoiningTransport, recording: Recording
) -> None:
    joining.write(HEAD)
    await asyncio.sleep(0)
    assert recording.sent == [HEAD]

    joining.write(b"ok")
    joining.write(HEAD)
    joining.close()
    await asyncio.sleep(0)
    assert recording.sent == [HEAD, b"ok", HEAD, b"closed"]


class Crowded:
    """An application that answers with the path, and turns away whatever is for `/full`."""

    def __init__(self) -> None:
        self.edge = self
        self.begun: list[str] = []
        self.may_answer = asyncio.Event()

    def find_refusal(self, scope: dict[str, Any]) -> TurnedAway | None:
        return REFUSAL if scope["path"] == "/full" else None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        self.begun.append(scope["path"])
        await self.may_answer.wait()
        status, body = (503, b"slow") if scope["path"] == "/full" else (200, scope["path"].encode())
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def crowded() -> AsyncIterator[tuple[Crowded, asyncio.StreamReader, asyncio.StreamWriter]]:
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


async def until(has_come: Callable[[], bool]) -> None:
    while not has_come():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)


def post(path: str, body: bytes = b"{}", more: str = "") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: e\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


async def answer_from(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


async def test_a_refusal_costs_no_task_and_the_connection_goes_on(
    crowded: tuple[Crowded, asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Its body may come in pieces, and is passed over."""
    app, reader, writer = crowded
    app.may_answer.set()
    whole = post("/full", b"x" * 100_000)
    writer.write(whole[:50_000])
    status, headers, body = await answer_from(reader)
    writer.write(whole[50_000:] + post("/a"))

    assert (status, headers["retry-after"], body) == (503, "1", b"full")
    assert "date" in headers
    assert (await answer_from(reader))[2] == b"/a"
    assert app.begun == ["/a"]


async def test_answers_keep_the_order_of_requests_that_come_at_once(
    crowded: tuple[Crowded, asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """However many wait behind one that takes its time."""
    app, reader, writer = crowded
    writer.write(post("/a") + post("/full") * 2_000 + post("/b"))
    await until(lambda: bool(app.begun))
    app.may_answer.set()

    bodies = [(await answer_from(reader))[2] for _ in range(2_002)]
    assert bodies[0] == b"/a"
    assert set(bodies[1:-1]) <= {b"full", b"slow"}
    assert bodies[-1] == b"/b"


async def test_who_asks_for_it_is_let_go(
    crowded: tuple[Crowded, asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    _, reader, writer = crowded
    writer.write(post("/full", more="Connection: close\r\n"))

    status, headers, _ = await answer_from(reader)
    assert (status, headers["connection"]) == (503, "close")
    assert await reader.read() == b""
