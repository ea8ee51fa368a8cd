"""The judgement on a sentence that is said to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ContentKind(StrEnum):
    """Purpose of a sentence to a customer."""

    RELATIONSHIP = "relationship"
    """Promotes, flatters or pleads. Customers come for something else."""
    FULFILMENT = "fulfilment"
    """Gets the customer's own errand done."""
    SERVICE_NOTICE = "service_notice"
    """States a neutral fact or a duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClause:
    """A part of a text to a customer, by its place in code points (end exclusive)."""

    start: int
    end: int
    kind: ContentKind
    confidence: float
    words: tuple[str, ...] = ()
    """Words that make the part promotional. Empty if the part is harmless, or was judged without an explanation."""
    mend: str | None = None
    """A way to say a promotional part. `None` without an explanation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Purpose of a text to a customer. The kind is relationship if any part of the text is."""

    kind: ContentKind
    confidence: float
    clauses: tuple[JudgedClause, ...]
    """The text from beginning to end. The parts are as small as needed to show the cause of the kind."""
