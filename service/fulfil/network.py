"""Connections for calls: only to checked addresses, and only as long as the call lasts.

The timeouts of httpx limit a single read, rather than a call. A server that sends one byte a second would hold a call
for ever. Cancelling from outside would lose the connection's place in the pool for good (seen in httpcore 1.0.9).
Therefore each read and write here gets the time that is left of the call.
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, Protocol

import httpcore
import httpx

from service.fulfil.address import Address, AddressPolicy
from service.fulfil.resolver import Resolver

CALL_ENDS_AT: Final[ContextVar[float]] = ContextVar("call_ends_at", default=math.inf)
"""End of the call that the running task carries out, by the clock of the network."""
KEEP_ALIVE_SECONDS: Final = 4.0
"""Common servers close idle connections after five seconds."""


class TlsFailedError(Exception):
    """A trusted, encrypted connection failed to open, or broke. The message comes from the TLS library."""


class Network(httpcore.AsyncNetworkBackend):
    """Looks names up, checks every address of a name, and connects to a checked address only.

    The pool above knows destinations by name, so the Host header and the name in TLS are right. A name is looked up
    once for each connection: a second look-up could give an unchecked address.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        resolver: Resolver,
        clock: Callable[[], float],
        wires: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._clock = clock
        self._wires = wires or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        ends_at = self._clock() + self.left(timeout, httpcore.ConnectTimeout)
        addresses = await self._addresses(host, within_seconds=ends_at - self._clock())
        self._policy.check(host, addresses)
        for position, address in enumerate(addresses, start=1):
            share = max(0.0, ends_at - self._clock()) / (len(addresses) - position + 1)
            try:
                stream = await self._wires.connect_tcp(
                    str(address), port, timeout=share, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses):
                    raise
            else:
                return BoundedStream(stream, self)
        raise httpcore.ConnectError("The name has no address.")

    async def _addresses(self, host: str, *, within_seconds: float) -> tuple[Address, ...]:
        try:
            return tuple(await self._resolver.addresses(host, within_seconds=within_seconds))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("The name was not found in time.") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The name was not found.") from error

    def left(self, timeout: float | None, expired: type[httpcore.TimeoutException]) -> float:
        """Seconds that the next operation may take. Raises `expired` if the call is over."""
        seconds = CALL_ENDS_AT.get() - self._clock()
        if seconds <= 0:
            raise expired("The time of the call is over.")
        return seconds if timeout is None else min(seconds, timeout)


class BoundedStream(httpcore.AsyncNetworkStream):
    """A connection whose operations end with their call."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        try:
            return await self._stream.read(max_bytes, self._network.left(timeout, httpcore.ReadTimeout))
        except ssl.SSLError as error:
            raise TlsFailedError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        try:
            await self._stream.write(buffer, self._network.left(timeout, httpcore.WriteTimeout))
        except ssl.SSLError as error:
            raise TlsFailedError(str(error)) from error

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        left = self._network.left(timeout, httpcore.ConnectTimeout)
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, left)
        except httpcore.ConnectError as error:
            raise TlsFailedError(str(error)) from error
        return BoundedStream(stream, self._network)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PoolTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx, over a pool of connections to one destination."""

    def __init__(self, *, network: Network, tls: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx has no parameter for what httpcore calls the network backend.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=network,
        )


class OpenTransport(Protocol):
    """Opens a pool for so many connections."""

    def __call__(self, *, connections: int) -> PoolTransport: ...


@asynccontextmanager
async def open_network(allowed_hosts: Sequence[str]) -> AsyncIterator[OpenTransport]:
    """Opens pools of real connections to public and allowed addresses. A worker opens one network, before its pools.

    Raises SettingsError for an entry other than a name or a network.
    """
    policy, resolver = AddressPolicy(allowed_hosts), Resolver()
    network = Network(policy=policy, resolver=resolver, clock=time.monotonic)
    try:
        yield partial(PoolTransport, network=network, tls=httpx.create_ssl_context())
    finally:
        resolver.close()
