"""Announcements: kept with what they tell of, leased in order, gone when they are sent, purged or erased."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from service.domain.announcement import Announcement, AnnouncementKind, Relayed
from service.domain.decision import Decision
from service.domain.expiry import Purged
from service.domain.outcome import Outcome, OutcomeResult, OutcomeWrite
from service.domain.recording import DecisionWrite, IdempotencyKey
from service.errors import IdempotencyConflictError, NotFoundError, StorageUnavailableError
from service.record.database.engine import open_engines
from service.record.purge import purge
from service.record.recorder import Recorder, open_recorder
from service.record.spool.replay import Fate
from service.record.tables.announced import announce_spooled
from service.record.tables.announcement import ANNOUNCEMENTS
from tests.support.decisions import NOON, a_decision, record_decision
from tests.support.deliveries import ORDER_NUMBER, a_dispatch, served, the_step_of, tried_again

MONTH = timedelta(days=30)
LEASE = 600.0


@pytest.fixture
async def announcing(migrated_url: str) -> AsyncIterator[Recorder]:
    async with open_recorder(migrated_url, announces=True) as recorder:
        yield recorder


async def keep(recorder: Recorder, **overrides: Any) -> Decision:
    """A decision that nothing is called for."""
    decision = a_decision(**overrides)
    await record_decision(recorder, decision, idempotency=None, answer=b"{}")
    return decision


def a_report(decision: Decision, result: OutcomeResult = OutcomeResult.DONE, **overrides: Any) -> OutcomeWrite:
    told = Outcome(decision_id=decision.decision_id, result=result, reported_at=NOON)
    return OutcomeWrite(
        outcome=replace(told, **overrides),
        decision=decision,
        concluded=lambda agenda: agenda,
        expires_at=NOON + MONTH,
    )


async def lease(recorder: Recorder, *, limit: int = 100, lease_seconds: float = LEASE) -> list[Announcement]:
    return await recorder.lease_announcements(limit=limit, lease_seconds=lease_seconds)


async def send(recorder: Recorder) -> list[Announcement]:
    """Whatever waits, as a relay with a broker that takes everything would."""
    sent: list[Announcement] = []
    while batch := await lease(recorder):
        await recorder.settle_announcements(Relayed(acknowledged=ids(batch)))
        sent += batch
    return sent


def ids(announcements: list[Announcement]) -> tuple[str, ...]:
    return tuple(each.announcement_id for each in announcements)


async def test_each_thing_that_happens_is_announced_once(announcing: Recorder) -> None:
    """A decision, the attempt that ended its delivery, and each report that says something new."""
    dispatch = a_dispatch()
    decision = a_decision(decision_id=dispatch.decision_id, contact_key=dispatch.contact_key)
    await record_decision(
        announcing, decision, idempotency=None, answer=b"{}", dispatches=[dispatch], steps=[the_step_of(dispatch)]
    )
    [first] = await announcing.lease_deliveries(limit=1, lease_seconds=0.0)
    assert await announcing.settle_delivery(tried_again(first))
    [second] = await announcing.lease_deliveries(limit=1, lease_seconds=0.0)
    assert await announcing.settle_delivery(served(second))
    assert not await announcing.settle_delivery(served(second))
    for result in (OutcomeResult.PARTLY, OutcomeResult.PARTLY, OutcomeResult.DONE):
        await announcing.report(a_report(decision, result))

    sent = await send(announcing)

    assert [(each.kind, each.about) for each in sent] == [
        (AnnouncementKind.DECISION, "track_order"),
        (AnnouncementKind.DELIVERY, "served"),
        (AnnouncementKind.OUTCOME, "partly"),
        (AnnouncementKind.OUTCOME, "done"),
    ]
    assert ids(sent)[:2] == (decision.decision_id, f"{dispatch.delivery_id}.2")
    assert len(set(ids(sent))) == 4
    assert {each.decision_id for each in sent} == {decision.decision_id}
    said = b"".join(each.body for each in sent)
    for secret in (decision.contact_key, ORDER_NUMBER, "It comes tomorrow.", "depot", "They ask where"):
        assert secret.encode() not in said


async def test_repeats_and_conflicts_announce_nothing(announcing: Recorder) -> None:
    """The first request under the key was announced."""
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=MONTH)
    first = a_decision()
    await record_decision(announcing, first, idempotency=key, answer=b"{}")
    assert (await record_decision(announcing, a_decision(), idempotency=key, answer=b"{}")).replayed
    with pytest.raises(IdempotencyConflictError):
        await record_decision(announcing, a_decision(), idempotency=replace(key, body_hash="other"), answer=b"{}")

    assert ids(await send(announcing)) == (first.decision_id,)


async def test_nothing_is_kept_unless_somebody_listens(recorder: Recorder) -> None:
    """Which is so until a broker is named."""
    decision = await keep(recorder)
    await recorder.report(a_report(decision))

    assert await recorder.count_announcements() == 0


async def test_an_announcement_is_kept_with_its_decision_or_neither_is(announcing: Recorder, migrated_url: str) -> None:
    """Both are of one transaction."""
    engines = open_engines(migrated_url, readers=1)
    with engines.writer.begin() as connection:
        connection.execute(text("ALTER TABLE announcements RENAME TO elsewhere"))
    engines.dispose()

    with pytest.raises(StorageUnavailableError):
        await keep(announcing, decision_id="torn")

    with pytest.raises(NotFoundError):
        await announcing.get_decision("torn")


async def test_what_is_leased_is_nobody_elses(announcing: Recorder) -> None:
    """In the order in which it was committed, until it is given back or the lease is over."""
    kept = [(await keep(announcing)).decision_id for _ in range(4)]

    first = await lease(announcing, limit=2)
    second = await lease(announcing)
    assert (ids(first), ids(second)) == (tuple(kept[:2]), tuple(kept[2:]))
    assert await lease(announcing) == []

    await announcing.settle_announcements(Relayed(acknowledged=(kept[0],), returned=(kept[1],)))
    assert ids(await lease(announcing, lease_seconds=0.0)) == (kept[1],)
    assert ids(await lease(announcing)) == (kept[1],)
    assert await announcing.count_announcements() == 3


async def test_one_decision_is_announced_in_order(announcing: Recorder) -> None:
    """Its outcome waits for as long as the decision is on its way, whoever else has time."""
    decision = await keep(announcing)
    await announcing.report(a_report(decision))

    first = await lease(announcing)
    assert ids(first) == (decision.decision_id,)
    assert await lease(announcing) == []
    await announcing.settle_announcements(Relayed(acknowledged=ids(first)))

    assert [each.kind for each in await lease(announcing)] == [AnnouncementKind.OUTCOME]


async def test_relays_side_by_side_share_the_work(announcing: Recorder, migrated_url: str) -> None:
    """Each announcement is leased by one of them."""
    kept = {each.decision_id for each in await asyncio.gather(*(keep(announcing) for _ in range(60)))}
    async with open_recorder(migrated_url) as other:
        batches = await asyncio.gather(*(lease(each, limit=7) for each in (announcing, other) * 5))

    leased = [name for batch in batches for name in ids(batch)]
    assert len(leased) == len(set(leased)) == 60
    assert set(leased) == kept


async def test_an_erased_contact_is_not_announced(announcing: Recorder) -> None:
    """What is on its way to the broker already names nobody; what waits goes."""
    erased = await keep(announcing)
    await announcing.report(a_report(erased))
    other = await keep(announcing)

    await announcing.erase(erased.contact_key)

    assert ids(await send(announcing)) == (other.decision_id,)


async def test_what_was_never_sent_goes_with_its_decision(announcing: Recorder) -> None:
    """No longer than the decision is anything of it kept."""
    await keep(announcing, decided_at=NOON)
    young = await keep(announcing, decided_at=NOON + timedelta(seconds=1))

    gone = await purge(announcing, NOON + MONTH, MONTH)

    assert gone == Purged(decisions=1, announcements=1)
    assert ids(await send(announcing)) == (young.decision_id,)


def test_spooled_decisions_are_announced_when_they_are_committed(migrated_url: str) -> None:
    """Once, as the caller was told; also one that turns out to repeat another."""
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=MONTH)
    degraded = [a_decision(degraded=True) for _ in range(2)]
    writes = [DecisionWrite(decision=each, idempotency=key, answer=b"{}") for each in degraded]
    engines = open_engines(migrated_url, readers=1)

    with engines.writer.begin() as connection:
        assert announce_spooled(connection, writes) == [Fate.COMMITTED, Fate.DUPLICATE]
        assert announce_spooled(connection, writes) == [Fate.KNOWN, Fate.KNOWN]
        bodies = connection.execute(select(ANNOUNCEMENTS.c.body).order_by(ANNOUNCEMENTS.c.position)).scalars().all()
    engines.dispose()

    told = [orjson.loads(body) for body in bodies]
    assert [each["decision_id"] for each in told] == [each.decision_id for each in degraded]
    assert all(each["degraded"] for each in told)
