"""HTTP/1.1 responses, read no further than needed: the status, and where the answer ends."""

from __future__ import annotations

HEAD_END = b"\r\n\r\n"
STATUS_LINE = b"HTTP/1.1 "
LENGTH = b"\r\ncontent-length:"


class UnreadableResponseError(Exception):
    """What came is not one response with a length."""


class ResponseReader:
    """Reads one response after another from a connection that never has two on the way."""

    def __init__(self) -> None:
        self._kept = b""
        self.whole = b""
        """The last response that was read to its end."""

    def feed(self, packet: bytes) -> int | None:
        """The status once the response is whole, else `None`. Raises UnreadableResponseError."""
        data = self._kept + packet if self._kept else packet
        head_end = data.find(HEAD_END)
        missing = 1 if head_end < 0 else head_end + len(HEAD_END) + _length(data, head_end) - len(data)
        if missing > 0:
            self._kept = data
            return None
        if missing < 0:
            raise UnreadableResponseError("More came than was announced.")
        self._kept = b""
        self.whole = data
        return _status(data)


def _status(data: bytes) -> int:
    digits = data[len(STATUS_LINE) : len(STATUS_LINE) + 3]
    if not data.startswith(STATUS_LINE) or not digits.isdigit():
        raise UnreadableResponseError("The status line is not one of HTTP/1.1.")
    return int(digits)


def _length(data: bytes, head_end: int) -> int:
    at = data.find(LENGTH, 0, head_end)  # uvicorn writes lower case; others are lowered first
    if at < 0:
        data = data[:head_end].lower()
        at = data.find(LENGTH)
    digits = data[at + len(LENGTH) : _line_end(data, at, head_end)].strip()
    if at < 0 or not digits.isdigit():
        raise UnreadableResponseError("The response has no Content-Length.")
    return int(digits)


def _line_end(data: bytes, at: int, head_end: int) -> int:
    end = data.find(b"\r\n", at + len(LENGTH), head_end)
    return head_end if end < 0 else end
