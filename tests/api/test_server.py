"""`errand serve` as a process: what it says, what it keeps when it is killed, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from service.record.recorder import open_recorder
from tests.support.app import AMBIGUOUS, UNDERSTOOD, eventually
from tests.support.bundles import ROOT, clean_environment
from tests.support.server import Server, running_server

CANARY = "zebracanary"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
KILLS = 3
ACKNOWLEDGED_BEFORE_A_KILL = 70
CONNECTIONS = 8


@pytest.fixture(scope="module")
def server(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for tests that leave it running; it logs all that it can."""
    chatty = {"ERRAND_ACCESS_LOG": "true", "ERRAND_LOG_LEVEL": "debug"}
    with running_server(tmp_path_factory.mktemp("home"), ERRAND_BUNDLE=str(starter_bundle), **chatty) as server:
        yield server


def test_a_start_says_where_and_what_to_try(server: Server) -> None:
    """The address, the address of the documentation, a first request, and who is let in."""
    first, second, third, fourth = (line for line in server.said.splitlines() if not line.startswith("{"))

    assert first == "Database migrated."
    assert f"serves at {server.url} " in second
    assert f"docs: {server.url}/docs" in second
    assert third.startswith(f"try: curl -s {server.url}/intent ")
    assert "no key yet: this machine alone may call" in fourth


async def test_the_request_to_try_works(server: Server) -> None:
    """Copied from the screen as it stands, it finds the goal."""
    line = next(line for line in server.said.splitlines() if line.startswith("try: "))
    command = shlex.split(line.removeprefix("try: "))
    _, _, url, _, header, _, body = command
    name, _, value = header.partition(": ")

    async with server.client() as client:
        answer = await client.post(url, content=body.encode(), headers={name: value})

    assert answer.json()["goals"][0]["intent"] == "track_order"


async def test_documentation_is_served(server: Server) -> None:
    """At the address that was said."""
    async with server.client() as client:
        assert (await client.get("/docs")).status_code == 200


RAW = [
    pytest.param(b"Content-Length: soon\r\n\r\n", 400, id="a length in words"),
    pytest.param(b"Content-Length: -1\r\n\r\n", 400, id="a length below nothing"),
    pytest.param(b"Content-Length: 65537\r\n\r\n", 413, id="a body that is declared too large"),
    pytest.param(
        b"Transfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"a" * 0x8000 + b"\r\n8001\r\n" + b"a" * 0x8001,
        413,
        id="a body that turns out too large",
    ),
    pytest.param(
        b"X-Request-Timeout-Ms: " + b"9" * 5_000 + b"\r\nContent-Length: 14\r\n\r\n" + b'{"text": "hi"}',
        422,
        id="a deadline of 5,000 digits",
    ),
]


@pytest.mark.parametrize(("rest", "status"), RAW)
async def test_what_is_hardly_http_is_refused(server: Server, rest: bytes, status: int) -> None:
    """With a status of its own, and the process goes on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /intent HTTP/1.1\r\nHost: errand.test\r\nContent-Type: application/json\r\n" + rest)

    found = (await reader.readline()).split()[1]

    writer.close()
    assert int(found) == status
    assert (await server.post("/intent", {"text": UNDERSTOOD})).status_code == 200


async def test_logs_carry_ids_and_no_texts(server: Server) -> None:
    """A line for each answer, as JSON, with the ids of the caller and nothing that was written."""
    headers = {"X-Request-Id": "call-4711", "traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}
    async with server.client() as client:
        await client.post("/route", json={"text": f"{UNDERSTOOD} {CANARY}", "contact_id": CANARY}, headers=headers)
        await client.post("/route", content=CANARY.encode())
        await client.get(f"/{CANARY}?{CANARY}")
    await send_no_http(server)

    lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    (answered,) = (line for line in lines if line.get("request_id") == "call-4711")
    assert answered["trace_id"] == TRACE_ID
    assert (answered["endpoint"], answered["status"], answered["event"]) == ("/route", 200, "answered")
    assert CANARY not in server.said


async def send_no_http(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{CANARY} {CANARY}\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 400")
    writer.close()


@pytest.fixture
def own_server(starter_bundle: Path, tmp_path: Path) -> Iterator[Server]:
    """One for a test that ends it."""
    with running_server(tmp_path / "home", ERRAND_BUNDLE=str(starter_bundle)) as server:
        yield server


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_that_was_asked_for_is_no_failure(own_server: Server, how: signal.Signals) -> None:
    """Exit code 0, as the command's help says."""
    own_server.send(how)

    assert await asyncio.to_thread(own_server.wait) == 0


async def test_what_is_under_way_is_answered_before_the_end(own_server: Server) -> None:
    """A contact whose body arrives after SIGTERM is routed and committed; newcomers are not let in."""
    body = json.dumps({"text": UNDERSTOOD}).encode()
    head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", own_server.port)
    writer.write(b"POST /route HTTP/1.1\r\nHost: errand.test\r\n" + head.encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")

    own_server.send(signal.SIGTERM)
    await eventually(lambda: refuses_connections(own_server))
    writer.write(body)
    answer = await reader.read()
    writer.close()
    await asyncio.to_thread(own_server.wait)

    assert answer.startswith(b"HTTP/1.1 200")
    await assert_committed(own_server, [json.loads(answer.partition(b"\r\n\r\n")[2])["decision_id"]])


async def refuses_connections(server: Server) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def assert_committed(server: Server, decision_ids: list[str]) -> None:
    async with open_recorder(f"sqlite:///{server.home}/errand.db") as recorder:
        for decision_id in decision_ids:
            await recorder.get_decision(decision_id)


async def test_kill_9_loses_no_acknowledged_decision(own_server: Server) -> None:
    """The process is killed the moment an answer arrives, with others under way, three times over."""
    acknowledged: list[str] = []
    for kill in range(KILLS):
        if kill:
            await asyncio.to_thread(own_server.start)
        acknowledged += await route_until_killed(own_server)

    assert len(acknowledged) == len(set(acknowledged)) >= 200
    await assert_committed(own_server, acknowledged)


async def route_until_killed(server: Server) -> list[str]:
    """Ids of decisions that were answered with 200, over several connections, before the process was gone."""
    acknowledged: list[str] = []

    async def route_on() -> None:
        async with server.client() as client:
            with suppress(httpx.TransportError):
                while True:
                    answer = await client.post("/route", json={"text": UNDERSTOOD, "channel": "voice"})
                    acknowledged.append(answer.raise_for_status().json()["decision_id"])
                    if len(acknowledged) == ACKNOWLEDGED_BEFORE_A_KILL:
                        server.send(signal.SIGKILL)

    await asyncio.gather(*(route_on() for _ in range(CONNECTIONS)))
    await asyncio.to_thread(server.wait)
    return acknowledged


class Workers:
    """A server of two workers, and a count of what it was sent."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent = 0

    async def send(self, count: int) -> None:
        """So many contacts, each over a connection of its own, several at a time."""
        for _ in range(count // CONNECTIONS):
            posts = (self.server.post("/route", {"text": UNDERSTOOD}) for _ in range(CONNECTIONS))
            assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
        self.sent += count

    async def assert_counted(self) -> None:
        """A worker counts after it has answered; from then on every scrape, of either worker, says the same."""

        async def says_all() -> bool:
            metrics = await self.server.metrics()
            found = metrics.total("errand_requests_total", endpoint="/route", status="200")
            assert found <= self.sent
            return found == self.sent

        await eventually(says_all)
        for _ in range(CONNECTIONS):
            metrics = await self.server.metrics()
            assert metrics.total("errand_requests_total", endpoint="/route") == self.sent
            assert metrics.total("errand_contacts_total") == self.sent
            assert metrics.total("errand_goals_total", intent="cancel_booking") == self.sent
            assert metrics.total("errand_commit_batch_size_sum") == self.sent

    async def kill_one(self) -> None:
        """As `kill -9` does, and waits until another worker serves in its place."""
        before = self.server.workers()
        os.kill(min(before), signal.SIGKILL)

        async def is_replaced() -> bool:
            now = self.server.workers()
            with suppress(httpx.TransportError):  # the connection was the killed worker's
                return len(now) == 2 and now != before and await self.in_service() == now
            return False

        await eventually(is_replaced)

    async def in_service(self) -> set[int]:
        samples = (await self.server.metrics()).samples
        return {int(sample.labels["pid"]) for sample in samples if sample.name == "errand_info"}


@pytest.fixture
async def workers(starter_bundle: Path, tmp_path: Path) -> AsyncIterator[Workers]:
    (tmp_path / "temporary").mkdir()
    environment = {"ERRAND_WORKERS": "2", "TMPDIR": str(tmp_path / "temporary"), "ERRAND_BUNDLE": str(starter_bundle)}
    with running_server(tmp_path / "home", **environment) as server:
        workers = Workers(server)

        async def both_serve() -> bool:
            return len(server.workers()) == 2 and await workers.in_service() == server.workers()

        await eventually(both_serve)
        yield workers


async def test_metrics_add_up_over_workers_that_come_and_go(workers: Workers, tmp_path: Path) -> None:
    """Both workers of the start are killed; nothing that they counted is lost, and nothing is counted twice."""
    for _ in range(2):
        await workers.send(32)
        await workers.assert_counted()
        await workers.kill_one()
    await workers.send(32)
    await workers.assert_counted()

    workers.server.send(signal.SIGTERM)
    assert await asyncio.to_thread(workers.server.wait) == 0
    assert list((tmp_path / "temporary").glob("errand-metrics-*")) == []


SERVE_AND_TELL = """
import asyncio, json, sys
from pathlib import Path
from service.main import create_app
from service.settings import Settings

async def main():
    app = create_app(Settings(home=Path(sys.argv[1]), bundle=Path(sys.argv[2])))
    async with app.router.lifespan_context(app):
        predict = app.state.context.pipeline.classifier.predict
        stages = {(await predict(utterance, top_k=3)).stage for utterance in sys.argv[4:]}
        loaded = {name.partition(".")[0] for name in sys.modules} & set(sys.argv[3].split(","))
        print(json.dumps({"stages": sorted(stages), "loaded": sorted(loaded)}))

asyncio.run(main())
"""


def test_a_serving_process_holds_nothing_that_trains(starter_bundle: Path, tmp_path: Path) -> None:
    """Both heads have answered, and the memory holds none of the libraries that only building a bundle needs."""
    heavy = "sklearn,scipy,transformers,torch,onnx,huggingface_hub,pandas"
    told = subprocess.run(
        [sys.executable, "-c", SERVE_AND_TELL, tmp_path, starter_bundle, heavy, "where is my parcel?", AMBIGUOUS],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(told.stdout) == {"stages": ["encoder", "lexical"], "loaded": []}
