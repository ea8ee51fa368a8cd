"""`errand serve` is started before its PostgreSQL is, as happens where both start together."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon import free_port
from tests.support.postgres import PostgreSQL, running_postgresql
from tests.support.server import LIMIT_SECONDS, Server

WAITING = "cannot be reached; waiting for it"
PASSWORD = "tangerine" + "4711"


@pytest.fixture
def stopped() -> Iterator[PostgreSQL]:
    """A PostgreSQL that has its port, and is not there."""
    with running_postgresql() as server:
        server.stop()
        yield server


def wait_until_told(server: Server, told: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while told not in server.said:
        assert time.monotonic() < deadline, server.said
        time.sleep(0.02)


def test_it_serves_when_its_database_has_come(stopped: PostgreSQL, starter_bundle: Path, tmp_path: Path) -> None:
    """With its tables made, and told by its place alone what was waited for."""
    url = stopped.url("postgres").replace("errand@", f"errand:{PASSWORD}@")
    server = Server(tmp_path / "home", {"ERRAND_BUNDLE": str(starter_bundle), "ERRAND_DATABASE_URL": url})
    try:
        server.spawn()
        wait_until_told(server, f"The database at 127.0.0.1:{stopped.port} {WAITING}")
        stopped.start()
        server.wait_until_ready()
        assert server.said.index("The database is there.") < server.said.index("Database migrated.")
        assert PASSWORD not in server.said
    finally:
        server.kill()


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """A shell that runs the tests in the background has them ignore Ctrl-C, and with them whatever they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_can_be_interrupted_while_it_waits(tmp_path: Path, how: signal.Signals, code: int) -> None:
    """At once, with the code that a shell gives."""
    url = f"postgresql://errand@127.0.0.1:{free_port()}/errand"
    server = Server(tmp_path / "home", {"ERRAND_DATABASE_URL": url, "ERRAND_DATABASE_WAIT_SECONDS": "3600"})
    try:
        server.spawn()
        wait_until_told(server, WAITING)
        server.send(how)
        assert server.wait() == code
        assert "Traceback" not in server.said
    finally:
        server.kill()
