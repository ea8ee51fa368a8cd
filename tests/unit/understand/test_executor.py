"""The bounded pool: how many functions it admits, and when their slots are free again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from service.understand.executor import BoundedExecutor, usable_cores


@pytest.fixture
def executor() -> Iterator[BoundedExecutor]:
    executor = BoundedExecutor(threads=1, capacity=2)
    yield executor
    executor.close()


async def all_free(executor: BoundedExecutor) -> bool:
    """Whether every slot is given back within a second."""
    for _ in range(100):
        if not executor.in_flight:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_the_result_comes_back_and_the_slot_is_free(executor: BoundedExecutor) -> None:
    """A function runs off the event loop's thread."""
    thread = await executor.run(threading.get_ident)

    assert thread != threading.get_ident()
    assert await all_free(executor)


async def test_waiting_functions_count_towards_the_bound(executor: BoundedExecutor) -> None:
    """One thread and a capacity of two: the second function waits, and then there is no room for a third."""
    may_end = threading.Event()
    first = asyncio.create_task(executor.run(may_end.wait))
    second = asyncio.create_task(executor.run(may_end.wait))
    await asyncio.sleep(0.01)

    assert executor.in_flight == 2
    assert not executor.has_room

    may_end.set()
    await asyncio.gather(first, second)
    assert await all_free(executor)
    assert executor.has_room


async def test_no_more_functions_run_at_once_than_there_are_threads() -> None:
    """However many are admitted."""
    executor = BoundedExecutor(threads=2, capacity=8)
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1

    await asyncio.gather(*(executor.run(work) for _ in range(8)))
    executor.close()

    assert most == 2


async def test_an_abandoned_function_keeps_its_slot_until_it_ends(executor: BoundedExecutor) -> None:
    """A thread cannot be stopped: a caller who gives up does not make room that is not there."""
    may_end = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await executor.run(may_end.wait)

    assert executor.in_flight == 1

    may_end.set()
    assert await all_free(executor)


async def test_a_function_that_fails_gives_its_slot_back(executor: BoundedExecutor) -> None:
    """Its error goes to the caller."""

    def fail() -> None:
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await executor.run(fail)

    assert await all_free(executor)


async def test_a_closed_pool_takes_no_slot() -> None:
    """A function that comes too late is refused, and not counted as in flight for ever."""
    executor = BoundedExecutor(threads=1, capacity=2)
    executor.close()

    with pytest.raises(RuntimeError):
        await executor.run(threading.get_ident)

    assert executor.in_flight == 0


def test_there_is_a_core_to_use() -> None:
    """Whatever the affinity and the quota of this machine are."""
    assert usable_cores() >= 1
