"""`POST /decisions/{id}/outcome` and `/reroute`: tell the outcome of a decision, or lead its contact on."""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from service.api.body import read_json
from service.api.openapi import described
from service.api.schema import OutcomeIn, OutcomeOut, RerouteIn, RerouteOut
from service.context import Context
from service.domain.outcome import Outcome
from service.errors import InvalidRequestError, NotFoundError

DECISION_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
router = APIRouter(tags=["afterwards"])
DecisionId = Annotated[str, Path(min_length=1, max_length=64)]


@router.post(
    "/decisions/{decision_id}/outcome",
    **described(
        OutcomeIn,
        OutcomeOut,
        summary="What became of it",
        description="The outcome token alone suffices, so that a website can ask its visitor. The same report again is "
        "answered as before; another one replaces it. Whatever is not done stays on the contact's agenda.",
        headers={"Outcome-Token": "The token of the decision, instead of the field outcome_token."},
        statuses=(404, 409),
    ),
)
async def outcome(request: Request, decision_id: DecisionId) -> Response:
    context: Context = request.app.state.context
    told, _ = await read_json(request, OutcomeIn)
    token = told.outcome_token or request.headers.get("outcome-token")
    if token is None:
        raise InvalidRequestError(
            "The outcome token is missing.", field="outcome_token", mend="Send the outcome_token that /route answered."
        )
    reported = Outcome(
        decision_id=_checked(decision_id),
        result=told.result,
        reported_at=context.now(),
        reported_by=told.reported_by,
        transfers=told.transfers,
        customer_effort_score=told.customer_effort_score,
        actual_intent=told.actual_intent,
    )
    answer = await context.follow_up.report(reported, token)
    return Response(orjson.dumps(answer), media_type="application/json")


@router.post(
    "/decisions/{decision_id}/reroute",
    **described(
        RerouteIn,
        RerouteOut,
        summary="This is the wrong place: where to now?",
        description="Leads the contact on at once: to the path of actual_intent, to people where the goal was not "
        "understood (cause model without actual_intent), else to the next rung. It is a decision of its own, and "
        "hands over what was tried. The same reroute of one decision again is answered as before.",
        statuses=(404, 409),
    ),
)
async def reroute(request: Request, decision_id: DecisionId) -> Response:
    context: Context = request.app.state.context
    told, _ = await read_json(request, RerouteIn)
    answer = await context.follow_up.reroute(_checked(decision_id), told.cause, told.actual_intent)
    return Response(answer, media_type="application/json")


def _checked(decision_id: str) -> str:
    if not DECISION_ID.fullmatch(decision_id):
        raise NotFoundError("No decision is held under that id.", field="decision_id")
    return decision_id
