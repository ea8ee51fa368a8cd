"""`/healthz` and `/readyz`, and what is served while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from service.settings import Settings
from tests.support.app import UNDERSTOOD, Caller, problem_in, serving
from tests.support.postgres import PostgreSQL, running_postgresql


async def test_a_process_that_runs_is_alive(shared: Caller) -> None:
    """It asks nothing else."""
    response = await shared.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_service_is_ready_when_all_is_open(shared: Caller) -> None:
    """It tells which bundle and catalogue it serves."""
    response = await shared.get("/readyz")

    pipeline = shared.context.pipeline
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "database": True,
        "bundle": pipeline.classifier.version,
        "catalogue": pipeline.catalogue.version,
    }


async def test_a_service_that_drains_is_not_ready(settings: Settings) -> None:
    """No contact is sent to who is about to go, though it is alive still."""
    async with serving(settings) as client:
        client.context.draining = True

        response = await client.get("/readyz")

        assert (response.status_code, response.json()["status"], response.json()["database"]) == (
            503,
            "not_ready",
            True,
        )
        assert (await client.get("/healthz")).status_code == 200


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@pytest.fixture
def with_postgresql(settings: Settings, postgresql: PostgreSQL) -> Iterator[Settings]:
    """Settings with an empty database on a server that can be stopped."""
    with postgresql.database() as url:
        yield settings.model_copy(update={"database_url": url})


async def test_a_database_that_is_away_stops_routes_and_nothing_else(
    with_postgresql: Settings, postgresql: PostgreSQL
) -> None:
    """Probes tell of it, advice goes on, routes are refused for now; and all is well when it is back."""
    async with serving(with_postgresql) as client:
        committed = await client.route(UNDERSTOOD, contact_id="call-1")
        assert (await client.get("/readyz")).status_code == 200

        await asyncio.to_thread(postgresql.stop)
        ready, alive = await client.get("/readyz"), await client.get("/healthz")
        advice = await client.intent(UNDERSTOOD)
        refused = await client.post("/route", json={"text": UNDERSTOOD})
        looked_up = await client.get(f"/decisions/{committed['decision_id']}")
        metrics = await client.metrics()
        await asyncio.to_thread(postgresql.start)

        assert (await client.get("/readyz")).status_code == 200
        assert await client.route(UNDERSTOOD, contact_id="call-1") == committed
    assert (ready.status_code, ready.json()["status"], ready.json()["database"]) == (503, "not_ready", False)
    assert alive.status_code == 200
    assert advice["status"] == "understood"
    for response in (refused, looked_up):
        problem_in(response, status=503, code="storage_unavailable")
        assert response.headers["retry-after"] == "1"
        assert with_postgresql.database_url not in response.text
    assert metrics.total("errand_contacts_total") == 1, "what was not committed was not routed"


@pytest.mark.parametrize("decision_id", ["%00", "%ED%A0%80", "☃", "' OR 1=1 --"])
async def test_an_odd_id_is_not_found_in_postgresql_either(with_postgresql: Settings, decision_id: str) -> None:
    """A value that the database cannot hold names nothing; the database is not away for that."""
    async with serving(with_postgresql) as client:
        response = await client.get(f"/decisions/{decision_id}")

    problem_in(response, status=404, code="not_found", field="decision_id")
