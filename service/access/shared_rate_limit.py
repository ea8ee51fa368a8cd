"""Allowances in Valkey or Redis, which speak the same protocol. Only this module knows their client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from service.access.rate_limit_fallback import LimitStoreError
from service.errors import SettingsError

TIMEOUT_SECONDS: Final = 0.05
"""Longest wait for a free connection, and for the answer over it. A slower store counts as away."""
MOST_CONNECTIONS: Final = 16
PREFIX: Final = "errand:limit:"
MINUTE: Final = 60 * 10**6
"""In microseconds. The store's numbers are exact up to 2**53, and nanoseconds since 1970 exceed that."""
NOW: Final = "local time = redis.call('TIME')\nlocal now = time[1] * 1000000 + time[2]\n"
"""Reads the store's own clock, so that the clocks of the workers may differ."""
TAKE: Final = """
local interval, per_minute, minute = tonumber(ARGV[1]), tonumber(ARGV[2]), 60000000
local whole_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
if whole_at > now + minute then whole_at = now end -- the clock was set back
local wait = whole_at + interval - now - interval * per_minute
if wait > 0 then return wait end
whole_at = whole_at + interval
redis.call('SET', KEYS[1], string.format('%.0f', whole_at), 'PX', math.ceil((whole_at - now) / 1000))
return 0
"""
"""Does the same as `rate_limit.Allowances.take`, in one step. An allowance that is whole again is forgotten."""


class ValkeyLimiter:
    """One count for each name, for all workers that share the store. Raises LimitStoreError while the store is away."""

    def __init__(self, client: Redis, *, timeout_seconds: float) -> None:
        self._take = client.register_script(NOW + TAKE)
        self._timeout_seconds = timeout_seconds

    async def take(self, name: str, *, per_minute: int, now: int) -> int:  # `now` is the caller's clock
        try:
            async with asyncio.timeout(self._timeout_seconds):
                wait = await self._take(keys=[PREFIX + name], args=[MINUTE // per_minute, per_minute])
        except (RedisError, OSError) as error:  # TimeoutError is a subclass of OSError
            raise LimitStoreError(type(error).__name__) from error
        return int(wait) * 1000


@asynccontextmanager
async def open_valkey(url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> AsyncIterator[ValkeyLimiter]:
    """Open the limiter, even while the store is away. Raises SettingsError if the address has an unknown option."""
    try:
        pool = BlockingConnectionPool.from_url(
            url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            max_connections=MOST_CONNECTIONS,
            timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # a new connection says nothing before it counts
        )
    except ValueError:  # its message may quote the password
        raise SettingsError("ERRAND_LIMITS_URL has an option that the client of Redis does not know.") from None
    async with Redis.from_pool(pool) as client:
        with suppress(RedisError, OSError):  # the store is away: the first request finds that out, and tells
            await client.script_load(NOW + TAKE)
        yield ValkeyLimiter(client, timeout_seconds=timeout_seconds)
