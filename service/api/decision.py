"""`GET /decisions/{id}`: a decision as it was committed."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from service.api.document import described
from service.api.schema import DecisionOut
from service.context import Context

router = APIRouter(tags=["route"])


@router.get(
    "/decisions/{decision_id}",
    **described(
        None,
        DecisionOut,
        summary="What was decided, why, and what came close",
        description="Holds no text of the customer's and no outcome token.",
        statuses=(404,),
    ),
)
async def decision(request: Request, decision_id: Annotated[str, Path(min_length=1, max_length=64)]) -> Response:
    context: Context = request.app.state.context
    found = await context.recorder.get_decision(decision_id)
    answer = {
        **found.answer,
        "channel": found.channel,
        "entry_point": found.entry_point,
        "decided_at": found.decided_at.isoformat(),
    }
    return Response(orjson.dumps(answer), media_type="application/json")
