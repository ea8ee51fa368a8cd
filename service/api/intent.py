"""`POST /intent` and `POST /intent/batch`: what a contact is about; nothing is stored."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from service.api.body import raw_turns, read_json, seconds_left
from service.api.document import described
from service.api.schema import IntentBatchIn, IntentBatchOut, IntentIn, IntentOut
from service.context import Context
from service.pipeline import Approach

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
    return _json(await context.pipeline.advise(_approach(request, contact, context)))


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
    room = asyncio.Semaphore(BATCH_AT_ONCE)

    async def advise(item: IntentIn) -> bytes:
        async with room:
            answer = await context.pipeline.advise(_approach(request, item, context))
        await asyncio.sleep(0)  # a batch lets single contacts pass between its items
        return answer

    answers = await asyncio.gather(*(advise(item) for item in batch.items))
    return _json(b'{"items":[' + b",".join(answers) + b"]}")


def _approach(request: Request, contact: IntentIn, context: Context) -> Approach:
    return Approach(
        turns=raw_turns(contact),
        top_k=contact.top_k,
        seconds_left=seconds_left(request, contact.deadline_ms, context.settings.deadline_ms),
        explain=contact.explain,
    )


def _json(answer: bytes) -> Response:
    return Response(answer, media_type="application/json")
