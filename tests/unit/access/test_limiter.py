"""Which limiter the settings name."""

from __future__ import annotations

from service.access.limiter import open_limiter
from service.access.rate_limit import InProcessLimiter


async def test_without_a_store_the_worker_counts() -> None:
    """As before there was one, and without the client of any."""
    async with open_limiter(None, on_alone=lambda: None) as limiter:
        assert isinstance(limiter, InProcessLimiter)
