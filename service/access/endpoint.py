"""Table of every endpoint with the scope that it needs. Once there are keys, any other address is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from service.domain.key import Scope

Endpoint: TypeAlias = tuple[str, str]
"""Method and address, with the names of ids in braces."""
OPEN: Final = None
"""Scope of endpoints without a key. An outcome is told with the decision's own token."""
ENDPOINTS: Final[Mapping[Endpoint, Scope | None]] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/{file}"): OPEN,
    ("GET", "/redoc"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/metrics"): Scope.READ_METRICS,
    ("POST", "/intent"): Scope.INTENT,
    ("POST", "/intent/batch"): Scope.INTENT_BATCH,
    ("POST", "/route"): Scope.ROUTE,
    ("GET", "/decisions/{decision_id}"): Scope.READ_DECISIONS,
    ("POST", "/decisions/{decision_id}/outcome"): OPEN,
    ("POST", "/decisions/{decision_id}/reroute"): Scope.REROUTE,
    ("GET", "/contacts/{contact_id}"): Scope.READ_CONTACTS,
    ("DELETE", "/contacts/{contact_id}"): Scope.ERASE_CONTACTS,
    ("GET", "/promises"): Scope.READ_PROMISES,
    ("POST", "/promises/{promise_id}/claim"): Scope.HANDLE_PROMISES,
    ("POST", "/promises/{promise_id}/keep"): Scope.HANDLE_PROMISES,
    ("POST", "/promises/{promise_id}/release"): Scope.HANDLE_PROMISES,
    ("POST", "/promises/{promise_id}/fail"): Scope.HANDLE_PROMISES,
    ("POST", "/content/check"): Scope.CHECK_CONTENT,
    ("GET", "/reports/outcomes"): Scope.READ_REPORTS,
}
OUTCOME: Final = ("POST", "/decisions/{decision_id}/outcome")
RECEIPTS: Final = frozenset({("GET", "/contacts/{contact_id}"), ("DELETE", "/contacts/{contact_id}")})
"""Endpoints at which the token of a contact stands in for a key."""
PATTERNS: Final = [
    (method, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))), template)
    for method, template in ENDPOINTS
    if "{" in template
]


class NoEndpointError(LookupError):
    """Method and address are missing from the table."""


def endpoint_of(method: str, path: str) -> Endpoint:
    """Return the endpoint of a request. Raises NoEndpointError if the table lacks it."""
    method = "GET" if method == "HEAD" else method
    if (method, path) in ENDPOINTS:
        return method, path
    for own, pattern, template in PATTERNS:
        if own == method and pattern.fullmatch(path):
            return method, template
    raise NoEndpointError
