"""A connection of uvicorn with less work for each answer: one write, and early refusals without a task."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.server.edge import Edge, TurnedAway
from service.server.request_head import GuardedConnection, written

HEAD_END = b"\r\n\r\n"


class Connection(GuardedConnection):
    """Asks the `edge` of its application for early refusals, and writes them at once."""

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
        """Return the refusal to write at once, or `None` if the request must be handled normally.

        Requests that were sent together are handled normally: each early answer would start the next from within.
        """
        edge: Edge | None = getattr(self.app, "edge", None)  # missing if something is wrapped around the application
        return None if edge is None or self.pipeline else edge.find_refusal(cast("dict[str, Any]", cycle.scope))


class JoiningTransport:
    """Sends the head of an answer together with its body, if the body follows at once.

    Everything else is passed on to `transport`.
    """

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
