"""Replicas that share a database go over to what is published, together and as a whole, under load."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import check_catalogue, starter_folder
from service.domain.edition import Publishing
from service.edition.catalogue_firewall import require_vetted
from service.record.identity import Identity
from service.record.recorder import open_recorder
from service.understand.bundle import open_bundle
from tests.support.app import UNDERSTOOD, eventually
from tests.support.editions import Source, a_publication, a_rollback, content_of, make_sources, renamed, versions_in
from tests.support.postgres import running_postgresql
from tests.support.server import Server, run_command, running_server

SECRET = "a secret that both replicas share"  # noqa: S105
PAUSE_SECONDS = 0.05


@pytest.fixture(scope="module")
def sources(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    """Of what the settings name, and of what is published first."""
    return make_sources(starter_bundle, tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with running_postgresql() as server, server.database() as url:
        yield url


@pytest.fixture(scope="module")
def environment(database_url: str, starter_bundle: Path) -> dict[str, str]:
    return {
        "ERRAND_DATABASE_URL": database_url,
        "ERRAND_SECRET": SECRET,
        "ERRAND_BUNDLE": str(starter_bundle),
    }


@pytest.fixture(scope="module")
def replicas(
    environment: dict[str, str], vetted: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    """Two, with homes of their own."""
    with ExitStack() as stack:
        homes = [tmp_path_factory.mktemp("home") for _ in range(2)]
        for home in homes:
            shutil.copytree(vetted, home / "cache")
        yield [stack.enter_context(running_server(home, **environment)) for home in homes]


@pytest.fixture(scope="module")
def vetted(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What remembers that the firewall has passed the starter, so that it is asked once for all homes."""
    folder = tmp_path_factory.mktemp("cache")
    bundle = open_bundle(starter_bundle)
    require_vetted(
        check_catalogue(starter_folder()),
        bundle=bundle.manifest.version,
        open_judge=lambda: bundle.judge.promotion_in,
        folder=folder,
    )
    return folder


async def publish(database_url: str, source: Source, *, number: int, **overrides: str) -> Publishing:
    """Past the checks of the command."""
    content = content_of(source, Identity(SECRET.encode()), **overrides)
    async with open_recorder(database_url) as recorder:
        return await recorder.publish(a_publication(content, number=number))


async def roll_back(database_url: str, edition_id: int, *, number: int) -> Publishing:
    async with open_recorder(database_url) as recorder:
        return await recorder.roll_back(a_rollback(edition_id, number=number))


async def errand(*arguments: str, home: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What a command prints as JSON."""
    ended = await asyncio.to_thread(run_command, *arguments, "--json", home=home, **environment)
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


async def readiness(server: Server) -> dict[str, Any]:
    async with server.client() as client:
        told: dict[str, Any] = (await client.get("/readyz")).json()
        return told


async def serve_all(replicas: Sequence[Server], source: Source) -> None:
    """Return when every replica serves it."""
    for server in replicas:
        await eventually(partial(serves, server, source.versions))


async def serves(server: Server, versions: tuple[str, str]) -> bool:
    return versions_in(await readiness(server)) == versions


@dataclass
class Load:
    """Contacts routed one after another on each replica; one that is not routed fails the test."""

    phase: str = "before"
    answers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Each with the phase in which it was asked for."""
    is_over: bool = False

    def versions(self, phase: str) -> list[tuple[str, str]]:
        return [versions_in(answer) for asked_in, answer in self.answers if asked_in == phase]

    async def has_come(self) -> bool:
        """Enough in this phase to tell something."""
        return len(self.versions(self.phase)) >= 10

    async def call(self, server: Server) -> None:
        async with server.client() as client:
            while not self.is_over:
                phase = self.phase
                response = await client.post("/route", json={"text": UNDERSTOOD, "dispatch": False})
                assert response.status_code == 200, response.text
                self.answers.append((phase, response.json()))
                await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def load(replicas: Sequence[Server]) -> AsyncIterator[Load]:
    under = Load()
    async with asyncio.TaskGroup() as tasks:
        for server in replicas:
            tasks.create_task(under.call(server))
        try:
            yield under
        finally:
            under.is_over = True


async def test_replicas_follow_what_is_published_and_rolled_back(
    replicas: list[Server],
    sources: tuple[Source, Source],
    environment: dict[str, str],
    database_url: str,
    tmp_path: Path,
) -> None:
    """While they serve: no contact is refused, and no answer is of two editions."""
    before, after = sources
    options = ("--catalogue", str(after.catalogue), "--bundle", str(after.bundle), "--reason", "clearer words")

    async with load(replicas) as under:
        await eventually(under.has_come)
        under.phase = "while it changes"
        first = await errand("publish", *options, home=tmp_path, environment=environment)
        await serve_all(replicas, after)
        under.phase = "after"
        await eventually(under.has_come)
        under.phase = "while it changes"
        await publish(database_url, before, number=2)
        await serve_all(replicas, before)
        third = await roll_back(database_url, 1, number=3)
        await serve_all(replicas, after)
        batch = await replicas[0].post("/intent/batch", {"items": [{"text": UNDERSTOOD}] * 3})

    assert set(under.versions("before")) == {before.versions}
    assert set(under.versions("while it changes")) == {before.versions, after.versions}
    assert set(under.versions("after")) == {after.versions}
    assert {versions_in(item) for item in batch.json()["items"]} == {after.versions}
    assert (first["edition_id"], first["published"], third.edition_id) == (1, True, 3)
    assert first["changes"]["intents"] == {"added": [], "removed": [], "changed": ["track_order"]}
    assert [(await readiness(server))["edition"] for server in replicas] == [3, 3]


async def test_what_cannot_be_opened_leaves_what_is_served(
    replicas: list[Server], sources: tuple[Source, Source], database_url: str, tmp_path: Path
) -> None:
    """It is told by the probe and by a metric, and once in the log; a sound edition ends it."""
    await publish(database_url, sources[1], number=10)
    await serve_all(replicas, sources[1])
    damaged = renamed(sources[0].bundle, tmp_path / "damaged", provenance="damaged")
    (damaged / "report.json").unlink()
    (damaged / "report.json").write_bytes(b"[]")
    source = Source(catalogue=sources[0].catalogue, bundle=damaged)

    told = await publish(database_url, source, number=11)
    for server in replicas:
        await eventually(partial(has_failed, server, told.edition_id))
    kept = [await readiness(server) for server in replicas]
    shown = [(await server.metrics()).total("errand_edition_failed") for server in replicas]
    await publish(database_url, sources[0], number=12)
    await serve_all(replicas, sources[0])

    assert shown == [1, 1]
    for ready in kept:
        assert (ready["status"], ready["bundle"], ready["catalogue"]) == ("ready", *sources[1].versions)
        assert ready["edition_failed"] == {"edition": told.edition_id, "code": "invalid_bundle"}
    for server in replicas:
        assert server.said.count("report.json is damaged where it was published") == 1
        assert (await readiness(server))["edition_failed"] is None
        assert (await server.metrics()).total("errand_edition_failed") == 0


async def has_failed(server: Server, edition_id: int) -> bool:
    failed = (await readiness(server))["edition_failed"]
    return failed is not None and failed["edition"] == edition_id


async def test_a_replica_whose_source_is_away_serves_what_it_served(
    replicas: list[Server], sources: tuple[Source, Source], database_url: str, tmp_path: Path
) -> None:
    """After a restart too; also where something was published meanwhile that it cannot get."""
    bundle = renamed(sources[0].bundle, tmp_path / "bundle", provenance="away soon")
    source = Source(catalogue=sources[1].catalogue, bundle=bundle)
    served = await publish(database_url, source, number=20)
    versions = source.versions
    await serve_all(replicas, source)
    replica = replicas[0]
    replica.send(signal.SIGTERM)
    await asyncio.to_thread(replica.wait)
    shutil.rmtree(bundle)

    unreachable = {"bundle": "0" * 16, "bundle_source": str(tmp_path / "nowhere")}
    missed = await publish(database_url, sources[0], number=21, **unreachable)
    await asyncio.to_thread(replica.start)

    await eventually(lambda: has_failed(replica, missed.edition_id))
    ready = await readiness(replica)
    assert (ready["edition"], ready["bundle"], ready["catalogue"]) == (served.edition_id, *versions)
    assert ready["edition_failed"] == {"edition": missed.edition_id, "code": "bundle_away"}
    assert f"Edition {missed.edition_id} is published; folders that the settings name are not" in replica.said
