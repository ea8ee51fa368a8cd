"""Counting on while the shared store is away, without a store."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from service.access.rate_limit import MINUTE
from service.access.rate_limit_fallback import PAUSE, LimiterWithFallback, LimitStoreError


class Elsewhere:
    """A shared count that lets everybody through, and can be away."""

    def __init__(self) -> None:
        self.is_away = False
        self.asked = 0

    async def take(self, name: str, *, per_minute: int, now: int) -> int:
        self.asked += 1
        if self.is_away:
            raise LimitStoreError("ConnectionError")
        return 0


class Scene:
    def __init__(self) -> None:
        self.shared = Elsewhere()
        self.alone = 0
        self.limiter = LimiterWithFallback(self.shared, on_alone=self._count)

    def _count(self) -> None:
        self.alone += 1

    async def take(self, now: int) -> int:
        return await self.limiter.take("name", per_minute=2, now=now)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_the_store_alone_decides_while_it_is_there(scene: Scene) -> None:
    """However much it lets through."""
    assert {await scene.take(0) for _ in range(10)} == {0}
    assert (scene.shared.asked, scene.alone) == (10, 0)


async def test_without_the_store_the_worker_counts(scene: Scene) -> None:
    """From the first request on, which is answered as any other."""
    scene.shared.is_away = True

    assert [await scene.take(0) for _ in range(3)] == [0, 0, MINUTE // 2]
    assert scene.alone == 3


async def test_a_store_that_goes_gives_nobody_a_second_allowance(scene: Scene) -> None:
    """What it let through here is known here."""
    await scene.take(0)
    scene.shared.is_away = True

    assert [await scene.take(0) for _ in range(2)] == [0, MINUTE // 2]


async def test_a_store_that_is_away_is_asked_now_and_then(scene: Scene) -> None:
    """One request takes the look; the others do not wait for it."""
    scene.shared.is_away = True
    for now in (0, 1, PAUSE - 1, PAUSE, PAUSE + 1, 2 * PAUSE):
        await scene.take(now)

    assert scene.shared.asked == 3


async def test_a_store_that_is_back_counts_again(scene: Scene) -> None:
    """By then the worker's own count is over."""
    scene.shared.is_away = True
    await scene.take(0)
    scene.shared.is_away = False

    assert [await scene.take(PAUSE) for _ in range(5)] == [0] * 5
    assert scene.alone == 1


async def test_it_is_told_once(scene: Scene) -> None:
    """When it goes, and when it is back."""
    with capture_logs() as entries:
        for second in range(6):
            scene.shared.is_away = 1 <= second <= 4
            await scene.take(second * PAUSE)

    assert [entry["event"] for entry in entries] == ["limits_counted_alone", "limits_shared_again"]
    assert (entries[0]["log_level"], entries[0]["reason"]) == ("warning", "ConnectionError")
