"""Many who wait get their answers one in each round of the event loop."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from service.record.database.one_per_round import HandOut


async def test_others_have_their_turn_between_any_two_answers() -> None:
    """What is done with an answer holds up nobody but the next who waits."""
    loop = asyncio.get_running_loop()
    seen: list[str] = []

    async def wait_for(future: asyncio.Future[str]) -> None:
        seen.append(await future)

    def tick() -> None:
        seen.append("-")
        if len(seen) < 20:
            loop.call_soon(tick)

    futures: list[asyncio.Future[str]] = [loop.create_future() for _ in "abc"]
    waiting = [asyncio.create_task(wait_for(future)) for future in futures]
    await asyncio.sleep(0)
    loop.call_soon(tick)
    HandOut().give(zip(futures, "abc", strict=True))
    await asyncio.gather(*waiting)

    assert [each for each in seen if each != "-"] == ["a", "b", "c"]
    assert not any(first != "-" != second for first, second in pairwise(seen))


async def test_who_has_gone_away_is_passed_over_and_a_failure_is_raised() -> None:
    loop = asyncio.get_running_loop()
    gone, failed, last = [loop.create_future() for _ in range(3)]
    gone.cancel()

    HandOut().give([(gone, 1), (failed, ValueError("no")), (last, 3)])

    with pytest.raises(ValueError, match="no"):
        await failed
    assert await last == 3


async def test_it_is_finished_when_all_have_their_answer() -> None:
    """What is given while others are being given comes behind them."""
    loop = asyncio.get_running_loop()
    futures: list[asyncio.Future[int]] = [loop.create_future() for _ in range(6)]
    hand_out = HandOut()
    hand_out.give(zip(futures[:3], range(3), strict=True))
    hand_out.give(zip(futures[3:], range(3, 6), strict=True))
    assert not futures[3].done()

    await hand_out.finish()

    assert [future.result() for future in futures] == list(range(6))
