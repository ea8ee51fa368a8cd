"""A server of somebody else's for tests, as a process of its own on a free loopback port."""

from __future__ import annotations

import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

ATTEMPTS = 3
START_SECONDS = 30.0


class Daemon(ABC):
    """Keeps its port when it is stopped, killed and started again."""

    name: ClassVar[str]
    """As people call it."""

    def __init__(self, folder: Path, *, run_as: dict[str, Any] | None = None) -> None:
        self.port = 0
        self._folder = folder
        self._run_as = run_as or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Start, and wait until it answers. Another process may take a port that was free a moment ago."""
        for _ in range(ATTEMPTS):
            port = self.port or free_port()
            with (self._folder / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    self._command(port), stdout=log, stderr=log, cwd=self._folder, **self._run_as
                )
            if self._comes_up(self._process, port):
                self.port = port
                return
            self.kill()
        raise RuntimeError(f"{self.name} did not start:\n{(self._folder / 'log').read_text()}")

    def kill(self) -> None:
        """As `kill -9` does; harmless when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _comes_up(self, process: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if self._answers(port):
                return True
            time.sleep(0.02)
        return False

    @abstractmethod
    def _command(self, port: int) -> Sequence[str | Path]:
        """What starts it."""

    @abstractmethod
    def _answers(self, port: int) -> bool:
        """Whether it takes requests."""


def children_of(pid: int) -> list[int]:
    """Processes that this one has started and that have not ended."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
