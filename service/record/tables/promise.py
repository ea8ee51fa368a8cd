"""Promises in SQL: made with a decision or a settlement, moved by desks, and stripped of their details at their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, or_, select, update

from models import metadata
from service.domain.promise import (
    HeldPromise,
    LatePromises,
    Promise,
    PromiseAct,
    PromiseFilter,
    PromiseKind,
    PromiseMove,
    PromiseMoved,
    PromiseState,
    SealedDetail,
)
from service.errors import NotFoundError, RefusalError
from service.record.database.dialect import ConflictInsert, insert_into
from service.record.tables.audit import insert_entry
from service.record.tables.idempotency import PURGE_LIMIT
from service.record.tables.promise_move import moved

PROMISES = metadata.tables["promises"]
SECRET: Final = frozenset({"sealed", "wrapped_key", "contact_key"})
SHOWN = [column for column in PROMISES.columns if column.name not in SECRET]
WITHOUT_DETAIL: Final = {"sealed": None, "wrapped_key": None, "detail_until": None}
OPEN: Final = (PromiseState.DUE, PromiseState.CLAIMED)
ERASED: Final = ""
"""Contact key of promises whose contact was erased. Real keys are hashes, and hashes are longer."""


def insert_promises(connection: Connection, promises: Sequence[Promise]) -> None:
    """Insert promises. A promise that is there already stays as it is, in any state."""
    if promises:
        connection.execute(keep_promise(connection.dialect.name), [to_row(promise) for promise in promises])


@cache
def keep_promise(dialect: str) -> ConflictInsert:
    return insert_into(PROMISES, dialect).on_conflict_do_nothing(index_elements=["promise_id"])


def write_moves(connection: Connection, moves: Sequence[PromiseMove]) -> list[PromiseMoved | RefusalError]:
    """Write the moves that their promises permit, in the order of ids, in which replicas cannot wait in a circle."""
    in_order = sorted(range(len(moves)), key=lambda place: moves[place].promise_id)
    answers = {place: write_move(connection, moves[place]) for place in in_order}
    return [answers[place] for place in range(len(moves))]


def write_move(connection: Connection, move: PromiseMove) -> PromiseMoved | RefusalError:
    # The row is locked, so of two desks that claim at once the second sees the claim of the first.
    mine = PROMISES.c.promise_id == move.promise_id
    row = connection.execute(select(PROMISES).where(mine).with_for_update()).mappings().one_or_none()
    if row is None:
        return NotFoundError("No promise is held under that id.", field="promise_id")
    before = to_promise(row)
    after = moved(before, move)
    if isinstance(after, RefusalError):
        return after
    if after != before:
        connection.execute(update(PROMISES).where(mine).values(**to_state(after)))
    is_claim = move.act is PromiseAct.CLAIM
    if is_claim and move.entry is not None:
        insert_entry(connection, move.entry)  # also for a repeated claim, which shows the detail again
    return PromiseMoved(promise=after, is_new=after != before, detail=find_detail(row) if is_claim else None)


def withdraw_promises(connection: Connection, promise_ids: Iterable[str], at: datetime) -> None:
    """Withdraw the promises that are still open, and destroy their details."""
    ids = sorted(promise_ids)
    if ids:
        still_open = update(PROMISES).where(PROMISES.c.promise_id.in_(ids), PROMISES.c.state.in_(OPEN))
        connection.execute(still_open.values(state=PromiseState.WITHDRAWN, ended_at=at, **WITHOUT_DETAIL))


def destroy_details(connection: Connection, promise_ids: Iterable[str]) -> None:
    """Destroy the details of promises that were handed over. The promises stay as they are."""
    mine = update(PROMISES).where(PROMISES.c.promise_id.in_(sorted(promise_ids)))
    connection.execute(mine.values(**WITHOUT_DETAIL))


def destroy_expired_details(connection: Connection, now: datetime) -> int:
    """Destroy details whose time is over, a bounded number at once, and count them."""
    expired = select(PROMISES.c.promise_id).where(PROMISES.c.detail_until <= now).order_by(PROMISES.c.detail_until)
    some = expired.limit(PURGE_LIMIT).with_for_update(skip_locked=True)
    return connection.execute(update(PROMISES).where(PROMISES.c.promise_id.in_(some)).values(**WITHOUT_DETAIL)).rowcount


def erase_promises(connection: Connection, contact_key: str, at: datetime) -> int:
    """Withdraw the open promises of a contact, destroy all its details and its links, and count its promises."""
    withdraw_promises(connection, select_ids_of(connection, contact_key), at)
    mine = update(PROMISES).where(PROMISES.c.contact_key == contact_key)
    return connection.execute(mine.values(contact_key=ERASED, **WITHOUT_DETAIL)).rowcount


def delete_ended(connection: Connection, decision_ids: Sequence[str]) -> int:
    """Delete the promises of decisions. An open promise outlives its decision, since people are waiting for it."""
    ended = PROMISES.c.decision_id.in_(decision_ids) & PROMISES.c.ended_at.is_not(None)
    return connection.execute(delete(PROMISES).where(ended)).rowcount


def select_ids_of(connection: Connection, contact_key: str) -> list[str]:
    """Return the ids of a contact's promises, with their rows locked in the order in which moves lock rows."""
    mine = select(PROMISES.c.promise_id).where(PROMISES.c.contact_key == contact_key).order_by(PROMISES.c.promise_id)
    return list(connection.execute(mine.with_for_update()).scalars())


def select_promises(connection: Connection, wanted: PromiseFilter, now: datetime) -> list[HeldPromise]:
    """Return promises by their due times, earliest first."""
    found = select(*SHOWN).order_by(PROMISES.c.due_at, PROMISES.c.promise_id).limit(wanted.limit)
    if wanted.states:
        found = found.where(or_(*(is_in(state, now) for state in wanted.states)))
    if wanted.desk is not None:
        found = found.where(PROMISES.c.desk == wanted.desk)
    if wanted.after is not None:
        found = found.where(follows(wanted.after.due_at, wanted.after.promise_id))
    return [to_promise(row) for row in connection.execute(found).mappings()]


def select_promises_of(connection: Connection, contact_key: str) -> list[HeldPromise]:
    """Return all promises of a contact, in the order in which they were made."""
    found = select(*SHOWN).where(PROMISES.c.contact_key == contact_key)
    in_order = found.order_by(PROMISES.c.made_at, PROMISES.c.promise_id)
    return [to_promise(row) for row in connection.execute(in_order).mappings()]


def select_late(connection: Connection, now: datetime) -> list[LatePromises]:
    """Count the late promises of each desk that has any."""
    found = select(PROMISES.c.desk, func.count().label("count"), func.min(PROMISES.c.due_at).label("oldest_due_at"))
    rows = connection.execute(found.where(is_in(PromiseState.LATE, now)).group_by(PROMISES.c.desk)).mappings()
    return [LatePromises(**row) for row in rows]


def is_in(state: PromiseState, now: datetime) -> ColumnElement[bool]:
    """Return the condition for a state as it is shown."""
    match state:
        case PromiseState.LATE:
            return PROMISES.c.state.in_(OPEN) & (PROMISES.c.due_at < now)
        case PromiseState.DUE | PromiseState.CLAIMED:
            return (PROMISES.c.state == state) & (PROMISES.c.due_at >= now)
        case _:
            return PROMISES.c.state == state


def follows(due_at: datetime, promise_id: str) -> ColumnElement[bool]:
    is_equal = and_(PROMISES.c.due_at == due_at, PROMISES.c.promise_id > promise_id)
    return and_(PROMISES.c.due_at >= due_at, or_(PROMISES.c.due_at > due_at, is_equal))


def find_detail(row: RowMapping) -> SealedDetail | None:
    if row["sealed"] is None or row["wrapped_key"] is None:
        return None
    return SealedDetail(sealed=row["sealed"], wrapped_key=row["wrapped_key"], until=row["detail_until"])


def to_state(promise: HeldPromise) -> dict[str, Any]:
    """Return the columns that a move changes."""
    changed = {
        "state": promise.state,
        "held_by": promise.by,
        "claimed_at": promise.claimed_at,
        "ended_at": promise.ended_at,
    }
    return changed if promise.ended_at is None else {**changed, **WITHOUT_DETAIL}


def to_row(promise: Promise) -> dict[str, Any]:
    detail = promise.detail
    return {
        "promise_id": promise.promise_id,
        "kind": promise.kind,
        "decision_id": promise.decision_id,
        "contact_key": promise.contact_key,
        "goal": promise.goal,
        "desk": promise.desk,
        "path": promise.path,
        "rung": promise.rung,
        "state": PromiseState.DUE,
        "due_at": promise.due_at,
        "made_at": promise.made_at,
        "sealed": None if detail is None else detail.sealed,
        "wrapped_key": None if detail is None else detail.wrapped_key,
        "detail_until": None if detail is None else detail.until,
        "expires_at": promise.expires_at,
    }


def to_promise(row: RowMapping) -> HeldPromise:
    return HeldPromise(
        promise_id=row["promise_id"],
        kind=PromiseKind(row["kind"]),
        decision_id=row["decision_id"],
        goal=row["goal"],
        desk=row["desk"],
        path=row["path"],
        rung=row["rung"],
        state=PromiseState(row["state"]),
        due_at=row["due_at"],
        made_at=row["made_at"],
        by=row["held_by"],
        claimed_at=row["claimed_at"],
        ended_at=row["ended_at"],
        has_detail=row["detail_until"] is not None,
    )
