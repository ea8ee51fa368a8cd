"""Every endpoint with the scope that it needs. What is not in here is refused to everybody once there are keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from service.domain.key import Scope

Endpoint: TypeAlias = tuple[str, str]
"""Method and address, with the names of ids in braces."""
OPEN: Final = None
"""Needs no key. Outcomes are told with the decision's own token."""
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
    ("POST", "/content/check"): Scope.CHECK_CONTENT,
    ("GET", "/reports/outcomes"): Scope.READ_REPORTS,
}
OUTCOME: Final = ("POST", "/decisions/{decision_id}/outcome")
RECEIPTS: Final = frozenset({("GET", "/contacts/{contact_id}"), ("DELETE", "/contacts/{contact_id}")})
"""What a contact may do with its own: its token stands in for a key."""
PATTERNS: Final = [
    (method, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))), template)
    for method, template in ENDPOINTS
    if "{" in template
]


class NoEndpointError(LookupError):
    """The table has no such method and address."""


def endpoint_of(method: str, path: str) -> Endpoint:
    """The endpoint that a request is for. NoEndpointError if the table does not have it."""
    method = "GET" if method == "HEAD" else method
    if (method, path) in ENDPOINTS:
        return method, path
    for own, pattern, template in PATTERNS:
        if own == method and pattern.fullmatch(path):
            return method, template
    raise NoEndpointError
