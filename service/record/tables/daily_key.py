"""The key of the day, in SQL. Every replica gets the same key. Asking for a new day destroys the earlier keys."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, delete, literal, select

from models import metadata
from service.record.database.dialect import insert_into

DAILY_KEYS = metadata.tables["daily_keys"]
KEY_BYTES = 32


def rotate_keys(connection: Connection, days: Sequence[date]) -> list[bytes]:
    """Return the key of each of `days`. Keys older than the latest of `days` are destroyed."""
    keys = {day: get_or_make_key(connection, day) for day in sorted(set(days))}
    connection.execute(delete(DAILY_KEYS).where(DAILY_KEYS.c.day < max(days)))
    return [keys[day] for day in days]


def get_or_make_key(connection: Connection, day: date) -> bytes:
    # Insert first, then look: of replicas that meet here, one inserts, and all of them read the inserted key.
    insert = insert_into(DAILY_KEYS, connection.dialect.name).on_conflict_do_nothing(index_elements=["day"])
    connection.execute(insert, {"day": day, "key": secrets.token_bytes(KEY_BYTES)})
    key: bytes = connection.execute(select(DAILY_KEYS.c.key).where(DAILY_KEYS.c.day == day)).scalar_one()
    return key


def empty_journal(connection: Connection) -> None:
    """Fold SQLite's journal, which may still hold an old key, into the file, in which deleting overwrites."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def probe(connection: Connection) -> bool:
    """Read the smallest table. Reading succeeds only if the database is there and has been migrated."""
    connection.execute(select(literal(1)).select_from(DAILY_KEYS).limit(1))
    return True
