"""Steps in SQL: the way of a decision's contact, rung by rung."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, select, update

from models import metadata
from service.domain.delivery import DeliveryOutcome, Step, StepState
from service.record.database.dialect import ConflictInsert, insert_into

STEPS = metadata.tables["steps"]


def insert_steps(connection: Connection, steps: Sequence[Step]) -> None:
    """Insert steps. A step that is there already stays as it is."""
    if steps:
        connection.execute(keep_step(connection.dialect.name), [to_row(step) for step in steps])


def try_insert_step(connection: Connection, step: Step) -> bool:
    """Insert a step. Return False if its number is taken."""
    return connection.execute(keep_step(connection.dialect.name), to_row(step)).rowcount == 1


def update_step(connection: Connection, step: Step) -> None:
    own = (STEPS.c.decision_id == step.decision_id) & (STEPS.c.number == step.number)
    connection.execute(update(STEPS).where(own).values(to_row(step)))


def reopen_step(connection: Connection, decision_id: str, number: int) -> None:
    own = (STEPS.c.decision_id == decision_id) & (STEPS.c.number == number)
    connection.execute(update(STEPS).where(own).values(state=StepState.WAITING, cause=None))


def select_steps(connection: Connection, decision_id: str) -> list[Step]:
    """Return steps in the order in which they were taken."""
    rows = connection.execute(select(STEPS).where(STEPS.c.decision_id == decision_id).order_by(STEPS.c.number))
    return [to_step(row) for row in rows.mappings()]


def learned_before(connection: Connection, decision_id: str, number: int) -> dict[str, Any]:
    """Return the facts that the rungs before a step handed on. The newest value of a name counts."""
    learned: dict[str, Any] = {}
    for step in select_steps(connection, decision_id)[:number]:
        learned |= step.learned
    return learned


@cache
def keep_step(dialect: str) -> ConflictInsert:
    insert = insert_into(STEPS, dialect).on_conflict_do_nothing(index_elements=["decision_id", "number"])
    return insert.execution_options(preserve_rowcount=True)


def to_row(step: Step) -> dict[str, Any]:
    return {
        "decision_id": step.decision_id,
        "number": step.number,
        "rung": step.rung,
        "kind": step.kind,
        "name": step.name,
        "state": step.state,
        "cause": step.cause,
        "learned": orjson.dumps(step.learned).decode(),
        "say": step.say,
        "needs": orjson.dumps(step.needs).decode(),
        "at": step.at,
    }


def to_step(row: RowMapping) -> Step:
    return Step(
        decision_id=row["decision_id"],
        number=row["number"],
        rung=row["rung"],
        kind=row["kind"],
        name=row["name"],
        state=StepState(row["state"]),
        cause=None if row["cause"] is None else DeliveryOutcome(row["cause"]),
        learned=orjson.loads(row["learned"]),
        say=row["say"],
        needs=tuple(orjson.loads(row["needs"])),
        at=row["at"],
    )
