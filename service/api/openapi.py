"""OpenAPI for routes that read and write bytes themselves: describes their requests and their answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.access.endpoint import ENDPOINTS, OPEN, OUTCOME, RECEIPTS, Endpoint
from service.api.link import link
from service.api.promise_schema import PromiseIn
from service.api.schema import ContentIn, IntentBatchIn, IntentIn, OutcomeIn, ProblemOut, RerouteIn, RouteIn
from service.domain.key import roles_with
from service.server.problem import MEDIA_TYPE

REFUSALS = {
    400: "The body cannot be read",
    401: "A key is needed, and none that is good was sent",
    403: "The key's role may not do this, or not from this page",
    404: "Nothing is held under that id",
    408: "The body did not come in time",
    409: "The key or the number was used for another request, or turns of the contact are out of order, "
    "or another desk holds the promise, or it has ended",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A field is not valid",
    429: "More requests than may be made for now, or too many bad keys and tokens from this network",
    503: "Overloaded, or the database is away",
}
HURRIED = (IntentIn, IntentBatchIn, RouteIn)
BODIES = (*HURRIED, ContentIn, OutcomeIn, PromiseIn, RerouteIn)
DEADLINE_HEADER = {"X-Request-Timeout-Ms": "Milliseconds, 1 to 60000; the shorter of this and deadline_ms counts."}
ALWAYS = (503,)
WITH_BODY = (400, 408, 413, 415, 422)
WITH_KEY = (401, 403, 429)
KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key that `errand keys create` made. None is needed while there are no keys.",
}
CONTACT_TOKEN_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "Contact-Token",
    "description": "The contact_token of a contact, as /route answered it: its own right to its receipt.",
}
PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}


def described(
    body: type[BaseModel] | None,
    answer: type[BaseModel],
    *,
    summary: str,
    description: str,
    headers: Mapping[str, str] | None = None,
    statuses: Iterable[int] = (),
    other: Mapping[int, type[BaseModel]] | None = None,
) -> dict[str, Any]:
    """Return arguments of a route decorator that describe a body read, and an answer written, as bytes."""
    problems = {*statuses, *ALWAYS, *(WITH_BODY if body is not None else (422,))} - set(other or ())
    responses: dict[int | str, Any] = {200: {"model": answer}}
    responses |= {status: {"model": model} for status, model in (other or {}).items()}
    responses |= {status: {"description": REFUSALS[status], "content": PROBLEM} for status in problems}
    extra: dict[str, Any] = {}
    headers = {**(DEADLINE_HEADER if body in HURRIED else {}), **(headers or {})}
    if body is not None:
        reference = {"$ref": f"#/components/schemas/{body.__name__}"}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    if headers:
        extra["parameters"] = [
            {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        ]
    return {
        "summary": summary,
        "description": description,
        "responses": responses,
        "response_class": Response,
        "openapi_extra": extra,
    }


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once, with the schemas that routes only refer to."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
        )
        _, definitions = models_json_schema(
            [(model, "validation") for model in (*BODIES, ProblemOut)], ref_template="#/components/schemas/{model}"
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas |= definitions["$defs"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        made["components"]["securitySchemes"] = {"key": KEY_SCHEME, "contact_token": CONTACT_TOKEN_SCHEME}
        for operation, endpoint in operations_of(made):
            guard(operation, endpoint)
        link(made)
        app.openapi_schema = made
    return app.openapi_schema


def operations_of(made: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Endpoint]]:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            yield operation, (method.upper(), path)


def guard(operation: dict[str, Any], endpoint: Endpoint) -> None:
    """Describe the roles that may call, whether a token suffices, and the refusals of other callers."""
    scope = ENDPOINTS.get(endpoint, OPEN)
    if endpoint == OUTCOME:
        announce(operation, (429,))
    if scope is OPEN:
        return
    roles = ", ".join(f"`{role}`" for role in roles_with(scope))
    needs = f"Needs a key with the scope `{scope}`, which these roles have: {roles}."
    operation["security"] = [{"key": [scope.value]}]
    if endpoint in RECEIPTS:
        needs += " Or the contact's own token, and then no key: a wrong one is answered as if nothing were held."
        operation["security"].append({"contact_token": []})
    operation["description"] = f"{operation.get('description', '')} {needs}".strip()
    announce(operation, WITH_KEY)


def announce(operation: dict[str, Any], statuses: Iterable[int]) -> None:
    operation["responses"] |= {
        str(status): {"description": REFUSALS[status], "content": PROBLEM} for status in statuses
    }
