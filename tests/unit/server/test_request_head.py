"""Heads of requests that are too long, too slow or no HTTP are refused as anything else is, and let go."""

from __future__ import annotations

import asyncio
import json

import pytest

from service.server.request_head import MOST_BYTES, MOST_HEADERS
from tests.support.crowded import Connected, answer_from, post


async def refused(connected: Connected, sent: bytes) -> dict[str, object]:
    """The problem that comes of it; then the connection is closed, and the application was not asked."""
    app, reader, writer = connected
    writer.write(sent)
    status, headers, body = await answer_from(reader)
    problem = json.loads(body)
    assert problem["status"] == status
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert await reader.read() == b""
    assert app.begun == []
    return {"status": status, "code": problem["code"]}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(post("/a", more=f"X-Long: {'x' * MOST_BYTES}\r\n"), id="one long header"),
        pytest.param(post("/a", more="".join([f"X-{n}: 1\r\n" for n in range(MOST_HEADERS)])), id="many headers"),
        pytest.param(post("/" + "a" * MOST_BYTES), id="a long address"),
        pytest.param(b"POST /a HTTP/1.1\r\nX-Long: " + b"x" * MOST_BYTES, id="a header without end"),
        pytest.param(b"POST /" + b"a" * MOST_BYTES + b"a", id="an address without end"),
    ],
)
async def test_a_head_has_its_limits(crowded: Connected, sent: bytes) -> None:
    assert await refused(crowded, sent) == {"status": 431, "code": "head_too_large"}


async def test_what_is_no_http_is_refused(crowded: Connected) -> None:
    """Without a word of it."""
    assert await refused(crowded, b"my parcel never came\r\n\r\n") == {"status": 400, "code": "malformed_request"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.server.request_head.HEAD_SECONDS", 0.05)


async def test_a_head_that_stops_coming_is_refused(impatient: None, crowded: Connected) -> None:
    assert await refused(crowded, b"POST /a HTTP/1.1\r\nHost:") == {"status": 408, "code": "head_too_slow"}


async def test_who_says_nothing_is_told_nothing(impatient: None, crowded: Connected) -> None:
    _, reader, _ = crowded
    assert await reader.read() == b""


async def test_whole_heads_are_not_timed_whatever_comes_later(impatient: None, crowded: Connected) -> None:
    """The body, the answer and the next request have limits of their own."""
    app, reader, writer = crowded
    whole = post("/a", b"x" * 100_000)
    writer.write(whole[:50_000])
    await asyncio.sleep(0.2)
    app.may_answer.set()
    assert (await answer_from(reader))[2] == b"/a"

    writer.write(whole[50_000:] + post("/b")[:20])
    writer.write(post("/b")[20:])
    assert (await answer_from(reader))[2] == b"/b"
