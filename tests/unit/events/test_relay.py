"""The loop that announces, on a queue in memory and a broker that says what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from service.domain.announcement import Announcement, Relayed, of_decision
from service.errors import StorageUnavailableError
from service.events.publisher import Nobody, Published, Publisher
from service.events.relay import BATCH, LEASE_SECONDS, Relay, open_relay
from tests.support.decisions import a_decision
from tests.support.fulfilment import until


@dataclass
class Queue:
    """Gives out what waits, and takes back what was not acknowledged; can be away."""

    waiting: list[Announcement]
    forgotten: list[str] = field(default_factory=list)
    asked_for: list[tuple[int, float]] = field(default_factory=list)
    refusals: int = 0
    """Times that it is away from now on."""
    forgetful: int = 0
    """Times that it is away when it is told what was acknowledged."""

    async def lease_announcements(self, *, limit: int, lease_seconds: float) -> Sequence[Announcement]:
        self.asked_for.append((limit, lease_seconds))
        if self.refusals:
            self.refusals -= 1
            raise StorageUnavailableError("away")
        return self.waiting[:limit]

    async def settle_announcements(self, relayed: Relayed) -> None:
        if self.forgetful:
            self.forgetful -= 1
            raise StorageUnavailableError("away")
        leased = {each.announcement_id for each in self.waiting[: len(relayed.acknowledged) + len(relayed.returned)]}
        assert leased == {*relayed.acknowledged, *relayed.returned}
        self.forgotten += relayed.acknowledged
        self.waiting = [each for each in self.waiting if each.announcement_id not in relayed.acknowledged]


@dataclass
class Broker:
    """Drops repeats, as JetStream does."""

    listens: bool = True
    held: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    failures: int = 0
    """Times that it acknowledges nothing from now on."""
    refused: frozenset[str] = frozenset()
    """Ids that it does not take."""

    async def publish(self, announcements: Sequence[Announcement]) -> Published:
        names = [each.announcement_id for each in announcements]
        self.sent += names
        if self.failures:
            self.failures -= 1
            return Published(failure="ConnectionClosedError")
        taken = [name for name in names if name not in self.refused]
        self.held += [name for name in taken if name not in self.held]
        return Published(acknowledged=frozenset(taken), failure="BadRequestError" if len(taken) < len(names) else None)


@dataclass
class Bench:
    queue: Queue
    broker: Publisher
    told: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def relaying(self, *, batch: int = BATCH) -> AsyncIterator[None]:
        relay = Relay(
            queue=self.queue,
            publisher=self.broker,
            on_announced=lambda each: self.told.append(each.announcement_id),
            batch=batch,
            draw=lambda: 0.0,
        )
        async with open_relay(relay):
            yield


def some(count: int) -> list[Announcement]:
    return [of_decision(a_decision()) for _ in range(count)]


def names(announcements: Sequence[Announcement]) -> list[str]:
    return [each.announcement_id for each in announcements]


async def test_what_is_acknowledged_is_forgotten() -> None:
    """In order, a batch at a time, under a lease that outlives the publishing."""
    waiting = some(5)
    broker = Broker()
    bench = Bench(Queue(list(waiting)), broker)

    async with bench.relaying(batch=2):
        await until(lambda: len(bench.told) == 5)

    assert broker.sent == broker.held == bench.queue.forgotten == bench.told == names(waiting)
    assert bench.queue.asked_for[0] == (2, LEASE_SECONDS)


async def test_a_broker_that_is_away_is_tried_again() -> None:
    """Nothing is lost, and the log says it once, and once when it is over."""
    waiting = some(3)
    broker = Broker(failures=3)
    bench = Bench(Queue(list(waiting)), broker)

    with capture_logs() as logs:
        async with bench.relaying():
            await until(lambda: len(bench.told) == 3)

    assert broker.held == bench.queue.forgotten == names(waiting)
    assert broker.sent == 4 * names(waiting)
    assert [(line["event"], line.get("failure")) for line in logs] == [
        ("not_announced", "ConnectionClosedError"),
        ("announcing_again", None),
    ]


async def test_a_database_that_is_away_is_tried_again() -> None:
    """Whether before the leasing or after the acknowledgement: then it is sent twice, and held once."""
    waiting = some(1)
    broker = Broker()
    bench = Bench(Queue(list(waiting), refusals=1, forgetful=1), broker)

    with capture_logs() as logs:
        async with bench.relaying():
            await until(lambda: bench.told != [])

    assert broker.sent == 2 * names(waiting)
    assert broker.held == bench.queue.forgotten == bench.told == names(waiting)
    assert [line["event"] for line in logs] == ["not_announced", "announcing_again"]


async def test_one_that_is_refused_stops_no_other() -> None:
    """It stays; those behind it are sent."""
    waiting = some(4)
    broker = Broker(refused=frozenset(names(waiting)[:1]))
    bench = Bench(Queue(list(waiting)), broker)

    async with bench.relaying(batch=2):
        await until(lambda: len(bench.told) == 3)

    assert broker.held == names(waiting)[1:]
    assert names(bench.queue.waiting) == names(waiting)[:1]


async def test_closing_sends_what_waits() -> None:
    """All of it, where the broker takes it."""
    broker = Broker()
    bench = Bench(Queue(some(7)), broker)

    async with bench.relaying(batch=2):
        pass

    assert len(broker.held) == 7
    assert bench.queue.waiting == []


async def test_closing_does_not_wait_for_a_broker_that_is_away() -> None:
    """What waits stays where it is kept."""
    bench = Bench(Queue(some(2)), Broker(failures=1_000_000))

    async with bench.relaying():
        await until(lambda: bench.queue.asked_for != [])

    assert len(bench.queue.waiting) == 2


async def test_closing_does_not_wait_for_a_broker_that_hangs() -> None:
    """It is bounded; the lease will be over."""

    class Hanging(Broker):
        async def publish(self, announcements: Sequence[Announcement]) -> Published:
            self.sent += names(announcements)
            await asyncio.Event().wait()
            raise AssertionError

    broker = Hanging()
    relay = Relay(queue=Queue(some(1)), publisher=broker, on_announced=lambda _: None)
    running = asyncio.create_task(relay.run())
    await until(lambda: broker.sent != [])

    await relay.close(running, within_seconds=0.0)

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_nobody_is_told_nothing() -> None:
    """Without a broker nothing is leased, and nothing that an earlier one has left is lost."""
    bench = Bench(Queue(some(1)), Nobody())

    async with bench.relaying():
        await asyncio.sleep(0)

    assert bench.queue.asked_for == []
    assert await bench.broker.publish(bench.queue.waiting) == Published()
