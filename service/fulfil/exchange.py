"""One HTTP exchange with a system behind a rung. Every answer and every failure becomes a value."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from service import __version__
from service.domain.delivery import DeliveryOutcome
from service.fulfil.address import AddressRefusedError
from service.fulfil.call_body import InvalidAnswer, read_answer
from service.fulfil.call_outcome import Answered, CallOutcome, Failed, Refused, RetryLater
from service.fulfil.network import TlsFailedError
from service.fulfil.retry import read_retry_after

MAX_ANSWER_BYTES: Final = 64 * 1024
LONGEST_CONNECT_SECONDS: Final = 3.0
"""Enough for one lost packet. A destination that needs longer counts as away."""
HEADERS: Final[Mapping[str, str]] = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": f"errand/{__version__}",
}
"""Headers of every request."""

_LATER: Final = frozenset({408, 425, 429})
_FAILURES: Final[Mapping[type[Exception], DeliveryOutcome]] = {
    AddressRefusedError: DeliveryOutcome.ADDRESS_REFUSED,
    TlsFailedError: DeliveryOutcome.TLS,
    httpx.TimeoutException: DeliveryOutcome.TIMEOUT,
    httpx.ConnectError: DeliveryOutcome.CONNECT,
    httpx.TransportError: DeliveryOutcome.CUT,
}
"""Outcomes by exception. The first match counts."""


def http_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client of one destination without proxies, redirects and cookies: calls are independent of each other."""
    nothing = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, cookies=nothing)


async def exchange(
    http: httpx.AsyncClient,
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout_seconds: float,
    unix_now: float,
) -> CallOutcome:
    """Outcome of a POST: an answer or a failure. The caller must never cancel it: see `network`."""
    timeout = _timeout(timeout_seconds)
    try:
        async with http.stream("POST", url, content=body, headers=headers, timeout=timeout) as response:
            if response.is_success:
                return await _answer_in(response)
            await _use_up(response)
            return _declined(response, unix_now)
    except tuple(_FAILURES) as error:
        return _failed(error)


async def fetch(http: httpx.AsyncClient, *, url: str, timeout_seconds: float) -> bytes | Failed:
    """Body that a destination answers to a GET, or its failure. The caller must never cancel it: see `network`."""
    try:
        async with http.stream("GET", url, headers=HEADERS, timeout=_timeout(timeout_seconds)) as response:
            if response.is_success:
                return await _body_of(response)
            await _use_up(response)
            return _failed_by(response)
    except tuple(_FAILURES) as error:
        return _failed(error)


def _timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds / 2, LONGEST_CONNECT_SECONDS))


async def _answer_in(response: httpx.Response) -> CallOutcome:
    body = await _body_of(response)
    if isinstance(body, Failed):
        return body
    answer = read_answer(body)
    if isinstance(answer, InvalidAnswer):
        return Failed(kind=DeliveryOutcome.INVALID_ANSWER, detail=str(answer))
    if answer.result is DeliveryOutcome.RETRY_LATER:
        return RetryLater(after_seconds=answer.retry_after_seconds)
    return Answered(answer=answer)


async def _body_of(response: httpx.Response) -> bytes | Failed:
    if _is_encoded(response):
        return Failed(
            kind=DeliveryOutcome.INVALID_ANSWER, detail="Content-Encoding: Compressed, which was not asked for."
        )
    body = await _read(response)
    if body is None:
        return Failed(kind=DeliveryOutcome.TOO_LARGE, detail=f"More than {MAX_ANSWER_BYTES} bytes.")
    return body


def _declined(response: httpx.Response, unix_now: float) -> CallOutcome:
    status = response.status_code
    retry_after_seconds = read_retry_after(response.headers.get("Retry-After"), now=unix_now)
    if status in _LATER:
        return RetryLater(after_seconds=retry_after_seconds)
    if response.is_client_error:
        return Refused(status=status)
    return _failed_by(response, retry_after_seconds)


def _failed_by(response: httpx.Response, retry_after_seconds: float | None = None) -> Failed:
    kind = DeliveryOutcome.REDIRECT if response.is_redirect else DeliveryOutcome.STATUS
    return Failed(kind=kind, status=response.status_code, retry_after_seconds=retry_after_seconds)


def _failed(error: Exception) -> Failed:
    kind = next(kind for failure, kind in _FAILURES.items() if isinstance(error, failure))
    ours = isinstance(error, (AddressRefusedError, TlsFailedError))
    return Failed(kind=kind, detail=str(error) if ours else "")


async def _use_up(response: httpx.Response) -> None:
    """Read an unwanted body if it is short: the connection can then be used again."""
    with suppress(httpx.TransportError):  # The status has said it all.
        if not _is_encoded(response):
            await _read(response)


def _is_encoded(response: httpx.Response) -> bool:
    """Whether the body is compressed. A few bytes can unpack to very many, past the limit."""
    encoding: str = response.headers.get("Content-Encoding", "identity")
    return encoding.lower() != "identity"


async def _read(response: httpx.Response) -> bytes | None:
    """The body. `None` if it is over the limit: reading then stops at the limit."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    return bytes(body)
