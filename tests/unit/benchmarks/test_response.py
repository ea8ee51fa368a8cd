"""Responses are read to their end however the network cuts them, and what cannot be read is refused."""

from __future__ import annotations

import pytest

from tests.benchmarks.response import ResponseReader, UnreadableResponseError

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\ncontent-type: application/json\r\n\r\n" + b'{"a": "\xc3\xa9"}'


@pytest.mark.parametrize("cut", range(1, len(WHOLE)))
def test_response_in_two_packets_is_read_when_the_second_is_in(cut: int) -> None:
    """Wherever the cut is: in the status line, in the head, between head and body, in a character."""
    reader = ResponseReader()

    assert reader.feed(WHOLE[:cut]) is None
    assert reader.feed(WHOLE[cut:]) == 200


def test_response_byte_by_byte_and_then_another() -> None:
    """Nothing of one response is left for the next."""
    reader = ResponseReader()

    statuses = [reader.feed(WHOLE[at : at + 1]) for at in range(len(WHOLE))]

    assert statuses == [None] * (len(WHOLE) - 1) + [200]
    assert reader.feed(WHOLE.replace(b"200 OK", b"503 Service Unavailable")) == 503


@pytest.mark.parametrize(
    ("response", "status", "reason"),
    [
        (b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", 429, "no body, and a name in capitals"),
        (b"HTTP/1.1 200 OK\r\nx: 1\r\ncontent-length:2\r\n\r\n{}", 200, "no blank before the length, which is last"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2 \r\nx: 1\r\n\r\n{}", 200, "a blank after the length"),
    ],
)
def test_heads_that_servers_write(response: bytes, status: int, reason: str) -> None:
    assert ResponseReader().feed(response) == status, reason


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", id="chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n{}", id="a length that is no number"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1", id="more than was asked for"),
        pytest.param(b"SSH-2.0-OpenSSH\r\ncontent-length: 0\r\n\r\n", id="another protocol"),
    ],
)
def test_what_is_not_one_response_with_a_length_is_refused(response: bytes) -> None:
    with pytest.raises(UnreadableResponseError):
        ResponseReader().feed(response)
