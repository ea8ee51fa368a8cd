"""Answers about the data held of a contact, as they are described to callers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from service.api.schema import EffortOut, TextOut
from service.domain.ledger import GoalState
from service.domain.promise import PromiseKind, PromiseState


class HeldGoalOut(BaseModel):
    intent: str
    state: GoalState


class HeldTextOut(TextOut):
    decision_id: str


class HeldPromiseOut(BaseModel):
    id: str
    kind: PromiseKind
    goal: str | None
    state: PromiseState
    due_at: str
    has_detail: bool = Field(description="Whether a number or address is held for it, sealed.")


class ContactOut(BaseModel):
    turns: int
    asked: bool = Field(description="Whether the one clarifying question was put.")
    goals: list[HeldGoalOut]
    decisions: list[str]
    texts: list[HeldTextOut] = Field(description="Empty where the catalogue says store_text: never.")
    promises: list[HeldPromiseOut]
    effort: EffortOut
    held_until: str | None


class ErasedOut(BaseModel):
    """Numbers of entries that were erased, or lost their link to the contact."""

    goals: int
    decisions: int
    events: int
    promises: int = Field(description="Open ones are withdrawn, and their numbers and addresses are destroyed.")
