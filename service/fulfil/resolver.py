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
"""Gives the addresses of a host, best first. It may block. Raises OSError or UnicodeError for an unknown name."""

MAX_ADDRESSES: Final = 3
"""Most addresses of one host: a call has time to try three."""


def look_up(host: str) -> Sequence[str]:
    """Look up a host by the operating system, in its order of preference (RFC 6724)."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class Resolver:
    """Looks names up in its own threads: an absent name server holds up one thread for each name, and only those."""

    def __init__(self, look_up: LookUp = look_up, *, threads: int = 4) -> None:
        self._look_up = look_up
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="errand-names")
        self._pending: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def addresses(self, host: str, *, within_seconds: float) -> Sequence[Address]:
        """At most three addresses, best first. Raises TimeoutError, or OSError or UnicodeError for an unknown name."""
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
        """Drop waiting look-ups. A look-up that hangs is left to itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self, host: str, future: asyncio.Future[Sequence[str]]) -> None:
        del self._pending[host]
        if not future.cancelled():
            future.exception()  # Read the error: the caller may be gone, and asyncio would log the error as lost.
