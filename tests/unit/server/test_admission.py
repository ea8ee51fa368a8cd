"""Contacts are admitted up to a bound, and a batch counts for what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from service.errors import OverloadedError
from service.server.admission import (
    BRIEF_PATIENCE_SECONDS,
    MEMORY_SECONDS,
    PATIENCE_SECONDS,
    TOLERABLE_SECONDS,
    Admission,
)


def test_one_more_than_there_is_room_for_is_refused() -> None:
    """And admitted again when another has left."""
    admission = Admission(2)
    for _ in range(3):
        admission.enter()

    with pytest.raises(OverloadedError) as refused:
        admission.require_room()
    admission.leave()
    admission.require_room()

    assert refused.value.retry_after_seconds == 1


@pytest.mark.parametrize(
    ("others", "contacts", "counted", "reason"),
    [
        (0, 1, 1, "a batch of one is one contact"),
        (0, 4, 4, "all of its items"),
        (0, 100, 5, "no more than half of the room"),
        (5, 5, 10, "into the last place"),
    ],
)
def test_a_batch_counts_for_its_items(others: int, contacts: int, counted: int, reason: str) -> None:
    """For as long as it is answered."""
    admission = Admission(10)
    for _ in range(others + 1):
        admission.enter()

    with admission.counted_as(contacts):
        during = admission.in_flight

    assert during == counted, reason
    assert admission.in_flight == others + 1


def test_a_batch_that_would_take_the_room_of_others_is_refused() -> None:
    """And leaves theirs as it was."""
    admission = Admission(10)
    for _ in range(7):
        admission.enter()

    with pytest.raises(OverloadedError), admission.counted_as(5):
        pass

    assert admission.in_flight == 7


def test_where_one_is_admitted_a_batch_is_one_too() -> None:
    """Rather slow than never."""
    admission = Admission(1)
    admission.enter()

    with admission.counted_as(256):
        admission.require_room()


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def waiting(admission: Admission, contacts: int) -> AsyncIterator[list[int]]:
    """Contacts that work until the context ends; whose turn has come is written down."""
    begun: list[int] = []
    end = asyncio.Event()

    async def work(number: int) -> None:
        async with admission.turn():
            begun.append(number)
            await end.wait()

    tasks = [asyncio.create_task(work(number)) for number in range(contacts)]
    await settle()
    try:
        yield begun
    finally:
        end.set()
        await asyncio.gather(*tasks)


async def test_a_few_are_worked_on_and_the_others_wait_for_their_turn() -> None:
    """In the order in which they came."""
    admission = Admission(100, at_once=2)

    async with waiting(admission, 5) as begun:
        at_first = list(begun)

    assert at_first == [0, 1]
    assert begun == [0, 1, 2, 3, 4]


async def test_whoever_gives_up_waiting_takes_no_turn() -> None:
    """Also if it comes at that very moment."""
    admission = Admission(100, at_once=1)
    first = admission.turn()
    await first.__aenter__()
    gone, last = (asyncio.create_task(admission.begin()) for _ in range(2))
    await settle()

    await first.__aexit__(None, None, None)
    gone.cancel()
    await settle()

    assert gone.cancelled()
    assert last.done()
    assert not last.cancelled()


async def test_newcomers_are_refused_when_waits_have_been_long_for_a_while() -> None:
    """A burst is not: it is worked off. And no longer than anybody waits."""
    clock = Clock()
    admission = Admission(100, at_once=1, clock=clock)
    ends = [asyncio.Event() for _ in range(4)]

    async def work(number: int) -> None:
        async with admission.turn():
            await ends[number].wait()

    tasks = [asyncio.create_task(work(number)) for number in range(4)]
    await settle()
    behind = [admission.is_behind]
    for number, seconds in enumerate((TOLERABLE_SECONDS * 2, PATIENCE_SECONDS)):
        clock.now += seconds
        ends[number].set()
        await settle()
        behind.append(admission.is_behind)
    with pytest.raises(OverloadedError):
        admission.require_room()
    for end in ends:
        end.set()
    await asyncio.gather(*tasks)

    assert behind == [False, False, True]
    admission.require_room()


async def test_waits_that_are_short_again_are_forgiven() -> None:
    """However long they were."""
    clock = Clock()
    admission = Admission(100, at_once=1, clock=clock)
    async with waiting(admission, 2):
        clock.now += 10

    async with waiting(admission, 3):
        clock.now += TOLERABLE_SECONDS / 2
    clock.now += 10

    assert not admission.is_behind


async def test_whoever_was_behind_a_moment_ago_has_less_patience() -> None:
    """What comes then is no burst."""
    clock = Clock()
    admission = Admission(100, at_once=1, clock=clock)
    found = []
    for _ in range(2):
        ends = [asyncio.Event() for _ in range(3)]

        async def work(end: asyncio.Event) -> None:
            async with admission.turn():
                await end.wait()

        tasks = [asyncio.create_task(work(end)) for end in ends]
        await settle()
        clock.now += TOLERABLE_SECONDS * 2
        ends[0].set()
        await settle()
        clock.now += BRIEF_PATIENCE_SECONDS * 1.5
        found.append(admission.is_behind)
        clock.now += PATIENCE_SECONDS
        found.append(admission.is_behind)
        for end in ends:
            end.set()
        await asyncio.gather(*tasks)
        clock.now += MEMORY_SECONDS / 2

    assert found == [False, True, True, True]
