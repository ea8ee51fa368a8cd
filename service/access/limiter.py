"""Opens the limiter that the settings name; the only place that knows that the store's client may not be installed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec

from service.access.rate_limit import InProcessLimiter, Limiter
from service.access.rate_limit_fallback import LimiterWithFallback
from service.errors import SettingsError


def require_store_client(url: str | None) -> None:
    """Raise SettingsError if limits cannot be shared, whether the store is there or not."""
    if url is not None and find_spec("redis") is None:
        raise SettingsError("ERRAND_LIMITS_URL needs the client of Redis. Install it: pip install 'errand[limits]'")


@asynccontextmanager
async def open_limiter(url: str | None, *, on_alone: Callable[[], None]) -> AsyncIterator[Limiter]:
    """Counts in the store at `url`, or in this worker. SettingsError as `require_store_client` says.

    `on_alone` is called for every request that was counted here because the store was away.
    """
    require_store_client(url)
    if url is None:
        yield InProcessLimiter()
        return
    from service.access.shared_rate_limit import open_valkey  # noqa: PLC0415 - needs an extra

    async with open_valkey(url) as shared:
        yield LimiterWithFallback(shared, on_alone=on_alone)
