"""More requests than are admitted are refused at once, and probes are not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from service.settings import Settings
from tests.support.app import UNDERSTOOD, Caller, problem_in, serving


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
