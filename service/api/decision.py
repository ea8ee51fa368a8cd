"""`GET /decisions/{id}`: a decision as it was committed."""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from service.access.request_access import may
from service.api.openapi import described
from service.api.schema import DecisionOut
from service.context import Context
from service.domain.key import Scope
from service.errors import NotFoundError
from service.pipeline import answer as shape

DECISION_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
router = APIRouter(tags=["route"])


@router.get(
    "/decisions/{decision_id}",
    **described(
        None,
        DecisionOut,
        summary="What was decided, why, and what came close",
        description="Holds no outcome token, and of the customer's text only what the catalogue lets be kept, redacted "
        "and for a while, and only for who may read contacts. The steps tell where the contact was led when calls were "
        "made for it.",
        statuses=(404,),
    ),
)
async def decision(request: Request, decision_id: Annotated[str, Path(min_length=1, max_length=64)]) -> Response:
    context: Context = request.app.state.context
    if not DECISION_ID.fullmatch(decision_id):
        raise NotFoundError("No decision is held under that id.", field="decision_id")
    found = await context.recorder.get_decision(decision_id)
    sees_text = may(request, Scope.READ_CONTACTS)
    text = await context.recorder.find_text(decision_id, context.now()) if sees_text else None
    answer = {
        **found.answer,
        "channel": found.channel,
        "entry_point": found.entry_point,
        "decided_at": found.decided_at.isoformat(),
        "steps": shape.steps(await context.recorder.list_steps(decision_id)),
        "text": shape.text(text),
    }
    return Response(orjson.dumps(answer), media_type="application/json")
