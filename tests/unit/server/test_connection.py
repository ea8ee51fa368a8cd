"""What goes over a connection: one write an answer, and refusals in their place among the answers."""

from __future__ import annotations

import asyncio

import pytest

from service.server.connection import JoiningTransport
from tests.support.crowded import Connected, answer_from, post, until

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


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


async def test_a_refusal_costs_no_task_and_the_connection_goes_on(
    crowded: Connected,
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
    crowded: Connected,
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
    crowded: Connected,
) -> None:
    _, reader, writer = crowded
    writer.write(post("/full", more="Connection: close\r\n"))

    status, headers, _ = await answer_from(reader)
    assert (status, headers["connection"]) == (503, "close")
    assert await reader.read() == b""
