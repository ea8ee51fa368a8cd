"""Announcements in SQL: kept with their decision, leased to one relay at a time, and deleted once they are sent.

Several relays may work side by side. Announcements of one decision go out in order, since an announcement is leased
only when all earlier announcements of its decision are gone. Different decisions may overtake each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, or_, select, update

from models import metadata
from service.domain.announcement import Announcement, AnnouncementKind, Relayed
from service.domain.delivery import LeaseRequest
from service.record.database.dialect import ConflictInsert, insert_into
from service.record.tables.delivery import database_now

ANNOUNCEMENTS = metadata.tables["announcements"]


def insert_announcements(connection: Connection, announcements: Sequence[Announcement]) -> None:
    """Insert announcements. An announcement that is there already stays as it is."""
    if announcements:
        connection.execute(keep_announcement(connection.dialect.name), [to_row(each) for each in announcements])


def lease_announcements(connection: Connection, requests: Sequence[LeaseRequest]) -> list[list[Announcement]]:
    """Lease, for each request, the oldest announcements that are free of a lease, one of each decision."""
    return [lease_some(connection, request) for request in requests]


def lease_some(connection: Connection, request: LeaseRequest) -> list[Announcement]:
    now = database_now(connection)
    # On SQLite the transaction has had the write lock from its beginning, and the clause for PostgreSQL is left out.
    waiting = select(ANNOUNCEMENTS).where(is_next(now)).order_by(ANNOUNCEMENTS.c.position).limit(request.limit)
    rows = connection.execute(waiting.with_for_update(skip_locked=True)).mappings().all()
    if rows:
        until = now + timedelta(seconds=request.lease_seconds)
        taken = update(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.position.in_([row["position"] for row in rows]))
        connection.execute(taken.values(leased_until=until))
    return [to_announcement(row) for row in rows]


def is_next(now: datetime) -> ColumnElement[bool]:
    """Match announcements that are free of a lease and the earliest of their decision."""
    before = ANNOUNCEMENTS.alias("before")
    earlier = select(before.c.position).where(
        before.c.decision_id == ANNOUNCEMENTS.c.decision_id, before.c.position < ANNOUNCEMENTS.c.position
    )
    is_free = or_(ANNOUNCEMENTS.c.leased_until.is_(None), ANNOUNCEMENTS.c.leased_until <= now)
    return is_free & ~earlier.exists()


def settle_announcements(connection: Connection, batches: Sequence[Relayed]) -> list[None]:
    """Delete acknowledged announcements. Returned announcements may be leased again at once."""
    for relayed in batches:
        sent = ANNOUNCEMENTS.c.announcement_id.in_(relayed.acknowledged)
        connection.execute(delete(ANNOUNCEMENTS).where(sent))
        kept = ANNOUNCEMENTS.c.announcement_id.in_(relayed.returned)
        connection.execute(update(ANNOUNCEMENTS).where(kept).values(leased_until=None))
    return [None] * len(batches)


def select_is_waiting(connection: Connection) -> bool:
    """Return True if an announcement could be leased. Ask this first, since leasing takes the writer's turn."""
    waiting = select(ANNOUNCEMENTS.c.position).where(is_next(database_now(connection))).limit(1)
    return connection.execute(waiting).first() is not None


def select_pending(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(ANNOUNCEMENTS)).scalar_one()


@cache
def keep_announcement(dialect: str) -> ConflictInsert:
    return insert_into(ANNOUNCEMENTS, dialect).on_conflict_do_nothing(index_elements=["announcement_id"])


def to_row(announcement: Announcement) -> dict[str, object]:
    return {
        "announcement_id": announcement.announcement_id,
        "decision_id": announcement.decision_id,
        "kind": announcement.kind,
        "about": announcement.about,
        "body": announcement.body.decode(),
        "created_at": announcement.created_at,
    }


def to_announcement(row: RowMapping) -> Announcement:
    return Announcement(
        announcement_id=row["announcement_id"],
        decision_id=row["decision_id"],
        kind=AnnouncementKind(row["kind"]),
        about=row["about"],
        body=row["body"].encode(),
        created_at=row["created_at"],
    )
