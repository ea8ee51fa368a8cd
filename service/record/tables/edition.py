"""Editions in SQL. Each publication writes its audit entry and notifies all listeners in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Final

from sqlalchemy import Connection, func, insert, inspect, select

from models import metadata
from service.domain.audit import AuditEntry
from service.domain.edition import Content, EditionReport, Publication, PublishedEdition, Publishing, Rollback
from service.errors import NotFoundError, RefusalError
from service.record.database.listen_notify import CHANNEL
from service.record.tables.audit import insert_entry

EDITIONS = metadata.tables["editions"]
LOCK_ID: Final = 0x4572_7265_6469
"""Lock for publications on PostgreSQL, so that numbers grow in the order in which they are committed."""

_CONTENT: Final = tuple(EDITIONS.c[field.name] for field in fields(Content))
_REPORT: Final = tuple(EDITIONS.c[field.name] for field in fields(EditionReport))


def write_publications(connection: Connection, publications: Sequence[Publication]) -> list[Publishing]:
    """Publish editions. Content that is in use already is skipped."""
    return [
        write_content(connection, publication.content, reason=publication.reason, entry=publication.entry)
        for publication in publications
    ]


def write_rollbacks(connection: Connection, rollbacks: Sequence[Rollback]) -> list[Publishing | RefusalError]:
    """Publish older editions again. The answer is NotFoundError for an unknown number."""
    return [write_rollback(connection, rollback) for rollback in rollbacks]


def write_rollback(connection: Connection, rollback: Rollback) -> Publishing | RefusalError:
    older = find_edition(connection, rollback.edition_id)
    if older is None:
        return no_such_edition()
    return write_content(
        connection, older.content, reason=rollback.reason, entry=rollback.entry, restores=older.edition_id
    )


def write_content(
    connection: Connection, content: Content, *, reason: str, entry: AuditEntry, restores: int | None = None
) -> Publishing:
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        connection.execute(select(func.pg_advisory_xact_lock(LOCK_ID)))
    active = find_active(connection)
    if active is not None and active.content == content:
        return Publishing(edition_id=active.edition_id, is_new=False)
    row = {
        **asdict(content),
        "restores": restores,
        "published_at": entry.at,
        "published_by": entry.actor,
        "reason": reason,
    }
    number: int = connection.execute(insert(EDITIONS).returning(EDITIONS.c.edition_id), row).scalar_one()
    insert_entry(connection, replace(entry, subject=str(number)))
    if is_postgresql:
        connection.execute(select(func.pg_notify(CHANNEL, str(number))))  # heard when this is committed
    return Publishing(edition_id=number, is_new=True)


def select_active_id(connection: Connection) -> int | None:
    """Return the number of the edition in use, or `None` before the first publication."""
    number: int | None = connection.execute(select(func.max(EDITIONS.c.edition_id))).scalar_one()
    return number


def find_active(connection: Connection) -> PublishedEdition | None:
    number = select_active_id(connection)
    return None if number is None else find_edition(connection, number)


def find_active_if_any(connection: Connection) -> PublishedEdition | None:
    """Return the edition in use, also `None` if the database is older than the table of editions."""
    return find_active(connection) if inspect(connection).has_table(EDITIONS.name) else None


def find_edition(connection: Connection, edition_id: int) -> PublishedEdition | None:
    found = select(*_CONTENT).where(EDITIONS.c.edition_id == edition_id)
    row = connection.execute(found).mappings().one_or_none()
    return None if row is None else PublishedEdition(edition_id=edition_id, content=Content(**row))


def get_edition(connection: Connection, edition_id: int) -> PublishedEdition:
    """Return an edition. Raise NotFoundError if its number is unknown."""
    found = find_edition(connection, edition_id)
    if found is None:
        raise no_such_edition()
    return found


def select_editions(connection: Connection, limit: int) -> list[EditionReport]:
    """Return reports of editions, newest first."""
    found = select(*_REPORT).order_by(EDITIONS.c.edition_id.desc()).limit(limit)
    return [EditionReport(**row) for row in connection.execute(found).mappings()]


def no_such_edition() -> NotFoundError:
    return NotFoundError("No edition has that number. See: errand editions list")
