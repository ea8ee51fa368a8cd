"""The bad network does what it is told, to a server that only says back what it hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.faults.proxy import DARK, Proxy, Weather, running_proxy
from tests.support.fulfilment import until

AMPLE_SECONDS = 30.0


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async def say_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(100):
            writer.write(heard)
        writer.close()

    server = await asyncio.start_server(say_back, "127.0.0.1", 0)
    async with server, running_proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


class Talk:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, proxy: Proxy) -> Talk:
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    def say(self, word: bytes) -> None:
        self._writer.write(word)

    async def hear(self, length: int) -> bytes:
        async with asyncio.timeout(AMPLE_SECONDS):
            return await self.reader.readexactly(length)

    def end(self) -> None:
        self._writer.transport.abort()


async def test_in_fair_weather_everything_arrives(proxy: Proxy) -> None:
    """In both directions."""
    talk = await Talk.begin(proxy)
    talk.say(b"hello")

    assert await talk.hear(5) == b"hello"
    assert proxy.connections == 1
    talk.end()
    await until(lambda: proxy.connections == 0)


async def test_what_is_cut_is_reset(proxy: Proxy) -> None:
    """Not closed in order; a new connection is passed on."""
    talk = await Talk.begin(proxy)
    talk.say(b"hello")
    await talk.hear(5)

    assert proxy.cut() == 1

    with pytest.raises(ConnectionResetError):
        await talk.hear(1)
    talk.end()
    again = await Talk.begin(proxy)
    again.say(b"again")
    assert await again.hear(5) == b"again"
    again.end()


async def test_what_was_sent_in_the_dark_arrives_afterwards(proxy: Proxy) -> None:
    """On a connection that was open before, and on one that was begun in the dark."""
    before = await Talk.begin(proxy)
    before.say(b"hello")
    await before.hear(5)

    with proxy.weather(DARK):
        before.say(b"dark")
        during = await Talk.begin(proxy)
        during.say(b"dark")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await before.reader.readexactly(1)

    assert await before.hear(4) == await during.hear(4) == b"dark"
    before.end()
    during.end()


async def test_who_is_refused_is_reset(proxy: Proxy) -> None:
    """Right after the connection was made."""
    with proxy.weather(Weather(is_refusing=True)):
        talk = await Talk.begin(proxy)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await talk.hear(1)
    talk.end()


@pytest.mark.parametrize(
    ("weather", "least_seconds"), [(Weather(delay_seconds=0.1), 0.2), (Weather(bytes_per_second=50), 0.2)]
)
async def test_slow_is_slow_in_both_directions(proxy: Proxy, weather: Weather, least_seconds: float) -> None:
    """Never faster than the delay of the way there and back, or than the bytes take."""
    talk = await Talk.begin(proxy)
    with proxy.weather(weather):
        started = time.monotonic()
        talk.say(b"hello")
        assert await talk.hear(5) == b"hello"

    assert time.monotonic() - started >= least_seconds
    talk.end()
