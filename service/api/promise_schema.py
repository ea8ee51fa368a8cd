"""Requests and answers about promises, as they are validated and described to callers."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from service.domain.promise import PromiseKind, PromiseState

STATES = ", ".join(PromiseState)


def _states(text: str) -> str:
    if not set(text.split(",")) <= set(PromiseState):
        raise PydanticCustomError("unknown_state", "Name states, separated by commas: {states}.", {"states": STATES})
    return text


class PromisesIn(BaseModel):
    """The promises to list."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    state: Annotated[str, Field(max_length=100), AfterValidator(_states)] | None = Field(
        default=None, description=f"One state or several, separated by commas: {STATES}.", examples=["due,late"]
    )
    desk: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9_-]+$")] | None = Field(
        default=None, description="The queue whose people keep it, or the rung that promised."
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="At most so many.")
    after: Annotated[str, Field(max_length=200)] | None = Field(default=None, description="`next` of the page before.")


class PromiseOut(BaseModel):
    id: str
    kind: PromiseKind
    state: PromiseState = Field(description="`late` is one that is due or claimed after its due time.")
    desk: str = Field(description="The queue whose people keep it, or the rung that promised.")
    goal: str | None
    path: str
    rung: int
    decision_id: str
    due_at: str
    made_at: str
    by: str | None = Field(description="The desk that holds it, or has ended it.")
    claimed_at: str | None
    ended_at: str | None
    has_detail: bool = Field(description="Whether a number or address is held for it, sealed.")


class PromisesOut(BaseModel):
    promises: list[PromiseOut] = Field(description="By due time, the earliest first.")
    next: str | None = Field(description="`after` of the next page; null on the last one.")


class ClaimedPromiseOut(PromiseOut):
    detail: str | None = Field(description="The number or address that the customer left.")


class PromiseIn(BaseModel):
    """The desk that acts on a promise."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    by: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = Field(
        default=None,
        description="A label of the desk, without names of customers. Default: the key.",
        examples=["desk-3"],
    )
