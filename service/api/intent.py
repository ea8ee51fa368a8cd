"""`POST /intent` and `POST /intent/batch`: find the goals of a contact, without storing anything."""

from __future__ import annotations

import asyncio
from time import perf_counter

from fastapi import APIRouter, Request, Response

from service.access.request_access import require
from service.api.body import left_of, named_seconds, raw_turns, read_json
from service.api.openapi import described
from service.api.schema import IntentBatchIn, IntentBatchOut, IntentIn, IntentOut
from service.context import Context
from service.domain.key import Scope
from service.pipeline.incoming import IncomingContact

router = APIRouter(tags=["intent"])
BATCH_AT_ONCE = 4


@router.post(
    "/intent",
    **described(
        IntentIn,
        IntentOut,
        summary="What is this customer trying to get done?",
        description="Classifies one message or conversation. Nothing is stored. A website calls this.",
    ),
)
async def intent(request: Request) -> Response:
    context: Context = request.app.state.context
    contact, _ = await read_json(request, IntentIn)
    if contact.explain:
        require(request, Scope.EXPLAIN, field="explain")
    came_at = perf_counter()
    async with context.admission.turn():
        return _json(await context.pipeline.advise(_approach(request, contact, context, came_at)))


@router.post(
    "/intent/batch",
    **described(
        IntentBatchIn,
        IntentBatchOut,
        summary="The same for up to 256 contacts",
        description="Answers come in the order of the items.",
    ),
)
async def intent_batch(request: Request) -> Response:
    context: Context = request.app.state.context
    batch, _ = await read_json(request, IntentBatchIn)
    room, pipeline = asyncio.Semaphore(BATCH_AT_ONCE), context.pipeline

    async def advise(item: IntentIn) -> bytes:
        async with room:
            came_at = perf_counter()
            async with context.admission.turn():
                answer = await pipeline.advise(_approach(request, item, context, came_at))
        await asyncio.sleep(0)  # a batch lets single contacts pass between its items
        return answer

    with context.admission.counted_as(len(batch.items)):
        answers = await asyncio.gather(*(advise(item) for item in batch.items))
    return _json(b'{"items":[' + b",".join(answers) + b"]}")


def _approach(request: Request, contact: IntentIn, context: Context, came_at: float) -> IncomingContact:
    limit = named_seconds(request, contact.deadline_ms) or context.settings.deadline_ms / 1000
    return IncomingContact(
        turns=raw_turns(contact),
        top_k=contact.top_k,
        seconds_left=left_of(limit, came_at),
        explain=contact.explain,
        headers=contact.headers,
        asked=tuple(contact.asked or ()),
        choice=contact.choice,
    )


def _json(answer: bytes) -> Response:
    return Response(answer, media_type="application/json")
