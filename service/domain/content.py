"""The judgement on a sentence that is said to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ContentKind(StrEnum):
    """What a sentence to a customer is for."""

    RELATIONSHIP = "relationship"
    """It promotes, flatters or pleads: nobody came for it."""
    FULFILMENT = "fulfilment"
    """It gets the customer's own errand done."""
    SERVICE_NOTICE = "service_notice"
    """It states a neutral fact or a duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClause:
    """A part of a text to a customer, by its place: code points, end exclusive."""

    start: int
    end: int
    kind: ContentKind
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a text to a customer is for; it is of kind relationship if any part of it is."""

    kind: ContentKind
    confidence: float
    clauses: tuple[JudgedClause, ...]
    """The text from beginning to end, in parts as small as it takes to show what makes it of its kind."""
