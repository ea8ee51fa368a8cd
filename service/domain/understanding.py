"""The frozen values that travel through the pipeline. No I/O, no settings, nothing of HTTP or SQL.

Words: see the glossary in docs/glossary.md. Texts in here are redacted utterances; raw text never gets this far.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_TEXT = 16_000
"""Characters of one turn that are read."""
NO_GOAL_YET = "no_goal_yet"
"""Label of rows that say nothing of a goal: greetings, yes and no, thanks, bare numbers."""


class Channel(StrEnum):
    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"
    FORM = "form"
    SMS = "sms"
    SOCIAL = "social"


class Speaker(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class Status(StrEnum):
    """What a contact came to; the `status` of every answer."""

    UNDERSTOOD = "understood"
    AMBIGUOUS = "ambiguous"
    OUT_OF_SCOPE = "out_of_scope"
    NO_GOAL_YET = "no_goal_yet"


class Abstention(StrEnum):
    """Why the policy declined to act on the best intent."""

    LOW_CONFIDENCE = "low_confidence"
    AMBIGUOUS = "ambiguous"
    OUT_OF_SCOPE = "out_of_scope"
    NO_GOAL_YET = "no_goal_yet"


class Stage(StrEnum):
    """Which part of the cascade answered."""

    LEXICAL = "lexical"
    ENCODER = "encoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where in the caller's own text a goal was found: code points, end exclusive."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    intent: str
    confidence: float
    """Calibrated probability, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When to act on a prediction; part of the bundle, chosen on rows that its heads never saw."""

    accept: float
    """Least confidence at which a contact is routed without asking."""
    scope: float
    """Least probability of being in scope at which an utterance is not called out of scope."""
    ambiguous: float
    """Least confidence for an intent to be offered as an option in a clarifying question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearExample:
    """One of the catalogue's own examples, and how like it a text is."""

    text: str
    similarity: float
    """Cosine, at most 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingWord:
    """A word of the caller's own text, by its place alone: code points, end exclusive."""

    turn: int
    start: int
    end: int
    weight: float
    """By how much the intent's score is lower without it; compares with the other words of the same goal only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What spoke for a goal; holds nothing that the customer said."""

    examples: tuple[NearExample, ...]
    """Most like first; empty where the bundle keeps none."""
    words: tuple[TellingWord, ...]
    """Strongest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """An intent accepted for this contact now."""

    intent: str
    title: str
    confidence: float
    urgent: bool
    evidence: tuple[Evidence, ...] = ()
    why: Why | None = None
    """Only where it was asked for and there was time to find it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    status: Status
    reason: Abstention | None
    """Why no goal was accepted; `None` when one was."""
    goals: tuple[Goal, ...]
    """Accepted goals, most urgent first."""
    options: tuple[str, ...]
    """Intents worth asking about, most likely first; empty unless the contact is ambiguous."""
    confidence: float
    """Of the first goal, or of the likeliest intent."""
