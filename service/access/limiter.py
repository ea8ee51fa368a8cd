"""Opens the limiter that the settings name. Only this module knows that the store's client may be missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec

from service.access.rate_limit import InProcessLimiter, Limiter
from service.access.rate_limit_fallback import LimiterWithFallback
from service.errors import SettingsError


def require_store_client(url: str | None) -> None:
    """Raise SettingsError if the client for a shared store is missing. This is found even while the store is away."""
    if url is not None and find_spec("redis") is None:
        raise SettingsError(
            "ERRAND_LIMITS_URL needs the client of Redis. Install it from a checkout: pip install -e '.[limits]'. "
            "Build it into the image: docker build --build-arg EXTRAS=limits ."
        )


@asynccontextmanager
async def open_limiter(url: str | None, *, on_alone: Callable[[], None]) -> AsyncIterator[Limiter]:
    """Open a limiter that counts in the store at `url`, or in this worker without one.

    Raises SettingsError as `require_store_client` does. `on_alone` is called for every request that was counted here
    because the store was away.
    """
    require_store_client(url)
    if url is None:
        yield InProcessLimiter()
        return
    from service.access.shared_rate_limit import open_valkey  # noqa: PLC0415 - needs an extra

    async with open_valkey(url) as shared:
        yield LimiterWithFallback(shared, on_alone=on_alone)
