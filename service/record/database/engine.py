"""Opens the database: engines for writing, reading and probing, each set up for SQLite or PostgreSQL.

Queries live in `tables`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import SettingsError

BUSY_TIMEOUT_MS = 5_000
JOURNAL_SIZE_LIMIT = 64 * 1024 * 1024
STATEMENT_TIMEOUT_MS = 10_000
PROBE_TIMEOUT_MS = 1_000

# A server that vanishes without closing its connections is noticed within about ten seconds, whatever we were doing.
POSTGRESQL_CONNECT: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "errand",
}
FORMS = "Use sqlite:///path/to/errand.db or postgresql://user:password@host/name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    writer: Engine
    """Has one connection. On SQLite each of its transactions takes the write lock at the beginning."""
    reader: Engine
    prober: Engine
    """Has at most one connection. Checks if the database is there while others wait for the database."""

    def dispose(self) -> None:
        self.prober.dispose()
        self.reader.dispose()
        self.writer.dispose()


def open_engines(url: str, *, readers: int) -> Engines:
    """Prepare the engines, without connecting yet, and make the folder of an SQLite file.

    Raise SettingsError if `url` is unusable.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Engines(
            writer=sqlite_engine(parsed, "IMMEDIATE"),
            reader=sqlite_engine(parsed, "DEFERRED", size=readers),
            prober=sqlite_engine(parsed, "DEFERRED"),
        )
    return Engines(
        writer=postgresql_engine(parsed),
        reader=postgresql_engine(parsed, size=readers),
        prober=postgresql_engine(parsed, statement_timeout_ms=PROBE_TIMEOUT_MS),
    )


def parse_url(url: str) -> URL:
    """Parse sqlite:///path, postgresql:// or postgresql+psycopg://. The driver is always pysqlite or psycopg 3."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(f"The database URL cannot be read. {FORMS}") from error
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise SettingsError(f"An SQLite database needs a file, or nothing outlives the process. {FORMS}")
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise SettingsError(f"{other!r} is not a database that is supported. {FORMS}")


def sqlite_engine(url: URL, begin: str, *, size: int = 1, foreign_keys: bool = True) -> Engine:
    """Build an engine. `begin` is IMMEDIATE for writers: a late lock fails at once if another writer was faster."""
    make_folder(Path(url.database or ""))
    engine = create_engine(url, pool_size=size, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling begins late and never for DDL. With None it leaves BEGIN to us.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits with the power
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.execute(f"PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT}")
        cursor.execute("PRAGMA secure_delete = ON")  # a daily key that is deleted is overwritten
        cursor.close()

    @event.listens_for(engine, "begin")
    def take_lock(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine


def switch_to_wal(cursor: Any) -> None:
    # Processes that open a new file together trip over each other here, and busy_timeout does not cover the switch.
    for attempt in range(1, 51):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception as error:
            if "locked" not in str(error) or attempt == 50:
                raise
            time.sleep(0.02 * min(attempt, 5))
        else:
            return


def postgresql_engine(url: URL, *, size: int = 1, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Engine:
    defaults = {**POSTGRESQL_CONNECT, "options": f"-c statement_timeout={statement_timeout_ms}"}
    return create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={name: value for name, value in defaults.items() if name not in url.query},
    )


def make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The folder {file.parent} of the database cannot be made: {error.strerror}.") from error
