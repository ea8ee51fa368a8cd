"""Keys in SQL. Each change of a key writes its audit entry in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import orjson
from sqlalchemy import Connection, RowMapping, func, insert, inspect, select, update

from models import metadata
from service.domain.key import Creation, HeldKey, Revocation, Role, Rotation, Use
from service.errors import InvalidRequestError, NotFoundError, RefusalError
from service.record.tables.audit import insert_entry

KEYS = metadata.tables["api_keys"]
MOST_KEYS = 10_000
"""Limit of keys, revoked keys aside. Every worker reads all of them over and over."""


def write_creations(connection: Connection, creations: Sequence[Creation]) -> list[HeldKey | RefusalError]:
    return [write_creation(connection, creation) for creation in creations]


def write_creation(connection: Connection, creation: Creation) -> HeldKey | RefusalError:
    not_revoked = select(func.count()).select_from(KEYS).where(KEYS.c.revoked_at.is_(None))
    if connection.execute(not_revoked).scalar_one() >= MOST_KEYS:
        return InvalidRequestError(f"There are {MOST_KEYS} keys already. Revoke those that nobody uses.")
    connection.execute(insert(KEYS), to_row(creation.key))
    insert_entry(connection, creation.entry)
    return creation.key


def write_rotations(connection: Connection, rotations: Sequence[Rotation]) -> list[HeldKey | RefusalError]:
    """Rotate keys, and return each new key."""
    return [write_rotation(connection, rotation) for rotation in rotations]


def write_rotation(connection: Connection, rotation: Rotation) -> HeldKey | RefusalError:
    old = find_key(connection, rotation.key_id)
    if old is None:
        return no_such_key()
    at = rotation.entry.at
    if not old.is_usable(at) or old.replaced_by is not None:
        return InvalidRequestError("This key has ended or was rotated before. Make a new one: errand keys create")
    new = replace(
        old,
        key_id=rotation.new_key_id,
        secret_hash=rotation.new_secret_hash,
        created_at=at,
        expires_at=None if old.expires_at is None else at + (old.expires_at - old.created_at),
        last_used_at=None,
    )
    ends_at = at + rotation.overlap
    if old.expires_at is not None:
        ends_at = min(ends_at, old.expires_at)
    connection.execute(insert(KEYS), to_row(new))
    mine = update(KEYS).where(KEYS.c.key_id == old.key_id)
    connection.execute(mine.values(expires_at=ends_at, replaced_by=new.key_id))
    detail = {"replaced_by": new.key_id, "ends_at": ends_at.isoformat()}
    insert_entry(connection, replace(rotation.entry, detail=detail))
    return new


def write_revocations(connection: Connection, revocations: Sequence[Revocation]) -> list[bool | RefusalError]:
    """Revoke keys, and return False for each that was revoked before. NotFoundError stands for an unknown key."""
    return [write_revocation(connection, revocation) for revocation in revocations]


def write_revocation(connection: Connection, revocation: Revocation) -> bool | RefusalError:
    held = find_key(connection, revocation.key_id)
    if held is None:
        return no_such_key()
    if held.revoked_at is not None:
        return False
    mine = update(KEYS).where(KEYS.c.key_id == revocation.key_id)
    connection.execute(mine.values(revoked_at=revocation.entry.at))
    insert_entry(connection, revocation.entry)
    return True


def write_uses(connection: Connection, uses: Sequence[Use]) -> list[None]:
    """Write the minutes of last use. Of several workers the first writes the minute, and the others find it written."""
    for key_id, minute in sorted({pair for use in uses for pair in use.minutes}):
        mine = update(KEYS).where(KEYS.c.key_id == key_id)
        is_newer = KEYS.c.last_used_at.is_(None) | (KEYS.c.last_used_at < minute)
        connection.execute(mine.where(is_newer).values(last_used_at=minute))
    return [None for _ in uses]


def select_standing(connection: Connection) -> list[HeldKey]:
    """Return all keys except revoked keys. Expired keys are included."""
    found = select(KEYS).where(KEYS.c.revoked_at.is_(None)).order_by(KEYS.c.created_at.desc()).limit(MOST_KEYS)
    return [to_key(row) for row in connection.execute(found).mappings()]


def select_keys(connection: Connection, limit: int) -> list[HeldKey]:
    """Return keys, newest first."""
    found = select(KEYS).order_by(KEYS.c.created_at.desc(), KEYS.c.key_id).limit(limit)
    return [to_key(row) for row in connection.execute(found).mappings()]


def select_standing_if_any(connection: Connection) -> list[HeldKey]:
    """Return the same keys. The list is empty if the database is older than the table of keys."""
    return select_standing(connection) if inspect(connection).has_table(KEYS.name) else []


def find_key(connection: Connection, key_id: str) -> HeldKey | None:
    """Find a key, and lock its row against other changes until the transaction ends."""
    found = select(KEYS).where(KEYS.c.key_id == key_id).with_for_update()
    row = connection.execute(found).mappings().one_or_none()
    return None if row is None else to_key(row)


def no_such_key() -> NotFoundError:
    return NotFoundError("No key has that id. See: errand keys list")


def to_row(key: HeldKey) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "secret_hash": key.secret_hash,
        "role": key.role.value,
        "name": key.name,
        "origins": orjson.dumps(key.origins).decode(),
        "limit_per_minute": key.limit_per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "replaced_by": key.replaced_by,
    }


def to_key(row: RowMapping) -> HeldKey:
    return HeldKey(
        key_id=row["key_id"],
        secret_hash=row["secret_hash"],
        role=Role(row["role"]),
        name=row["name"],
        origins=tuple(orjson.loads(row["origins"])),
        limit_per_minute=row["limit_per_minute"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
        replaced_by=row["replaced_by"],
    )
