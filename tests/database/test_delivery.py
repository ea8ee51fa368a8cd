"""What is to be delivered is committed with its decision, held by one worker at a time, and settled once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from service.domain.delivery import DeliveryOutcome, DeliveryState, Dispatch, Lease, Settled, StepState
from service.errors import NotFoundError
from service.record.database.schema import migrating, upgrade
from service.record.recorder import Recorder, open_recorder
from tests.database.test_recorder import a_key
from tests.support.app import contents_of
from tests.support.decisions import a_decision, record_decision
from tests.support.deliveries import ORDER_NUMBER, a_dispatch, failed, served, the_step_of, tried_again

AMPLE_SECONDS = 600.0
"""A lease that no test outlives."""
OVER = -1.0
"""Seconds of a lease that has run out already: its holder has crashed, or is late."""


async def record(recorder: Recorder, dispatch: Dispatch) -> None:
    await record_decision(
        recorder,
        a_decision(decision_id=dispatch.decision_id),
        idempotency=None,
        answer=b"",
        dispatches=[dispatch],
        steps=[the_step_of(dispatch)],
    )


async def lease_all(recorder: Recorder, *, lease_seconds: float = AMPLE_SECONDS, limit: int = 100) -> list[Lease]:
    return await recorder.lease_deliveries(limit=limit, lease_seconds=lease_seconds)


async def lease_one(recorder: Recorder, *, lease_seconds: float = AMPLE_SECONDS) -> Lease:
    (lease,) = await lease_all(recorder, lease_seconds=lease_seconds)
    return lease


def payloads(url: str) -> list[str | None]:
    with migrating(url) as connection:
        return list(connection.execute(text("SELECT payload FROM deliveries")).scalars())


@pytest.fixture
async def leased(recorder: Recorder) -> Lease:
    """One delivery, recorded and held."""
    await record(recorder, a_dispatch())
    return await lease_one(recorder)


async def test_a_delivery_is_leased_as_it_was_recorded(recorder: Recorder) -> None:
    """At once, whatever the time of its decision."""
    dispatch = a_dispatch()
    await record(recorder, dispatch)

    lease = await lease_one(recorder)

    assert lease == Lease(dispatch=dispatch, attempt=1, calls=0)
    assert await recorder.list_steps(dispatch.decision_id) == [the_step_of(dispatch)]


async def test_what_is_held_is_held_by_one(migrated_url: str) -> None:
    """Two replicas that take at the same time share what there is, and nothing is taken twice."""
    async with open_recorder(migrated_url) as one, open_recorder(migrated_url) as other:
        dispatches = [a_dispatch() for _ in range(60)]
        await asyncio.gather(*(record(one, dispatch) for dispatch in dispatches))

        taken = await asyncio.gather(*(lease_all(each, limit=7) for _ in range(9) for each in (one, other)))

        ids = [lease.dispatch.delivery_id for leases in taken for lease in leases]
        assert sorted(ids) == sorted(dispatch.delivery_id for dispatch in dispatches)
        assert all(len(leases) <= 7 for leases in taken)


async def test_a_replayed_decision_delivers_nothing(recorder: Recorder) -> None:
    """Neither in the same batch nor later."""
    dispatches = [a_dispatch() for _ in range(3)]

    async def route(dispatch: Dispatch) -> bool:
        decision = a_decision(decision_id=dispatch.decision_id)
        steps = [the_step_of(dispatch)]
        recorded = await record_decision(
            recorder, decision, idempotency=a_key(), answer=b"", dispatches=[dispatch], steps=steps
        )
        return recorded.replayed

    replayed = [*await asyncio.gather(*map(route, dispatches[:2])), await route(dispatches[2])]

    lease = await lease_one(recorder)
    (first,) = [dispatch for dispatch, again in zip(dispatches, replayed, strict=True) if not again]
    assert lease.dispatch == first
    assert [len(await recorder.list_steps(dispatch.decision_id)) for dispatch in dispatches].count(1) == 1


async def test_recording_a_decision_twice_delivers_it_once(recorder: Recorder) -> None:
    """Also where it has been delivered meanwhile: it does not become pending again."""
    dispatch = a_dispatch()
    await record(recorder, dispatch)
    assert await recorder.settle_delivery(served(await lease_one(recorder)))

    await record(recorder, dispatch)

    assert await lease_all(recorder) == []
    assert [step.state for step in await recorder.list_steps(dispatch.decision_id)] == [StepState.SERVED]


async def test_what_a_crashed_worker_held_is_leased_again(recorder: Recorder) -> None:
    """Under the same id, and with a higher number."""
    await record(recorder, a_dispatch())
    lost = await lease_one(recorder, lease_seconds=OVER)

    lease = await lease_one(recorder)

    assert lease == replace(lost, attempt=2)
    assert await lease_all(recorder) == []


@pytest.mark.parametrize("settlement", [served, failed, tried_again])
async def test_a_late_worker_changes_nothing(recorder: Recorder, settlement) -> None:
    """It is told so, and the lease of the one who has it now goes on."""
    await record(recorder, a_dispatch())
    late = await lease_one(recorder, lease_seconds=OVER)
    current = await lease_one(recorder)

    assert not await recorder.settle_delivery(settlement(late))

    assert [step.state for step in await recorder.list_steps(current.dispatch.decision_id)] == [StepState.WAITING]
    assert await lease_all(recorder) == []
    assert await recorder.settle_delivery(served(current))
    assert not await recorder.settle_delivery(settlement(late))


async def test_a_delivery_is_settled_once(recorder: Recorder, leased: Lease) -> None:
    """The second time nothing is written, and it is said."""
    assert await recorder.settle_delivery(served(leased))
    assert not await recorder.settle_delivery(failed(leased))

    report = await recorder.get_delivery(leased.dispatch.delivery_id)
    assert (report.state, report.outcome, report.calls) == (DeliveryState.DONE, DeliveryOutcome.SERVED, 1)
    assert report.finished_at is not None
    (step,) = await recorder.list_steps(leased.dispatch.decision_id)
    assert step == served(leased).step


async def test_what_is_to_be_tried_again_is_due_when_the_wait_is_over(recorder: Recorder, leased: Lease) -> None:
    """Not before, and it remembers the calls that were made."""
    assert await recorder.settle_delivery(tried_again(leased, wait_seconds=AMPLE_SECONDS))
    assert await lease_all(recorder) == []
    other = a_dispatch()
    await record(recorder, other)
    lease = await lease_one(recorder)
    assert await recorder.settle_delivery(tried_again(lease))

    assert await lease_one(recorder) == replace(lease, attempt=2, calls=1)


async def test_the_next_rung_is_committed_with_the_end_of_the_last(recorder: Recorder, leased: Lease) -> None:
    """A step that waits, and a delivery that is due."""
    following = a_dispatch(decision_id=leased.dispatch.decision_id, number=1, rung=1, name="stock-lookup")

    assert await recorder.settle_delivery(failed(leased, next_dispatch=following))

    assert (await lease_one(recorder)).dispatch == following
    steps = await recorder.list_steps(leased.dispatch.decision_id)
    assert [(step.number, step.state) for step in steps] == [(0, StepState.FAILED), (1, StepState.WAITING)]


@pytest.mark.parametrize(("settlement", "state"), [(served, DeliveryState.DONE), (failed, DeliveryState.DEAD)])
async def test_what_has_ended_keeps_nothing_of_the_customer_s(
    recorder: Recorder, migrated_url: str, leased: Lease, settlement, state: DeliveryState
) -> None:
    """While it is pending, its row is the only place; the transaction that ends it erases it."""
    (held,) = payloads(migrated_url)
    assert ORDER_NUMBER in str(held)

    await recorder.settle_delivery(settlement(leased))

    assert (await recorder.get_delivery(leased.dispatch.delivery_id)).state is state
    assert payloads(migrated_url) == [None]


async def test_no_file_holds_what_was_delivered(tmp_path: Path) -> None:
    """SQLite overwrites what is erased; the journal goes when the file is closed. The raw bytes are searched."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    async with open_recorder(url) as recorder:
        await record(recorder, a_dispatch())
        assert ORDER_NUMBER.encode() in contents_of(tmp_path)
        await recorder.settle_delivery(served(await lease_one(recorder)))

    assert ORDER_NUMBER.encode() not in contents_of(tmp_path)


async def test_a_dead_delivery_is_sent_again_without_the_customer_s_details(recorder: Recorder) -> None:
    """With what earlier rungs handed on, as its own id; the walk that has gone on meanwhile does not go on twice."""
    first = a_dispatch()
    await record(recorder, first)
    second = a_dispatch(decision_id=first.decision_id, number=1, rung=1, name="stock-lookup")
    lease = await lease_one(recorder)
    moved = failed(lease, next_dispatch=second)
    await recorder.settle_delivery(replace(moved, step=replace(moved.step, learned={"depot": "north"})))
    await recorder.settle_delivery(failed(await lease_one(recorder)))
    before = await recorder.list_steps(first.decision_id)

    assert await recorder.replay_delivery(second.delivery_id)
    assert not await recorder.replay_delivery(second.delivery_id)

    again = await lease_one(recorder)
    assert again.dispatch.delivery_id == second.delivery_id
    assert (again.attempt, again.calls) == (2, 0)
    assert again.dispatch.payload.details == {}
    assert again.dispatch.payload.learned == {"depot": "north"}
    assert (await recorder.list_steps(first.decision_id))[1].state is StepState.WAITING
    third = a_dispatch(decision_id=first.decision_id, number=2)
    assert await recorder.settle_delivery(failed(again, next_dispatch=third))
    assert await recorder.list_steps(first.decision_id) == before
    assert await lease_all(recorder) == []


@pytest.mark.parametrize("settlement", [served, tried_again])
async def test_only_what_is_dead_is_sent_again(recorder: Recorder, leased: Lease, settlement) -> None:
    """What is on its way, what was served and what nobody knows is left alone."""
    await recorder.settle_delivery(settlement(leased))

    assert not await recorder.replay_delivery(leased.dispatch.delivery_id)
    assert not await recorder.replay_delivery("never-made")


async def test_deliveries_are_listed_newest_first_and_by_state(recorder: Recorder) -> None:
    """As many as are asked for; dead ones also by id, oldest first."""
    dispatches = [a_dispatch() for _ in range(3)]
    for dispatch in dispatches:
        await record(recorder, dispatch)
    leases = await lease_all(recorder)
    settlements: list[Settled] = [failed(leases[0]), served(leases[1]), failed(leases[2])]
    for settlement in settlements:
        await recorder.settle_delivery(settlement)

    dead = [leases[0].dispatch.delivery_id, leases[2].dispatch.delivery_id]
    assert await recorder.list_dead_ids(limit=10) == dead
    assert {report.delivery_id for report in await recorder.list_deliveries(DeliveryState.DEAD, limit=10)} == set(dead)
    assert len(await recorder.list_deliveries(None, limit=10)) == 3
    assert len(await recorder.list_deliveries(None, limit=2)) == 2
    assert await recorder.list_deliveries(DeliveryState.PENDING, limit=10) == []


async def test_an_unknown_delivery_is_not_found(recorder: Recorder) -> None:
    with pytest.raises(NotFoundError):
        await recorder.get_delivery("never-made")


async def test_how_long_the_oldest_waits_is_told(recorder: Recorder) -> None:
    """Nothing waits before and after; one that is due has waited, one that will be due has not."""
    assert await recorder.oldest_pending_seconds() == 0.0
    await record(recorder, a_dispatch())
    assert await recorder.oldest_pending_seconds() > 0.0
    lease = await lease_one(recorder)
    assert await recorder.oldest_pending_seconds() > 0.0
    await recorder.settle_delivery(tried_again(lease, wait_seconds=AMPLE_SECONDS))
    assert await recorder.oldest_pending_seconds() == 0.0
