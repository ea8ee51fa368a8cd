"""`GET` and `DELETE /contacts/{contact_id}`: show all that is held about a contact, or erase it."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from service.api.held import ContactOut, ErasedOut
from service.api.openapi import described
from service.context import Context

router = APIRouter(tags=["contact"])
ContactId = Annotated[str, Path(min_length=1, max_length=255)]


@router.get(
    "/contacts/{contact_id}",
    **described(
        None,
        ContactOut,
        summary="All that is held about a contact",
        description="Goals and how far they have come, the ids of its decisions, counts of its effort, what the "
        "catalogue lets be kept of its texts, redacted, the promises made to it, and until when each is held. There is "
        "nothing else. A number or address that was left for a promise is shown only to the desk that claims it.",
        statuses=(404,),
    ),
)
async def contact(request: Request, contact_id: ContactId) -> Response:
    context: Context = request.app.state.context
    return Response(orjson.dumps(await context.follow_up.look_up(contact_id)), media_type="application/json")


@router.delete(
    "/contacts/{contact_id}",
    **described(
        None,
        ErasedOut,
        summary="Erase a contact",
        description="Erases the contact, its goals, texts, calls and steps, the answers of its decisions and of their "
        "repeats, and every link from events, decisions and promises to it. Open promises are withdrawn, and numbers "
        "and addresses that were left for them are destroyed. For counting, there stay of each decision: id, "
        "channel, entry point, status, goal, path, rung, confidence, versions and time; of each event: kind, amount, "
        "goal, path, entry point, versions and time; of each promise: id, kind, goal, desk, path, state, label of the "
        "desk and times; and the outcomes that were told.",
        statuses=(404,),
    ),
)
async def erase(request: Request, contact_id: ContactId) -> Response:
    context: Context = request.app.state.context
    erased = await context.follow_up.erase(contact_id)
    answer = {
        "goals": erased.goals,
        "decisions": erased.decisions,
        "events": erased.events,
        "promises": erased.promises,
    }
    return Response(orjson.dumps(answer), media_type="application/json")
