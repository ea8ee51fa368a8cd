"""Limits on the head of a request, which is its address and headers: on its size, and on its time to arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.errors import HeadTooLargeError, MalformedHeadError, RefusalError, SlowHeadError
from service.server.headers import with_security
from service.server.problem import problem_response

MOST_BYTES: Final = 32 * 1024
MOST_HEADERS: Final = 100
HEAD_SECONDS: Final = 10.0
"""Longest time from the first byte of a head to its last, and from a new connection to its first byte."""


class GuardedConnection(HttpToolsProtocol):
    """Refuses a head that is too large, too slow or malformed, and closes the connection.

    The refusal is a problem like any other, and is sent before the application sees the request.
    """

    _is_in_head = True
    """Whether a head is awaited, as on a new connection."""
    _bytes_of_head = 0
    _timer: asyncio.TimerHandle | None = None
    _refusal: RefusalError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._is_in_head
        super().data_received(data)
        if not self._is_in_head:
            if self._timer is not None:
                self._end_waiting()
            return
        self._bytes_of_head += len(data) if was_in_head else 1  # the body before it may be in the same piece
        if self._bytes_of_head > MOST_BYTES:
            self._refuse(too_large())
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        if len(self.headers) > MOST_HEADERS or size_of(self.url, self.headers) > MOST_BYTES:
            self._refusal = too_large()
            raise self._refusal  # the parser stops here, and calls send_400_response
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or MalformedHeadError("What came is no HTTP request.", mend="Use an HTTP client."))

    def _give_up(self) -> None:
        self._timer = None
        if self._bytes_of_head:
            self._refuse(SlowHeadError(f"The headers did not come within {HEAD_SECONDS:g} seconds."))
        else:
            self.transport.close()  # a caller that sent nothing gets no answer

    def _end_waiting(self) -> None:
        self._bytes_of_head = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, refusal: RefusalError) -> None:
        if self.transport.is_closing():
            return
        response = problem_response(refusal)
        headers = [*self.server_state.default_headers, *with_security(response.raw_headers)]
        self.transport.write(written(response.status_code, headers, bytes(response.body)))
        self.transport.close()


def written(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Return a whole answer as it goes over the connection."""
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    return b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body)


def size_of(url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    return len(url) + sum([len(name) + len(value) for name, value in headers])


def too_large() -> HeadTooLargeError:
    return HeadTooLargeError(
        f"Address and headers are more than {MOST_BYTES} bytes, or the headers more than {MOST_HEADERS}.",
        mend="Send what belongs to the contact in the body.",
    )
