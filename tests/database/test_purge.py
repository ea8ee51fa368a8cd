"""What has expired does not pile up: keys by their own time, decisions by the catalogue's retention."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from models import metadata
from service.domain.effort import EffortEvent, EventKind
from service.domain.expiry import Purged
from service.domain.outcome import Outcome, OutcomeResult, OutcomeWrite
from service.errors import NotFoundError, StorageUnavailableError
from service.record.database.engine import open_engines
from service.record.database.schema import upgrade
from service.record.purge import keep_purging, purge
from service.record.recorder import IdempotencyKey, Recorder, open_recorder
from service.record.tables.delivery import settle
from service.record.tables.expiry import DECISIONS_LIMIT
from tests.support.app import contents_of
from tests.support.decisions import NOON, a_decision, record_decision
from tests.support.deliveries import ORDER_NUMBER, a_dispatch, failed, served, the_step_of, tried_again

MONTH = timedelta(days=30)
MARKER = "zebra-marker-of-an-answer"


class Rounds:
    """Sleeps for no time, a number of times; then the service stops."""

    def __init__(self, count: int) -> None:
        self._left = count

    async def __call__(self, _: float) -> None:
        if not self._left:
            raise asyncio.CancelledError
        self._left -= 1


async def test_a_running_service_forgets_expired_keys(recorder: Recorder) -> None:
    """After a round nothing expired is left to remove, and the decision itself stays."""
    key = IdempotencyKey(key_hash="purged", body_hash="b", retention=timedelta(hours=24))
    await record_decision(recorder, a_decision(decision_id="kept", decided_at=NOON), idempotency=key, answer=b"{}")

    with pytest.raises(asyncio.CancelledError):
        await keep_purging(recorder, lambda: NOON + timedelta(hours=25), lambda: MONTH, Rounds(1))

    assert await recorder.purge_expired(NOON + timedelta(hours=25), MONTH) == Purged()
    assert (await recorder.get_decision("kept")).decision_id == "kept"
    again = await record_decision(
        recorder, a_decision(decision_id="next", decided_at=NOON), idempotency=key, answer=b"{}"
    )
    assert not again.replayed


async def test_a_database_that_is_away_does_not_end_the_purging() -> None:
    """The next round tries again."""

    class Away:
        rounds = 0

        async def purge_expired(self, _: datetime, __: timedelta) -> Purged:
            self.rounds += 1
            raise StorageUnavailableError("away")

    away = Away()
    with pytest.raises(asyncio.CancelledError):
        await keep_purging(away, lambda: NOON, lambda: MONTH, Rounds(3))  # type: ignore[arg-type]

    assert away.rounds == 3


async def keep(recorder: Recorder, *, decided_at: datetime, **overrides: Any) -> str:
    """A decision with a call under way, its step, an event, and an outcome that was told."""
    dispatch = a_dispatch(created_at=decided_at)
    answer = {"status": "understood", "goal": "track_order", "why": MARKER}
    fields = {"decision_id": dispatch.decision_id, "contact_key": dispatch.contact_key, "answer": answer}
    decision = a_decision(decided_at=decided_at, **fields | overrides)
    cost = EffortEvent.of(
        decision, EventKind.CLARIFY, event_id=f"e-{decision.decision_id}", at=decided_at, expires_at=NOON + 9 * MONTH
    )
    await record_decision(
        recorder,
        decision,
        idempotency=None,
        answer=b"{}",
        dispatches=[dispatch],
        steps=[the_step_of(dispatch)],
        events=[cost],
    )
    told = Outcome(decision_id=decision.decision_id, result=OutcomeResult.DONE, reported_at=decided_at)
    report = OutcomeWrite(outcome=told, decision=decision, concluded=lambda agenda: agenda, expires_at=NOON + 9 * MONTH)
    await recorder.report(report)
    return decision.decision_id


def rows(url: str) -> dict[str, int]:
    """How many there are in each table that has any."""
    engines = open_engines(url, readers=1)
    with engines.reader.connect() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    engines.dispose()
    return {name: count for name, count in counts.items() if count}


async def test_an_old_decision_goes_with_all_that_hangs_on_it(recorder: Recorder, migrated_url: str) -> None:
    """Also the call that never ended, under a lease; what is a moment younger stays whole."""
    old = await keep(recorder, decided_at=NOON)
    young = await keep(recorder, decided_at=NOON + timedelta(microseconds=1))
    leases = await recorder.lease_deliveries(limit=10, lease_seconds=600.0)

    gone = await purge(recorder, NOON + MONTH, MONTH)
    settled = {lease.dispatch.decision_id: await recorder.settle_delivery(failed(lease)) for lease in leases}

    assert gone == Purged(decisions=1, deliveries=1, steps=1, events=1, outcomes=1)
    assert settled == {old: False, young: True}
    assert rows(migrated_url) == {"decisions": 1, "deliveries": 1, "steps": 2, "events": 1, "outcomes": 1}
    with pytest.raises(NotFoundError):
        await recorder.get_decision(old)
    assert (await recorder.get_decision(young)).decision_id == young


async def test_many_go_a_bounded_number_at_a_time(recorder: Recorder) -> None:
    """So that those who wait for the writer never wait long; and in the end all are gone."""
    decisions = [a_decision() for _ in range(DECISIONS_LIMIT + 20)]
    await asyncio.gather(*(record_decision(recorder, each, idempotency=None, answer=b"{}") for each in decisions))

    first = await recorder.purge_expired(NOON + MONTH, MONTH)
    rest = await purge(recorder, NOON + MONTH, MONTH)

    assert (first.decisions, rest.decisions) == (DECISIONS_LIMIT, 20)
    assert await recorder.count_decisions() == 0


async def test_no_file_holds_a_byte_of_what_was_purged(tmp_path: Path) -> None:
    """SQLite leaves what is deleted in its pages and its journal unless told otherwise; the raw bytes are searched."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    marks = [MARKER.encode(), ORDER_NUMBER.encode()]
    async with open_recorder(url) as recorder:
        long = {"why": MARKER * 500}
        for n in range(30):
            await keep(recorder, decided_at=NOON, **({"answer": long} if n % 3 == 0 else {}))
        assert all(mark in contents_of(tmp_path) for mark in marks)

        await purge(recorder, NOON + MONTH, MONTH)

        assert not any(mark in contents_of(tmp_path) for mark in marks)


async def test_a_call_under_way_when_its_contact_is_erased_comes_to_nothing(
    recorder: Recorder, migrated_url: str
) -> None:
    """Its details are gone at once, its late settlement writes nothing, and nobody is called again."""
    ids = [await keep(recorder, decided_at=NOON, contact_key="erased") for _ in range(4)]
    leases = await recorder.lease_deliveries(limit=9, lease_seconds=0.0)
    onward = a_dispatch(decision_id=leases[1].dispatch.decision_id, number=1)
    settlements = [
        served(leases[0]),
        failed(leases[1], next_dispatch=onward),
        failed(leases[2]),
        tried_again(leases[3]),
    ]

    await recorder.erase("erased")
    written = [await recorder.settle_delivery(settlement) for settlement in settlements]

    assert written == [False] * len(ids)
    assert rows(migrated_url) == {"decisions": 4, "events": 4, "outcomes": 4}
    assert await recorder.lease_deliveries(limit=9, lease_seconds=600.0) == []


async def test_no_file_holds_the_details_of_an_erased_contact(tmp_path: Path) -> None:
    """After the next round of purging, whatever was waiting to be delivered."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    async with open_recorder(url) as recorder:
        await keep(recorder, decided_at=NOON, contact_key="erased")
        await recorder.lease_deliveries(limit=1, lease_seconds=600.0)
        await recorder.erase("erased")

        await purge(recorder, NOON, MONTH)

        assert ORDER_NUMBER.encode() not in contents_of(tmp_path)


async def test_a_settlement_that_meets_an_erasure_leaves_no_call_behind(recorder: Recorder, migrated_url: str) -> None:
    """On PostgreSQL the erasure waits for it, and then takes the call and the step that it has brought as well."""
    decision_id = await keep(recorder, decided_at=NOON, contact_key="erased")
    (lease,) = await recorder.lease_deliveries(limit=1, lease_seconds=600.0)
    settlement = failed(lease, next_dispatch=a_dispatch(decision_id=decision_id, number=1))
    replica = open_engines(migrated_url, readers=1)

    with replica.writer.begin() as settling:
        assert settle(settling, [settlement]) == [True]
        erasing = asyncio.create_task(recorder.erase("erased"))
        if settling.dialect.name == "postgresql":
            await asyncio.to_thread(wait_for_a_waiter, replica.reader)
    await erasing
    replica.dispose()

    assert rows(migrated_url) == {"decisions": 1, "events": 1, "outcomes": 1}


def wait_for_a_waiter(engine: Engine) -> None:
    """Until somebody waits for a lock of this database; the time limit of the test is the bound."""
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(waiting).first() is None:
            time.sleep(0.01)
