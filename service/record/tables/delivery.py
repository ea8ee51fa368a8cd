"""The outbox in SQL: deliveries are leased, tried, and settled with the step they lead to, each in one transaction.

A lease is a moment in the future and a number. If a worker crashes, the moment passes and the delivery is free again.
If a worker comes late, a newer lease has a higher number, and the late worker's write changes nothing. Both are told
by the database's own clock, as the clocks of replicas may differ.
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
from service.record.tables.promise import insert_promises
from service.record.tables.step import learned_before, reopen_step, try_insert_step, update_step

DELIVERIES = metadata.tables["deliveries"]
REPORTED = [column for column in DELIVERIES.columns if column.name not in {"payload", "contact_key"}]


def database_now(connection: Connection) -> datetime:
    """Return the time of the one clock that all replicas share. Processes with an SQLite file share a machine."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def insert_dispatches(connection: Connection, dispatches: Sequence[Dispatch]) -> None:
    """Insert deliveries that are due at once. A delivery that is there already stays as it is, at any stage."""
    if dispatches:
        now = database_now(connection)
        rows = [to_row(dispatch, due_at=now) for dispatch in dispatches]
        connection.execute(keep_delivery(connection.dialect.name), rows)


@cache
def keep_delivery(dialect: str) -> ConflictInsert:
    return insert_into(DELIVERIES, dialect).on_conflict_do_nothing(index_elements=["delivery_id"])


def lease_due(connection: Connection, requests: Sequence[LeaseRequest]) -> list[list[Lease]]:
    """Lease, for each request, the deliveries that are free of a lease and have been due longest."""
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
    """Write settlements, and return True for each that was written.

    A settlement is dropped if another worker has got a lease since, or if the delivery has ended.
    """
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
    """Write the end of the delivery, its own step, and the step and delivery that follow.

    If a dead delivery was sent again, the walk has gone on already, and goes on only once.
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
    if is_new and settlement.promise is not None:
        insert_promises(connection, [settlement.promise])
    return True


def is_held_by(lease: Lease) -> ColumnElement[bool]:
    return (
        (DELIVERIES.c.delivery_id == lease.dispatch.delivery_id)
        & (DELIVERIES.c.state == DeliveryState.PENDING)
        & (DELIVERIES.c.attempt == lease.attempt)
    )


def replay(connection: Connection, delivery_ids: Sequence[str]) -> list[bool]:
    """Make dead deliveries pending again, and return True for each that was dead.

    A revived delivery has the facts learned before it, without the customer's details.
    """
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
    """Return True if a delivery could be leased. Ask this first, since leasing takes the writer's turn."""
    due = select(DELIVERIES.c.delivery_id).where(is_due(database_now(connection))).limit(1)
    return connection.execute(due).first() is not None


def select_oldest_pending_seconds(connection: Connection) -> float:
    """Return the seconds since the oldest pending delivery became due, or 0 if none is due."""
    pending = select(DELIVERIES.c.due_at).where(DELIVERIES.c.state == DeliveryState.PENDING)
    oldest = connection.execute(pending.order_by(DELIVERIES.c.due_at).limit(1)).scalar_one_or_none()
    return 0.0 if oldest is None else max(0.0, (database_now(connection) - oldest).total_seconds())


def select_reports(connection: Connection, state: DeliveryState | None, limit: int) -> list[DeliveryReport]:
    """Return reports of deliveries, newest first."""
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
    """Return the ids of dead deliveries, oldest first."""
    dead = select(DELIVERIES.c.delivery_id).where(DELIVERIES.c.state == DeliveryState.DEAD)
    return list(connection.execute(dead.order_by(DELIVERIES.c.finished_at).limit(limit)).scalars())
