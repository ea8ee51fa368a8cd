"""Servers under load: processes of our own, each on a free port of loopback, stopped whatever happens."""

from __future__ import annotations

import contextlib
import http.client
import math
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
LAST_LINES = 40


class ServerError(Exception):
    """A server did not start, or is gone; the message holds the last lines of what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    name: str
    port: int
    pid: int
    ready_seconds: float
    """From its start until it answered for the first time."""

    def resident_megabytes(self) -> float | None:
        """Resident memory of the largest of its processes; `None` where there is no /proc."""
        return max((_resident(process) for process in _processes(self.pid)), default=None)

    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far; NaN where there is no /proc."""
        used = [_cpu_seconds(process) for process in _processes(self.pid)]
        return sum(used) if used else math.nan

    def descriptors(self) -> int:
        """File descriptors that its processes have open; 0 where there is no /proc."""
        return sum(_descriptors(process) for process in _processes(self.pid))

    def threads(self) -> int:
        """Threads of its processes; 0 where there is no /proc."""
        return sum(int(fields[17]) for process in _processes(self.pid) if (fields := _stat(process)))

    def pause(self) -> None:
        """Stop it where it stands, so that it takes nothing from others; for servers that work when idle."""
        if hasattr(os, "killpg"):
            os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if hasattr(os, "killpg"):
            os.killpg(self.pid, signal.SIGCONT)

    def get(self, path: str) -> str:
        """The body at `path`. Raises OSError unless the status is 200."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            if response.status != http.client.OK:
                raise OSError(f"{path} answered {response.status}")
            return body


@contextlib.contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    folder: Path,
    health: str | None = "/healthz",
    environment: Mapping[str, str] | None = None,
    wait_seconds: float = 60.0,
) -> Iterator[Server]:
    """Start `command` and wait until `health` answers 200 (`None`: until the port is open); stop it on the way out."""
    log = folder / f"{name}.log"
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its children end with it
        )
    try:
        _wait(process, name, log, lambda: _is_ready(port, health), wait_seconds)
        yield Server(name=name, port=port, pid=process.pid, ready_seconds=time.perf_counter() - started)
        if process.poll() is not None:
            raise ServerError(f"{name} ended with {process.returncode} under load.\n{_last_lines(log)}")
    finally:
        _stop(process)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], name: str, log: Path, is_ready: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None:
            raise ServerError(f"{name} ended with {process.returncode} before it was ready.\n{_last_lines(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"{name} was not ready within {seconds:.0f} s.\n{_last_lines(log)}")
        time.sleep(POLL_SECONDS)


def _is_ready(port: int, health: str | None) -> bool:
    try:
        if health is None:
            socket.create_connection((HOST, port), timeout=1).close()
        else:
            Server(name="", port=port, pid=0, ready_seconds=0).get(health)
    except (OSError, http.client.HTTPException):
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL, to the process and the children it started."""
    process.terminate()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)  # it may be paused
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])


def _processes(session: int) -> list[Path]:
    """Folders in /proc of the processes of a session, which a server is the first of."""
    return [stat.parent for stat in Path("/proc").glob("[0-9]*/stat") if _stat(stat.parent)[3:4] == [str(session)]]


def _stat(process: Path) -> list[str]:
    """Fields of /proc/PID/stat from the state on (proc_pid_stat(5)); empty where the process is gone."""
    try:
        return (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_seconds(process: Path) -> float:
    ticks = _stat(process)[11:13]  # user and system time
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _descriptors(process: Path) -> int:
    try:
        return sum(1 for _ in (process / "fd").iterdir())
    except OSError:  # it is gone
        return 0


def _resident(process: Path) -> float:
    try:
        status = (process / "status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return 0.0 if found is None else int(found[1]) * 1024 / 1e6
