"""Keys and the audit of what was done to them, on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.audit import AuditEntry
from service.domain.key import Creation, HeldKey, Revocation, Role, Rotation, Use
from service.errors import InvalidRequestError, NotFoundError, StorageUnavailableError
from service.record.database.schema import downgrade, upgrade
from service.record.recorder import Recorder, open_recorder
from service.record.tables import key as keys_in_sql
from tests.support.app import SATURDAY_NOON
from tests.support.keys import SHOP, a_key

LATER = SATURDAY_NOON + timedelta(days=10)


def an_entry(action: str, subject: str, at: datetime = SATURDAY_NOON, **fields: Any) -> AuditEntry:
    return AuditEntry(audit_id=f"{at.isoformat()} {action} {subject}", at=at, actor="cli:jo", action=action,
                      subject=subject, **fields)  # fmt: skip


async def create(recorder: Recorder, **fields: Any) -> HeldKey:
    _, held = a_key(**fields)
    detail = {"role": held.role.value}
    return await recorder.create_key(Creation(key=held, entry=an_entry("key.create", held.key_id, detail=detail)))


def rotation(old: HeldKey, *, at: datetime = LATER, hours: int = 24) -> Rotation:
    _, new = a_key()
    return Rotation(
        key_id=old.key_id,
        new_key_id=new.key_id,
        new_secret_hash=new.secret_hash,
        overlap=timedelta(hours=hours),
        entry=an_entry("key.rotate", old.key_id, at),
    )


def revocation(key_id: str, reason: str = "It stood in a mail.") -> Revocation:
    return Revocation(key_id=key_id, entry=an_entry("key.revoke", key_id, LATER, reason=reason))


async def held_keys(recorder: Recorder) -> dict[str, HeldKey]:
    return {key.key_id: key for key in await recorder.list_keys(limit=100)}


async def actions(recorder: Recorder) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in await recorder.list_audit_after("", limit=100)]


async def test_a_key_is_held_as_it_was_made(recorder: Recorder) -> None:
    """With an audit entry that tells who made it."""
    held = await create(recorder, role=Role.WEBSITE, name="Jo's “shop”", expires_at=LATER)

    assert await recorder.list_standing_keys() == await recorder.list_keys(limit=5) == [held]
    (entry,) = await recorder.list_newest_audit(limit=5)
    assert entry == an_entry("key.create", held.key_id, detail={"role": "website"})
    assert held.origins == (SHOP,)


async def test_a_key_and_its_audit_entry_are_written_together_or_not_at_all(recorder: Recorder) -> None:
    """An entry that cannot be written takes the key with it, and the other way round."""
    first = await create(recorder)
    _, second = a_key()

    with pytest.raises(StorageUnavailableError):
        await recorder.create_key(Creation(key=second, entry=an_entry("key.create", first.key_id)))
    with pytest.raises(StorageUnavailableError):
        await recorder.create_key(Creation(key=first, entry=an_entry("key.create", second.key_id)))

    assert list(await held_keys(recorder)) == [first.key_id]
    assert await actions(recorder) == [("key.create", first.key_id)]


async def test_a_rotated_key_may_do_the_same_and_the_old_one_ends(recorder: Recorder) -> None:
    """After the overlap; the new one lives as long as the old one was made for."""
    old = await create(recorder, role=Role.WEBSITE, limit_per_minute=7, expires_at=SATURDAY_NOON + timedelta(days=90))
    asked = rotation(old)

    new = await recorder.rotate_key(asked)

    held = await held_keys(recorder)
    assert held == {old.key_id: held[old.key_id], asked.new_key_id: new}
    assert (new.role, new.name, new.origins, new.limit_per_minute) == (old.role, old.name, old.origins, 7)
    assert (new.created_at, new.expires_at) == (LATER, LATER + timedelta(days=90))
    assert new.secret_hash == asked.new_secret_hash != old.secret_hash
    assert held[old.key_id].expires_at == LATER + timedelta(hours=24)
    assert held[old.key_id].replaced_by == new.key_id
    entry = (await recorder.list_newest_audit(limit=1))[0]
    assert entry.action == "key.rotate"
    assert entry.detail == {"replaced_by": new.key_id, "ends_at": (LATER + timedelta(hours=24)).isoformat()}


async def test_an_overlap_makes_no_key_live_longer(recorder: Recorder) -> None:
    """One that was to end before it does."""
    ends_at = LATER + timedelta(hours=1)
    old = await create(recorder, expires_at=ends_at)

    await recorder.rotate_key(rotation(old))

    assert (await held_keys(recorder))[old.key_id].expires_at == ends_at


async def test_a_key_is_rotated_once(recorder: Recorder) -> None:
    """Of two who do it at once, one is told that it was done; nothing is written for the other."""
    old = await create(recorder)

    told = await asyncio.gather(
        recorder.rotate_key(rotation(old)),
        recorder.rotate_key(rotation(old, at=LATER + timedelta(seconds=1))),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in told) == ["HeldKey", "InvalidRequestError"]
    assert len(await held_keys(recorder)) == len(await actions(recorder)) == 2


async def test_what_has_ended_is_not_rotated(recorder: Recorder) -> None:
    """A revoked key gets no successor by mistake, nor does one that was never made."""
    revoked, expired = await create(recorder), await create(recorder, expires_at=SATURDAY_NOON)
    await recorder.revoke_key(revocation(revoked.key_id))

    for key in (revoked, expired):
        with pytest.raises(InvalidRequestError, match="errand keys create"):
            await recorder.rotate_key(rotation(key))
    with pytest.raises(NotFoundError):
        await recorder.rotate_key(rotation(a_key()[1]))


async def test_a_key_is_revoked_once(recorder: Recorder) -> None:
    """It stands no more but stays in the list; the first reason is the one that is kept."""
    held, other = await create(recorder), await create(recorder)

    assert await recorder.revoke_key(revocation(held.key_id)) is True
    assert await recorder.revoke_key(revocation(held.key_id, "Another reason.")) is False

    assert await recorder.list_standing_keys() == [other]
    assert (await held_keys(recorder))[held.key_id].revoked_at == LATER
    revoked = [entry for entry in await recorder.list_newest_audit(limit=10) if entry.action == "key.revoke"]
    assert [entry.reason for entry in revoked] == ["It stood in a mail."]
    with pytest.raises(NotFoundError):
        await recorder.revoke_key(revocation("never-made"))


async def test_the_last_use_only_goes_forward(recorder: Recorder) -> None:
    """Whichever worker tells it later."""
    held, other = await create(recorder), await create(recorder)

    for minute in (5, 3):
        at = SATURDAY_NOON + timedelta(minutes=minute)
        await recorder.note_use(Use(minutes=((held.key_id, at), ("never-made", at))))

    found = await held_keys(recorder)
    assert found[held.key_id].last_used_at == SATURDAY_NOON + timedelta(minutes=5)
    assert found[other.key_id].last_used_at is None


async def test_there_are_never_too_many_to_read(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one is refused; a revoked one makes room."""
    monkeypatch.setattr(keys_in_sql, "MOST_KEYS", 2)
    first, _ = await create(recorder), await create(recorder)
    with pytest.raises(InvalidRequestError, match="Revoke"):
        await create(recorder)

    await recorder.revoke_key(revocation(first.key_id))

    await create(recorder)


async def test_the_audit_is_read_in_pieces(recorder: Recorder) -> None:
    """Oldest first, from where one has come to; the newest first for people."""
    made = [await create(recorder) for _ in range(3)]
    subjects = sorted(key.key_id for key in made)

    first = await recorder.list_audit_after("", limit=2)
    rest = await recorder.list_audit_after(first[-1].audit_id, limit=2)

    assert [entry.subject for entry in (*first, *rest)] == subjects
    assert [entry.subject for entry in await recorder.list_newest_audit(limit=2)] == subjects[:0:-1]


async def test_an_older_database_holds_no_key(database_url: str) -> None:
    """It is looked at before it is migrated: an empty one, and one of the version before keys."""
    async with open_recorder(database_url) as recorder:
        assert await recorder.list_standing_keys_if_any() == []
        upgrade(database_url)
        held = await create(recorder)
        assert await recorder.list_standing_keys_if_any() == [held]
        downgrade(database_url, "2026_11_22_agenda")
        assert await recorder.list_standing_keys_if_any() == []
