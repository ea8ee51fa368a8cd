"""Bodies of a call to a fulfilment system and of its answer, both in JSON. HTTP stays outside.

Body of the call, sent by POST:

    {"delivery_id": "…", "attempt": 1, "decision_id": "…", "intent": "find_product", "path": "find_product",
     "rung": "stock-lookup", "channel": "chat", "details": {fields that the rung needs},
     "learned": {data that earlier rungs handed on}, "deadline_ms": 2000}

Body of the answer, with a status of 200 to 299. Other fields are ignored:

    {"result": "served" | "cannot_serve" | "retry_later" | "needs_customer",
     "say": one or two sentences to the customer, "data": {data to hand on to later rungs},
     "needs": [{"field": "…", "why": "…"}] with needs_customer, "retry_after_seconds": 30 with retry_later}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, get_args

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import PydanticCustomError

from service.catalogue.fields import Text
from service.catalogue.schema import Need
from service.domain.delivery import DeliveryOutcome
from service.domain.understanding import Channel

MAX_DATA_BYTES: Final = 8 * 1024
MAX_LEARNED_BYTES: Final = 32 * 1024
MAX_DEPTH: Final = 4
"""Levels of nested objects and lists. The outermost object is level 1."""
MAX_NEEDS: Final = 10


def _result(value: Any, read: ValidatorFunctionWrapHandler) -> DeliveryOutcome:
    try:
        outcome: DeliveryOutcome = read(value)
    except ValidationError:
        # Pydantic's own message would show the members as Python prints them.
        raise PydanticCustomError("literal_error", "Input should be one of {all}.", {"all": _RESULTS}) from None
    return outcome


_Result = Literal[
    DeliveryOutcome.SERVED, DeliveryOutcome.CANNOT_SERVE, DeliveryOutcome.RETRY_LATER, DeliveryOutcome.NEEDS_CUSTOMER
]
_RESULTS: Final = ", ".join(f"'{outcome}'" for outcome in get_args(_Result))
AnswerResult = Annotated[_Result, WrapValidator(_result)]
"""The outcomes that a fulfilment system may answer, written in JSON as their values."""


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
"""Text that a header can carry."""


class Delivery(BaseModel):
    """One errand on its way to one rung. Attempts differ in `attempt` only."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    delivery_id: Identifier
    """The same for every attempt. Sent as `Idempotency-Key` too, and as `webhook-id` with a signed call."""
    attempt: Annotated[int, Field(ge=1)]
    """Number of calls made for this delivery, this call included."""
    decision_id: Identifier
    intent: str | None
    """`None` if the contact has no goal yet."""
    path: str
    rung: str
    channel: Channel | None
    details: Data
    """The fields that the rung names in its `needs`."""
    learned: Learned
    """Data that earlier rungs handed on: see `handed_on`."""

    def body(self, *, deadline_ms: int) -> bytes:
        """JSON to send."""
        return orjson.dumps({**self.model_dump(), "deadline_ms": deadline_ms})


class NeedIn(Need):
    """A fact that the customer has to tell, and the reason."""

    model_config = ConfigDict(extra="ignore")


class Answer(BaseModel):
    """Answer of a fulfilment system, within the limits."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    result: AnswerResult
    say: Annotated[Text | None, Field(repr=False)] = None
    """One or two sentences to the customer."""
    data: Data = Field(default_factory=dict)
    """Data to hand on to later rungs."""
    needs: Annotated[tuple[NeedIn, ...], Field(max_length=MAX_NEEDS, validate_default=True, repr=False)] = ()
    retry_after_seconds: Annotated[float, Field(ge=0)] | None = None

    @field_validator("needs")
    @classmethod
    def _says_what_it_needs(cls, needs: tuple[NeedIn, ...], info: ValidationInfo) -> tuple[NeedIn, ...]:
        if info.data.get("result") is DeliveryOutcome.NEEDS_CUSTOMER and not needs:
            raise PydanticCustomError("missing", "Needed with needs_customer: at least one field and why.")
        return needs


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidAnswer:
    """An unusable answer: the place and the problem, free of the answer's content."""

    field: str
    """Dotted name of the field. Empty if the problem is the body as a whole."""
    problem: str

    def __str__(self) -> str:
        return f"{self.field or 'body'}: {self.problem}"


def read_answer(body: bytes) -> Answer | InvalidAnswer:
    """The answer in the body of a response. Every body gives an answer or an `InvalidAnswer`."""
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
    """Data to tell the next rung: `learned` of earlier rungs, with the new `data` added.

    New values replace old values of the same name. If the result is too large for a delivery, the oldest values are
    dropped.
    """
    merged = {**{name: value for name, value in learned.items() if name not in data}, **data}
    while len(orjson.dumps(merged)) > MAX_LEARNED_BYTES:
        del merged[next(iter(merged))]
    return merged
