"""Whatever a fulfilment system does becomes a value of a closed set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from service.domain.delivery import DeliveryOutcome
from service.fulfil.address import AddressRefusedError
from service.fulfil.call_body import Answer
from service.fulfil.call_outcome import Answered, CallOutcome, Failed, Refused, RetryLater
from service.fulfil.exchange import MAX_ANSWER_BYTES, exchange, http_client
from service.fulfil.network import TlsFailedError
from tests.support.fulfilment import AMPLE_SECONDS

UNIX_NOW = 1_760_000_000.0
CANARY = "Ottoline-4471"


async def outcome_of(answer: httpx.Response | Exception) -> CallOutcome:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with http_client(httpx.MockTransport(handle)) as http:
        return await exchange(
            http,
            url="https://stock.example/lookup",
            body=b"{}",
            headers={},
            timeout_seconds=AMPLE_SECONDS,
            unix_now=UNIX_NOW,
        )


def says(content: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=content)


@pytest.mark.parametrize(
    ("response", "outcome", "reason"),
    [
        (says({"result": "served"}), Answered(answer=Answer(result=DeliveryOutcome.SERVED)), "done"),
        (says({"result": "served"}, 201), Answered(answer=Answer(result=DeliveryOutcome.SERVED)), "any success"),
        (says({"result": "cannot_serve"}), Answered(answer=Answer(result=DeliveryOutcome.CANNOT_SERVE)), "one too"),
        (says({"result": "retry_later"}), RetryLater(after_seconds=None), "some time"),
        (
            says({"result": "retry_later", "retry_after_seconds": 30}),
            RetryLater(after_seconds=30.0),
            "at a time that it names",
        ),
        (httpx.Response(408), RetryLater(after_seconds=None), "it waited in vain for the request"),
        (httpx.Response(425), RetryLater(after_seconds=None), "too early"),
        (httpx.Response(429), RetryLater(after_seconds=None), "too many"),
        (httpx.Response(429, headers={"Retry-After": "7"}), RetryLater(after_seconds=7.0), "seconds"),
        (
            httpx.Response(429, headers={"Retry-After": "Thu, 09 Oct 2025 08:53:50 GMT"}),
            RetryLater(after_seconds=30.0),
            "a date",
        ),
        (httpx.Response(429, headers={"Retry-After": "soon"}), RetryLater(after_seconds=None), "no time"),
        *(
            (httpx.Response(status), Refused(status=status), "for good")
            for status in (400, 401, 403, 404, 409, 410, 422, 499)
        ),
        *(
            (httpx.Response(status), Failed(kind=DeliveryOutcome.STATUS, status=status), "its fault")
            for status in (500, 502, 503, 504, 599)
        ),
        (
            httpx.Response(503, headers={"Retry-After": "11"}),
            Failed(kind=DeliveryOutcome.STATUS, status=503, retry_after_seconds=11.0),
            "its fault, and it says how long",
        ),
        (httpx.Response(101), Failed(kind=DeliveryOutcome.STATUS, status=101), "no answer"),
        *(
            (
                httpx.Response(status, headers={"Location": "https://stock.example/elsewhere"}),
                Failed(kind=DeliveryOutcome.REDIRECT, status=status),
                "not followed",
            )
            for status in (301, 302, 303, 307, 308)
        ),
        (
            httpx.Response(200, text="<html>"),
            Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail="body: Not JSON in UTF-8."),
            "a page",
        ),
        (
            httpx.Response(204),
            Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail="body: Not JSON in UTF-8."),
            "says nothing",
        ),
        (
            says({"result": "needs_customer", "needs": [{"field": CANARY}]}),
            Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail="needs.0.why: Field required"),
            "names the field, not what is in it",
        ),
        (AddressRefusedError("No."), Failed(kind=DeliveryOutcome.ADDRESS_REFUSED, detail="No."), "may not be called"),
        (TlsFailedError("expired"), Failed(kind=DeliveryOutcome.TLS, detail="expired"), "TLS says why"),
        (httpx.ConnectTimeout(CANARY), Failed(kind=DeliveryOutcome.TIMEOUT), "connecting"),
        (httpx.ReadTimeout(CANARY), Failed(kind=DeliveryOutcome.TIMEOUT), "reading"),
        (httpx.WriteTimeout(CANARY), Failed(kind=DeliveryOutcome.TIMEOUT), "writing"),
        (httpx.PoolTimeout(CANARY), Failed(kind=DeliveryOutcome.TIMEOUT), "no connection in time"),
        (httpx.ConnectError(CANARY), Failed(kind=DeliveryOutcome.CONNECT), "nobody there"),
        (httpx.ReadError(CANARY), Failed(kind=DeliveryOutcome.CUT), "gone in the middle"),
        (httpx.WriteError(CANARY), Failed(kind=DeliveryOutcome.CUT), "gone in the middle"),
        (httpx.RemoteProtocolError(CANARY), Failed(kind=DeliveryOutcome.CUT), "not HTTP"),
    ],
)  # fmt: skip
async def test_whatever_comes_becomes_a_value(
    response: httpx.Response | Exception, outcome: CallOutcome, reason: str
) -> None:
    """Statuses, bodies and broken connections."""
    assert await outcome_of(response) == outcome, reason


@pytest.mark.parametrize(
    ("size", "is_read"), [(MAX_ANSWER_BYTES, True), (MAX_ANSWER_BYTES + 1, False)], ids=["the most", "one more"]
)
async def test_an_answer_has_a_size(*, size: int, is_read: bool) -> None:
    """64 KiB, spaces counted."""
    body = b'{"result": "served"}'.ljust(size)

    outcome = await outcome_of(httpx.Response(200, content=body))

    assert isinstance(outcome, Answered) is is_read
    assert is_read or outcome == Failed(kind=DeliveryOutcome.TOO_LARGE, detail="More than 65536 bytes.")


@pytest.mark.parametrize("status", [200, 404])
async def test_no_more_is_read_than_the_limit(status: int) -> None:
    """Whoever sends for ever is left alone, whatever the status."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 1024

    await outcome_of(httpx.Response(status, content=endless()))

    assert read == 65


@pytest.mark.parametrize("status", [200, 404])
async def test_nothing_is_unpacked(status: int) -> None:
    """A few bytes can unpack to gigabytes; nobody asked for them to be packed."""

    async def packed() -> AsyncIterator[bytes]:
        raise AssertionError("It is not read at all.")
        yield b""

    outcome = await outcome_of(httpx.Response(status, content=packed(), headers={"Content-Encoding": "gzip"}))

    assert outcome in (
        Refused(status=404),
        Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail="Content-Encoding: Compressed, which was not asked for."),
    )


async def test_a_body_that_breaks_off_does_not_change_what_the_status_said() -> None:
    """It is read for the connection's sake only."""

    async def breaks_off() -> AsyncIterator[bytes]:
        yield b"{"
        raise httpx.ReadError("gone")

    assert await outcome_of(httpx.Response(404, content=breaks_off())) == Refused(status=404)
