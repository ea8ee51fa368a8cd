"""Requests as they are validated, and answers as they are described to callers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.goal_schema import CandidateOut, ClarifyOut, GoalOut, NextOut
from service.domain.delivery import DeliveryOutcome, StepState
from service.domain.ledger import GoalState, RerouteCause
from service.domain.outcome import OutcomeResult, Reporter
from service.domain.understanding import MAX_RAW_TEXT, Channel, NoGoal, Speaker, Status

MAX_TURNS_IN = 2_000
"""Turns that a request may hold. The newest of them are read."""
MAX_HEADERS, MAX_HEADER_CHARACTERS = 100, 8_192
MAX_BATCH = 256
MAX_CONTENT = 4_000


def _not_blank(raw_text: str) -> str:
    if not raw_text.strip():
        raise PydanticCustomError("blank", "The text is empty.")
    return raw_text


RawText = Annotated[str, Field(min_length=1, max_length=MAX_RAW_TEXT), AfterValidator(_not_blank)]
Identifier = Annotated[str, Field(min_length=1, max_length=255)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _few_headers(headers: dict[str, str]) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_CHARACTERS:
        raise PydanticCustomError("headers_too_long", "The headers are longer than 8 KiB together.")
    return headers


MailHeaders = Annotated[dict[str, str], Field(max_length=MAX_HEADERS), AfterValidator(_few_headers)]


class TurnIn(_In):
    speaker: Speaker
    text: Annotated[str, Field(max_length=MAX_RAW_TEXT)]


class IntentIn(_In):
    """A customer's own words: one text, or the turns of a conversation."""

    text: RawText | None = Field(default=None, examples=["it's been two weeks and nothing came"])
    turns: Annotated[list[TurnIn], Field(min_length=1, max_length=MAX_TURNS_IN)] | None = None
    language: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9-]+$")] | None = Field(
        default=None, description="BCP 47 tag, where it is known."
    )
    top_k: Annotated[int, Field(ge=1, le=20)] = Field(default=3, description="How many candidates to list.")
    deadline_ms: Annotated[int, Field(ge=1, le=60_000)] | None = Field(
        default=None, description="Answer within this time, with the lexical head alone if need be."
    )
    headers: MailHeaders | None = Field(
        default=None,
        description="Headers of a mail, names in any case. Auto-Submitted, Precedence, X-Auto-Response-Suppress, "
        "X-Autoreply, List-Id, Content-Type and Return-Path tell automatic mail; others are dropped unread.",
    )
    choice: Identifier | None = Field(
        default=None,
        description="The intent of the option that the customer chose when asked; instead of text and turns.",
    )
    asked: Annotated[list[Identifier], Field(max_length=5)] | None = Field(
        default=None, description="Intents that the last question offered, so that 'the second one' can be read."
    )
    explain: bool = Field(
        default=False,
        description="Let each goal say why, which runs the encoder up to 14 times more for each. "
        "A repeated contact is answered as before.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.choice is None:
            return self._has_text()
        if self.text is not None or self.turns is not None:
            raise PydanticCustomError("text_or_turns", "Send either text, turns or choice.")
        return self

    def _has_text(self) -> Self:
        if (self.text is None) == (self.turns is None):
            raise PydanticCustomError("text_or_turns", "Send either text or turns.")
        turns = self.turns or ()
        if turns and not any(turn.speaker is Speaker.CUSTOMER and turn.text.strip() for turn in turns):
            raise PydanticCustomError("no_customer_turn", "At least one turn must be the customer's, with text.")
        return self


class IntentBatchIn(_In):
    items: Annotated[list[IntentIn], Field(min_length=1, max_length=MAX_BATCH)]


class RouteIn(IntentIn):
    """A contact to be routed."""

    contact_id: Identifier | None = Field(
        default=None, description="The caller's name for this contact, kept only as a keyed hash; made up where absent."
    )
    turn: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None,
        description="Number of the turn within its contact, from 1: turns are then applied in order, each once.",
    )
    channel: Channel | None = None
    entry_point: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="The line, page or address the contact came in by. It never affects the goal."
    )
    attributes: dict[str, Any] = Field(
        default_factory=dict,
        description="Any fields. Those that http rungs of the path name in their needs are held until the calls have "
        "been made; others are not stored.",
    )
    repeat_ref: Identifier | None = Field(
        default=None, description="An opaque reference to count repeats within a day; kept only as a keyed hash."
    )
    dispatch: bool = Field(default=True, description="false only advises: nothing is delivered anywhere.")

    @model_validator(mode="after")
    def _is_numbered_within(self) -> Self:
        if self.turn is not None and self.contact_id is None:
            raise PydanticCustomError("turn_without_contact", "A turn is numbered within a contact: send contact_id.")
        return self


class ContentPolicyOut(BaseModel):
    relationship: Literal["deny", "allow"]


class IntentOut(BaseModel):
    status: Status
    no_goal: NoGoal | None = Field(
        default=None, description="Beside status no_goal_yet: the kind of a text that names no goal, if it is told."
    )
    goals: list[GoalOut]
    candidates: list[CandidateOut]
    clarify: ClarifyOut | None
    next: NextOut | None
    content_policy: ContentPolicyOut
    bundle: str
    catalogue: str
    degraded: bool


class IntentBatchOut(BaseModel):
    items: list[IntentOut]


class NeedOut(BaseModel):
    field: str
    why: str


class DestinationOut(BaseModel):
    kind: str
    name: str
    say: str | None
    url: str | None = None
    priority: int | None = None
    max_wait_seconds: int | None = None
    within: str | None = None
    number: str | None = Field(default=None, description="Of kind phone: the number that the customer should ring.")


class StepOut(BaseModel):
    kind: str
    name: str


class KnownOut(BaseModel):
    field: str
    value: str


class HandoverOut(BaseModel):
    already_known: list[KnownOut]
    must_not_ask: list[str]


class _RoutedOut(BaseModel):
    decision_id: str
    status: Status
    no_goal: NoGoal | None = Field(
        default=None, description="Beside status no_goal_yet: the kind of a text that names no goal, if it is told."
    )
    goals: list[GoalOut]
    goal: str | None
    path: str
    rung: int
    destination: DestinationOut
    then: list[StepOut]
    wrong_door: bool
    needs: list[NeedOut]
    handover: HandoverOut
    clarify: ClarifyOut | None
    why: str
    content_policy: ContentPolicyOut
    degraded: bool
    bundle: str
    catalogue: str


class RouteOut(_RoutedOut):
    contact_id: str
    contact_token: str = Field(description="In the header Contact-Token, shows and erases this contact without a key.")
    outcome_token: str


class TakenStepOut(BaseModel):
    """A rung that the contact was led to."""

    number: int
    rung: int = Field(description="Position in its path.")
    kind: str
    name: str
    state: StepState
    cause: DeliveryOutcome | None = Field(description="Why a call failed.")
    say: str | None
    learned: dict[str, Any] = Field(description="What the fulfilment system handed on to later rungs.")
    needs: list[NeedOut] = Field(description="What the customer has to tell before the errand can be done.")
    at: str


class TextOut(BaseModel):
    """The kept text of a customer's utterance."""

    redacted: str = Field(description="With placeholders, and cut where it was very long.")
    until: str


class DecisionOut(_RoutedOut):
    candidates: list[CandidateOut]
    channel: Channel | None
    entry_point: str | None
    decided_at: str
    steps: list[TakenStepOut] = Field(description="Where the contact was led; empty where no call was dispatched.")
    text: TextOut | None = Field(description="null where the catalogue says store_text: never, and when it is over.")


class OutcomeIn(_In):
    """The outcome of a decision's goal."""

    result: OutcomeResult
    outcome_token: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        default=None, description="As /route answered it; or the header Outcome-Token."
    )
    reported_by: Reporter | None = None
    transfers: Annotated[int, Field(ge=0, le=100)] | None = Field(
        default=None, description="How often the customer was passed on before it came to this."
    )
    customer_effort_score: Annotated[int, Field(ge=1, le=7)] | None = Field(
        default=None, description="A survey's answer, from 1, very much effort, to 7, very little."
    )
    actual_intent: Identifier | None = Field(default=None, description="What the customer had come for, if another.")


class OutcomeOut(BaseModel):
    decision_id: str
    result: OutcomeResult
    reported_by: Reporter | None
    transfers: int | None
    customer_effort_score: int | None
    actual_intent: str | None
    reported_at: str
    goal: str | None
    state: GoalState | None = Field(description="Of the goal now; null where nothing is held about the contact.")
    still_wanted: list[str] = Field(description="Goals of the contact that are not done.")


class ContentIn(_In):
    """A text to be said to a customer."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_CONTENT), AfterValidator(_not_blank)] = Field(
        examples=["Your refund is on its way, and have you seen our spring range?"]
    )
    goals: Annotated[list[Identifier], Field(max_length=20)] = Field(
        default_factory=list, description="Intents accepted for this contact, as /intent or /route answered them."
    )


class RerouteIn(_In):
    """The reason for which a contact is in the wrong place."""

    cause: RerouteCause
    actual_intent: Identifier | None = Field(default=None, description="What the customer has come for, if another.")


class RerouteOut(_RoutedOut):
    outcome_token: str
    reroute_of: str
    cause: RerouteCause
    exhausted: bool = Field(description="No rung was left: the contact stays with the last promise that was made.")


class EffortOut(BaseModel):
    transfers: int
    repeats: int
    re_asks: int
    identity_prompts: int
    clarifying_turns: int
    waiting_seconds: float = Field(description="The longest waits that queues promised, added up.")


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    mend: str | None = None


class HealthOut(BaseModel):
    status: str


class SpoolOut(BaseModel):
    records: int = Field(description="Decisions that wait for the database on this worker's disk.")
    bytes: int


class EditionFailureOut(BaseModel):
    edition: int = Field(description="The one that was published.")
    code: str = Field(description="What is wrong: bundle_away, invalid_bundle … The log says more.")


class ReadinessOut(BaseModel):
    status: Literal["ready", "degraded", "not_ready"] = Field(
        description="`degraded`: the database is away, and decisions are kept on the local disk until it is back."
    )
    database: bool
    spool: SpoolOut
    edition: int | None = Field(description="Number of what is served; null where nothing was ever published.")
    edition_failed: EditionFailureOut | None = Field(
        description="What was published and cannot be served here, so that what was served before still is."
    )
    bundle: str
    catalogue: str
