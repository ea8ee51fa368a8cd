"""Promises: committed with what makes them, held by one desk of any replica, and stripped of details in time."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from models import metadata
from service.domain.audit import AuditEntry
from service.domain.expiry import Purged
from service.domain.promise import (
    HeldPromise,
    Promise,
    PromiseAct,
    PromiseCursor,
    PromiseFilter,
    PromiseMove,
    PromiseMoved,
    PromiseState,
)
from service.errors import NotFoundError, PromiseEndedError, PromiseHeldError, TurnConflictError
from service.record.database.engine import open_engines
from service.record.database.schema import upgrade
from service.record.purge import purge
from service.record.recorder import IdempotencyKey, Recorder, open_recorder
from service.record.spool.codec import encoded, find_decoded
from service.record.spool.replay import Fate
from service.record.spool.spooling_recorder import open_spooling_recorder
from service.record.tables.promise import destroy_details
from tests.support.app import contents_of
from tests.support.decisions import NOON, a_decision, record_decision
from tests.support.deliveries import a_dispatch, failed, the_step_of
from tests.support.promises import DUE_AT, NUMBER, SEALER, UNTIL, a_promise
from tests.support.spooled import a_change, a_write

MONTH = timedelta(days=30)
MOMENT = timedelta(microseconds=1)
STAMPS = itertools.count(1)
CLAIM = """
import asyncio, sys
from service.record.recorder import open_recorder
from tests.database.test_promise import claim

async def main():
    async with open_recorder(sys.argv[1]) as recorder:
        for number in range(1, 10_000):
            await asyncio.gather(*(acknowledged(recorder, f"p-{number}-{each}") for each in range(8)))

async def acknowledged(recorder, promise_id):
    await claim(recorder, promise_id, "killed", audit_id=f"audit-{promise_id}")
    print(promise_id, flush=True)

asyncio.run(main())
"""


async def keep(recorder: Recorder, *promises: Promise, **decision: Any) -> None:
    """The promises, with a decision of their own."""
    own = a_decision(**({"decision_id": promises[0].decision_id, "contact_key": promises[0].contact_key} | decision))
    await record_decision(recorder, own, idempotency=None, answer=b"{}", promises=promises)


def move(promise_id: str, act: PromiseAct, desk: str, at: datetime = NOON) -> PromiseMove:
    return PromiseMove(promise_id=promise_id, act=act, by=desk, at=at)


async def claim(
    recorder: Recorder, promise_id: str, desk: str = "desk-1", *, audit_id: str | None = None
) -> PromiseMoved:
    entry = AuditEntry(
        audit_id=audit_id or f"audit-{next(STAMPS)}",
        at=NOON,
        actor="key:ab",
        action="promise.claim",
        subject=promise_id,
    )
    return await recorder.move_promise(
        PromiseMove(promise_id=promise_id, act=PromiseAct.CLAIM, by=desk, at=NOON, entry=entry)
    )


async def listed(recorder: Recorder, now: datetime = NOON, **wanted: Any) -> list[str]:
    found = await recorder.list_promises(PromiseFilter(**({"limit": 100} | wanted)), now)
    return [promise.promise_id for promise in found]


async def find(recorder: Recorder, promise_id: str) -> HeldPromise:
    found = await recorder.list_promises(PromiseFilter(limit=1_000), NOON)
    return next(promise for promise in found if promise.promise_id == promise_id)


def rows(url: str) -> list[dict[str, Any]]:
    engines = open_engines(url, readers=1)
    with engines.reader.connect() as connection:
        found = connection.execute(select(metadata.tables["promises"])).mappings().all()
    engines.dispose()
    return [dict(row) for row in found]


def details_in(url: str) -> int:
    held = [[row[name] is not None for name in ("sealed", "wrapped_key", "detail_until")] for row in rows(url)]
    assert all(len(set(each)) == 1 for each in held), "a part of a detail is left"
    return sum(each[0] for each in held)


async def test_a_promise_is_committed_with_its_decision(recorder: Recorder, migrated_url: str) -> None:
    """Once, and as it was made; neither a repeat nor a turn that was outrun makes one."""
    key = IdempotencyKey(key_hash="k", body_hash="b", retention=timedelta(days=1))
    change = a_change("contact-1", ("track_order",))
    await record_decision(recorder, a_decision(contact_key="contact-1"), idempotency=None, answer=b"{}", change=change)
    first, repeated, outrun = a_promise(), a_promise(), a_promise()
    decision = a_decision(decision_id=first.decision_id)

    for _ in range(2):
        await record_decision(recorder, decision, idempotency=key, answer=b"{}", promises=[first])
    await record_decision(recorder, a_decision(), idempotency=key, answer=b"{}", promises=[repeated])
    stale = a_decision(contact_key="contact-1")
    with pytest.raises(TurnConflictError):
        await record_decision(recorder, stale, idempotency=None, answer=b"{}", change=change, promises=[outrun])

    (held,) = await recorder.list_promises(PromiseFilter(limit=10), NOON)
    shown = {
        name: getattr(first, name) for name in ("promise_id", "kind", "decision_id", "goal", "desk", "path", "rung")
    }
    assert {name: getattr(held, name) for name in shown} == shown
    assert (held.state, held.due_at, held.made_at, held.by) == (PromiseState.DUE, DUE_AT, NOON, None)
    assert held.has_detail
    assert details_in(migrated_url) == 1


async def test_a_decision_without_promises_asks_nothing_of_the_table(recorder: Recorder) -> None:
    """It costs no statement more than before there were any."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await record_decision(recorder, a_decision(), idempotency=None, answer=b"{}")
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert statements
    assert [statement for statement in statements if "promises" in statement] == []


async def test_the_end_of_a_call_makes_a_promise_once(recorder: Recorder) -> None:
    """With the step that it belongs to; a dead call that is made again makes no second one."""
    dispatch, promise = a_dispatch(), a_promise()
    decision = a_decision(decision_id=dispatch.decision_id)
    await record_decision(
        recorder, decision, idempotency=None, answer=b"", dispatches=[dispatch], steps=[the_step_of(dispatch)]
    )
    for made in (promise, a_promise()):
        (lease,) = await recorder.lease_deliveries(limit=1, lease_seconds=60.0)
        settled = failed(lease)
        assert await recorder.settle_delivery(type(settled)(**{name: getattr(settled, name) for name in
            ("lease", "outcome", "calls", "step", "next_step", "next_dispatch")}, promise=made))  # fmt: skip
        await recorder.replay_delivery(dispatch.delivery_id)

    assert await listed(recorder) == [promise.promise_id]


async def test_a_desk_claims_and_keeps(recorder: Recorder, migrated_url: str) -> None:
    """The detail goes to the claimer, and is destroyed when the promise has ended."""
    promise = a_promise()
    await keep(recorder, promise)

    claimed = await claim(recorder, promise.promise_id)
    again = await claim(recorder, promise.promise_id)
    with pytest.raises(PromiseHeldError):
        await claim(recorder, promise.promise_id, "desk-2")
    kept = await recorder.move_promise(move(promise.promise_id, PromiseAct.KEEP, "desk-1", NOON + MOMENT))

    assert claimed.detail is not None
    assert SEALER.find_opened(claimed.detail, promise_id=promise.promise_id) == NUMBER
    assert (claimed.is_new, again.is_new, again.detail) == (True, False, claimed.detail)
    assert kept.detail is None
    assert (kept.promise.state, kept.promise.ended_at, kept.promise.by) == (PromiseState.KEPT, NOON + MOMENT, "desk-1")
    assert await find(recorder, promise.promise_id) == kept.promise
    assert details_in(migrated_url) == 0
    with pytest.raises(PromiseEndedError):
        await claim(recorder, promise.promise_id)
    audit = await recorder.list_newest_audit(limit=10)
    assert [entry.subject for entry in audit] == [promise.promise_id] * 2  # one for each time that it was shown


@pytest.mark.parametrize("act", [PromiseAct.KEEP, PromiseAct.FAIL])
async def test_an_end_destroys_the_detail(recorder: Recorder, migrated_url: str, act: PromiseAct) -> None:
    """Also of a promise that nobody has claimed; its release does not."""
    promise = a_promise()
    await keep(recorder, promise)
    await claim(recorder, promise.promise_id)
    await recorder.move_promise(move(promise.promise_id, PromiseAct.RELEASE, "desk-1"))
    assert details_in(migrated_url) == 1

    await recorder.move_promise(move(promise.promise_id, act, "desk-2"))

    assert details_in(migrated_url) == 0


async def test_an_unknown_promise_is_not_found(recorder: Recorder) -> None:
    """Whatever is to be done to it."""
    for act in PromiseAct:
        with pytest.raises(NotFoundError):
            await recorder.move_promise(move("never-made", act, "desk-1"))


async def test_a_decision_withdraws_promises_that_are_open(recorder: Recorder, migrated_url: str) -> None:
    """Claimed ones too, with their details; what has ended stays as it is."""
    due, claimed, kept = promises = a_promise(), a_promise(), a_promise()
    for promise in promises:
        await keep(recorder, promise)
    await claim(recorder, claimed.promise_id)
    await recorder.move_promise(move(kept.promise_id, PromiseAct.KEEP, "desk-1"))
    held = tuple(await recorder.list_promises(PromiseFilter(limit=10), NOON))

    await record_decision(recorder, a_decision(), idempotency=None, answer=b"", withdrawn_promises=held)

    states = {promise.promise_id: (await find(recorder, promise.promise_id)).state for promise in promises}
    withdrawn = PromiseState.WITHDRAWN
    assert states == {due.promise_id: withdrawn, claimed.promise_id: withdrawn, kept.promise_id: PromiseState.KEPT}
    assert details_in(migrated_url) == 0
    with pytest.raises(PromiseEndedError):
        await recorder.move_promise(move(claimed.promise_id, PromiseAct.KEEP, "desk-1"))


async def test_a_detail_that_was_handed_over_is_destroyed_alone(recorder: Recorder, migrated_url: str) -> None:
    """The promise is still to be kept."""
    promise, other = a_promise(), a_promise()
    await keep(recorder, promise)
    await keep(recorder, other)
    engines = open_engines(migrated_url, readers=1)

    with engines.writer.begin() as connection:
        destroy_details(connection, [promise.promise_id])
    engines.dispose()

    assert (await find(recorder, promise.promise_id)).state is PromiseState.DUE
    assert [(await find(recorder, each.promise_id)).has_detail for each in (promise, other)] == [False, True]
    assert (await claim(recorder, promise.promise_id)).detail is None


async def test_promises_are_listed_by_state_and_desk(recorder: Recorder) -> None:
    """Late ones are those that are open after their due time, claimed or not."""
    by_name = {
        name: a_promise(promise_id=name, due_at=due_at, desk=desk)
        for name, due_at, desk in (
            ("past", NOON - timedelta(hours=2), "order-desk"),
            ("held", NOON - timedelta(hours=1), "help-desk"),
            ("kept", NOON - timedelta(minutes=5), "order-desk"),
            ("now", NOON, "order-desk"),
            ("soon", DUE_AT, "order-desk"),
            ("mine", DUE_AT, "help-desk"),
        )
    }
    for promise in by_name.values():
        await keep(recorder, promise)
    for name in ("held", "mine", "kept"):
        await claim(recorder, name)
    await recorder.move_promise(move("kept", PromiseAct.KEEP, "desk-1"))

    assert await listed(recorder) == ["past", "held", "kept", "now", "mine", "soon"]
    assert await listed(recorder, states=[PromiseState.LATE]) == ["past", "held"]
    assert await listed(recorder, states=[PromiseState.DUE]) == ["now", "soon"]
    assert await listed(recorder, states=[PromiseState.CLAIMED]) == ["mine"]
    assert await listed(recorder, states=[PromiseState.DUE, PromiseState.LATE], desk="order-desk") == [
        "past",
        "now",
        "soon",
    ]
    assert await listed(recorder, NOON + MOMENT, states=[PromiseState.LATE]) == ["past", "held", "now"]
    assert {each.desk: (each.count, each.oldest_due_at) for each in await recorder.list_late_promises(NOON)} == {
        "order-desk": (1, NOON - timedelta(hours=2)),
        "help-desk": (1, NOON - timedelta(hours=1)),
    }


async def test_pages_hold_every_promise_once(recorder: Recorder) -> None:
    """Those that are due at the same moment too, and whatever ends in between."""
    names = [f"p-{number:02}" for number in range(25)]
    for place, name in enumerate(names):
        await keep(recorder, a_promise(promise_id=name, due_at=DUE_AT + timedelta(microseconds=place // 10)))

    seen: list[str] = []
    after: PromiseCursor | None = None
    while page := await recorder.list_promises(PromiseFilter(limit=4, after=after), NOON):
        seen += [promise.promise_id for promise in page]
        after = PromiseCursor(due_at=page[-1].due_at, promise_id=page[-1].promise_id)
        await recorder.move_promise(move(page[-1].promise_id, PromiseAct.KEEP, "desk-1"))

    assert seen == names


async def test_two_replicas_give_a_promise_to_one_desk(migrated_url: str) -> None:
    """However many ask at once; the losers are told, and one audit entry is written for each promise."""
    names = [f"p-{number}" for number in range(12)]
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        for name in names:
            await keep(one, a_promise(promise_id=name))

        claims = [
            claim(replica, name, f"desk-{number}-{place}")
            for number in range(4)
            for place, replica in enumerate((one, other))
            for name in (names if number % 2 else reversed(names))
        ]
        answers = await asyncio.gather(*claims, return_exceptions=True)

        won = [answer.promise for answer in answers if isinstance(answer, PromiseMoved)]
        assert Counter(promise.promise_id for promise in won) == Counter(names)
        assert {type(each) for each in answers} == {PromiseMoved, PromiseHeldError}
        assert {name: (await find(other, name)).by for name in names} == {each.promise_id: each.by for each in won}
        assert len(await one.list_newest_audit(limit=100)) == len(names)


async def test_kill_9_leaves_every_acknowledged_claim_and_no_half_of_one(migrated_url: str) -> None:
    """A claim and its audit entry are there together or not at all, and another replica can claim the rest."""
    promises = [
        a_promise(promise_id=f"p-{number}-{each}", detail=None) for number in range(1, 150) for each in range(8)
    ]
    async with open_recorder(migrated_url) as recorder:
        await keep(recorder, *promises)
        acknowledged = await asyncio.to_thread(claimed_until_killed, migrated_url)

        held = [each.promise_id for each in await recorder.list_promises(PromiseFilter(limit=2_000), NOON) if each.by]
        audited = [entry.subject for entry in await recorder.list_newest_audit(limit=2_000)]
        rest = {promise.promise_id for promise in promises} - set(held)
        taken = await claim(recorder, min(rest), "desk-2")

    assert len(acknowledged) >= 100
    assert set(acknowledged) <= set(held)
    assert sorted(audited) == sorted(held)
    assert taken.promise.by == "desk-2"


def claimed_until_killed(url: str) -> list[str]:
    """Promises that another process said it had claimed, before it was killed in the middle of claiming more."""
    with subprocess.Popen([sys.executable, "-c", CLAIM, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(100)]
        process.kill()
        lines += process.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


async def test_erasing_a_contact_withdraws_its_promises(recorder: Recorder, migrated_url: str) -> None:
    """Their details and links go; what others were promised stays."""
    due, kept, other = a_promise(contact_key="mine"), a_promise(contact_key="mine"), a_promise()
    for promise in (due, kept, other):
        await keep(recorder, promise)
    await recorder.move_promise(move(kept.promise_id, PromiseAct.KEEP, "desk-1"))
    told = (await recorder.get_past("mine", NOON)).promises

    erased = await recorder.erase("mine")

    assert [promise.promise_id for promise in told] == sorted([due.promise_id, kept.promise_id])
    assert erased.promises == 2
    assert [(await find(recorder, each.promise_id)).state for each in (due, kept, other)] == [
        PromiseState.WITHDRAWN,
        PromiseState.KEPT,
        PromiseState.DUE,
    ]
    assert sorted(row["contact_key"] for row in rows(migrated_url)) == ["", "", other.contact_key]
    assert details_in(migrated_url) == 1
    assert await recorder.list_promises_of("mine") == []
    with pytest.raises(NotFoundError):
        await recorder.erase("mine")


async def test_a_promise_outlives_its_decision_while_it_is_open(recorder: Recorder, migrated_url: str) -> None:
    """And can be erased then as well; one that has ended goes with its decision."""
    open_one, kept = a_promise(contact_key="mine"), a_promise()
    for promise in (open_one, kept):
        await keep(recorder, promise)
    await recorder.move_promise(move(kept.promise_id, PromiseAct.KEEP, "desk-1"))

    assert await purge(recorder, NOON + timedelta(hours=2), timedelta(hours=1)) == Purged(decisions=2, promises=1)
    assert [row["promise_id"] for row in rows(migrated_url)] == [open_one.promise_id]
    assert (await recorder.get_past("mine", NOON)).promises != ()
    assert (await recorder.erase("mine")).promises == 1


async def test_a_detail_goes_first_and_the_promise_later(recorder: Recorder, migrated_url: str) -> None:
    """By its own time, however open the promise is: it stays late until somebody ends it or it expires."""
    promise = a_promise()
    await keep(recorder, promise)

    assert await purge(recorder, UNTIL - MOMENT, MONTH) == Purged()
    assert await purge(recorder, UNTIL, MONTH) == Purged(promise_details=1)
    assert details_in(migrated_url) == 0
    assert await listed(recorder, UNTIL, states=[PromiseState.LATE]) == [promise.promise_id]
    assert (await claim(recorder, promise.promise_id)).detail is None
    assert await purge(recorder, promise.expires_at, 2 * MONTH) == Purged(promises=1)
    assert rows(migrated_url) == []


@pytest.mark.parametrize("ends", ["kept", "failed", "withdrawn", "erased", "over"])
async def test_no_file_holds_a_byte_of_a_sealed_detail_that_is_gone(tmp_path: Path, ends: str) -> None:
    """SQLite leaves what is overwritten in its pages and its journal unless told otherwise; and the number itself is
    in no file at any time.
    """
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    promises = [a_promise(contact_key="mine", detail=f"{NUMBER} {'x' * 700}") for _ in range(12)]
    marks = [
        part.encode() for each in promises if each.detail for part in (each.detail.sealed, each.detail.wrapped_key)
    ]
    async with open_recorder(url) as recorder:
        await keep(recorder, *promises)
        before = contents_of(tmp_path)
        held = tuple(await recorder.list_promises(PromiseFilter(limit=20), NOON))

        if ends == "withdrawn":
            await record_decision(recorder, a_decision(), idempotency=None, answer=b"", withdrawn_promises=held)
        if ends == "erased":
            await recorder.erase("mine")
        for each in promises if ends in {"kept", "failed"} else []:
            act = PromiseAct.KEEP if ends == "kept" else PromiseAct.FAIL
            await recorder.move_promise(move(each.promise_id, act, "desk-1"))
        if ends not in {"kept", "failed"}:
            await purge(recorder, UNTIL if ends == "over" else NOON, MONTH)
        after = contents_of(tmp_path)

    assert all(mark in before for mark in marks)
    assert [mark for mark in marks if mark in after] == []
    assert NUMBER.encode() not in before + after


async def test_a_promise_comes_out_of_the_spool_once(migrated_url: str, tmp_path: Path) -> None:
    """As it was sealed, and the number is not in the files of the spool."""
    promise = a_promise(decision_id="d-0001")
    write = a_write(promises=(promise,))
    fates: list[Fate] = []
    async with open_spooling_recorder(migrated_url, folder=tmp_path / "spool", limit_bytes=2**20) as recorder:
        for _ in range(2):
            await recorder.spool.append(write)
            assert NUMBER.encode() not in contents_of(tmp_path / "spool")
            await recorder.replay(fates.append)

        assert find_decoded(encoded(write)) == write
        assert fates == [Fate.COMMITTED, Fate.KNOWN]
        assert await listed(recorder) == [promise.promise_id]
        claimed = await claim(recorder, promise.promise_id)
        assert claimed.detail is not None
        assert SEALER.find_opened(claimed.detail, promise_id=promise.promise_id) == NUMBER
