"""A TCP proxy on loopback that stands between Errand and its database, and is a bad network when it is told to be."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

HOST = "127.0.0.1"
PIECE_BYTES = 16 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What happens to everything that is sent, in both directions."""

    delay_seconds: float = 0.0
    bytes_per_second: float = math.inf
    """Of each direction of each connection."""
    is_dark: bool = False
    """Nothing arrives and nobody is told; when it is light again all of it arrives, as TCP would have repeated it."""
    is_refusing: bool = False
    """New connections are reset."""


FAIR = Weather()
DARK = Weather(is_dark=True)


class Proxy:
    """Passes connections on to a port; `running_proxy` makes one."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._weather = FAIR
        self._light = asyncio.Event()
        self._light.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """Passed on at this moment."""
        return len(self._open) // 2

    @contextlib.contextmanager
    def weather(self, weather: Weather) -> Iterator[None]:
        """From now on, for connections that are open too; fair again afterwards."""
        self._turn(weather)
        try:
            yield
        finally:
            self._turn(FAIR)

    def cut(self) -> int:
        """Reset every connection, on both sides; how many there were."""
        cut = self.connections
        for writer in self._open:
            reset(writer)
        return cut

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._light.wait()
            if not self._weather.is_refusing:
                await self._pass_on(reader, writer)
        finally:
            self._serving.discard(task)
            reset(writer)

    async def close(self) -> None:
        self._turn(FAIR)
        while self._serving:
            self.cut()
            await asyncio.wait(self._serving, timeout=0.1)

    def _turn(self, weather: Weather) -> None:
        self._weather = weather
        if weather.is_dark:
            self._light.clear()
        else:
            self._light.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:
            return
        both = {writer, far_writer}
        self._open |= both
        pumps = {
            asyncio.create_task(self._pump(reader, far_writer)),
            asyncio.create_task(self._pump(far_reader, writer)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open -= both
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await close(far_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                await asyncio.sleep(self._weather.delay_seconds + len(piece) / self._weather.bytes_per_second)
                await self._light.wait()
                writer.write(piece)
                await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close without a farewell: the other side gets an RST."""
    transport = writer.transport
    if not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()


async def close(writer: asyncio.StreamWriter) -> None:
    """As a process does that ends in order."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def running_proxy(target: int) -> AsyncIterator[Proxy]:
    """In this event loop, on a free port, in fair weather."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, HOST, 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
