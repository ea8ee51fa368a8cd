"""The loop that carries deliveries out, on a queue in memory and a client that says what it is told to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from pydantic import TypeAdapter

from service.catalogue.schema import HttpRung
from service.domain.delivery import DeliveryOutcome, Dispatch, Lease, Payload, Reply, Settled, Settlement
from service.errors import StorageUnavailableError
from service.fulfil.call_body import Answer, Delivery
from service.fulfil.call_outcome import Answered, CallOutcome, RetryLater
from service.fulfil.deliverer import (
    LEASE_MARGIN_SECONDS,
    MOST_LEASES,
    VETTING_SECONDS,
    Deliverer,
    asked,
    open_deliverer,
)
from tests.support.deliveries import ORDER_NUMBER, a_dispatch, served, the_step_of, tried_again
from tests.support.fulfilment import until

RUNG = TypeAdapter(HttpRung).validate_python(
    {
        "kind": "http",
        "name": "order-lookup",
        "url": "https://orders.example/lookup",
        "timeout_seconds": 7,
        "needs": [{"field": "order number", "why": "to find the order"}],
    }
)
SERVED = Answered(answer=Answer.model_validate({"result": "served"}))


@dataclass
class Queue:
    """Keeps leases; can be away, and can have given a lease to somebody else meanwhile."""

    due: deque[Lease] = field(default_factory=deque)
    settled: list[Settlement] = field(default_factory=list)
    asked_for: list[tuple[int, float]] = field(default_factory=list)
    is_away: bool = False
    takes: bool = True

    async def lease_deliveries(self, *, limit: int, lease_seconds: float) -> Sequence[Lease]:
        self.asked_for.append((limit, lease_seconds))
        if self.is_away:
            raise StorageUnavailableError("away")
        return [self.due.popleft() for _ in range(min(limit, len(self.due)))]

    async def settle_delivery(self, settlement: Settlement) -> bool:
        if self.is_away:
            raise StorageUnavailableError("away")
        self.settled.append(settlement)
        return self.takes


@dataclass
class Client:
    """Answers when it is let."""

    outcome: CallOutcome = SERVED
    calls: list[tuple[Delivery, str, float]] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, delivery: Delivery, *, url: str, timeout_seconds: float) -> CallOutcome:
        self.calls.append((delivery, url, timeout_seconds))
        await self.may_answer.wait()
        return self.outcome


@dataclass
class Rungs:
    """A ladder of one rung, or of none."""

    rung: HttpRung | None = RUNG
    replies: list[Reply] = field(default_factory=list)
    longest_call_seconds: float = 7.0

    def find_rung(self, lease: Lease) -> HttpRung | None:
        return self.rung

    def settle(self, lease: Lease, reply: Reply) -> Settlement:
        self.replies.append(reply)
        if reply.wait_seconds is not None:
            return tried_again(lease)
        return replace(served(lease), outcome=reply.outcome, step=the_step_of(lease.dispatch))


@dataclass
class Sayings:
    """Lets everything pass but what it is told to say instead."""

    instead: str | None = None
    vetting: list[tuple[Reply, HttpRung, Dispatch, float]] = field(default_factory=list)

    async def vetted(self, reply: Reply, rung: HttpRung, dispatch: Dispatch, *, within_seconds: float) -> Reply:
        self.vetting.append((reply, rung, dispatch, within_seconds))
        return reply if self.instead is None else replace(reply, say=self.instead)


@dataclass
class Bench:
    queue: Queue = field(default_factory=Queue)
    client: Client = field(default_factory=Client)
    rungs: Rungs = field(default_factory=Rungs)
    sayings: Sayings = field(default_factory=Sayings)
    told: list[Settlement] = field(default_factory=list)
    newest: bool = True

    async def is_current(self) -> bool:
        return self.newest

    @asynccontextmanager
    async def delivering(self, *, deliveries_at_once: int = 32) -> AsyncIterator[Deliverer]:
        deliverer = Deliverer(
            queue=self.queue,
            client=self.client,
            ladder=self.rungs,
            sayings=self.sayings,
            on_settled=self.told.append,
            is_current=self.is_current,
            deliveries_at_once=deliveries_at_once,
            draw=lambda: 0.5,
        )
        async with open_deliverer(deliverer):
            yield deliverer


@pytest.fixture
def bench() -> Bench:
    """A client that answers at once, unless a test clears that."""
    bench = Bench()
    bench.client.may_answer.set()
    return bench


def a_lease(*, attempt: int = 1, calls: int = 0, dispatch: Dispatch | None = None) -> Lease:
    return Lease(dispatch=dispatch or a_dispatch(), attempt=attempt, calls=calls)


def reaches(count: int, found: Sequence[object]) -> Callable[[], bool]:
    return lambda: len(found) >= count


async def test_what_is_due_is_called_and_settled(bench: Bench) -> None:
    """At the rung's address, within its time, and under a lease that outlives the call."""
    lease = a_lease()
    bench.queue.due.append(lease)

    async with bench.delivering():
        await until(reaches(1, bench.told))

    ((delivery, url, timeout_seconds),) = bench.client.calls
    assert (delivery.delivery_id, delivery.attempt) == (lease.dispatch.delivery_id, 1)
    assert (url, timeout_seconds) == ("https://orders.example/lookup", 7.0)
    assert bench.queue.asked_for[0] == (32, 7.0 + LEASE_MARGIN_SECONDS)
    assert bench.told == bench.queue.settled
    assert [reply.outcome for reply in bench.rungs.replies] == [DeliveryOutcome.SERVED]


async def test_what_is_said_is_settled_as_it_was_vetted(bench: Bench) -> None:
    """For the contact that it is said to, and within the lease."""
    lease = a_lease()
    bench.queue.due.append(lease)
    bench.client.outcome = Answered(answer=Answer.model_validate({"result": "served", "say": "Buy one, get two."}))
    bench.sayings.instead = "It is on its way."

    async with bench.delivering():
        await until(reaches(1, bench.told))

    ((reply, rung, dispatch, within_seconds),) = bench.sayings.vetting
    assert (reply.say, rung, dispatch) == ("Buy one, get two.", RUNG, lease.dispatch)
    assert within_seconds == VETTING_SECONDS < LEASE_MARGIN_SECONDS
    assert [reply.say for reply in bench.rungs.replies] == ["It is on its way."]


async def test_what_is_not_answered_is_told_with_a_wait(bench: Bench) -> None:
    """The ladder decides whether it is waited for."""
    bench.client.outcome = RetryLater(after_seconds=3.0)
    bench.queue.due.append(a_lease(calls=1))

    async with bench.delivering():
        await until(reaches(1, bench.told))

    (reply,) = bench.rungs.replies
    assert (reply.calls, reply.wait_seconds) == (2, 4.0)
    assert bench.client.calls[0][0].attempt == 2


async def test_no_more_is_taken_than_may_be_under_way(bench: Bench) -> None:
    """The rest is left to other workers until there is room."""
    bench.client.may_answer.clear()
    bench.queue.due.extend(a_lease() for _ in range(5))

    async with bench.delivering(deliveries_at_once=2) as deliverer:
        await until(reaches(2, bench.client.calls))
        assert (deliverer.in_flight, len(bench.queue.due)) == (2, 3)
        assert bench.queue.asked_for == [(2, 12.0)]
        bench.client.may_answer.set()
        await until(reaches(5, bench.told))


async def test_it_looks_at_once_when_it_is_woken(bench: Bench) -> None:
    """Without the pause being over, which is endless here."""
    async with bench.delivering() as deliverer:
        deliverer.draw = lambda: 1e9
        await until(reaches(1, bench.queue.asked_for))
        await asyncio.sleep(0.2)  # the pause that had begun before is over by now
        bench.queue.due.append(a_lease())
        deliverer.wake()
        await until(reaches(1, bench.told))


async def test_it_looks_again_by_itself(bench: Bench) -> None:
    """Others may have written what is due."""
    async with bench.delivering():
        await until(reaches(2, bench.queue.asked_for))
        bench.queue.due.append(a_lease())
        await until(reaches(1, bench.told))


async def test_closing_lets_what_is_under_way_end(bench: Bench) -> None:
    """Nothing more is taken, and no call is cancelled."""
    bench.client.may_answer.clear()
    bench.queue.due.extend([a_lease()])

    async with bench.delivering():
        await until(reaches(1, bench.client.calls))
        closing = asyncio.get_running_loop().call_later(0.05, bench.client.may_answer.set)

    assert closing.when() <= asyncio.get_running_loop().time()
    assert len(bench.told) == 1


async def test_closing_does_not_wait_for_ever(bench: Bench) -> None:
    """What takes too long is left to its lease; it still ends by itself."""
    bench.client.may_answer.clear()
    bench.queue.due.append(a_lease())
    async with bench.delivering() as deliverer:
        await until(reaches(1, bench.client.calls))

        await deliverer.close(within_seconds=0.01)

        assert deliverer.in_flight == 1
        bench.client.may_answer.set()
        await until(lambda: deliverer.in_flight == 0)
    assert len(bench.told) == 1


async def test_a_queue_that_is_away_is_asked_again(bench: Bench) -> None:
    """Whatever it was away for."""
    bench.queue.is_away = True
    async with bench.delivering():
        await until(reaches(2, bench.queue.asked_for))
        bench.queue.due.append(a_lease())
        bench.queue.is_away = False
        await until(reaches(1, bench.told))


async def test_what_could_not_be_written_is_not_counted(bench: Bench) -> None:
    """Another worker has it, or will: the write of this one comes to nothing."""
    bench.queue.takes = False
    bench.queue.due.extend([a_lease(), a_lease()])

    async with bench.delivering() as deliverer:
        await until(reaches(2, bench.queue.settled))
        await until(lambda: deliverer.in_flight == 0)

    assert bench.told == []


@pytest.mark.parametrize(
    ("rung", "attempt", "outcome"),
    [
        (None, 1, DeliveryOutcome.RUNG_GONE),  # the catalogue was changed meanwhile
        (RUNG, MOST_LEASES + 1, DeliveryOutcome.LOST),  # it takes every worker down that touches it
    ],
)
async def test_what_cannot_be_called_is_settled_without_a_call(
    bench: Bench, rung: HttpRung | None, attempt: int, outcome: DeliveryOutcome
) -> None:
    """So that the ladder goes on."""
    bench.rungs.rung = rung
    bench.queue.due.append(a_lease(attempt=attempt))

    async with bench.delivering():
        await until(reaches(1, bench.told))

    assert bench.client.calls == []
    (settlement,) = bench.told
    assert isinstance(settlement, Settled)
    assert settlement.outcome is outcome


def test_a_rung_is_told_what_it_names_and_nothing_else() -> None:
    """The payload also holds what rungs below it need."""
    payload = Payload(details={"order number": ORDER_NUMBER, "postcode": "N1"}, learned={"depot": "north"})

    delivery = asked(a_lease(calls=2, dispatch=a_dispatch(payload=payload)), RUNG)

    assert delivery.details == {"order number": ORDER_NUMBER}
    assert delivery.learned == {"depot": "north"}
    assert delivery.attempt == 3


async def test_a_delivery_that_breaks_off_does_not_stop_the_others(bench: Bench) -> None:
    """Its lease will be over, and then it is tried again."""
    broken = a_lease(dispatch=a_dispatch(delivery_id="not fit for a header\n"))
    bench.queue.due.extend([broken, a_lease()])

    async with bench.delivering():
        await until(reaches(1, bench.told))

    assert [settlement.lease.dispatch.delivery_id for settlement in bench.told] != [broken.dispatch.delivery_id]


async def test_a_rung_of_a_catalogue_that_is_still_on_its_way_is_left_to_its_lease(bench: Bench) -> None:
    """Another worker knows it by now, and so will this one: nothing is called, and nothing settled as gone."""
    bench.rungs.rung, bench.newest = None, False
    bench.queue.due.append(a_lease())

    async with bench.delivering() as deliverer:
        await until(lambda: not bench.queue.due)
        await until(lambda: deliverer.in_flight == 0)
        left = list(bench.queue.settled)
        deliverer.ladder = Rungs()  # the catalogue has come, and the lease is over
        bench.queue.due.append(a_lease(attempt=2))
        deliverer.wake()
        await until(reaches(1, bench.told))

    assert left == []
    assert len(bench.client.calls) == 1


async def test_a_call_that_is_on_its_way_is_settled_by_the_ladder_that_began_it(bench: Bench) -> None:
    """What comes after it goes by the new one."""
    bench.client.may_answer.clear()
    bench.queue.due.append(a_lease())
    after = Rungs()

    async with bench.delivering() as deliverer:
        await until(reaches(1, bench.client.calls))
        deliverer.ladder = after
        bench.client.may_answer.set()
        await until(reaches(1, bench.told))
        bench.queue.due.append(a_lease())
        deliverer.wake()
        await until(reaches(2, bench.told))

    assert (len(bench.rungs.replies), len(after.replies)) == (1, 1)
