"""One destination: whether it may be called, and by how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from service.domain.delivery import DeliveryOutcome
from service.fulfil.breaker import BreakerPolicy, BreakerState, Permit
from service.fulfil.destination import Destination

NEVER_SECONDS = 1_000.0


@pytest.fixture
async def told() -> list[BreakerState]:
    return []


@pytest.fixture
async def destination(told: list[BreakerState]) -> AsyncIterator[Destination]:
    """Two calls at once, and a breaker that opens at the second failure."""
    async with httpx.AsyncClient() as http:
        yield Destination(http=http, calls_at_once=2, breaker=BreakerPolicy(failures=2), on_breaker=told.append)


def entered(destination: Destination, *, is_retry: bool = False, now: float = 0.0) -> Permit:
    permit = destination.enter(is_retry=is_retry, now=now)
    assert not isinstance(permit, DeliveryOutcome)
    return permit


async def test_so_many_calls_are_admitted_at_once(destination: Destination) -> None:
    """The next one may enter when one has left."""
    first = entered(destination)
    entered(destination)
    third = destination.enter(is_retry=False, now=0.0)
    destination.leave(first, failed=False, now=0.0)

    assert third is DeliveryOutcome.BUSY
    entered(destination)


async def test_a_breaker_is_opened_by_failures_and_told_once(
    destination: Destination, told: list[BreakerState]
) -> None:
    """Nothing is called then, until a probe is due."""
    for _ in range(2):
        destination.leave(entered(destination), failed=True, now=0.0)

    assert destination.is_down(0.0)
    assert destination.enter(is_retry=False, now=0.0) is DeliveryOutcome.BREAKER_OPEN
    assert told == [BreakerState.OPEN]

    destination.leave(entered(destination, now=NEVER_SECONDS), failed=False, now=NEVER_SECONDS)

    assert not destination.is_down(NEVER_SECONDS)
    assert told[-1] is BreakerState.CLOSED


async def test_retries_have_a_budget(destination: Destination) -> None:
    """First attempts are admitted all the same."""
    outcomes = []
    for _ in range(200):
        permit = destination.enter(is_retry=True, now=0.0)
        outcomes.append(permit)
        if not isinstance(permit, DeliveryOutcome):
            destination.leave(permit, failed=False, now=0.0)

    assert outcomes[-1] is DeliveryOutcome.BUDGET
    entered(destination)


async def test_who_stands_in_line_goes_when_a_call_ends(destination: Destination) -> None:
    """The place is taken at once, in order."""
    permits = [entered(destination) for _ in range(2)]
    waiting = [asyncio.create_task(destination.stand_in_line(NEVER_SECONDS)) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)

    destination.leave(permits[0], failed=False, now=0.0)
    await waiting[0]
    assert not waiting[1].done()
    destination.leave(permits[1], failed=False, now=0.0)
    await waiting[1]


async def test_a_line_is_short(destination: Destination) -> None:
    """It holds as many as are called at once, and the next does not wait."""
    for _ in range(2):
        entered(destination)
    waiting = [asyncio.create_task(destination.stand_in_line(NEVER_SECONDS)) for _ in range(2)]
    await asyncio.sleep(0)

    await destination.stand_in_line(NEVER_SECONDS)

    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_waiting_in_line_has_an_end(destination: Destination) -> None:
    """A caller in line cannot serve other destinations."""
    permits = [entered(destination) for _ in range(2)]

    await destination.stand_in_line(0.0)

    destination.leave(permits[0], failed=False, now=0.0)
    entered(destination)


async def test_without_calls_nobody_waits(destination: Destination) -> None:
    """There is room."""
    await destination.stand_in_line(NEVER_SECONDS)
