"""Contacts in SQL: shown and erased on request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from models import metadata
from service.domain.effort import EventKind
from service.domain.ledger import ContactPast, Erased
from service.errors import NotFoundError
from service.record.tables.delivery import database_now
from service.record.tables.idempotency import KEYS, PURGE_LIMIT
from service.record.tables.ledger import CONTACTS, DECISIONS, EVENTS, GOALS, select_ledger
from service.record.tables.promise import erase_promises, select_promises_of
from service.record.tables.text import TEXTS, select_texts

DELIVERIES = metadata.tables["deliveries"]
STEPS = metadata.tables["steps"]
ANNOUNCEMENTS = metadata.tables["announcements"]
OUTCOMES = metadata.tables["outcomes"]
ERASED = ""
"""Contact key of decisions whose contact was erased. Real keys are hashes, and hashes are longer."""


def select_past(connection: Connection, contact_key: str, now: datetime) -> ContactPast:
    """Return everything held about a contact. Raise NotFoundError if the contact is unknown."""
    decided = select(DECISIONS.c.decision_id).where(DECISIONS.c.contact_key == contact_key)
    ids = connection.execute(decided.order_by(DECISIONS.c.decided_at, DECISIONS.c.decision_id)).scalars().all()
    ledger = select_ledger(connection, contact_key, now)
    promises = tuple(select_promises_of(connection, contact_key))
    if not (ids or promises) and ledger.opened_at is None:
        raise NotFoundError("Nothing is held about that contact.", field="contact_id")
    counted = select(EVENTS.c.kind, func.sum(EVENTS.c.amount)).where(EVENTS.c.contact_key == contact_key)
    effort = {EventKind(kind): float(amount) for kind, amount in connection.execute(counted.group_by(EVENTS.c.kind))}
    texts = select_texts(connection, contact_key, now)
    return ContactPast(ledger=ledger, decision_ids=tuple(ids), effort=effort, texts=texts, promises=promises)


def erase_contacts(connection: Connection, contact_keys: Sequence[str]) -> list[Erased | NotFoundError]:
    """Erase contacts, and count the rows that went for each.

    Decisions keep goal, path, rung, confidence, entry point, channel, versions and time. Promises keep goal, path,
    rung, state and times.
    """
    return [erase_contact(connection, contact_key) for contact_key in contact_keys]


def erase_contact(connection: Connection, contact_key: str) -> Erased | NotFoundError:
    mine = select(DECISIONS.c.decision_id).where(DECISIONS.c.contact_key == contact_key).with_for_update()
    connection.execute(mine)  # locked before the contact, as a report does, or the two could wait in a circle
    connection.execute(delete(CONTACTS).where(CONTACTS.c.contact_key == contact_key))
    goals = connection.execute(delete(GOALS).where(GOALS.c.contact_key == contact_key)).rowcount
    decision_ids = list(connection.execute(mine).scalars())  # again, for a turn that committed in the meantime
    linked = update(EVENTS).where(EVENTS.c.contact_key == contact_key)
    events = connection.execute(linked.values(contact_key=None, decision_id=None)).rowcount
    promises = erase_promises(connection, contact_key, database_now(connection))
    if not (goals or decision_ids or events or promises):
        return NotFoundError("Nothing is held about that contact.", field="contact_id")
    for start in range(0, len(decision_ids), PURGE_LIMIT):
        erase_decisions(connection, decision_ids[start : start + PURGE_LIMIT])
    return Erased(goals=goals, decisions=len(decision_ids), events=events, promises=promises)


def erase_decisions(connection: Connection, decision_ids: Sequence[str]) -> None:
    """Delete texts, deliveries, steps, answers to repeats, waiting announcements, and links to the contact."""
    delete_deliveries(connection, decision_ids)
    for table in (TEXTS, KEYS, STEPS, ANNOUNCEMENTS):
        connection.execute(delete(table).where(table.c.decision_id.in_(decision_ids)))
    mine = update(DECISIONS).where(DECISIONS.c.decision_id.in_(decision_ids))
    connection.execute(mine.values(contact_key=ERASED, repeat_key=None, answer="{}"))


def delete_deliveries(connection: Connection, decision_ids: Sequence[str]) -> int:
    """Delete deliveries and count them. Delete steps only afterwards, when settlements can add no more steps."""
    gone = 0
    # Deleting waits for a settlement that holds the row. Only the next statement sees the delivery that came of it.
    while found := connection.execute(delete(DELIVERIES).where(DELIVERIES.c.decision_id.in_(decision_ids))).rowcount:
        gone += found
    return gone
