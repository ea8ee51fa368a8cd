"""Names of hosts as addresses, looked up off the event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Final, TypeAlias

from service.fulfil.address import Address, as_address

LookUp: TypeAlias = Callable[[str], Sequence[str]]
"""Addresses of a host, best first; may block, and raises OSError or UnicodeError for a name that has none."""

MAX_ADDRESSES: Final = 3
"""Of one host: more would not be tried within the time of a call."""


def look_up(host: str) -> Sequence[str]:
    """As the operating system does, in the order that it prefers (RFC 6724)."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class Resolver:
    """Has threads of its own: a name server that is away holds up nothing else, and one thread for each name."""

    def __init__(self, look_up: LookUp = look_up, *, threads: int = 4) -> None:
        self._look_up = look_up
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="errand-names")
        self._pending: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def addresses(self, host: str, *, within_seconds: float) -> Sequence[Address]:
        """At most three, best first. Raises TimeoutError, or OSError or UnicodeError where there is none."""
        written = as_address(host)
        if written is not None:
            return (written,)
        future = self._pending.get(host)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(self._pool, self._look_up, host)
            self._pending[host] = future
            future.add_done_callback(partial(self._forget, host))
        await asyncio.wait({future}, timeout=within_seconds)
        if not future.done():
            raise TimeoutError
        found = dict.fromkeys(ip_address(text) for text in future.result())
        return tuple(found)[:MAX_ADDRESSES]

    def close(self) -> None:
        """Drop what waits; a look-up that hangs is left to itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self, host: str, future: asyncio.Future[Sequence[str]]) -> None:
        del self._pending[host]
        if not future.cancelled():
            future.exception()  # Who waited may have gone away; a name without addresses is no news then.
