"""Contacts in SQL: shown to whoever asks for one, erased on request, and forgotten when they have expired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Table, delete, func, select, update

from models import metadata
from service.contact import Erased, EventKind, Ledger
from service.errors import NotFoundError
from service.record.idempotency import KEYS, PURGE_LIMIT
from service.record.ledger import CONTACTS, DECISIONS, EVENTS, GOALS, select_ledger

DELIVERIES = metadata.tables["deliveries"]
STEPS = metadata.tables["steps"]
OUTCOMES = metadata.tables["outcomes"]
ERASED = ""
"""Contact key of decisions whose contact was erased; no hash is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that is held about a contact, but its key."""

    ledger: Ledger
    decision_ids: tuple[str, ...]
    """In the order of time."""
    effort: dict[EventKind, float]


def select_past(connection: Connection, contact_key: str, now: datetime) -> Past:
    """NotFoundError if nothing is held."""
    decided = select(DECISIONS.c.decision_id).where(DECISIONS.c.contact_key == contact_key)
    ids = connection.execute(decided.order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)).scalars().all()
    ledger = select_ledger(connection, contact_key, now)
    if not ids and ledger.opened_at is None:
        raise NotFoundError("Nothing is held about that contact.", field="contact_id")
    counted = select(EVENTS.c.kind, func.sum(EVENTS.c.amount)).where(EVENTS.c.contact_key == contact_key)
    effort = {EventKind(kind): float(amount) for kind, amount in connection.execute(counted.group_by(EVENTS.c.kind))}
    return Past(ledger=ledger, decision_ids=tuple(ids), effort=effort)


def erase_contacts(connection: Connection, contact_keys: Sequence[str]) -> list[Erased | NotFoundError]:
    """How much went for each; of decisions there stay goal, path, rung, confidence, door, channel, versions, time."""
    return [erase_contact(connection, contact_key) for contact_key in contact_keys]


def erase_contact(connection: Connection, contact_key: str) -> Erased | NotFoundError:
    connection.execute(delete(CONTACTS).where(CONTACTS.c.contact_key == contact_key))
    goals = connection.execute(delete(GOALS).where(GOALS.c.contact_key == contact_key)).rowcount
    ids = connection.execute(select(DECISIONS.c.decision_id).where(DECISIONS.c.contact_key == contact_key)).scalars()
    decision_ids = list(ids)
    mine = update(EVENTS).where(EVENTS.c.contact_key == contact_key)
    events = connection.execute(mine.values(contact_key=None, decision_id=None)).rowcount
    if not (goals or decision_ids or events):
        return NotFoundError("Nothing is held about that contact.", field="contact_id")
    for start in range(0, len(decision_ids), PURGE_LIMIT):
        erase_decisions(connection, decision_ids[start : start + PURGE_LIMIT])
    return Erased(goals=goals, decisions=len(decision_ids), events=events)


def erase_decisions(connection: Connection, decision_ids: Sequence[str]) -> None:
    """What they led to, the answers to their repeats, and what leads from them to their contact."""
    for table in (KEYS, DELIVERIES, STEPS):
        connection.execute(delete(table).where(table.c.decision_id.in_(decision_ids)))
    mine = update(DECISIONS).where(DECISIONS.c.decision_id.in_(decision_ids))
    connection.execute(mine.values(contact_key=ERASED, repeat_key=None, answer="{}"))


def delete_expired_contacts(connection: Connection, nows: Sequence[datetime]) -> list[int]:
    """How many contacts with their goals, events and outcomes went for each of `nows`: a bounded number of each."""
    return [
        delete_contacts_by(connection, now)
        + delete_by(connection, EVENTS, EVENTS.c.event_id, now)
        + delete_by(connection, OUTCOMES, OUTCOMES.c.decision_id, now)
        for now in nows
    ]


def delete_contacts_by(connection: Connection, now: datetime) -> int:
    expired = select(CONTACTS.c.contact_key).where(CONTACTS.c.expires_at <= now).order_by(CONTACTS.c.contact_key)
    locked = expired.limit(PURGE_LIMIT).with_for_update(skip_locked=True)
    keys = connection.execute(locked).scalars().all()
    if keys:
        for table in (GOALS, CONTACTS, EVENTS):
            connection.execute(delete(table).where(table.c.contact_key.in_(keys)))
    return len(keys)


def delete_by(connection: Connection, table: Table, key: Column[str], now: datetime) -> int:
    expired = select(key).where(table.c.expires_at <= now).order_by(key).limit(PURGE_LIMIT)
    return connection.execute(delete(table).where(key.in_(expired.with_for_update(skip_locked=True)))).rowcount
