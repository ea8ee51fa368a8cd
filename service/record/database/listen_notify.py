"""Notices of PostgreSQL, sent at the commit of an edition. A process that misses a notice finds out by looking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

import psycopg
import structlog

from service.record.database.engine import POSTGRESQL_CONNECT, parse_url

CHANNEL: Final = "errand_editions"
PAUSE_SECONDS: Final = 5.0
"""Wait before a lost or failed connection is tried again."""

log = structlog.get_logger()


async def keep_listening(
    url: str, on_notice: Callable[[], None], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Call `on_notice` after each publication of an edition, on a connection of its own, until cancelled.

    Return at once if the database is SQLite, which sends no notices.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "postgresql":
        return
    address = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    options = {name: value for name, value in POSTGRESQL_CONNECT.items() if name not in parsed.query}
    is_away = False
    while True:
        try:
            async with AsyncExitStack() as stack:
                connection = await stack.enter_async_context(await _connect(address, options))
                await connection.execute(f"LISTEN {CHANNEL}")
                is_away = False
                on_notice()  # for notices that were sent before this process listened
                async for _ in connection.notifies():
                    on_notice()
        except (psycopg.Error, OSError) as error:
            if not is_away:  # logged once, not every five seconds
                log.info("notices_away", error=type(error).__name__)
            is_away = True
        await sleep(PAUSE_SECONDS)


async def _connect(address: str, options: Mapping[str, Any]) -> psycopg.AsyncConnection[Any]:
    # The keepalives notice a server that vanishes. Otherwise a connection that only listens would wait for ever.
    return await psycopg.AsyncConnection.connect(address, autocommit=True, **options)
