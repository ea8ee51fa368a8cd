"""What a fulfilment system is asked, and what it may answer: JSON both ways. How it gets there is not known here.

Asked, by POST:

    {"delivery_id": "…", "attempt": 1, "decision_id": "…", "intent": "find_product", "path": "find_product",
     "rung": "stock-lookup", "channel": "chat", "details": {what the rung needs}, "learned": {what earlier rungs
     handed on}, "deadline_ms": 2000}

Answered, with a status of 200 to 299; fields that are not named here are ignored:

    {"result": "served" | "cannot_serve" | "retry_later" | "needs_customer",
     "say": one or two sentences to the customer, "data": {what to hand on to later rungs},
     "needs": [{"field": "…", "why": "…"}] with needs_customer, "retry_after_seconds": 30 with retry_later}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from service.catalogue.fields import Text
from service.catalogue.schema import Need
from service.domain.understanding import Channel

MAX_DATA_BYTES: Final = 8 * 1024
MAX_LEARNED_BYTES: Final = 32 * 1024
MAX_DEPTH: Final = 4
"""Objects and lists inside one another, the outermost counted."""
MAX_NEEDS: Final = 10


class Result(StrEnum):
    """What became of the errand at this rung."""

    SERVED = "served"
    CANNOT_SERVE = "cannot_serve"
    """Not here; the next rung is tried."""
    RETRY_LATER = "retry_later"
    NEEDS_CUSTOMER = "needs_customer"
    """Only with something that the customer has to tell."""


def _bounded(most_bytes: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        if _is_deeper_than(MAX_DEPTH, value):
            raise PydanticCustomError("too_deep", "Nested deeper than {levels} levels.", {"levels": MAX_DEPTH})
        try:
            size = len(orjson.dumps(value))
        except TypeError as error:
            raise PydanticCustomError("not_json", "Holds what JSON cannot hold.") from error
        if size > most_bytes:
            raise PydanticCustomError("too_large", "Larger than {most} bytes as JSON.", {"most": most_bytes})
        return value

    return check


def _is_deeper_than(levels: int, value: Any) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper_than(levels - 1, inner) for inner in value)


Data = Annotated[dict[str, Any], AfterValidator(_bounded(MAX_DATA_BYTES)), Field(repr=False)]
Learned = Annotated[dict[str, Any], AfterValidator(_bounded(MAX_LEARNED_BYTES)), Field(repr=False)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,255}$")]
"""Fit for a header."""


class Delivery(BaseModel):
    """One errand on its way to one rung; the same for every attempt but for `attempt`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    delivery_id: Identifier
    """The same for every attempt, and sent as `Idempotency-Key`."""
    attempt: Annotated[int, Field(ge=1)]
    """Counts the calls that were really made, this one included."""
    decision_id: Identifier
    intent: str | None
    """`None` where no goal was understood."""
    path: str
    rung: str
    channel: Channel | None
    details: Data
    """The fields that the rung names in its `needs`."""
    learned: Learned
    """What earlier rungs handed on; see `handed_on`."""

    def body(self, *, deadline_ms: int) -> bytes:
        """JSON as sent."""
        return orjson.dumps({**self.model_dump(), "deadline_ms": deadline_ms})


class NeedIn(Need):
    """What the customer has to tell, and why."""

    model_config = ConfigDict(extra="ignore")


class Answer(BaseModel):
    """What a fulfilment system answered, within its limits."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    result: Result
    say: Annotated[Text | None, Field(repr=False)] = None
    """One or two sentences to the customer."""
    data: Data = Field(default_factory=dict)
    """To be handed on to later rungs."""
    needs: Annotated[tuple[NeedIn, ...], Field(max_length=MAX_NEEDS, validate_default=True, repr=False)] = ()
    retry_after_seconds: Annotated[float, Field(ge=0)] | None = None

    @field_validator("needs")
    @classmethod
    def _says_what_it_needs(cls, needs: tuple[NeedIn, ...], info: ValidationInfo) -> tuple[NeedIn, ...]:
        if info.data.get("result") is Result.NEEDS_CUSTOMER and not needs:
            raise PydanticCustomError("missing", "Needed with needs_customer: at least one field and why.")
        return needs


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidAnswer:
    """An answer that cannot be used; tells where and why, and nothing of what was in it."""

    field: str
    """Dotted place; empty for the body as a whole."""
    problem: str

    def __str__(self) -> str:
        return f"{self.field or 'body'}: {self.problem}"


def read_answer(body: bytes) -> Answer | InvalidAnswer:
    """The answer in the body of a response; never raises, whatever the body is."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return InvalidAnswer(field="", problem="Not JSON in UTF-8.")
    if not isinstance(content, dict):
        return InvalidAnswer(field="", problem="Not a JSON object.")
    try:
        return Answer.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return InvalidAnswer(field=".".join(str(step) for step in first["loc"]), problem=first["msg"])


def handed_on(learned: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What the next rung is told: what was learned before and, before it where both say something, the new.

    Where the whole would be too large for a delivery, what was learned first gives way.
    """
    merged = {**{name: value for name, value in learned.items() if name not in data}, **data}
    while len(orjson.dumps(merged)) > MAX_LEARNED_BYTES:
        del merged[next(iter(merged))]
    return merged
