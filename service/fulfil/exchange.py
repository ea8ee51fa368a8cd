"""One HTTP exchange with a system behind a rung: whatever comes back, or does not, becomes a value."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from service import __version__
from service.fulfil.address import AddressRefusedError
from service.fulfil.call_body import InvalidAnswer, Result, read_answer
from service.fulfil.call_outcome import Answered, CallOutcome, Failed, FailureKind, Refused, RetryLater
from service.fulfil.network import TlsFailedError
from service.fulfil.retry import read_retry_after

MAX_ANSWER_BYTES: Final = 64 * 1024
LONGEST_CONNECT_SECONDS: Final = 3.0
"""Enough for one lost packet; a destination that takes longer is away."""
HEADERS: Final[Mapping[str, str]] = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": f"errand/{__version__}",
}
"""Of every request."""

_LATER: Final = frozenset({408, 425, 429})
_FAILURES: Final[Mapping[type[Exception], FailureKind]] = {
    AddressRefusedError: FailureKind.ADDRESS_REFUSED,
    TlsFailedError: FailureKind.TLS,
    httpx.TimeoutException: FailureKind.TIMEOUT,
    httpx.ConnectError: FailureKind.CONNECT,
    httpx.TransportError: FailureKind.CUT,
}
"""The first that fits tells the kind."""


def http_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client of one destination: no proxies, no redirects, and no cookies, for calls have nothing to do with each
    other."""
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
    """What a destination answered, or how it failed. Must never be cancelled; see `network`."""
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
    """The body that a destination answers when it is only asked for something, or how it failed.

    Must never be cancelled; see `network`.
    """
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
        return Failed(kind=FailureKind.INVALID_ANSWER, detail=str(answer))
    if answer.result is Result.RETRY_LATER:
        return RetryLater(after_seconds=answer.retry_after_seconds)
    return Answered(answer=answer)


async def _body_of(response: httpx.Response) -> bytes | Failed:
    if _is_encoded(response):
        return Failed(kind=FailureKind.INVALID_ANSWER, detail="Content-Encoding: Compressed, which was not asked for.")
    body = await _read(response)
    if body is None:
        return Failed(kind=FailureKind.TOO_LARGE, detail=f"More than {MAX_ANSWER_BYTES} bytes.")
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
    kind = FailureKind.REDIRECT if response.is_redirect else FailureKind.STATUS
    return Failed(kind=kind, status=response.status_code, retry_after_seconds=retry_after_seconds)


def _failed(error: Exception) -> Failed:
    kind = next(kind for failure, kind in _FAILURES.items() if isinstance(error, failure))
    ours = isinstance(error, (AddressRefusedError, TlsFailedError))
    return Failed(kind=kind, detail=str(error) if ours else "")


async def _use_up(response: httpx.Response) -> None:
    """Read a body that nobody wants, if it is short: only then can the connection be used again."""
    with suppress(httpx.TransportError):  # The status has said it all.
        if not _is_encoded(response):
            await _read(response)


def _is_encoded(response: httpx.Response) -> bool:
    """A few bytes can unpack to a great many, so that the limit would mean nothing."""
    encoding: str = response.headers.get("Content-Encoding", "identity")
    return encoding.lower() != "identity"


async def _read(response: httpx.Response) -> bytes | None:
    """The body; `None`, and no more than the limit read, where it is larger."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    return bytes(body)
