"""`/healthz` and `/readyz`, and what is served while the database is away."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from service.settings import Settings
from tests.support.app import UNDERSTOOD, Caller, eventually, problem_in, serving
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
        "spool": {"records": 0, "bytes": 0},
        "edition": None,
        "edition_failed": None,
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


async def test_a_database_that_is_away_stops_nothing_but_what_needs_the_past(
    with_postgresql: Settings, postgresql: PostgreSQL
) -> None:
    """Probes tell of it, advice and routes go on; and all that was routed is in the database when it is back."""
    async with serving(with_postgresql) as client:
        committed = await client.route(UNDERSTOOD, contact_id="call-1")

        await asyncio.to_thread(postgresql.stop)
        routed = await client.route(UNDERSTOOD, contact_id="call-2")
        again = await client.route(UNDERSTOOD, contact_id="call-2")
        ready, alive = await client.get("/readyz"), await client.get("/healthz")
        advice = await client.intent(UNDERSTOOD)
        refused = [
            await client.get(f"/decisions/{committed['decision_id']}"),
            await client.get("/contacts/call-1"),
            await client.delete("/contacts/call-1"),
        ]
        metrics = await client.metrics()
        await asyncio.to_thread(postgresql.start)
        await eventually(lambda: is_ready(client))
        await eventually(lambda: has_replayed(client))

        held = (await client.get(f"/decisions/{routed['decision_id']}")).json()
        assert held["degraded"] is True
        assert await client.route(UNDERSTOOD, contact_id="call-1") == committed
        assert await client.route(UNDERSTOOD, contact_id="call-2") == routed == again
        after = await client.metrics()
    assert (committed["degraded"], routed["degraded"]) == (False, True)
    assert ready.status_code == 200
    told = ready.json()
    assert (told["status"], told["database"], told["spool"]["records"]) == ("degraded", False, 1)
    assert alive.status_code == 200
    assert advice["status"] == "understood"
    assert advice["degraded"] is False, "advice needs no database"
    for response in refused:
        problem_in(response, status=503, code="storage_unavailable")
        assert response.headers["retry-after"] == "1"
        assert with_postgresql.database_url not in response.text
    assert (metrics.total("errand_spool_records"), metrics.total("errand_spooled_total")) == (1, 1)
    assert metrics.total("errand_spool_bytes") == told["spool"]["bytes"] > 0
    assert metrics.total("errand_contacts_total") == 2
    assert after.total("errand_spool_replayed_total", result="committed") == 1


async def is_ready(client: Caller) -> bool:
    return bool((await client.get("/readyz")).json()["status"] == "ready")


async def has_replayed(client: Caller) -> bool:
    return client.context.recorder.spool.records == 0


async def test_numbered_turns_go_on_while_the_database_is_away(
    with_postgresql: Settings, postgresql: PostgreSQL
) -> None:
    """Of a contact that spoke before: each is taken once, and counts when the database is back."""
    async with serving(with_postgresql) as client:
        await client.route(UNDERSTOOD, contact_id="call-1", turn=1)
        await client.route("where is my parcel", contact_id="call-1", turn=2)
        await asyncio.to_thread(postgresql.stop)
        third = await client.route("I want to speak to a human", contact_id="call-1", turn=3)
        again = await client.route("I want to speak to a human", contact_id="call-1", turn=3)
        other = await client.post("/route", json={"text": "other words", "contact_id": "call-1", "turn": 3})
        await asyncio.to_thread(postgresql.start)
        await eventually(lambda: is_ready(client))
        await eventually(lambda: has_replayed(client))

        late = await client.route("I want to speak to a human", contact_id="call-1", turn=3)
        held = (await client.get("/contacts/call-1")).json()

    assert third == again == late
    problem_in(other, status=409, code="stale_turn", field="turn")
    assert held["turns"] == 3


async def test_who_has_a_deadline_does_not_wait_for_a_late_commit(client: Caller, settings: Settings) -> None:
    """Another process writes for long: the decision is on the disk in time, and in the database afterwards, once."""
    with contextlib.closing(sqlite3.connect(settings.home / "errand.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = await client.route(UNDERSTOOD, contact_id="call-1", deadline_ms=100)
        again = await client.route(UNDERSTOOD, contact_id="call-1", deadline_ms=100)
        other.execute("ROLLBACK")

    await eventually(lambda: has_replayed(client))
    held = (await client.get("/contacts/call-1")).json()
    assert answer["degraded"] is True
    assert again == answer
    assert held["decisions"] == [answer["decision_id"]]
    assert held["turns"] == 1


async def test_without_a_spool_a_database_that_is_away_stops_routes(
    with_postgresql: Settings, postgresql: PostgreSQL
) -> None:
    """Probes tell of it, advice goes on, routes are refused for now; and all is well when it is back."""
    async with serving(with_postgresql.model_copy(update={"spool_mb": 0})) as client:
        committed = await client.route(UNDERSTOOD, contact_id="call-1")
        assert (await client.get("/readyz")).status_code == 200

        await asyncio.to_thread(postgresql.stop)
        ready, alive = await client.get("/readyz"), await client.get("/healthz")
        advice = await client.intent(UNDERSTOOD)
        refused = await client.post("/route", json={"text": UNDERSTOOD})
        looked_up = await client.get(f"/decisions/{committed['decision_id']}")
        metrics = await client.metrics()
        await asyncio.to_thread(postgresql.start)

        await eventually(lambda: is_ready(client))
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
