"""Forgetting in SQL: expired rows are deleted, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, select

from service.domain.expiry import Expiry, Purged
from service.record.tables.contact import ANNOUNCEMENTS, OUTCOMES, STEPS, delete_deliveries
from service.record.tables.idempotency import PURGE_LIMIT
from service.record.tables.ledger import CONTACTS, DECISIONS, EVENTS, GOALS
from service.record.tables.promise import PROMISES, delete_ended, destroy_expired_details
from service.record.tables.text import TEXTS

DECISIONS_LIMIT = 100
"""Fewer than of other rows: with each decision go its answer, its steps and its deliveries."""


def delete_expired_contacts(connection: Connection, expiries: Sequence[Expiry]) -> list[Purged]:
    """Delete expired contacts with their goals and events, and all rows that expired on their own.

    Contact details of promises expire before their promises.
    """
    return [
        delete_contacts_by(connection, expiry.now)
        + Purged(
            events=delete_by(connection, EVENTS, EVENTS.c.event_id, expiry.now),
            outcomes=delete_by(connection, OUTCOMES, OUTCOMES.c.decision_id, expiry.now),
            texts=delete_by(connection, TEXTS, TEXTS.c.decision_id, expiry.now),
            promise_details=destroy_expired_details(connection, expiry.now),
            promises=delete_by(connection, PROMISES, PROMISES.c.promise_id, expiry.now),
        )
        for expiry in expiries
    ]


def delete_contacts_by(connection: Connection, now: datetime) -> Purged:
    expired = select(CONTACTS.c.contact_key).where(CONTACTS.c.expires_at <= now).order_by(CONTACTS.c.expires_at)
    locked = expired.limit(PURGE_LIMIT).with_for_update(skip_locked=True)
    keys = connection.execute(locked).scalars().all()
    if not keys:
        return Purged()
    for table in (GOALS, CONTACTS):
        connection.execute(delete(table).where(table.c.contact_key.in_(keys)))
    events = connection.execute(delete(EVENTS).where(EVENTS.c.contact_key.in_(keys))).rowcount
    return Purged(contacts=len(keys), events=events)


def delete_by(connection: Connection, table: Table, key: Column[str], now: datetime) -> int:
    # In the order of time, an index finds expired rows. In the order of keys, the whole table would be read.
    expired = select(key).where(table.c.expires_at <= now).order_by(table.c.expires_at).limit(PURGE_LIMIT)
    return connection.execute(delete(table).where(key.in_(expired.with_for_update(skip_locked=True)))).rowcount


def delete_old_decisions(connection: Connection, expiries: Sequence[Expiry]) -> list[Purged]:
    """Delete the oldest decisions with all their rows. A decision that is being reported on goes the next time."""
    return [delete_decisions_by(connection, expiry.decided_by) for expiry in expiries]


def delete_decisions_by(connection: Connection, decided_by: datetime) -> Purged:
    old = select(DECISIONS.c.decision_id).where(DECISIONS.c.decided_at <= decided_by).order_by(DECISIONS.c.decided_at)
    locked = old.limit(DECISIONS_LIMIT).with_for_update(skip_locked=True)
    ids = connection.execute(locked).scalars().all()
    if not ids:
        return Purged()
    return Purged(
        deliveries=delete_deliveries(connection, ids),
        steps=delete_of(connection, STEPS, ids),
        announcements=delete_of(connection, ANNOUNCEMENTS, ids),
        events=delete_of(connection, EVENTS, ids),
        outcomes=delete_of(connection, OUTCOMES, ids),
        texts=delete_of(connection, TEXTS, ids),
        promises=delete_ended(connection, ids),
        decisions=delete_of(connection, DECISIONS, ids),
    )


def delete_of(connection: Connection, table: Table, decision_ids: Sequence[str]) -> int:
    return connection.execute(delete(table).where(table.c.decision_id.in_(decision_ids))).rowcount
