"""The outbox in SQL: deliveries are leased, tried, and settled with the step they lead to, each in one transaction.

A lease is a moment in the future and a number. Whoever crashes lets the moment pass; whoever comes late holds a number
that is not the newest, and changes nothing. Both are told by the database's own time, not by that of a replica.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from models import metadata
from service.domain.delivery import (
    DeliveryOutcome,
    DeliveryReport,
    DeliveryState,
    Dispatch,
    Lease,
    LeaseRequest,
    Payload,
    Settled,
    Settlement,
    TriedAgain,
)
from service.errors import NotFoundError
from service.record.database.dialect import ConflictInsert, insert_into
from service.record.tables.delivery_row import to_lease, to_payload_text, to_report, to_row
from service.record.tables.ledger import mark_done
from service.record.tables.step import learned_before, reopen_step, try_insert_step, update_step

DELIVERIES = metadata.tables["deliveries"]
REPORTED = [column for column in DELIVERIES.columns if column.name not in {"payload", "contact_key"}]


def database_now(connection: Connection) -> datetime:
    """The one clock that all replicas share; an SQLite file is on the machine of all its processes."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def insert_dispatches(connection: Connection, dispatches: Sequence[Dispatch]) -> None:
    """Due at once. One that is there already stays as it is, however far it has come."""
    if dispatches:
        now = database_now(connection)
        rows = [to_row(dispatch, due_at=now) for dispatch in dispatches]
        connection.execute(keep_delivery(connection.dialect.name), rows)


@cache
def keep_delivery(dialect: str) -> ConflictInsert:
    return insert_into(DELIVERIES, dialect).on_conflict_do_nothing(index_elements=["delivery_id"])


def lease_due(connection: Connection, requests: Sequence[LeaseRequest]) -> list[list[Lease]]:
    """For each request those that have been due longest and that nobody holds, with their leases."""
    return [lease_some(connection, request) for request in requests]


def lease_some(connection: Connection, request: LeaseRequest) -> list[Lease]:
    now = database_now(connection)
    # On SQLite the transaction has had the write lock from its beginning, and the clause for PostgreSQL is left out.
    due = select(DELIVERIES).where(is_due(now)).order_by(DELIVERIES.c.due_at).limit(request.limit)
    rows = connection.execute(due.with_for_update(skip_locked=True)).mappings().all()
    ids = [row["delivery_id"] for row in rows]
    if ids:
        until = now + timedelta(seconds=request.lease_seconds)
        taken = update(DELIVERIES).where(DELIVERIES.c.delivery_id.in_(ids))
        connection.execute(taken.values(attempt=DELIVERIES.c.attempt + 1, leased_until=until))
    return [to_lease(row, attempt=row["attempt"] + 1) for row in rows]


def is_due(now: datetime) -> ColumnElement[bool]:
    is_free = or_(DELIVERIES.c.leased_until.is_(None), DELIVERIES.c.leased_until <= now)
    return (DELIVERIES.c.state == DeliveryState.PENDING) & (DELIVERIES.c.due_at <= now) & is_free


def settle(connection: Connection, settlements: Sequence[Settlement]) -> list[bool]:
    """Whether each was written; not if another worker has got a lease since, or the delivery has ended."""
    return [
        try_again(connection, settlement) if isinstance(settlement, TriedAgain) else finish(connection, settlement)
        for settlement in settlements
    ]


def try_again(connection: Connection, settlement: TriedAgain) -> bool:
    due_at = database_now(connection) + timedelta(seconds=settlement.wait_seconds)
    still_mine = update(DELIVERIES).where(is_held_by(settlement.lease))
    again = still_mine.values(due_at=due_at, leased_until=None, outcome=settlement.outcome, calls=settlement.calls)
    return connection.execute(again).rowcount == 1


def finish(connection: Connection, settlement: Settled) -> bool:
    """The end of the delivery, the step that it was, and the step and delivery that come of it.

    Where the walk has gone on before, since a dead delivery was sent again, it does not go on a second time.
    """
    still_mine = update(DELIVERIES).where(is_held_by(settlement.lease))
    ended = still_mine.values(
        state=settlement.state,
        outcome=settlement.outcome,
        calls=settlement.calls,
        payload=None,
        leased_until=None,
        finished_at=database_now(connection),
    )
    if connection.execute(ended).rowcount == 0:
        return False
    update_step(connection, settlement.step)
    dispatch = settlement.lease.dispatch
    is_done = settlement.outcome is DeliveryOutcome.SERVED and not dispatch.is_extra_mile
    if is_done and dispatch.goal is not None:
        mark_done(connection, dispatch.contact_key, dispatch.goal, settlement.step.at)
    is_new = settlement.next_step is not None and try_insert_step(connection, settlement.next_step)
    if is_new and settlement.next_dispatch is not None:
        insert_dispatches(connection, [settlement.next_dispatch])
    return True


def is_held_by(lease: Lease) -> ColumnElement[bool]:
    return (
        (DELIVERIES.c.delivery_id == lease.dispatch.delivery_id)
        & (DELIVERIES.c.state == DeliveryState.PENDING)
        & (DELIVERIES.c.attempt == lease.attempt)
    )


def replay(connection: Connection, delivery_ids: Sequence[str]) -> list[bool]:
    """Whether each was dead, and is pending now: with what was learnt before it, and without the customer's details."""
    return [replay_one(connection, delivery_id) for delivery_id in delivery_ids]


def replay_one(connection: Connection, delivery_id: str) -> bool:
    dead = select(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id, DELIVERIES.c.state == DeliveryState.DEAD)
    row = connection.execute(dead.with_for_update()).mappings().one_or_none()
    if row is None:
        return False
    now = database_now(connection)
    learned = learned_before(connection, row["decision_id"], row["number"])
    revived = update(DELIVERIES).where(DELIVERIES.c.delivery_id == delivery_id)
    connection.execute(
        revived.values(
            state=DeliveryState.PENDING,
            payload=to_payload_text(Payload(learned=learned)),
            outcome=None,
            calls=0,
            due_at=now,
            began_at=now,
            finished_at=None,
        )
    )
    reopen_step(connection, row["decision_id"], row["number"])
    return True


def select_is_due(connection: Connection) -> bool:
    """Whether a lease could be had: asked first, since asking for one takes the writer's turn."""
    due = select(DELIVERIES.c.delivery_id).where(is_due(database_now(connection))).limit(1)
    return connection.execute(due).first() is not None


def select_oldest_pending_seconds(connection: Connection) -> float:
    """Since the oldest delivery became due that has not ended; 0 where there is none or it lies ahead."""
    pending = select(DELIVERIES.c.due_at).where(DELIVERIES.c.state == DeliveryState.PENDING)
    oldest = connection.execute(pending.order_by(DELIVERIES.c.due_at).limit(1)).scalar_one_or_none()
    return 0.0 if oldest is None else max(0.0, (database_now(connection) - oldest).total_seconds())


def select_reports(connection: Connection, state: DeliveryState | None, limit: int) -> list[DeliveryReport]:
    """Newest first."""
    found = select(*REPORTED).order_by(DELIVERIES.c.created_at.desc(), DELIVERIES.c.delivery_id).limit(limit)
    if state is not None:
        found = found.where(DELIVERIES.c.state == state)
    return [to_report(row) for row in connection.execute(found).mappings()]


def select_report(connection: Connection, delivery_id: str) -> DeliveryReport:
    found = select(*REPORTED).where(DELIVERIES.c.delivery_id == delivery_id)
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        raise NotFoundError("No delivery is held under that id.", field="delivery_id")
    return to_report(row)


def select_dead_ids(connection: Connection, limit: int) -> list[str]:
    """Oldest first."""
    dead = select(DELIVERIES.c.delivery_id).where(DELIVERIES.c.state == DeliveryState.DEAD)
    return list(connection.execute(dead.order_by(DELIVERIES.c.finished_at).limit(limit)).scalars())
