"""Errand under load: one worker of its own with a home in a folder that goes when the benchmark ends."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tests.benchmarks.server import ROOT, Server, free_port, running

TEXTS = ROOT / "tests" / "data" / "starter_held_out.jsonl"
READY_SECONDS = 180.0
"""Enough to build a bundle where none is given."""


def end_on_signals() -> None:
    """Leave all contexts, which stops the servers, when this process is told to end."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)


@contextlib.contextmanager
def running_errand(folder: Path, *, bundle: Path | None, name: str = "errand", **settings: str) -> Iterator[Server]:
    """Serve from the home `folder`/home until the context ends; `settings` are variables of the environment."""
    port = free_port()
    environment = {
        "ERRAND_HOME": str(folder / "home"),
        "ERRAND_PORT": str(port),
        "ERRAND_WORKERS": "1",
        "ERRAND_DATABASE_URL": "",
        **({} if bundle is None else {"ERRAND_BUNDLE": str(bundle.resolve())}),
        **settings,
    }
    command = [sys.executable, "-m", "service.cli", "serve"]
    with running(
        name, command, port=port, folder=folder, environment=environment, wait_seconds=READY_SECONDS
    ) as server:
        yield server


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
