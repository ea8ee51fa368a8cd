"""Decisions in SQL: the first request under an idempotency key is recorded, its repeats are answered as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Connection, func, select

from models import metadata
from service.domain import Decision, Status
from service.errors import IdempotencyConflictError, NotFoundError
from service.record.dialect import ConflictInsert, insert_into
from service.record.idempotency import Claim, claim_keys
from service.record.row import to_decision, to_row

DECISIONS = metadata.tables["decisions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    key_hash: str
    body_hash: str
    """Tells a repeat from another request under the same key."""
    retention: timedelta
    """From `decided_at`; afterwards the key counts as never used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    decision_id: str
    answer: bytes
    """What to send: the bytes handed in, or those of the first request under the same key."""
    status_code: int
    replayed: bool
    """This request repeated an earlier one; its own decision was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWrite:
    decision: Decision
    idempotency: IdempotencyKey | None
    answer: bytes
    status_code: int


def write_decisions(
    connection: Connection, writes: Sequence[DecisionWrite]
) -> list[Recorded | IdempotencyConflictError]:
    """Recording the same decision twice is recording it once, so a write whose fate is unknown may be repeated."""
    claims = [claim_of(write) for write in writes]
    holders = claim_keys(connection, [claim for claim in claims if claim is not None])
    answers = [answer_to(write, claim and holders[claim.key_hash]) for write, claim in zip(writes, claims, strict=True)]
    rows = [
        to_row(write.decision)
        for write, answer in zip(writes, answers, strict=True)
        if isinstance(answer, Recorded) and not answer.replayed
    ]
    if rows:
        connection.execute(keep_decision(connection.dialect.name), rows)
    return answers


def claim_of(write: DecisionWrite) -> Claim | None:
    key = write.idempotency
    if key is None:
        return None
    return Claim(
        key_hash=key.key_hash,
        body_hash=key.body_hash,
        decision_id=write.decision.decision_id,
        answer=write.answer,
        status_code=write.status_code,
        created_at=write.decision.decided_at,
        expires_at=write.decision.decided_at + key.retention,
    )


def answer_to(write: DecisionWrite, holder: Claim | None) -> Recorded | IdempotencyConflictError:
    """`holder` is the request that holds the key of `write`: an earlier one, or `write` itself."""
    own_id = write.decision.decision_id
    if write.idempotency is None or holder is None:
        return Recorded(decision_id=own_id, answer=write.answer, status_code=write.status_code, replayed=False)
    if holder.body_hash != write.idempotency.body_hash:
        return IdempotencyConflictError(
            "Another request was made with the same Idempotency-Key.", mend="Use a new key for every new request."
        )
    return Recorded(
        decision_id=holder.decision_id,
        answer=holder.answer,
        status_code=holder.status_code,
        replayed=holder.decision_id != own_id,
    )


@cache
def keep_decision(dialect: str) -> ConflictInsert:
    return insert_into(DECISIONS, dialect).on_conflict_do_nothing(index_elements=["decision_id"])


def select_decision(connection: Connection, decision_id: str) -> Decision:
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError("No decision is held under that id.", field="decision_id")
    return to_decision(row)


def select_was_asked(connection: Connection, contact_key: str) -> bool:
    """Whether an earlier decision for the contact already put a question to the customer."""
    asked = select(DECISIONS.c.decision_id).where(
        DECISIONS.c.contact_key == contact_key, DECISIONS.c.status.in_([Status.AMBIGUOUS, Status.NO_GOAL_YET])
    )
    return connection.execute(asked.limit(1)).first() is not None


def select_count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()
