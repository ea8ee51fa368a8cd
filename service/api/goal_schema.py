"""Goals, candidates and questions as answers describe them to callers."""

from __future__ import annotations

from pydantic import BaseModel, Field

from service.domain.ledger import QuestionKind


class EvidenceOut(BaseModel):
    turn: int
    start: int = Field(description="Code points into the caller's own text.")
    end: int


class NearExampleOut(BaseModel):
    text: str = Field(description="As the catalogue has it, with placeholders for what would be redacted.")
    similarity: float = Field(description="Cosine of the encoder's last layer, at most 1.")


class TellingWordOut(BaseModel):
    turn: int
    start: int = Field(description="Code points into the caller's own text.")
    end: int
    weight: float = Field(
        description="By how much the intent's score is lower without the word; compares within this goal only."
    )


class WhyOut(BaseModel):
    """The reasons for a goal, without any of the customer's own words."""

    examples: list[NearExampleOut] = Field(
        description="Up to three of the intent's own examples, most like the evidence first; none where the bundle was "
        "not built from a catalogue."
    )
    words: list[TellingWordOut] = Field(
        description="Up to five words of the evidence that speak for it, strongest first."
    )


class NextOut(BaseModel):
    path: str
    label: str
    url: str | None


class GoalOut(BaseModel):
    intent: str
    title: str
    confidence: float
    urgent: bool
    evidence: list[EvidenceOut]
    next: NextOut | None = Field(default=None, description="Where a website would send its visitor for it.")
    why: WhyOut | None = Field(
        default=None, description="Only where explain is true; null where there was no time or no room to find out."
    )


class CandidateOut(BaseModel):
    intent: str
    confidence: float
    next: NextOut | None = Field(default=None, description="Where a website would send its visitor for it.")


class OptionOut(BaseModel):
    intent: str
    title: str
    spoken: str | None = Field(default=None, description="The title as it is said inside a sentence.")
    next: NextOut | None = Field(default=None, description="Where a website would send its visitor for it.")


class ClarifyOut(BaseModel):
    kind: QuestionKind = Field(
        default=QuestionKind.CHOOSE,
        description="choose: one of several; confirm: is it this one; confirm_action: shall it be done, "
        "before a call that cannot be undone.",
    )
    question: str
    options: list[OptionOut]
