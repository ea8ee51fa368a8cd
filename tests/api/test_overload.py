"""More requests than are admitted are refused at once, and probes are not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from service.settings import Settings
from tests.support.app import UNDERSTOOD, Caller, problem_in, serving
from tests.support.server import LIMIT_SECONDS, running_server


@contextlib.asynccontextmanager
async def a_request_under_way(client: Caller) -> AsyncIterator[asyncio.Task[httpx.Response]]:
    """A contact whose body has begun and does not end before the context does."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        begun.set()
        await end.wait()
        yield f'{UNDERSTOOD}"}}'.encode()

    task = asyncio.create_task(client.post("/intent", content=body()))
    await begun.wait()
    try:
        yield task
    finally:
        end.set()
        await task


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[Caller]:
    """A service that admits one request at a time."""
    async with serving(settings.model_copy(update={"max_in_flight": 1})) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/intent"), ("POST", "/intent/batch"), ("POST", "/route"), ("GET", "/decisions/a")]
)
async def test_one_request_more_than_is_admitted_is_refused(narrow: Caller, method: str, path: str) -> None:
    """It learns when to come back, and the one before it is answered as if nothing had been."""
    async with a_request_under_way(narrow) as admitted:
        refused = await narrow.request(method, path, json={"text": UNDERSTOOD} if method == "POST" else None)

    problem_in(refused, status=503, code="overloaded")
    assert refused.headers["retry-after"] == "1"
    assert (await admitted).status_code == 200


async def test_a_batch_takes_the_room_of_its_items(settings: Settings) -> None:
    """So that a few of them do not keep single contacts out; it is admitted when there is room."""
    items = {"items": [{"text": UNDERSTOOD}] * 3}
    async with serving(settings.model_copy(update={"max_in_flight": 4})) as client:
        async with a_request_under_way(client), a_request_under_way(client), a_request_under_way(client):
            refused = await client.post("/intent/batch", json=items)
            single = await client.post("/intent", json={"text": UNDERSTOOD})
        admitted = await client.post("/intent/batch", json=items)

    problem_in(refused, status=503, code="overloaded")
    assert (single.status_code, admitted.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_are_answered_under_overload(narrow: Caller, path: str) -> None:
    """An orchestrator that killed whoever is busy would make it worse."""
    async with a_request_under_way(narrow):
        response = await narrow.get(path)

    assert response.status_code == 200


async def test_there_is_room_again_afterwards(narrow: Caller) -> None:
    """Neither answers nor refusals keep a place."""
    async with a_request_under_way(narrow):
        for _ in range(3):
            await narrow.post("/intent", json={"text": UNDERSTOOD})

    assert (await narrow.post("/intent", json={"text": ""})).status_code == 422
    assert (await narrow.intent(UNDERSTOOD))["status"] == "understood"


async def test_refusals_are_counted(narrow: Caller) -> None:
    """An operator sees how many were turned away."""
    async with a_request_under_way(narrow):
        await narrow.post("/route", json={"text": UNDERSTOOD})
        metrics = await narrow.metrics()

    assert metrics.total("errand_requests_total", status="503") == 1


async def test_a_request_that_is_under_way_shows(narrow: Caller) -> None:
    """An operator sees how much is being served, before anything is refused."""
    async with a_request_under_way(narrow):
        busy = await narrow.metrics()
    idle = await narrow.metrics()

    assert busy.total("errand_requests_in_flight") - idle.total("errand_requests_in_flight") == 1


async def test_a_body_that_does_not_come_is_not_waited_for(settings: Settings) -> None:
    """Whoever sends a byte now and then keeps no place for long."""
    hasty = settings.model_copy(update={"body_seconds": 0.1})
    async with serving(hasty) as client, a_request_under_way(client) as slow:
        refused = await asyncio.wait_for(asyncio.shield(slow), timeout=30)

    problem_in(refused, status=408, code="body_too_slow", field="body")


def test_the_connection_of_a_slow_body_is_closed(starter_bundle: Path, tmp_path: Path) -> None:
    """Over TCP, where it would be held for as long as the sender likes."""
    environment = {"ERRAND_BUNDLE": str(starter_bundle), "ERRAND_BODY_SECONDS": "0.2"}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running_server(tmp_path / "home", **environment))
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_SECONDS))
        connection.sendall(b'POST /intent HTTP/1.1\r\nHost: errand\r\nContent-Length: 500\r\n\r\n{"text": "')
        received = stack.enter_context(connection.makefile("rb")).read()

    assert received.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in received


def test_who_is_turned_away_at_the_connection_is_told_what_anybody_is(starter_bundle: Path, tmp_path: Path) -> None:
    """Over TCP, where no task is made for it: the same problem, counted all the same; probes are answered."""
    environment = {"ERRAND_BUNDLE": str(starter_bundle), "ERRAND_MAX_IN_FLIGHT": "1"}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running_server(tmp_path / "home", **environment))
        busy = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_SECONDS))
        busy.sendall(b'POST /intent HTTP/1.1\r\nHost: errand\r\nContent-Length: 500\r\n\r\n{"text": "')
        client = stack.enter_context(httpx.Client(base_url=server.url, trust_env=False, timeout=LIMIT_SECONDS))
        client.get("/healthz")  # by then the other is in
        named = client.post("/route", json={"text": UNDERSTOOD}, headers={"X-Request-Id": "mine"})
        paged = client.post("/route", json={"text": UNDERSTOOD}, headers={"Origin": "https://shop.example"})
        healthy, metrics = client.get("/healthz"), client.get("/metrics").text

    problem_in(named, status=503, code="overloaded")
    assert named.headers["x-request-id"] == "mine"
    assert named.json() == paged.json()
    ignored = {"date", "x-request-id"}
    assert {k: v for k, v in named.headers.items() if k not in ignored} == {
        k: v for k, v in paged.headers.items() if k not in ignored
    }
    assert healthy.status_code == 200
    assert 'errand_requests_total{endpoint="/route",status="503"} 2.0' in metrics
