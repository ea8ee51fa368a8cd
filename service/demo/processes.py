"""Start, watch and end the processes of the demo together: the example shop, and an Errand that calls it."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from service.errors import DemoError

START_SECONDS: Final = 120.0
BUILD_SECONDS: Final = 900.0
"""Enough time to build a bundle on a slow machine."""
END_WITHIN_SECONDS: Final = 30.0
"""Longest wait after SIGTERM. Errand takes less to finish its work under way."""
LOOK_EVERY_SECONDS: Final = 0.1
LAST_LINES: Final = 5
LOOPBACK: Final = "127.0.0.1"
SYSTEMS_AT: Final = ("SHOP_URL", "STORES_URL", "PARTNER_URL")
"""Variables of the catalogue's addresses. Each has a port of its own, and the same shop answers on all ports.

The reason is that Errand leaves a failing system alone, and tells systems apart by their addresses.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    """File with the output of the process."""

    def require_running(self) -> None:
        """Raise DemoError with the last lines of the log if the process has ended."""
        code = self.process.poll()
        if code is not None:
            said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
            raise DemoError("\n".join((f"{self.name} has ended (exit code {code}). Its log: {self.log}", *said)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A shop with an Errand in front of it."""

    errand: str
    """Address of Errand."""
    shop: str
    children: tuple[Child, ...]
    ready_within_seconds: float

    def require_running(self) -> None:
        """Raise DemoError for the first process that has ended."""
        for child in self.children:
            child.require_running()

    def wait_until_ready(self) -> None:
        """Wait until both answer. Raises DemoError if that takes too long, or if a process ends first."""
        deadline = time.monotonic() + self.ready_within_seconds
        with httpx.Client(trust_env=False) as http:
            while not (_is_ready(http, f"{self.shop}/switches") and _is_ready(http, f"{self.errand}/readyz")):
                self.require_running()
                if time.monotonic() > deadline:
                    logs = " and ".join(str(child.log) for child in self.children)
                    raise DemoError(f"Not ready within {self.ready_within_seconds:.0f} s. Look into {logs}")
                time.sleep(LOOK_EVERY_SECONDS)

    def watch(self) -> None:
        """Watch until a process ends, then raise DemoError."""
        while True:
            self.require_running()
            time.sleep(LOOK_EVERY_SECONDS)


@contextmanager
def open_company(home: Path, *, catalogue: Path, port: int | None, bundle: Path | None) -> Iterator[Company]:
    """Start both processes, which may take time to get ready. Leaving the context ends both.

    All files of both processes are in `home`. Without a port Errand gets a free port. Without a bundle Errand builds
    its own bundle.
    """
    free = [each for each in free_ports(len(SYSTEMS_AT) + 1) if each != port]
    errand_port, ports = (free[-1] if port is None else port), free[: len(SYSTEMS_AT)]
    addresses = {name: f"http://{LOOPBACK}:{each}" for name, each in zip(SYSTEMS_AT, ports, strict=True)}
    environment = _environment(home, catalogue=catalogue, addresses=addresses, bundle=bundle)
    with ExitStack() as stack:
        children = tuple(
            stack.enter_context(_running(name, command, home / f"{log}.log", environment))
            for name, log, command in (
                ("The shop", "shop", ["service.demo", *map(str, ports)]),
                ("Errand", "errand", ["service.cli", "serve", "--host", LOOPBACK, "--port", str(errand_port)]),
            )
        )
        yield Company(
            errand=f"http://{LOOPBACK}:{errand_port}",
            shop=addresses["SHOP_URL"],
            children=children,
            ready_within_seconds=START_SECONDS + (BUILD_SECONDS if bundle is None else 0),
        )


def free_ports(count: int) -> list[int]:
    """Return `count` ports on loopback that are free now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def _running(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[Child]:
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603  (modules that are named here, by this very Python)
            [sys.executable, "-m", *command], env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    try:
        yield Child(name=name, process=process, log=log)
    finally:
        process.terminate()
        try:
            process.wait(END_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(home: Path, *, catalogue: Path, addresses: Mapping[str, str], bundle: Path | None) -> dict[str, str]:
    """Return an environment without the settings of this machine's installation.

    The demo must stay out of that installation's database and systems.
    """
    hidden = ("ERRAND_", "PROMETHEUS_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(hidden)},
        **addresses,
        "ERRAND_HOME": str(home),
        "ERRAND_CATALOGUE": str(catalogue),
        "ERRAND_CATALOGUE_VARIABLES": ",".join(addresses),
        "ERRAND_FULFIL_ALLOW": LOOPBACK,
        "ERRAND_FULFIL_SECRET": secrets.token_hex(32),
        **({"ERRAND_BUNDLE": str(bundle)} if bundle is not None else {}),
    }


def _is_ready(http: httpx.Client, url: str) -> bool:
    with suppress(httpx.TransportError):
        return http.get(url).status_code == httpx.codes.OK
    return False
