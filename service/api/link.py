"""Links of the OpenAPI document: values in an answer of `/route` that other requests take."""

from __future__ import annotations

from typing import Any, Final

DECISION_ID: Final = {"decision_id": "$response.body#/decision_id"}
CONTACT_ID: Final = {"contact_id": "$response.body#/contact_id"}
OUTCOME: Final = {"result": "done", "outcome_token": "$response.body#/outcome_token"}
LINKS: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("decision", "get", "/decisions/{decision_id}", {"parameters": DECISION_ID}),
    ("outcome", "post", "/decisions/{decision_id}/outcome", {"parameters": DECISION_ID, "requestBody": OUTCOME}),
    ("reroute", "post", "/decisions/{decision_id}/reroute", {"parameters": DECISION_ID}),
    ("contact", "get", "/contacts/{contact_id}", {"parameters": CONTACT_ID}),
    ("erase", "delete", "/contacts/{contact_id}", {"parameters": CONTACT_ID}),
)


def link(made: dict[str, Any]) -> None:
    """Add to a document the requests to which an answer of `/route` leads."""
    paths = made["paths"]
    routed = paths["/route"]["post"]["responses"]["200"]
    routed["links"] = {
        name: {"operationId": paths[path][method]["operationId"], **given} for name, method, path, given in LINKS
    }
