"""`GET /reports/outcomes`: the outcomes of people's errands."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.api.openapi import described
from service.api.schema import EffortOut
from service.context import Context
from service.domain.outcome import OutcomesBy
from service.pipeline.outcome_report import shape, span_of

router = APIRouter(tags=["reports"])


class OutcomeReportIn(BaseModel):
    """The time that a report is about, and the kind of its rows."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    since: Annotated[str, Field(max_length=40)] | None = Field(
        default=None,
        description="ISO 8601 instant with a zone, at most 366 days before until. Default: seven days before until.",
        examples=["2026-11-14T00:00:00Z"],
    )
    until: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="ISO 8601 instant with a zone; not part of the time itself. Default: now."
    )
    by: OutcomesBy = Field(default=OutcomesBy.INTENT, description="What a row is about.")


class GroupKeyOut(BaseModel):
    """Only the names that the rows are by. A name is null for decisions without a goal, or without an entry point."""

    intent: str | None = None
    path: str | None = None
    entry_point: str | None = None
    bundle: str | None = None
    catalogue: str | None = None


class ResultsOut(BaseModel):
    done: int
    partly: int
    not_done: int
    wrong_place: int


class MeanEffortOut(BaseModel):
    """The same figures for one decision, on average."""

    transfers: float
    repeats: float
    re_asks: float
    identity_prompts: float
    clarifying_turns: float
    waiting_seconds: float


class OutcomeRowOut(BaseModel):
    key: GroupKeyOut | Literal["other"]
    decisions: int
    outcomes: ResultsOut
    told: int = Field(description="Decisions of which somebody has told an outcome.")
    done_share: float | None = Field(description="Of those told; null where there are none.")
    wrong_door: int = Field(description="Decisions about a goal for which their entry point was not made.")
    effort: EffortOut
    effort_per_decision: MeanEffortOut


class ResolutionOut(BaseModel):
    """All fields are null if the figures would be about one to four contacts."""

    told: int | None = Field(description="Contacts begun in this time of which somebody has told an outcome.")
    resolved: int | None = Field(description="Those among them that got all they came for at the first contact.")
    share: float | None


class WithheldOut(BaseModel):
    rows: int = Field(description="Rows that are not shown, since even together they are about fewer than five.")


class OutcomeReportOut(BaseModel):
    since: str
    until: str
    by: OutcomesBy
    first_contact_resolution: ResolutionOut
    rows: list[OutcomeRowOut] = Field(description="Most decisions first; `other` last.")
    withheld: WithheldOut


@router.get(
    "/reports/outcomes",
    **described(
        None,
        OutcomeReportOut,
        summary="What became of people's errands",
        description="Of the decisions of a time: how many there were, what was told of them afterwards, and what they "
        "cost the customer. Nothing is inferred from silence. A row is about five decisions or more; smaller ones are "
        "added up to the row `other`, or, where that would be too small as well, only counted in `withheld`. "
        "First-contact resolution is withheld in the same way. Advice does not count.",
    ),
)
async def outcomes(request: Request, asked: Annotated[OutcomeReportIn, Query()]) -> Response:
    context: Context = request.app.state.context
    span = span_of(asked.since, asked.until, context.now())
    report = await context.recorder.report_outcomes(span, asked.by)
    return Response(orjson.dumps(shape(report, span, asked.by)), media_type="application/json")
