"""The outbox against a model of itself: whatever workers do, and however they die, nothing is lost or settled twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, delete, select, update

from service.domain.delivery import DeliveryState, Dispatch, Lease, LeaseRequest
from service.domain.recording import DecisionWrite
from service.record.database.engine import Engines, open_engines
from service.record.tables.decision import DECISIONS, write_decisions
from service.record.tables.delivery import DELIVERIES, lease_due, replay, settle
from service.record.tables.step import STEPS
from tests.support.decisions import a_decision
from tests.support.deliveries import a_dispatch, failed, served, the_step_of, tried_again

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DELIVER = 600.0


@dataclass
class Expected:
    """What the model knows of one delivery."""

    state: DeliveryState = DeliveryState.PENDING
    attempt: int = 0
    calls: int = 0
    is_held: bool = False
    follows: str | None = None
    """The delivery that came of it."""


class Outbox(RuleBasedStateMachine):
    """Workers are leases: one that is never settled has crashed, one that is settled after its end is late."""

    engines: Engines

    leases: Bundle[Lease] = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, Expected] = {}
        self.decisions = 0
        with self.engines.writer.begin() as connection:
            for table in (DELIVERIES, STEPS, DECISIONS):
                connection.execute(delete(table))

    @rule(count=st.integers(1, 3))
    def acknowledge(self, count: int) -> None:
        """Decisions are committed, each with a delivery."""
        dispatches = [a_dispatch() for _ in range(count)]
        with self.engines.writer.begin() as connection:
            write_decisions(connection, [decision_with(dispatch) for dispatch in dispatches])
        self.model |= {dispatch.delivery_id: Expected() for dispatch in dispatches}
        self.decisions += count

    @rule(target=leases, limit=st.integers(1, 4))
    def lease(self, limit: int):
        """A worker takes what is due: what the model says is free, and nothing else."""
        with self.engines.writer.begin() as connection:
            (taken,) = lease_due(connection, [LeaseRequest(limit=limit, lease_seconds=DELIVER)])
        free = {key for key, known in self.model.items() if known.state is DeliveryState.PENDING and not known.is_held}
        ids = [lease.dispatch.delivery_id for lease in taken]
        assert len(set(ids)) == len(ids) == min(limit, len(free))
        assert set(ids) <= free
        for lease in taken:
            known = self.model[lease.dispatch.delivery_id]
            known.is_held, known.attempt = True, known.attempt + 1
            assert (lease.attempt, lease.calls) == (known.attempt, known.calls)
        return multiple(*taken)

    @rule(lease=leases)
    def expire(self, lease: Lease) -> None:
        """The worker is too slow, or dead: its lease is over."""
        known = self.model[lease.dispatch.delivery_id]
        if self.is_current(lease):
            known.is_held = False
            with self.engines.writer.begin() as connection:
                of_it = DELIVERIES.c.delivery_id == lease.dispatch.delivery_id
                connection.execute(update(DELIVERIES).where(of_it).values(leased_until=LONG_AGO))

    @rule(lease=consumes(leases))
    def crash(self, lease: Lease) -> None:
        """It is never heard of again; the lease goes on until it is over."""

    @rule(lease=leases, moves=st.booleans())
    def fail(self, lease: Lease, *, moves: bool) -> None:
        """The call failed for good: the walk goes on to a promise, or to another http rung."""
        dispatch = lease.dispatch
        following = a_dispatch(decision_id=dispatch.decision_id, number=dispatch.number + 1) if moves else None
        known = self.model[dispatch.delivery_id]
        is_first = known.state is DeliveryState.PENDING and not self.has_moved_on(dispatch)
        if self.settles(lease, failed(lease, next_dispatch=following)):
            known.state = DeliveryState.DEAD
            if following is not None and is_first:
                self.model[following.delivery_id] = Expected()

    @rule(lease=leases)
    def serve(self, lease: Lease) -> None:
        if self.settles(lease, served(lease)):
            self.model[lease.dispatch.delivery_id].state = DeliveryState.DONE

    @rule(lease=leases)
    def try_again(self, lease: Lease) -> None:
        if self.settles(lease, tried_again(lease)):
            self.model[lease.dispatch.delivery_id].is_held = False

    @rule(lease=leases)
    def replay(self, lease: Lease) -> None:
        """An operator sends it again, which only a dead one is."""
        delivery_id = lease.dispatch.delivery_id
        known = self.model[delivery_id]
        with self.engines.writer.begin() as connection:
            (replayed,) = replay(connection, [delivery_id])
        assert replayed is (known.state is DeliveryState.DEAD)
        if replayed:
            known.state, known.calls, known.is_held = DeliveryState.PENDING, 0, False

    def settles(self, lease: Lease, settlement) -> bool:
        """Whether a settlement is written, which must be so for the newest lease of a pending delivery alone."""
        known = self.model[lease.dispatch.delivery_id]
        is_current = self.is_current(lease)
        with self.engines.writer.begin() as connection:
            (written,) = settle(connection, [settlement])
        assert written is is_current
        if written:
            known.calls = lease.calls + 1
            known.is_held = False
        return written

    def is_current(self, lease: Lease) -> bool:
        """An expired lease is as good as any until somebody takes the delivery over."""
        known = self.model[lease.dispatch.delivery_id]
        return known.state is DeliveryState.PENDING and known.attempt == lease.attempt

    def has_moved_on(self, dispatch: Dispatch) -> bool:
        with self.engines.reader.connect() as connection:
            later = (STEPS.c.decision_id == dispatch.decision_id) & (STEPS.c.number == dispatch.number + 1)
            return connection.execute(select(STEPS.c.number).where(later)).first() is not None

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every acknowledged delivery is there, in the state that the model says."""
        with self.engines.reader.connect() as connection:
            assert states(connection) == {
                key: (known.state, known.attempt, known.calls, known.state is DeliveryState.PENDING)
                for key, known in self.model.items()
            }
            assert decisions_that_neither_wait_nor_are_over(connection) == []


def decision_with(dispatch: Dispatch) -> DecisionWrite:
    return DecisionWrite(
        decision=a_decision(decision_id=dispatch.decision_id),
        idempotency=None,
        answer=b"",
        dispatches=(dispatch,),
        steps=(the_step_of(dispatch),),
    )


def states(connection: Connection) -> dict[str, tuple[str, int, int, bool]]:
    """State, attempt, calls and whether there is a payload."""
    return {
        row.delivery_id: (DeliveryState(row.state), row.attempt, row.calls, row.payload is not None)
        for row in connection.execute(select(DELIVERIES))
    }


def decisions_that_neither_wait_nor_are_over(connection: Connection) -> list[str]:
    """A step that waits without a delivery that is pending, or the other way round."""
    waiting = {
        (row.decision_id, row.number) for row in connection.execute(select(STEPS).where(STEPS.c.state == "waiting"))
    }
    pending = {
        (row.decision_id, row.number)
        for row in connection.execute(select(DELIVERIES).where(DELIVERIES.c.state == "pending"))
    }
    return sorted(str(place) for place in waiting ^ pending)


@pytest.fixture
def engines(migrated_url: str) -> Iterator[Engines]:
    engines = open_engines(migrated_url, readers=1)
    yield engines
    engines.dispose()


def test_the_outbox_does_what_its_model_does(engines: Engines) -> None:
    """Taken, lost, expired, settled, settled late and sent again in any order."""
    machine = type("OutboxOfThisDatabase", (Outbox,), {"engines": engines})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
