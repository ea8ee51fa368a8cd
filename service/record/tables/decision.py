"""Decisions in SQL. The first request under an idempotency key is recorded, and repeats get the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, func, select

from models import metadata
from service.domain.decision import Decision
from service.domain.recording import DecisionWrite, IdempotencyKey, Recorded
from service.errors import IdempotencyConflictError, NotFoundError, TurnConflictError
from service.record.database.dialect import ConflictInsert, insert_into
from service.record.tables.contact import ERASED
from service.record.tables.decision_row import to_decision, to_row
from service.record.tables.delivery import insert_dispatches
from service.record.tables.idempotency import Claim, claim_keys, find_claim, release_claims
from service.record.tables.ledger import insert_events, write_changes
from service.record.tables.promise import insert_promises, withdraw_promises
from service.record.tables.step import insert_steps
from service.record.tables.text import insert_texts

DECISIONS = metadata.tables["decisions"]


Answered = Recorded | IdempotencyConflictError | TurnConflictError


def write_decisions(connection: Connection, writes: Sequence[DecisionWrite]) -> list[Answered]:
    """Write decisions. Writing a decision again changes nothing, so a write whose fate is unknown may be repeated.

    The answer is TurnConflictError for a decision, and its repeats, if its contact was changed after the ledger was
    read.
    """
    claims = [claim_of(write) for write in writes]
    holders = claim_keys(connection, [claim for claim in claims if claim is not None])
    answers: list[Answered] = [
        answer_to(write, claim and holders[claim.key_hash]) for write, claim in zip(writes, claims, strict=True)
    ]
    new = [
        write
        for write, answer in zip(writes, answers, strict=True)
        if isinstance(answer, Recorded) and not answer.replayed
    ]
    outrun = changed_by_others(connection, new)
    if outrun:
        new = [write for write in new if write.decision.decision_id not in outrun]
        answers = [
            conflict() if isinstance(answer, Recorded) and answer.decision_id in outrun else answer
            for answer in answers
        ]
    if new:
        connection.execute(keep_decision(connection.dialect.name), [to_row(write.decision) for write in new])
        insert_steps(connection, [step for write in new for step in write.steps])
        insert_dispatches(connection, [dispatch for write in new for dispatch in write.dispatches])
        insert_events(connection, [event for write in new for event in write.events])
        insert_texts(connection, [(write.decision, write.text) for write in new if write.text is not None])
        for write in new:
            withdrawn = [promise.promise_id for promise in write.withdrawn_promises]
            withdraw_promises(connection, withdrawn, write.decision.decided_at)
        insert_promises(connection, [promise for write in new for promise in write.promises])
    return answers


def changed_by_others(connection: Connection, writes: Sequence[DecisionWrite]) -> frozenset[str]:
    """Write the changes of contacts, and return the ids of decisions that other turns have outrun.

    Idempotency keys of outrun decisions are free again.
    """
    changing = [(write, write.change) for write in writes if write.change is not None]
    written = write_changes(connection, [change for _, change in changing])
    outrun = [
        write
        for (write, _), is_written in zip(changing, written, strict=True)
        if not is_written and not is_recorded(connection, write.decision.decision_id)
    ]
    release_claims(connection, [write.decision.decision_id for write in outrun if write.idempotency is not None])
    return frozenset(write.decision.decision_id for write in outrun)


def is_recorded(connection: Connection, decision_id: str) -> bool:
    found = select(DECISIONS.c.decision_id).where(DECISIONS.c.decision_id == decision_id)
    return connection.execute(found).first() is not None


def conflict() -> TurnConflictError:
    return TurnConflictError(
        "Other turns of the contact were applied at the same moment.",
        field="contact_id",
        mend="Send it again; number the turns with `turn` to have them applied in order.",
        retry_after_seconds=1,
    )


def claim_of(write: DecisionWrite) -> Claim | None:
    key = write.idempotency
    if key is None:
        return None
    return Claim(
        key_hash=key.key_hash,
        body_hash=key.body_hash,
        decision_id=write.decision.decision_id,
        answer=write.answer,
        created_at=write.decision.decided_at,
        expires_at=write.decision.decided_at + key.retention,
    )


def answer_to(write: DecisionWrite, holder: Claim | None) -> Recorded | IdempotencyConflictError:
    """Return the answer to `write`. `holder` is the request that holds its key: an earlier request, or `write`."""
    own_id = write.decision.decision_id
    if write.idempotency is None or holder is None:
        return Recorded(decision_id=own_id, answer=write.answer, replayed=False)
    if holder.body_hash != write.idempotency.body_hash:
        return IdempotencyConflictError(
            "Another request was made with the same Idempotency-Key.", mend="Use a new key for every new request."
        )
    return Recorded(
        decision_id=holder.decision_id,
        answer=holder.answer,
        replayed=holder.decision_id != own_id,
    )


@cache
def keep_decision(dialect: str) -> ConflictInsert:
    return insert_into(DECISIONS, dialect).on_conflict_do_nothing(index_elements=["decision_id"])


def select_decision(connection: Connection, decision_id: str) -> Decision:
    """Return a decision. Raise NotFoundError if the id is unknown or the contact was erased.

    The remains of an erased contact's decision are for counting only.
    """
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.decision_id == decision_id)).mappings().one_or_none()
    if row is None or row["contact_key"] == ERASED:
        raise NotFoundError("No decision is held under that id.", field="decision_id")
    return to_decision(row)


def select_is_repeat(connection: Connection, repeat_key: str) -> bool:
    """Return True if a decision of today was made for the same reference."""
    found = select(DECISIONS.c.decision_id).where(DECISIONS.c.repeat_key == repeat_key)
    return connection.execute(found.limit(1)).first() is not None


def select_replay(connection: Connection, key: IdempotencyKey, now: datetime) -> Recorded | None:
    """Return the answer to the first request under the key, if that request was the same and is still held."""
    claim = find_claim(connection, key.key_hash, now)
    if claim is None or claim.body_hash != key.body_hash:
        return None
    return replay_of(claim)


def replay_of(claim: Claim) -> Recorded:
    return Recorded(decision_id=claim.decision_id, answer=claim.answer, replayed=True)


def select_count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()
