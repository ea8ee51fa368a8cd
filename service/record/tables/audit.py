"""The audit in SQL: entries are added in the transaction of the change that they tell of, and stay unchanged."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, RowMapping, insert, select

from models import metadata
from service.domain.audit import AuditEntry

AUDIT = metadata.tables["audit"]


def insert_entry(connection: Connection, entry: AuditEntry) -> None:
    connection.execute(
        insert(AUDIT),
        {
            "audit_id": entry.audit_id,
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "reason": entry.reason,
            "detail": orjson.dumps(entry.detail).decode(),
        },
    )


def select_newest_entries(connection: Connection, limit: int) -> list[AuditEntry]:
    found = select(AUDIT).order_by(AUDIT.c.audit_id.desc()).limit(limit)
    return [to_entry(row) for row in connection.execute(found).mappings()]


def select_entries_after(connection: Connection, audit_id: str, limit: int) -> list[AuditEntry]:
    """Return the entries after `audit_id`, oldest first. The empty id returns all entries."""
    found = select(AUDIT).where(AUDIT.c.audit_id > audit_id).order_by(AUDIT.c.audit_id).limit(limit)
    return [to_entry(row) for row in connection.execute(found).mappings()]


def to_entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        audit_id=row["audit_id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        reason=row["reason"],
        detail=orjson.loads(row["detail"]),
    )
