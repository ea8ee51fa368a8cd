"""The outermost layer: request ids, keys, limits, refusals as problem details, and a count of every answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.request_access import PRINCIPAL, Access
from service.domain.key import Principal
from service.errors import AccessError, BodyTooLargeError, MalformedBodyError, RefusalError
from service.measure.instruments import Instruments
from service.server.admission import Admission, overloaded
from service.server.headers import Headers, cors, preflight_response, with_security
from service.server.problem import problem_response

MAX_BODY = 64 * 1024
MAX_CONTACT_BODY = 512 * 1024
"""Bytes of a contact, which may be a mail with all its markup."""
CONTACTS = frozenset({"/intent", "/route"})
"""Addresses that take whole contacts."""
MAX_LENGTH_DIGITS = 12
CLIENT_CLOSED_REQUEST = 499
EXEMPT = frozenset({"/healthz", "/readyz", "/metrics"})
"""Addresses that are answered even while all other requests are refused."""
REQUEST_ID_HEADER = b"x-request-id"
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")

Lanes = Mapping[tuple[str, str], Callable[[Request], Awaitable[Response]]]
"""Functions by method and address. The edge calls them directly, past the framework's routing."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The whole answer to a request that is refused before it is handled."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class InternalError(RefusalError):
    """An unexpected error. Its details are in the log, under the request id."""

    code = "internal_error"
    status = 500
    title = "Something went wrong here"


class Edge:
    """Wraps the whole application as pure ASGI, and answers its busiest addresses in a lane of their own."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        lanes: Lanes,
        instruments: Instruments,
        paths: frozenset[str],
        admission: Admission,
        access_log: bool,
    ) -> None:
        self._app = app
        self._lanes = lanes
        self._instruments = instruments
        self._admission = admission
        self._access_log = access_log
        self._paths = paths

    def find_refusal(self, scope: Scope) -> TurnedAway | None:
        """Return the 503 answer to send if the worker is full, or `None` if the request must be handled normally.

        Probes are handled normally. So are methods other than POST, whose answers may lack a body, and requests of
        browsers, which need CORS headers to read the answer.
        """
        if self._admission.has_room or scope["method"] != "POST" or scope["path"] in EXEMPT:
            return None
        headers = dict(scope["headers"])
        if b"origin" in headers:
            return None
        request_id = _request_id(headers)
        response = problem_response(overloaded())
        self._count(scope, headers, response.status_code, request_id, 0.0)
        sent = [*with_security(response.raw_headers), (REQUEST_ID_HEADER, request_id.encode())]
        return TurnedAway(status=response.status_code, headers=sent, body=bytes(response.body))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        answer = _EdgeAnswer(send, request_id)
        self._admission.enter()
        try:
            access: Access = scope["app"].state.access
            answer.cors = cors(access.known_origin(headers))
            if scope["path"] not in EXEMPT:
                self._admission.require_room()
            if access.is_preflight(scope, headers):
                await preflight_response()(scope, receive, answer.send)
                return
            await access.admit(scope, headers)
            most = MAX_CONTACT_BODY if scope["path"] in CONTACTS else MAX_BODY
            refuse_declared_length(headers.get(b"content-length", b"0"), most)
            lane = self._lanes.get((scope["method"], scope["path"]))
            if lane is None:
                await self._app(scope, _counted(receive, most), answer.send)
            else:
                response = await lane(Request(scope, _counted(receive, most)))
                await response(scope, receive, answer.send)
        except RefusalError as refusal:
            if isinstance(refusal, AccessError):
                self._instruments.refused[refusal.code].inc()
            await answer.refuse(refusal, scope, receive)
        except ClientDisconnect:
            answer.status = CLIENT_CLOSED_REQUEST  # the caller is gone
        except Exception as error:  # noqa: BLE001  (the one place where anything is caught, told and answered)
            kind = type(error).__name__
            log.error("internal_error", request_id=request_id, kind=kind, at=_place(error))  # noqa: TRY400  (its message may quote a text)
            await answer.refuse(InternalError("The request could not be answered."), scope, receive)
        finally:
            self._admission.leave()
            self._count(scope, headers, answer.status, request_id, perf_counter() - started)

    def _count(self, scope: Scope, headers: dict[bytes, bytes], status: int, request_id: str, seconds: float) -> None:
        endpoint = getattr(scope.get("route"), "path", None)
        if endpoint is None:  # refused before it was matched
            endpoint = scope["path"] if scope["path"] in self._paths else "unmatched"
        self._instruments.count_request(endpoint, status, seconds)
        if self._access_log:
            principal: Principal | None = scope.get(PRINCIPAL)
            log.info(
                "answered",
                request_id=request_id,
                trace_id=_trace_id(headers),
                key_id=None if principal is None else principal.key_id,
                method=scope["method"],
                endpoint=endpoint,
                status=status,
                milliseconds=round(seconds * 1000, 2),
            )


class _EdgeAnswer:
    """Sends one answer, and adds the request id and the headers that protect its reader."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._header = (REQUEST_ID_HEADER, request_id.encode())
        self.cors: Headers = ()
        """Headers that let a website's page read the answer."""
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*with_security(message["headers"]), self._header, *self.cors]
        await self._send(message)

    async def refuse(self, refusal: RefusalError, scope: Scope, receive: Receive) -> None:
        """Send the refusal, unless an answer has begun already."""
        if not self.status:
            await problem_response(refusal)(scope, receive, self.send)


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id")
    if given is not None and REQUEST_ID.fullmatch(given):
        return given.decode()
    return secrets.token_hex(8)


def _trace_id(headers: Mapping[bytes, bytes]) -> str | None:
    found = TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
    return None if found is None else found[1].decode()


def _counted(receive: Receive, most: int) -> Receive:
    """Refuse a body that turns out longer than allowed, even if its headers declare less."""
    received = 0

    async def count() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise _too_large(most)
        return message

    return count


def refuse_declared_length(declared: bytes, most: int) -> None:
    """Raise a refusal if Content-Length is not a number, or is larger than a body may be."""
    if not declared.isdigit():
        raise MalformedBodyError(
            "Content-Length is not a number.", field="Content-Length", mend="Leave it to the client."
        )
    if len(declared) > MAX_LENGTH_DIGITS or int(declared) > most:
        raise _too_large(most)


def _too_large(most: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"The body is larger than {most} bytes.", field="body", mend="Send the newest turns only.")


def _place(error: BaseException) -> str:
    """Return file and line of an error's origin. Its message may quote a text, and is left out of the log."""
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
