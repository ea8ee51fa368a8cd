"""`errand serve` as a process of its own, on a free loopback port: started, asked over TCP, stopped and killed."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import httpx

from tests.support.app import AMPLE_MS, Metrics
from tests.support.bundles import ROOT, clean_environment
from tests.support.daemon import children_of, free_port

LIMIT_SECONDS = 60.0
"""For whatever a healthy process does in two or three: only a broken one takes so long."""


class Server:
    """One `errand serve`, with its home in a folder that outlives it."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = home / "stderr"
        self._environment = {
            **clean_environment(),
            "ERRAND_HOME": str(home),
            "ERRAND_PORT": str(self.port),
            "ERRAND_DEADLINE_MS": str(AMPLE_MS),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        """All that it wrote to standard error, over all its starts."""
        return self._log.read_text(encoding="utf-8")

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.spawn()
        self.wait_until_ready()

    def spawn(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.said
            if self.is_ready():
                return
            time.sleep(0.05)
        raise AssertionError(f"It did not become ready:\n{self.said}")

    def is_ready(self) -> bool:
        """Asked without a client of httpx, which takes longer to make than a server that is ready to answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def send(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        assert self._process is not None
        code = self._process.wait(LIMIT_SECONDS)
        self._process = None
        return code

    def kill(self) -> None:
        """The process and its workers, as `kill -9` does; harmless when it has ended."""
        if self._process is None:
            return
        for pid in [self._process.pid, *self.workers()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait()

    def workers(self) -> set[int]:
        """Process ids of worker processes; none where the process serves by itself."""
        assert self._process is not None
        return {pid for pid in children_of(self._process.pid) if b"spawn_main" in command_of(pid)}

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Connections that stay open until the context ends."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=LIMIT_SECONDS) as client:
            yield client

    async def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """One request over a connection of its own."""
        async with self.client() as client:
            return await client.post(path, json=body)

    async def metrics(self) -> Metrics:
        """As one scrape over a new connection finds them, from whichever worker answers."""
        async with self.client() as client:
            return Metrics((await client.get("/metrics")).text)


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


@contextlib.contextmanager
def running_server(home: Path, **environment: str) -> Iterator[Server]:
    """A server that is ready; whatever is left of it at the end is killed."""
    server = Server(home, environment)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def run_command(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`errand …` to its end. One that does not end in time fails the test."""
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "service.cli", *arguments],
                cwd=ROOT,
                env={**clean_environment(), "ERRAND_HOME": str(home), **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        try:
            out, err = process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"It did not end:\n{process.communicate()[1][-4_000:]}") from None
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
