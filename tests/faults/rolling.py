"""`python -m tests.faults.rolling`: replicas behind HAProxy are restarted one by one, and no request may notice."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.load import PATIENCE_SECONDS, Load
from tests.support.bundles import build_starter_bundle
from tests.support.daemon import free_port
from tests.support.postgres import running_postgresql
from tests.support.server import Server

DRAIN_SECONDS = 2.0
CHECK_MS = 250
"""Between two looks of the balancer at each replica: it has heard long before the drain is over."""
CONFIGURATION = """
global
  maxconn 1024
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch
frontend contacts
  bind 127.0.0.1:{port}
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk GET /readyz
  default-server inter {check}ms fall 1 rise 1
{servers}
"""
console = Console(width=None if sys.stdout.isatty() else 110)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """What callers noticed."""

    restarts: int
    acknowledged: int
    refused: int
    failed: int
    unanswered: int
    """Requests whose connection was cut, or that were never answered."""
    longest_stall_seconds: float
    exit_codes: frozenset[int]

    @property
    def is_unnoticed(self) -> bool:
        return not (self.refused or self.failed or self.unanswered) and self.exit_codes == {0}


def find_balancer() -> str | None:
    """HAProxy, where it is installed."""
    return shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")


@contextlib.contextmanager
def balancing(program: str, ports: Sequence[int], folder: Path) -> Iterator[int]:
    """The port of a balancer before the replicas."""
    port = free_port()
    servers = "\n".join(f"  server replica{n} 127.0.0.1:{each} check" for n, each in enumerate(ports))
    file = folder / "haproxy.cfg"
    file.write_text(CONFIGURATION.format(port=port, check=CHECK_MS, servers=servers), encoding="ascii")
    process = subprocess.Popen(
        [program, "-f", file, "-db"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


async def roll(program: str, bundle: Path, folder: Path, *, replicas: int, rounds: int, rate: float) -> Rolled:
    """Restart each replica `rounds` times, one after another, under `rate` contacts a second."""
    with contextlib.ExitStack() as stack:
        postgresql = stack.enter_context(running_postgresql())
        environment = {
            "ERRAND_BUNDLE": str(bundle),
            "ERRAND_DATABASE_URL": stack.enter_context(postgresql.database()),
            "ERRAND_SECRET": secrets.token_hex(32),
            "ERRAND_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "ERRAND_ENCODER_THREADS": "1",
        }
        servers = [Server(folder / f"replica-{number}", environment) for number in range(replicas)]
        for server in servers:
            stack.callback(server.kill)
            await asyncio.to_thread(server.start)
        port = stack.enter_context(balancing(program, [server.port for server in servers], folder))
        load = Load([port], rate=rate, name="rolling")
        exit_codes = set()
        await until_answered(port)
        async with load.sending():
            await load.flow(int(rate))
            for server in servers * rounds:
                server.send(signal.SIGTERM)
                exit_codes.add(await asyncio.to_thread(server.wait))
                await asyncio.to_thread(server.start)
                await load.flow(int(rate * 4 * CHECK_MS / 1000) + 1)  # the balancer sees it again
        unanswered = await load.settle()
        await load.aclose()
    return Rolled(
        restarts=replicas * rounds,
        acknowledged=len(load.told),
        refused=sum(load.refused.values()),
        failed=sum(load.failed.values()),
        unanswered=unanswered + load.retried,
        longest_stall_seconds=load.longest_stall_seconds,
        exit_codes=frozenset(exit_codes),
    )


async def until_answered(port: int) -> None:
    """Until the balancer has found a replica that is ready."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: errand\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            if answer.startswith(b"HTTP/1.1 200"):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("The balancer finds no replica ready.")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.rolling", description="Restarts replicas behind HAProxy under load, one by one."
    )
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2, help="restarts of each replica (%(default)s)")
    parser.add_argument("--rate", type=float, default=40.0, help="contacts a second (%(default)g)")
    parser.add_argument("--bundle", type=Path, help="bundle of the starter catalogue; without it, one is built")
    arguments = parser.parse_args()
    program = find_balancer()
    if program is None:
        console.print("HAProxy is not installed. On Debian or Ubuntu: apt install haproxy")
        return 2
    with tempfile.TemporaryDirectory(prefix="errand-rolling-") as folder:
        home = Path(folder)
        bundle = arguments.bundle or build_starter_bundle(home)
        rolled = asyncio.run(
            roll(
                program,
                bundle.resolve(),
                home,
                replicas=arguments.replicas,
                rounds=arguments.rounds,
                rate=arguments.rate,
            )
        )
    table = Table("restarts", "acknowledged", "refused", "failed", "cut or unanswered", "longest stall s", "exit codes")
    table.add_row(
        *(str(each) for each in (rolled.restarts, rolled.acknowledged, rolled.refused, rolled.failed)),
        str(rolled.unanswered),
        f"{rolled.longest_stall_seconds:.2f}",
        ", ".join(str(code) for code in sorted(rolled.exit_codes)),
    )
    console.print(table)
    return 0 if rolled.is_unnoticed else 1


if __name__ == "__main__":
    sys.exit(main())
