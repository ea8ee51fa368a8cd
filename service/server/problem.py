"""Refusals as RFC 9457 problem details: a stable code, the field at fault and the mend, without the customer's text."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

import orjson
from fastapi import Response
from pydantic import ValidationError

from service.errors import InvalidRequestError, MalformedBodyError, RefusalError

MEDIA_TYPE = "application/problem+json"


def problem_response(refusal: RefusalError) -> Response:
    """Return the HTTP answer of a refusal."""
    body: dict[str, Any] = {
        "type": f"urn:errand:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    if refusal.field is not None:
        body["field"] = refusal.field
    if refusal.mend is not None:
        body["mend"] = refusal.mend
    headers = dict(refusal.headers)
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    return Response(orjson.dumps(body), refusal.status, headers, media_type=MEDIA_TYPE)


PLAIN_NAME = re.compile(r"(?!.*[0-9]{5})[A-Za-z0-9_.-]{1,40}")
"""Names that may be repeated. Any other key may hold a customer's words or number, if a form sends them as names."""
MENDS = {
    "extra_forbidden": "Leave this field out; the fields are listed at /docs.",
    "missing": "Add this field.",
    "string_type": "Send a string.",
    "string_too_short": "Send at least one character that is not a blank.",
    "blank": "Send at least one character that is not a blank.",
    "string_too_long": "Send a shorter text.",
    "too_long": "Send fewer items.",
    "too_short": "Send at least one item.",
}


def refusal_of(error: ValidationError) -> RefusalError:
    """Return the first mistake of a request as a refusal, without the value that was sent."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    named = list(takewhile(_is_plain, map(str, first["loc"])))
    field = ".".join(named) or "body"
    if first["type"] == "json_invalid":
        return MalformedBodyError("The body is not JSON in UTF-8.", field="body", mend="Send a JSON object.")
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden" and len(named) < len(first["loc"]):
        message = "an unknown field, whose name is not repeated"
    more = error.error_count() - 1
    detail = f"{field}: {message}" + (f" (and {more} more)" if more else "")
    return InvalidRequestError(detail, field=field, mend=MENDS.get(first["type"], "See the schema at /docs."))


def _is_plain(name: str) -> bool:
    return PLAIN_NAME.fullmatch(name) is not None
