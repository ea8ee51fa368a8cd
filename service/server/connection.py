"""A connection as uvicorn has it, with less to do for each answer: one write, and no task for who is turned away."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.server.edge import Edge, TurnedAway
from service.server.request_head import GuardedConnection, written

HEAD_END = b"\r\n\r\n"


class Connection(GuardedConnection):
    """For an application with an `edge`, which says whom it turns away whatever they want."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        joining = JoiningTransport(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", joining))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        answer = self._find_refusal(cycle)
        if answer is None:
            super()._start_asgi_task(cycle, app)
            return
        headers = [*cycle.default_headers, *answer.headers]
        if not cycle.keep_alive:
            headers.append((b"connection", b"close"))
        self.transport.write(written(answer.status, headers, answer.body))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _find_refusal(self, cycle: RequestResponseCycle) -> TurnedAway | None:
        """`None` also for one of many requests that were sent at once: each would answer the next from within."""
        edge: Edge | None = getattr(self.app, "edge", None)  # there is none where something is wrapped around it
        return None if edge is None or self.pipeline else edge.find_refusal(cast("dict[str, Any]", cycle.scope))


class JoiningTransport:
    """Sends the head of an answer together with its body, where that comes at once; does all else as `transport`."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        elif data.endswith(HEAD_END):
            self._head = data
            self._loop.call_soon(self._send_head)  # its body may come later, or never
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)
