"""A connection to a server that turns some away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.crowded import Connected, connected


@pytest.fixture
async def crowded() -> AsyncIterator[Connected]:
    """The application, and a connection to it."""
    async with connected() as made:
        yield made
