"""`POST /route`: decide about a contact's goal and path. The decision is committed before it is answered."""

from __future__ import annotations

from time import perf_counter

from fastapi import APIRouter, Request, Response

from service.api.body import left_of, named_seconds, raw_turns, read_json
from service.api.openapi import described
from service.api.schema import RouteIn, RouteOut
from service.context import Context
from service.errors import InvalidRequestError
from service.pipeline.incoming import IncomingContact

router = APIRouter(tags=["route"])
MAX_KEY = 255


@router.post(
    "/route",
    **described(
        RouteIn,
        RouteOut,
        summary="Where does this contact get done?",
        description=(
            "Classifies a contact and places it on the first rung of its path that serves it now. The decision is "
            "committed before the answer is sent. The same Idempotency-Key, or the same contact and turns, gets the "
            "same answer, with the header Idempotent-Replayed: true. A destination of kind http is called by Errand, "
            "which goes down the path until the contact is served; GET /decisions/{decision_id} tells how far it is."
        ),
        headers={"Idempotency-Key": "Any string of up to 255 characters; a repeated request is answered as before."},
        statuses=(409,),
    ),
)
async def route(request: Request) -> Response:
    context: Context = request.app.state.context
    contact, body = await read_json(request, RouteIn)
    named = named_seconds(request, contact.deadline_ms)
    key, came_at = _idempotency_key(request), perf_counter()
    async with context.admission.turn():
        routed = await context.pipeline.route(
            IncomingContact(
                turns=raw_turns(contact),
                top_k=contact.top_k,
                seconds_left=left_of(named or context.settings.deadline_ms / 1000, came_at),
                due_seconds=None if named is None else left_of(named, came_at),
                explain=contact.explain,
                headers=contact.headers,
                asked=tuple(contact.asked or ()),
                choice=contact.choice,
                contact_id=contact.contact_id,
                turn=contact.turn,
                channel=contact.channel,
                entry_point=contact.entry_point,
                repeat_ref=contact.repeat_ref,
                attributes=contact.attributes,
                dispatch=contact.dispatch,
                idempotency_key=key,
                body=body,
            )
        )
    headers = {"Idempotent-Replayed": "true"} if routed.replayed else None
    return Response(routed.answer, headers=headers, media_type="application/json")


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise InvalidRequestError(
            f"Idempotency-Key must have 1 to {MAX_KEY} characters.", field="Idempotency-Key", mend="Send a UUID."
        )
    return key
