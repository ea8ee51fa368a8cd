"""Idempotency keys in SQL, each with the request that the key stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from models import metadata
from service.record.database.dialect import ConflictInsert, insert_into

KEYS = metadata.tables["idempotency_keys"]
PURGE_LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request that wants a key, or holds a key."""

    key_hash: str
    body_hash: str
    decision_id: str
    answer: bytes
    created_at: datetime
    expires_at: datetime


def claim_keys(connection: Connection, claims: Sequence[Claim]) -> dict[str, Claim]:
    """Return the holder of each claimed key: an earlier request, or the first of these claims."""
    first: dict[str, Claim] = {}
    for claim in claims:
        first.setdefault(claim.key_hash, claim)
    if not first:
        return {}
    # In one order everywhere: two replicas that claim the same keys must not wait for each other in a circle.
    rows = [to_row(first[key_hash]) for key_hash in sorted(first)]
    claimed = connection.execute(claim_key(connection.dialect.name), rows).rowcount
    if claimed == len(rows):
        return first
    held = connection.execute(select(KEYS).where(KEYS.c.key_hash.in_(first))).mappings()
    return {row["key_hash"]: to_claim(row) for row in held}


def find_claim(connection: Connection, key_hash: str, now: datetime) -> Claim | None:
    """Find the request that holds the key at `now`."""
    held = select(KEYS).where(KEYS.c.key_hash == key_hash, KEYS.c.expires_at > now)
    row = connection.execute(held).mappings().one_or_none()
    return None if row is None else to_claim(row)


def release_claims(connection: Connection, decision_ids: Sequence[str]) -> None:
    """Free the keys of requests whose decisions were dropped."""
    if decision_ids:
        connection.execute(delete(KEYS).where(KEYS.c.decision_id.in_(decision_ids)))


def to_row(claim: Claim) -> dict[str, Any]:
    return {
        "key_hash": claim.key_hash,
        "body_hash": claim.body_hash,
        "decision_id": claim.decision_id,
        "answer": claim.answer,
        "status_code": 200,  # the column is older than this version, and goes with a later one
        "created_at": claim.created_at,
        "expires_at": claim.expires_at,
    }


def to_claim(row: RowMapping) -> Claim:
    return Claim(
        key_hash=row["key_hash"],
        body_hash=row["body_hash"],
        decision_id=row["decision_id"],
        answer=row["answer"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


@cache
def claim_key(dialect: str) -> ConflictInsert:
    """Build the INSERT that takes a key if it is free or has expired. The row count tells the number of keys taken."""
    insert = insert_into(KEYS, dialect)
    claim = insert.on_conflict_do_update(
        index_elements=["key_hash"],
        set_={column.name: insert.excluded[column.name] for column in KEYS.columns if not column.primary_key},
        where=KEYS.c.expires_at <= insert.excluded.created_at,
    )
    return claim.execution_options(preserve_rowcount=True)


def delete_expired(connection: Connection, nows: Sequence[datetime]) -> list[int]:
    """Delete expired keys and count them for each of `nows`.

    The number is bounded. Keys that another replica is claiming right now are skipped.
    """
    return [delete_expired_by(connection, now) for now in nows]


def delete_expired_by(connection: Connection, now: datetime) -> int:
    expired = (
        select(KEYS.c.key_hash)
        .where(KEYS.c.expires_at <= now)
        .order_by(KEYS.c.expires_at)
        .limit(PURGE_LIMIT)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(KEYS).where(KEYS.c.key_hash.in_(expired))).rowcount
