"""The open loop sends what is due whatever the answers do, and waiting counts from when it was due."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.benchmarks.mix import INTENT
from tests.benchmarks.offered import OpenLoadOrder
from tests.benchmarks.open_load import run

ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{"degraded":false}'
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def at_once(writer: asyncio.StreamWriter) -> None:
    writer.write(ANSWER)


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


@contextlib.asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[int]:
    """The port of a server that reads requests and has them answered so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
                await reader.readexactly(int(length.partition(b": ")[2]))
                await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
def texts(tmp_path: Path) -> str:
    file = tmp_path / "texts.txt"
    file.write_text("where is it\ncancel it\n", encoding="utf-8")
    return str(file)


def an_order(port: int, texts: str, most_connections: int = 200) -> OpenLoadOrder:
    """Some eighty requests."""
    return OpenLoadOrder(
        port=port,
        texts=texts,
        shares={INTENT: 1.0},
        rate=400.0,
        seconds=0.2,
        warm_up_seconds=0.0,
        deadline_seconds=30.0,
        most_connections=most_connections,
    )


async def test_nobody_waits_for_the_answers_of_others(texts: str) -> None:
    """Twenty requests come although none is answered before the twentieth is there."""
    come, all_there = 0, asyncio.Event()

    async def when_all_are_there(writer: asyncio.StreamWriter) -> None:
        nonlocal come
        come += 1
        if come == 20:
            all_there.set()
        await all_there.wait()
        writer.write(ANSWER)

    async with answering(when_all_are_there) as port:
        told = await run(an_order(port, texts))

    figures = told.kinds[INTENT]
    assert figures.offered >= 20
    assert figures.statuses == {"200": figures.offered}
    assert told.most_connections >= 20


async def test_the_bound_on_connections_makes_requests_wait_and_drops_none(texts: str) -> None:
    """One connection carries them all, one after another, and the first answer comes after all are due."""
    is_first = True

    async def slow_at_first(writer: asyncio.StreamWriter) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            await asyncio.sleep(0.3)  # longer than the whole order
        writer.write(ANSWER)

    async with answering(slow_at_first) as port:
        told = await run(an_order(port, texts, most_connections=1))

    figures = told.kinds[INTENT]
    assert figures.statuses == {"200": figures.offered}
    assert told.most_connections == 1
    assert figures.p50_ms > 100, "all were due within 200 ms, and none was answered within 300"


async def test_what_is_cut_off_is_lost_and_the_rest_goes_on(texts: str) -> None:
    """Each request that gets no answer counts as one."""
    async with answering(hangs_up) as port:
        figures = (await run(an_order(port, texts))).kinds[INTENT]

    assert figures.statuses == {"lost": figures.offered}
    assert figures.goodput == 0.0


async def test_where_nobody_listens_nothing_is_connected(texts: str) -> None:
    """Rather than an error that ends the run."""
    async with answering(at_once) as port:
        pass

    figures = (await run(an_order(port, texts))).kinds[INTENT]

    assert figures.statuses == {"not connected": figures.offered}
