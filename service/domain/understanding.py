"""The frozen values that travel through the pipeline. I/O, settings, HTTP and SQL stay outside.

Words are explained in docs/glossary.md. Texts in here are redacted utterances. Raw text stops before this point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

MAX_TEXT = 16_000
"""Characters of one turn's own words that are read. Of a longer turn the head and the tail are read."""
MAX_RAW_TEXT = 256_000
"""Characters of one turn that are taken in, with all the markup around its own words."""
MAX_TURNS = 200
"""Turns of a conversation that are read: the newest."""
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


class Stance(StrEnum):
    """The attitude of a clause to the goal that it names."""

    WANTS = "wants"
    NOT_WANTED = "not_wanted"
    """Refuses the goal, or wants the opposite."""
    ALREADY_DONE = "already_done"
    """The customer has done it."""
    DONE_BY_COMPANY = "done_by_company"
    """The company, or somebody else, has done it."""
    HYPOTHETICAL = "hypothetical"
    """Only asks about a condition."""
    TELLS = "tells"
    """Mentions the goal as background."""

    @property
    def is_wish(self) -> bool:
        """Whether a goal with this stance may be accepted."""
        return self in {Stance.WANTS, Stance.TELLS}


class NoGoal(StrEnum):
    """Kind of a contact that names no goal."""

    GREETING = "greeting"
    ANSWER = "answer"
    CLOSING = "closing"
    AUTOMATIC = "automatic"
    NOISE = "noise"


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
    urgent: float = 0.5
    """Least share of an urgent intent at which it is accepted, whatever the scope gate says."""
    person: float = 0.5
    """Least share of the wish for a person at which the wish is obeyed."""
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
    no_goal: NoGoal | None = None
    """Kind of a contact without a goal, if it is one of these kinds."""
    refused: frozenset[str] = frozenset()
    """Intents that the contact names and does not want."""


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
    stance: Stance = Stance.WANTS
    """The stance of the utterance to its likeliest intent."""
    is_lone_word: bool = False
    """The utterance is a single word that is no example of the catalogue."""
    cut_short: bool = False
    """True if the encoder should have been asked, but time or room was short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """The verdict on a turn or on a conversation, and the prediction that speaks for it."""

    prediction: Prediction
    verdict: Verdict
    utterance: str = field(repr=False)
    newest: str | None = field(default=None, repr=False)
    """Utterance of the customer's newest turn. `None` if it is `utterance`, the one of the turn that decides."""

    @property
    def newest_utterance(self) -> str:
        return self.utterance if self.newest is None else self.newest
