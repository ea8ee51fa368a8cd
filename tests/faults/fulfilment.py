"""A fulfilment system as a process of its own, which can be killed: it writes down what came in before it answers.

`python -m tests.faults.fulfilment PORT FILE`
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]
SERVED = b'{"result": "served", "say": "Your parcel is in the van."}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(SERVED), SERVED)
WORK_SECONDS = 0.02
"""Between what is written down and the answer, so that a kill finds some calls half-way."""
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One call that came in."""

    key: str
    """Its Idempotency-Key."""
    delivery_id: str
    decision_id: str
    rung: str


class FulfilmentSystem:
    """Keeps its port and its book when it is killed and started again."""

    def __init__(self, port: int, book: Path) -> None:
        self.port = port
        self._book = book
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it listens."""
        self._book.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fulfilment", str(self.port), self._book],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        with self._process.stdout as said:
            assert said.readline() == b"listening\n"

    def kill(self) -> None:
        """As `kill -9` does; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def calls(self) -> int:
        """How many came in, as the size of the book tells: it grows with each."""
        return self._book.stat().st_size

    def receipts(self) -> list[Receipt]:
        return [Receipt(**json.loads(line)) for line in self._book.read_text(encoding="utf-8").splitlines()]


class Desk:
    """Answers every call in the same way."""

    def __init__(self, book: int) -> None:
        self._book = book

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
                body = await reader.readexactly(int(headers["content-length"]))
                self._write_down(headers["idempotency-key"], json.loads(body))
                await asyncio.sleep(WORK_SECONDS)
                writer.write(ANSWER)
                await writer.drain()
        except (OSError, EOFError):
            writer.close()

    def _write_down(self, key: str, call: dict[str, str]) -> None:
        line = {"key": key, **{name: call[name] for name in ("delivery_id", "decision_id", "rung")}}
        os.write(self._book, json.dumps(line).encode() + b"\n")  # one write: whole or not at all


async def serve(port: int, book: Path) -> None:
    """Until killed."""
    descriptor = os.open(book, os.O_WRONLY | os.O_APPEND)
    server = await listen(Desk(descriptor), port)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


async def listen(desk: Desk, port: int) -> asyncio.Server:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await asyncio.start_server(desk.serve, HOST, port)
        except OSError:  # something else has the port for a moment
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
