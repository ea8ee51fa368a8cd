"""The body of a request: read once as bytes, and validated straight from the bytes."""

from __future__ import annotations

import asyncio
import re
from time import perf_counter
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from service.api.schema import IntentIn
from service.context import Context
from service.domain.understanding import Speaker
from service.errors import InvalidRequestError, SlowBodyError, UnsupportedMediaTypeError
from service.pipeline.incoming import RawTurn
from service.server.problem import refusal_of

Model = TypeVar("Model", bound=BaseModel)

MAX_HEADER_DEADLINE_MS = 60_000
ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
MILLISECONDS = re.compile(r"[0-9]{1,6}")


async def read_json(request: Request, model: type[Model]) -> tuple[Model, bytes]:
    """Return the validated body and its bytes. Raises a RefusalError that names the field, or says that it was slow."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaTypeError(
            "The body is not declared as JSON.", field="Content-Type", mend="Send Content-Type: application/json."
        )
    context: Context = request.app.state.context
    seconds = context.settings.body_seconds
    try:
        async with asyncio.timeout(seconds):
            body = await request.body()
    except TimeoutError:
        raise SlowBodyError(
            f"The body did not come within {seconds:g} seconds.", field="body", mend="Send it at once."
        ) from None
    try:
        return model.model_validate_json(body), body
    except ValidationError as error:
        if _is_malformed(error) and (mended := with_whole_characters(body)) != body:
            return validated(model, mended), body
        raise refusal_of(error) from None


def validated(model: type[Model], body: bytes) -> Model:
    """The validated body. Raises a RefusalError that names the field."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refusal_of(error) from None


def with_whole_characters(body: bytes) -> bytes:
    """The body with halves of surrogate pairs replaced. A client that cuts a text may cut an emoji in two."""
    pieces: list[bytes] = []
    position = 0
    escapes = list(ESCAPE.finditer(body))
    units = [int(found[1], 16) if found[1] else 0 for found in escapes]
    for place, (found, unit) in enumerate(zip(escapes, units, strict=True)):
        if not 0xD800 <= unit <= 0xDFFF:
            continue
        is_high = unit < 0xDC00
        other = place + 1 if is_high else place - 1
        is_near = 0 <= other < len(escapes) and (
            escapes[other].start() == found.end() if is_high else escapes[other].end() == found.start()
        )
        if not (is_near and (units[other] >= 0xDC00 if is_high else 0xD800 <= units[other] < 0xDC00)):
            pieces += [body[position : found.start()], b"\\ufffd"]
            position = found.end()
    return b"".join([*pieces, body[position:]])


def _is_malformed(error: ValidationError) -> bool:
    return any(each["type"] == "json_invalid" for each in error.errors(include_url=False, include_input=False))


def raw_turns(contact: IntentIn) -> tuple[RawTurn, ...]:
    """Return the turns of a request. A bare text is one turn of the customer."""
    if contact.text is None and contact.turns is None:
        return ()  # the customer has chosen an option instead
    if contact.turns is None:
        return (RawTurn(speaker=Speaker.CUSTOMER, raw_text=contact.text or ""),)
    return tuple(RawTurn(speaker=turn.speaker, raw_text=turn.text) for turn in contact.turns)


def named_seconds(request: Request, deadline_ms: int | None) -> float | None:
    """Return the caller's deadline: the shorter of the field and `X-Request-Timeout-Ms`, or `None` without either."""
    header = request.headers.get("x-request-timeout-ms")
    if header is not None:
        if not MILLISECONDS.fullmatch(header) or not 1 <= int(header) <= MAX_HEADER_DEADLINE_MS:
            raise InvalidRequestError(
                "X-Request-Timeout-Ms is not a whole number of milliseconds from 1 to 60000.",
                field="X-Request-Timeout-Ms",
                mend="Send milliseconds, for example 800.",
            )
        deadline_ms = min(int(header), deadline_ms or MAX_HEADER_DEADLINE_MS)
    return None if deadline_ms is None else deadline_ms / 1000


def left_of(seconds: float, came_at: float) -> float:
    """Return the rest of a limit for a request that came at `came_at` by `perf_counter`, and may have waited."""
    return max(seconds - (perf_counter() - came_at), 0.0)
