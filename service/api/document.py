"""OpenAPI for routes that read and write bytes themselves: the document says what they take and give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api.problem import MEDIA_TYPE
from service.api.schema import ContentIn, IntentBatchIn, IntentIn, OutcomeIn, ProblemOut, RerouteIn, RouteIn

REFUSALS = {
    400: "The body cannot be read",
    404: "Nothing is held under that id",
    409: "The key or the number was used for another request, or turns of the contact are out of order",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A field is not valid",
    503: "Overloaded, or the database is away",
}
HURRIED = (IntentIn, IntentBatchIn, RouteIn)
BODIES = (*HURRIED, ContentIn, OutcomeIn, RerouteIn)
DEADLINE_HEADER = {"X-Request-Timeout-Ms": "Milliseconds, 1 to 60000; the shorter of this and deadline_ms counts."}
ALWAYS = (503,)
WITH_BODY = (400, 413, 415, 422)


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
    """Arguments of a route decorator that describe a body read, and an answer written, as bytes."""
    problems = {*statuses, *ALWAYS, *(WITH_BODY if body is not None else (422,))} - set(other or ())
    responses: dict[int | str, Any] = {200: {"model": answer}}
    responses |= {status: {"model": model} for status, model in (other or {}).items()}
    schema = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    responses |= {status: {"description": REFUSALS[status], "content": {MEDIA_TYPE: schema}} for status in problems}
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
    """The OpenAPI document, made once, with the schemas that routes only refer to."""
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
        app.openapi_schema = made
    return app.openapi_schema
