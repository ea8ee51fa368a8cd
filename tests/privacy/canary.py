"""Sends contacts full of markers to a real service, damages it, and searches every byte that is left.

`python -m tests.privacy.canary --contacts 10000 [--postgresql] [--keep-texts]` prints a table and ends with 1 if
anything was found where it may not be. With `--keep-texts` the catalogue lets all texts be kept, redacted. `errand
serve` runs as a process of its own, with its access log, at log level debug.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import httpx
import psycopg
from psycopg import sql

from tests.privacy.contact import SHORT_BODY_SECONDS, Contact
from tests.privacy.echo import EchoingSystem, echoing_system, write_catalogue
from tests.privacy.marker import Kind, marker
from tests.privacy.place import Findings, Moment, Place, reasons
from tests.support.bundles import build_starter_bundle
from tests.support.postgres import PostgreSQL, running_postgresql
from tests.support.server import Server, run_command, running_server

SIDE_BY_SIDE = 16
MUST_HAPPEN = frozenset({200, 400, 401, 404, 405, 408, 409, 413, 415, 422, 429})
DAMAGES_MUST_HAPPEN = frozenset({503})
ENDED_SECONDS = 60.0
AWAY_SECONDS = 12.0
"""Longer than SQLite waits for a lock, twice."""


@dataclass(slots=True, kw_only=True)
class Canary:
    """One service, its database and what was found so far."""

    server: Server
    system: EchoingSystem
    postgresql: PostgreSQL | None
    url: str
    findings: Findings = field(default_factory=Findings)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0

    async def send(self, numbers: Iterable[int], *, key: str | None = None, may_fail: bool = False) -> None:
        """All these contacts, side by side; those that a damage leaves stay in `numbers`."""
        left = iter(numbers)
        authorization = {} if key is None else {"Authorization": f"Bearer {key}"}
        limits = httpx.Limits(max_connections=SIDE_BY_SIDE)
        async with httpx.AsyncClient(
            base_url=self.server.url, trust_env=False, timeout=60, limits=limits, headers=authorization
        ) as client:

            async def work() -> None:
                for number in left:
                    try:
                        await Contact(number, client, self.findings, self.statuses).go()
                    except (httpx.TransportError, OSError, KeyError) as error:
                        if not may_fail:
                            raise
                        self.unanswered += 1
                        if not isinstance(error, KeyError):
                            return

            await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))

    async def search(self, moment: Moment, *, is_up: bool = False) -> None:
        """Every file, log line and, of a service that is up, metric as it is now."""
        if is_up:
            exposition = (await self.server.metrics()).exposition.encode()
            self.findings.search(exposition, Place.METRICS, moment, "/metrics")
        await asyncio.to_thread(self.findings.search_folder, self.server.home, moment)
        if self.postgresql is not None:
            await asyncio.to_thread(self.findings.search_server_files, self.postgresql._folder / "data", moment)
            if self.postgresql.is_running:
                self.findings.search(rows_of(self.url), Place.DATABASE, moment, "rows")

    # what it goes through

    async def is_killed(self, numbers: Iterator[int]) -> None:
        """`kill -9` while contacts are under way; what it was not sent by then, it is sent afterwards."""
        sending = asyncio.create_task(self.send(numbers, may_fail=True))
        await asyncio.sleep(0.3)
        self.server.kill()
        await sending
        await self.search(Moment.AT_WORK)
        await asyncio.to_thread(self.server.start)
        await self.send(numbers)

    async def loses_its_database(self, numbers: Iterable[int]) -> None:
        """For so long that decisions are kept on the disk."""
        with self.database_away():
            sending = asyncio.create_task(self.send(numbers, may_fail=True))
            await asyncio.sleep(AWAY_SECONDS)
            await self.search(Moment.AT_WORK, is_up=True)
        await sending
        await asyncio.to_thread(self.until_over)

    async def gets_keys(self, numbers: Iterable[int], *, database_url: str) -> str:
        """Contacts without a good key are refused, and those from here locked out."""
        made = await asyncio.to_thread(
            run_command,
            *(
                "keys",
                "create",
                "--role",
                "contact_centre",
                "--name",
                "canary",
                "--limit-per-minute",
                "100000",
                "--json",
            ),
            home=self.server.home,
            ERRAND_DATABASE_URL=database_url,
        )
        assert made.returncode == 0, made.stderr
        key = str(httpx.Response(200, content=made.stdout).json()["key"])
        self.findings.secrets.append(key.encode())
        await asyncio.sleep(3)  # keys are read anew every two seconds
        await self.send(numbers, key=marker(Kind.AUTHORIZATION, 1), may_fail=True)
        return key

    async def is_stopped(self, numbers: Iterator[int], *, key: str) -> None:
        """SIGTERM while contacts are under way; those that are left are sent after another start."""
        sending = asyncio.create_task(self.send(numbers, key=key, may_fail=True))
        await asyncio.sleep(0.3)
        self.server.send(signal.SIGTERM)
        await sending
        await asyncio.to_thread(self.server.wait)
        await asyncio.to_thread(self.server.start)
        await self.send(numbers, key=key)

    async def ends(self) -> None:
        await asyncio.to_thread(self.until_over)
        self.server.send(signal.SIGTERM)
        await asyncio.to_thread(self.server.wait)
        if self.postgresql is not None:
            self.postgresql.execute("CHECKPOINT")
        await self.search(Moment.AFTERWARDS)

    @contextlib.contextmanager
    def database_away(self) -> Iterator[None]:
        if self.postgresql is not None:
            self.postgresql.stop()
            yield
            self.postgresql.start()
            return
        with contextlib.closing(sqlite3.connect(self.server.home / "errand.db", isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    def until_over(self) -> None:
        """Wait until no call is pending and nothing is on its way from the disk to the database."""
        deadline = time.monotonic() + ENDED_SECONDS
        while self.pending() or self.spooled():
            assert time.monotonic() < deadline, f"{self.pending()} calls and {self.spooled()} decisions are pending"
            time.sleep(0.2)

    def spooled(self) -> int:
        """Decisions on the disk that are not in the database yet."""
        ready = httpx.get(f"{self.server.url}/readyz", trust_env=False, timeout=ENDED_SECONDS)
        return int(ready.json()["spool"]["records"])

    def pending(self) -> int:
        statement = "SELECT count(*) FROM deliveries WHERE state = 'pending'"
        if self.postgresql is not None:
            with psycopg.connect(self.url) as connection:
                found = connection.execute(statement).fetchone()
        else:
            with contextlib.closing(sqlite3.connect(self.server.home / "errand.db")) as lite:
                found = lite.execute(statement).fetchone()
        return int(found[0]) if found else 0


def rows_of(url: str) -> bytes:
    """Every row of every table as PostgreSQL writes it out."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        tables = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        written = []
        for (table,) in tables:
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                written += [bytes(piece) for piece in copy]
        return b"".join(written)


@contextlib.asynccontextmanager
async def open_canary(
    folder: Path, bundle: Path, postgresql: PostgreSQL | None, *, keeps_texts: bool = False
) -> AsyncIterator[Canary]:
    async with contextlib.AsyncExitStack() as stack:
        system = await stack.enter_async_context(echoing_system())
        url = "" if postgresql is None else stack.enter_context(postgresql.database())
        server = await asyncio.to_thread(
            stack.enter_context,
            running_server(
                folder / "home",
                ERRAND_DATABASE_URL=url,
                ERRAND_BUNDLE=str(bundle),
                ERRAND_CATALOGUE=str(write_catalogue(folder / "catalogue", system.port, keeps_texts=keeps_texts)),
                ERRAND_FULFIL_ALLOW="127.0.0.0/8",
                ERRAND_BODY_SECONDS=SHORT_BODY_SECONDS,
                ERRAND_ACCESS_LOG="true",
                ERRAND_LOG_LEVEL="debug",
            ),
        )
        findings = Findings(keeps_texts=keeps_texts)
        yield Canary(server=server, system=system, postgresql=postgresql, url=url, findings=findings)


async def run(canary: Canary, contacts: int, *, damages: bool = True) -> None:
    """The whole way: most contacts in peace, a tenth for each damage, and what is left afterwards."""
    tenth = contacts // 10
    numbers = iter(range(contacts))
    await canary.send(islice(numbers, 6 * tenth))
    await canary.search(Moment.AT_WORK, is_up=True)
    if damages:
        await canary.is_killed(islice(numbers, tenth))
        await canary.loses_its_database(islice(numbers, tenth))
        await canary.send(islice(numbers, tenth))
    await asyncio.to_thread(canary.until_over)
    key = await canary.gets_keys(range(contacts, contacts + 40), database_url=canary.url)
    if damages:
        await canary.is_stopped(numbers, key=key)
    else:
        await canary.send(numbers, key=key)
    await canary.ends()


def missing(canary: Canary, *, damages: bool = True) -> set[int]:
    """Statuses that never came, so that some way of being refused was not taken."""
    return set(MUST_HAPPEN | (DAMAGES_MUST_HAPPEN if damages else frozenset())) - set(canary.statuses)


async def main(contacts: int, bundle: Path, *, with_postgresql: bool, keeps_texts: bool) -> int:
    """The exit code."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="errand-canary-") as folder, contextlib.ExitStack() as stack:
        postgresql = stack.enter_context(running_postgresql()) if with_postgresql else None
        async with open_canary(Path(folder), bundle, postgresql, keeps_texts=keeps_texts) as canary:
            await run(canary, contacts)
    print(canary.findings.table())
    print("\nIn brackets, what may be there:", *reasons(keeps_texts=keeps_texts), sep="\n  ")
    answered = ", ".join(f"{count} times {status}" for status, count in sorted(canary.statuses.items()))
    print(f"\n{contacts} contacts in {time.monotonic() - started:.0f} s: {answered}; {canary.unanswered} cut off;")
    print(f"{canary.system.calls} calls to a fulfilment system that echoes.")
    for (kind, place), where in canary.findings.leaks.items():
        print(f"FOUND: {kind} in {place} ({where})")
    if never := missing(canary):
        print(f"NEVER ANSWERED: {sorted(never)}")
    return 1 if canary.findings.leaked or never else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.privacy.canary", description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--keep-texts", action="store_true")
    asked = parser.parse_args()
    kept = Path(os.environ.get("ERRAND_TEST_CACHE", "var/cache")).resolve()
    kept.mkdir(parents=True, exist_ok=True)
    bundle = build_starter_bundle(kept)
    asked_for = {"with_postgresql": asked.postgresql, "keeps_texts": asked.keep_texts}
    sys.exit(asyncio.run(main(asked.contacts, bundle, **asked_for)))
