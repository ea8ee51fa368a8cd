"""Limits that workers share, in a real Valkey or Redis."""

from __future__ import annotations

import asyncio
import itertools
import socket
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.access.rate_limit import Limiter
from service.access.rate_limit_fallback import LimiterWithFallback, LimitStoreError
from service.errors import SettingsError
from tests.support.bucket import Bucket
from tests.support.daemon import free_port
from tests.support.store import Store, running_store

valkey = pytest.importorskip(
    "service.domain.key.shared_rate_limit",
    reason="No client of Redis is found: pip install -e '.[limits]'",
    exc_type=ModuleNotFoundError,
)
MINUTE = 60 * 10**9
SECOND = MINUTE // 60
AMPLE_SECONDS = 30.0
"""No slow machine comes near it."""
NAMES = map(str, itertools.count())
"""A new one for every count: the store is shared by all tests."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running_store(tmp_path_factory.mktemp("store")) as server:
        yield server


class Counter:
    """A limiter, and how often it counted without the store."""

    def __init__(self, limiter: Limiter, alone: list[None]) -> None:
        self.limiter = limiter
        self._alone = alone

    @property
    def alone(self) -> int:
        return len(self._alone)

    async def take(self, name: str, per_minute: int = 3, now: int = 0) -> int:
        return await self.limiter.take(name, per_minute=per_minute, now=now)


@asynccontextmanager
async def counting_at(url: str) -> AsyncIterator[Counter]:
    alone: list[None] = []
    async with valkey.open_valkey(url, timeout_seconds=AMPLE_SECONDS) as shared:
        yield Counter(LimiterWithFallback(shared, on_alone=lambda: alone.append(None)), alone)


@pytest.fixture
async def client(store: Store) -> AsyncIterator[Any]:
    """The client of the store, to ask it itself."""
    from redis.asyncio import Redis  # noqa: PLC0415 - whoever has a store has its client

    async with Redis(host="127.0.0.1", port=store.port) as client:
        yield client


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(per_minute=st.integers(1, 12), gaps=st.lists(st.integers(0, 20 * 10**6) | st.just(0), max_size=40))
async def test_it_is_a_bucket_that_is_filled_all_the_time(client: Any, per_minute: int, gaps: list[int]) -> None:
    """The same script under a clock of the test's, against the model that the worker's own count is held against."""
    take = client.register_script("local now = tonumber(ARGV[3])\n" + valkey.TAKE)
    name, now, bucket = next(NAMES), 0, Bucket(per_minute, minute=valkey.MINUTE)
    for gap in gaps:
        now += gap
        waited = await take(keys=[name], args=[valkey.MINUTE // per_minute, per_minute, now])
        assert waited == bucket.take(now)


async def test_a_clock_that_is_set_back_holds_nobody_up(client: Any) -> None:
    """What it counted in the future is forgotten."""
    take, name = client.register_script("local now = tonumber(ARGV[3])\n" + valkey.TAKE), next(NAMES)
    hour = 60 * valkey.MINUTE
    for _ in range(2):
        await take(keys=[name], args=[valkey.MINUTE // 2, 2, hour])

    assert [await take(keys=[name], args=[valkey.MINUTE // 2, 2, 0]) > 0 for _ in range(3)] == [False, False, True]


async def test_all_who_share_it_have_one_allowance(store: Store) -> None:
    """Whatever their clocks say; other names are not meant."""
    name, other = next(NAMES), next(NAMES)
    async with counting_at(store.url) as one, counting_at(store.url) as two:
        waits = [await counter.take(name, now=now) for counter, now in ((one, 0), (two, MINUTE), (two, 5), (one, 9))]

        assert waits[:3] == [0, 0, 0]
        assert 0 < waits[3] <= 20 * SECOND
        assert await two.take(other) == 0
        assert (one.alone, two.alone) == (0, 0)


async def test_no_more_than_the_allowance_are_let_through_at_once(store: Store) -> None:
    """However many race for it over two sets of connections."""
    name = next(NAMES)
    async with counting_at(store.url) as one, counting_at(store.url) as two:
        for counter in (one, two):
            await counter.take(next(NAMES))
        waits = await asyncio.gather(*[counter.take(name, 5) for _ in range(8) for counter in (one, two)])

    assert one.alone == two.alone == 0
    assert waits.count(0) == 5


async def test_what_is_whole_again_takes_no_room(store: Store, client: Any) -> None:
    """A name is held for a minute at most, and for less where less was taken."""
    name = next(NAMES)
    async with counting_at(store.url) as counter:
        await counter.take(name, 60)
        assert 0 < await client.pttl(f"errand:limit:{name}") <= 1_000
        for _ in range(59):
            await counter.take(name, 60)
        assert 50_000 < await client.pttl(f"errand:limit:{name}") <= 60_000


async def test_killed_in_the_middle_it_is_limited_all_the_same(tmp_path: Path) -> None:
    """Every request is answered, by the worker's own count; and by the store's once it is back."""
    with running_store(tmp_path) as store:
        async with counting_at(store.url) as counter:
            assert [await counter.take("name") for _ in range(2)] == [0, 0]

            store.kill()

            assert [await counter.take("name") for _ in range(2)] == [0, 20 * SECOND]
            assert counter.alone == 2

            store.start()

            assert [await counter.take("name", now=2 * SECOND) for _ in range(3)] == [0, 0, 0]
            assert await counter.take("name", now=2 * SECOND) > 0
            assert counter.alone == 2


async def test_a_store_that_is_not_there_at_the_start_keeps_nobody_from_starting() -> None:
    """The limit is the worker's."""
    async with counting_at(f"redis://127.0.0.1:{free_port()}") as counter:
        assert [await counter.take("name") > 0 for _ in range(4)] == [False, False, False, True]


async def test_a_store_that_does_not_answer_is_not_waited_for() -> None:
    """It takes connections and says nothing: the bound is ours."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with valkey.open_valkey(f"valkey://127.0.0.1:{silent.getsockname()[1]}") as limiter:
            with pytest.raises(LimitStoreError, match="Timeout"):
                await limiter.take("name", per_minute=1, now=0)


async def test_an_option_that_is_none_is_told_without_the_address() -> None:
    """There may be a password in it."""
    with pytest.raises(SettingsError, match="ERRAND_LIMITS_URL") as refused:
        async with valkey.open_valkey("redis://:hunter2@localhost?socket_timeout=soon"):
            pass

    assert "hunter2" not in "".join(traceback.format_exception(refused.value, limit=0))


async def test_a_store_that_refuses_is_one_that_is_away(client: Any, store: Store) -> None:
    """Such as one that wants a password, or is out of memory."""
    await client.config_set("maxmemory", "1")
    try:
        async with valkey.open_valkey(store.url, timeout_seconds=AMPLE_SECONDS) as limiter:
            with pytest.raises(LimitStoreError, match="OutOfMemoryError"):
                await limiter.take(next(NAMES), per_minute=1, now=0)
    finally:
        await client.config_set("maxmemory", "0")
