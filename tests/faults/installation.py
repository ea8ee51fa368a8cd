"""What is damaged: Errand in one or several processes, its database behind a bad network, and a fulfilment system."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg
import yaml

from service.catalogue.loader import starter_folder
from service.record.identity import Identity
from tests.faults.clocked import FILE_VARIABLE
from tests.faults.disk import Disk, small_disk
from tests.faults.fulfilment import FulfilmentSystem
from tests.faults.proxy import Proxy, running_proxy
from tests.support.bundles import ROOT
from tests.support.daemon import free_port
from tests.support.postgres import PostgreSQL
from tests.support.server import LIMIT_SECONDS, Server

SECRET = "of-an-installation-that-is-only-there-to-be-damaged"  # noqa: S105
CALL_SECONDS = 2
PROMISE = {"kind": "email", "name": "order-email", "within": "P1D", "say": "We write to you within a day."}


class Database(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a fault needs to be there."""

    replicas: int = 1
    workers: int = 1
    """Of each replica."""
    has_small_disk: bool = False
    has_moving_clock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    servers: tuple[Server, ...]
    fulfilment: FulfilmentSystem
    database_url: str
    """Past the proxy."""
    identity: Identity
    proxy: Proxy | None
    """Between Errand and PostgreSQL."""
    postgresql: PostgreSQL | None
    disk: Disk | None
    clock: Path | None
    """File of the seconds that the service's clock is ahead."""

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    @property
    def network(self) -> Proxy:
        assert self.proxy is not None
        return self.proxy

    @property
    def database(self) -> PostgreSQL:
        assert self.postgresql is not None
        return self.postgresql

    def kill_session(self) -> None:
        """`kill -9` of one process of PostgreSQL's that serves Errand: then it ends all of them, and recovers."""
        with self._session() as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'errand' ORDER BY random() LIMIT 1"
            ).fetchone()
        if found is not None:
            os.kill(found[0], signal.SIGKILL)
        self._session().close()

    def _session(self) -> psycopg.Connection:
        """As soon as there can be one again."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            try:
                return psycopg.connect(self.database_url, autocommit=True)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


class ClockedServer(Server):
    """A Server whose clock can be set wrong."""

    def spawn(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.clocked"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


def pid_of(server: Server) -> int:
    assert server._process is not None
    return server._process.pid


async def start(server: Server) -> None:
    """Until it is ready; while the load goes on, it is asked whether it is only once somebody listens."""
    server.spawn()
    assert server._process is not None
    while server._process.poll() is None and not await is_listening(server.port):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)
    await asyncio.to_thread(server.wait_until_ready)


async def is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.transport.abort()
    return True


@contextlib.asynccontextmanager
async def open_installation(
    folder: Path, bundle: Path, layout: Layout, postgresql: PostgreSQL | None
) -> AsyncIterator[Installation]:
    """Everything started and ready, on PostgreSQL where one is given; all of it is gone afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        fulfilment = FulfilmentSystem(free_port(), folder / "received")
        await asyncio.to_thread(fulfilment.start)
        stack.callback(fulfilment.kill)
        servers: list[Server] = []
        disk: Disk | None = None
        data = folder / "data"
        if layout.has_small_disk:
            disk = stack.enter_context(small_disk(data, lambda: pid_of(servers[0])))
        proxy: Proxy | None = None
        url = told_url = f"sqlite:///{data}/errand.db"
        if postgresql is not None:
            url = stack.enter_context(postgresql.database())
            proxy = await stack.enter_async_context(running_proxy(postgresql.port))
            told_url = url.replace(f":{postgresql.port}/", f":{proxy.port}/")
        clock: Path | None = None
        if layout.has_moving_clock:
            clock = folder / "clock"
            clock.write_text("0", encoding="ascii")
        environment = {
            "ERRAND_BUNDLE": str(bundle),
            "ERRAND_CATALOGUE": str(write_catalogue(folder / "catalogue", fulfilment.port)),
            "ERRAND_FULFIL_ALLOW": "127.0.0.0/8",
            "ERRAND_SECRET": SECRET,
            "ERRAND_DATABASE_URL": told_url,
            "ERRAND_WORKERS": str(layout.workers),
            FILE_VARIABLE: str(clock or ""),
        }
        kind = Server if clock is None else ClockedServer
        for number in range(layout.replicas):
            home = data if layout.replicas == 1 else data / str(number)
            # What it says is kept elsewhere: its standard error does not fill up with the disk.
            server = kind(folder / f"replica-{number}", {**environment, "ERRAND_HOME": str(home)})
            servers.append(server)
            stack.callback(server.kill)
            await start(server)
        yield Installation(
            servers=tuple(servers),
            fulfilment=fulfilment,
            database_url=url,
            identity=Identity(SECRET.encode()),
            proxy=proxy,
            postgresql=postgresql,
            disk=disk,
            clock=clock,
        )


def write_catalogue(folder: Path, port: int) -> Path:
    """The starter catalogue, with a call, and a promise below it, for orders that are tracked."""
    shutil.copytree(starter_folder(), folder)
    file = folder / "orders.yaml"
    contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    call: Mapping[str, object] = {
        "kind": "http",
        "name": "order-lookup",
        "url": f"http://127.0.0.1:{port}/order-lookup",
        "timeout_seconds": CALL_SECONDS,
        "needs": [{"field": "order_number", "why": "so that the order can be found"}],
    }
    contents["paths"]["track_order"] = {"rungs": [call, PROMISE]}
    file.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return folder
