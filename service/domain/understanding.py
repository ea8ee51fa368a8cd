"""The frozen values that travel through the pipeline. I/O, settings, HTTP and SQL stay outside.

Words are explained in docs/glossary.md. Texts in here are redacted utterances. Raw text stops before this point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

MAX_TEXT = 16_000
"""Limit of characters that are read of one turn."""
NO_GOAL_YET = "no_goal_yet"
"""Label of rows without a goal: greetings, yes and no, thanks, bare numbers."""
UNKNOWN_ENTRY_POINT = "unknown"
"""Stands for every entry point that the catalogue lacks."""


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
    """Result of understanding a contact: the `status` of every answer."""

    UNDERSTOOD = "understood"
    AMBIGUOUS = "ambiguous"
    OUT_OF_SCOPE = "out_of_scope"
    NO_GOAL_YET = "no_goal_yet"


class Abstention(StrEnum):
    """Reason for declining to act on the likeliest intent."""

    LOW_CONFIDENCE = "low_confidence"
    AMBIGUOUS = "ambiguous"
    OUT_OF_SCOPE = "out_of_scope"
    NO_GOAL_YET = "no_goal_yet"


class Stage(StrEnum):
    """Part of the cascade that answered."""

    LEXICAL = "lexical"
    ENCODER = "encoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Place of a goal in the caller's own text, in code points (end exclusive)."""

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
    """Limits for acting on a prediction. The bundle holds the limits, chosen on rows that its heads never saw."""

    accept: float
    """Least confidence at which a contact is routed without a question."""
    scope: float
    """Least probability of being in scope. An utterance below this limit is called out of scope."""
    ambiguous: float
    """Least confidence at which an intent is offered as an option in a clarifying question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearExample:
    """An example of the catalogue, and its similarity to a text."""

    text: str
    similarity: float
    """Cosine, at most 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingWord:
    """A word of the caller's own text, given only by its place in code points (end exclusive)."""

    turn: int
    start: int
    end: int
    weight: float
    """Loss in the intent's score without the word. Compare the weight only with other words of the same goal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Reasons for a goal. The customer's own words are left out."""

    examples: tuple[NearExample, ...]
    """Most similar first. Empty if the bundle keeps none."""
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
    """Set only if the caller asked for the reasons and there was time to find them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    status: Status
    reason: Abstention | None
    """Reason for declining, or `None` if a goal was accepted."""
    goals: tuple[Goal, ...]
    """Accepted goals, most urgent first."""
    options: tuple[str, ...]
    """Intents worth asking about, most likely first. Empty unless the contact is ambiguous."""
    confidence: float
    """Confidence of the first goal, otherwise of the likeliest intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Result of a classifier for one utterance, before the policy acts on it."""

    candidates: tuple[Candidate, ...]
    """Most confident first. The label `no_goal_yet` may be among the candidates."""
    in_scope: float
    """Probability that the utterance fits any label at all."""
    stage: Stage
    lexical_seconds: float
    encoder_seconds: float
    """0.0 if the encoder was left out."""
    cut_short: bool = False
    """True if the encoder should have been asked, but time or room was short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """The verdict on a turn or on a conversation, and the prediction that speaks for it."""

    prediction: Prediction
    verdict: Verdict
    utterance: str = field(repr=False)
