"""First-contact resolution in SQL, as docs/adr/0009 defines it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from models import metadata
from service.domain.effort import EventKind
from service.domain.ledger import GoalState
from service.domain.outcome import Resolution
from service.record.tables.ledger import CONTACTS, EVENTS, GOALS

OUTCOMES = metadata.tables["outcomes"]
WANTED = (GoalState.OPEN, GoalState.BEING_SERVED)
NOT_AT_ONCE = (EventKind.TRANSFER, EventKind.REROUTE, EventKind.REPEAT)


def select_resolution(connection: Connection, since: datetime, until: datetime) -> Resolution:
    """Count contacts with an outcome, and resolved contacts among them.

    Only contacts that began at `since` or later and before `until` are counted.
    """
    key = CONTACTS.c.contact_key
    reported = select(OUTCOMES.c.decision_id).where(OUTCOMES.c.decision_id == GOALS.c.decision_id)
    told = select(func.count()).select_from(CONTACTS).where(CONTACTS.c.opened_at >= since, CONTACTS.c.opened_at < until)
    told = told.where(select(GOALS.c.intent).where(GOALS.c.contact_key == key, reported.exists()).exists())
    wanted = select(GOALS.c.intent).where(GOALS.c.contact_key == key, GOALS.c.state.in_(WANTED))
    done = select(GOALS.c.intent).where(GOALS.c.contact_key == key, GOALS.c.state == GoalState.DONE)
    detour = select(EVENTS.c.event_id).where(EVENTS.c.contact_key == key, EVENTS.c.kind.in_(NOT_AT_ONCE))
    resolved = told.where(~wanted.exists(), done.exists(), ~detour.exists())
    return Resolution(told=count(connection, told), resolved=count(connection, resolved))


def count(connection: Connection, counted: Select[Any]) -> int:
    total: int = connection.execute(counted).scalar_one()
    return total
