"""HTTP for the load: one request, and its answer or none, over connections that are kept open."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

HOST = "127.0.0.1"
ANSWER_SECONDS = 20.0
"""Longer than Errand lets its callers wait, so that it is never the caller who is impatient."""
IDLE_SECONDS = 2.0
"""After which a connection is not used again: Errand closes them after five."""


class NoAnswerError(Exception):
    """The connection was refused or lost, or nothing came: what became of the request is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    kept_at: float = 0.0


class Caller:
    """Of one port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []

    async def post(self, path: str, body: bytes, *, key: str) -> Answered:
        """With `key` as Idempotency-Key. NoAnswerError if none came."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nIdempotency-Key: {key}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._exchange(head.encode() + body)
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise NoAnswerError from error

    def close(self) -> None:
        for connection in self._idle:
            connection.writer.transport.abort()
        self._idle.clear()

    async def _exchange(self, request: bytes) -> Answered:
        connection = await self._connection()
        is_kept = False
        try:
            connection.writer.write(request)
            answered, is_kept = await read_answer(connection.reader)
        finally:
            if is_kept:
                kept_at = asyncio.get_running_loop().time()
                self._idle.append(Connection(connection.reader, connection.writer, kept_at))
            else:
                connection.writer.transport.abort()
        return answered

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            is_fresh = connection.kept_at + IDLE_SECONDS > asyncio.get_running_loop().time()
            if is_fresh and not connection.writer.is_closing() and not connection.reader.at_eof():
                return connection
            connection.writer.transport.abort()
        return Connection(*await asyncio.open_connection(HOST, self._port))


async def read_answer(reader: asyncio.StreamReader) -> tuple[Answered, bool]:
    """And whether the connection stays open; EOFError if it ends too early."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Answered(status=int(first.split()[1]), body=body), headers.get("connection") != "close"
