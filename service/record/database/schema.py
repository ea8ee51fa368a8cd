"""Migrates the tables to the version of this code, and refuses a database that a newer version has changed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

import migrations
from service.errors import SchemaError
from service.record.database.engine import parse_url, postgresql_engine, sqlite_engine
from service.record.database.failure import as_refusal

LOCK_ID = 0x4572_7261_6E64  # "Errand": one advisory lock, shared by every process that migrates
LOCK_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    current: str | None
    """Revision of the database, or `None` before the first migration."""
    head: str
    """Revision that this code was written for."""
    is_ahead: bool
    """True if the revision of the database is unknown to this code."""

    @property
    def is_current(self) -> bool:
        return self.current == self.head


def upgrade(url: str) -> bool:
    """Migrate to the newest version. If processes start together, one migrates and the others wait.

    Return True if this call changed anything. Raise SchemaError if the database is ahead, and
    StorageUnavailableError if the database is away.
    """
    config = make_config()
    with migrating(url) as connection:
        state = read_state(connection, config)
        refuse_if_ahead(state)
        if state.is_current:
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return True


def downgrade(url: str, revision: str = "base") -> None:
    """Go back to `revision`. Rows of tables that `revision` lacks are lost."""
    config = make_config()
    with migrating(url) as connection:
        refuse_if_ahead(read_state(connection, config))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def current(url: str) -> SchemaState:
    """Return the revision of the database and of the code. StorageUnavailableError if the database is away."""
    with transaction(open_engine(url, "DEFERRED")) as connection:
        return read_state(connection, make_config())


def refuse_if_ahead(state: SchemaState) -> None:
    if state.is_ahead:
        raise SchemaError(
            f"The database is at revision {state.current}, which this version of Errand does not know; it knows up to "
            f"{state.head}. Start the version of Errand that last migrated this database, or a later one, or restore "
            "the backup that was taken before that migration."
        )


def read_state(connection: Connection, config: Config) -> SchemaState:
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    revision = MigrationContext.configure(connection).get_current_revision()
    return SchemaState(
        current=revision,
        head=script.get_current_head() or "",
        is_ahead=revision is not None and revision not in known,
    )


def make_config() -> Config:
    config = Config(stdout=io.StringIO())
    folder = Path(migrations.__file__ or "").parent
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def open_engine(url: str, begin: str) -> Engine:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        # SQLite changes a table by copying and dropping it. With foreign keys on, dropping would cascade.
        return sqlite_engine(parsed, begin, foreign_keys=False)
    return postgresql_engine(parsed, statement_timeout_ms=0)


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """Open a transaction that only one process at a time can be in."""
    engine = open_engine(url, "IMMEDIATE")
    with transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            # Held until the transaction ends, so a crash cannot leave it behind.
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_ID})"))
        yield connection


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise as_refusal(error) from error
    finally:
        engine.dispose()
