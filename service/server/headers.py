"""Headers of every answer, and headers that let pages of known websites read an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from starlette.responses import Response

from service.access.endpoint import ENDPOINTS, OPEN, RECEIPTS
from service.domain.key import SCOPES, Role

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
ALWAYS: Final[Headers] = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
NOT_STORED: Final = (b"cache-control", b"no-store")
PREFLIGHT_SECONDS: Final = 600
WEBSITE_METHODS: Final = ", ".join(
    sorted(
        {
            endpoint[0]
            for endpoint, scope in ENDPOINTS.items()
            if scope is OPEN or scope in SCOPES[Role.WEBSITE] or endpoint in RECEIPTS
        }
    )
)
WEBSITE_HEADERS: Final = (
    "Authorization, Contact-Token, Content-Type, Outcome-Token, X-Request-Id, X-Request-Timeout-Ms, traceparent"
)


def with_security(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with the headers of every answer. JSON is kept out of every cache."""
    is_json = any(name == b"content-type" and b"json" in value for name, value in headers)
    return [*headers, *ALWAYS, NOT_STORED] if is_json else [*headers, *ALWAYS]


def cors(origin: bytes | None) -> Headers:
    """Return the headers that let pages of a known origin read an answer. They are empty without an origin."""
    if origin is None:
        return ()
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"X-Request-Id, Retry-After"),
        (b"vary", b"Origin"),
    )


def preflight_response() -> Response:
    """Answer a preflight with the methods and headers that a page may send. Cookies are left out."""
    allowed = {
        "Access-Control-Allow-Methods": WEBSITE_METHODS,
        "Access-Control-Allow-Headers": WEBSITE_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    return Response(status_code=204, headers=allowed)
