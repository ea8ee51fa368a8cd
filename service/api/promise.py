"""`/promises`: list the promises made to customers, and claim, keep, release or fail one of them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from service.access.request_access import PRINCIPAL
from service.api.body import read_json
from service.api.openapi import described
from service.api.promise_schema import ClaimedPromiseOut, PromiseIn, PromiseOut, PromisesIn, PromisesOut
from service.context import Context
from service.domain.key import Principal
from service.domain.promise import HeldPromise, PromiseFilter, PromiseState
from service.errors import NotFoundError
from service.promise.register import PromiseRegister, cursor_of

PROMISE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
HELD_BY_ANOTHER = (404, 409)

router = APIRouter(tags=["promises"])
PromiseId = Annotated[str, Path(min_length=1, max_length=64)]


@router.get(
    "/promises",
    **described(
        None,
        PromisesOut,
        summary="The promises made to customers",
        description="Callbacks and e-mails that were promised, without any number or address.",
    ),
)
async def promises(request: Request, asked: Annotated[PromisesIn, Query()]) -> Response:
    states = () if asked.state is None else tuple(PromiseState(state) for state in asked.state.split(","))
    after = None if asked.after is None else cursor_of(asked.after)
    page = await register_of(request).list_page(
        PromiseFilter(limit=asked.limit, states=states, desk=asked.desk, after=after)
    )
    return as_json({"promises": [shown(promise, page.at) for promise in page.promises], "next": page.next})


@router.post(
    "/promises/{promise_id}/claim",
    **described(
        PromiseIn,
        ClaimedPromiseOut,
        summary="Claim a promise, and see the number or address",
        description="Gives the promise to one desk. The number or address is shown to that desk alone, and each time "
        "leaves an audit entry. Claiming again shows it again, until the promise has ended or its time is over.",
        statuses=HELD_BY_ANOTHER,
    ),
)
async def claim(request: Request, promise_id: PromiseId) -> Response:
    by = await read_label(request, promise_id)
    claimed = await register_of(request).claim(promise_id, by=by, actor=caller_of(request))
    return as_json({**shown(claimed.promise, now_of(request)), "detail": claimed.detail})


@router.post(
    "/promises/{promise_id}/keep",
    **described(
        PromiseIn,
        PromiseOut,
        summary="Tell that a promise was kept",
        description="Ends the promise, claimed before or not, and destroys the number or address.",
        statuses=HELD_BY_ANOTHER,
    ),
)
async def keep(request: Request, promise_id: PromiseId) -> Response:
    by = await read_label(request, promise_id)
    return as_json(shown(await register_of(request).keep(promise_id, by=by), now_of(request)))


@router.post(
    "/promises/{promise_id}/release",
    **described(
        PromiseIn,
        PromiseOut,
        summary="Give a promise back",
        description="Makes a claimed promise free for other desks. One that is free already stays so.",
        statuses=HELD_BY_ANOTHER,
    ),
)
async def release(request: Request, promise_id: PromiseId) -> Response:
    by = await read_label(request, promise_id)
    return as_json(shown(await register_of(request).release(promise_id, by=by), now_of(request)))


@router.post(
    "/promises/{promise_id}/fail",
    **described(
        PromiseIn,
        PromiseOut,
        summary="Tell that a promise cannot be kept",
        description="Ends the promise, claimed before or not, and destroys the number or address.",
        statuses=HELD_BY_ANOTHER,
    ),
)
async def fail(request: Request, promise_id: PromiseId) -> Response:
    by = await read_label(request, promise_id)
    return as_json(shown(await register_of(request).fail(promise_id, by=by), now_of(request)))


def register_of(request: Request) -> PromiseRegister:
    context: Context = request.app.state.context
    return context.promises


def now_of(request: Request) -> datetime:
    context: Context = request.app.state.context
    return context.now()


async def read_label(request: Request, promise_id: str) -> str:
    """Return the label of the desk: `by` of the body, else the caller's key. An empty body is as good as `{}`."""
    given = await read_json(request, PromiseIn) if has_body(request) else None
    if not PROMISE_ID.fullmatch(promise_id):
        raise NotFoundError("No promise is held under that id.", field="promise_id")
    return (None if given is None else given[0].by) or caller_of(request)


def has_body(request: Request) -> bool:
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def caller_of(request: Request) -> str:
    """Return the caller as the audit names it."""
    principal: Principal | None = request.scope.get(PRINCIPAL)
    return "http" if principal is None else f"key:{principal.key_id}"


def shown(promise: HeldPromise, now: datetime) -> dict[str, Any]:
    return {
        "id": promise.promise_id,
        "kind": promise.kind,
        "state": promise.state_at(now),
        "desk": promise.desk,
        "goal": promise.goal,
        "path": promise.path,
        "rung": promise.rung,
        "decision_id": promise.decision_id,
        "due_at": promise.due_at,
        "made_at": promise.made_at,
        "by": promise.by,
        "claimed_at": promise.claimed_at,
        "ended_at": promise.ended_at,
        "has_detail": promise.has_detail,
    }


def as_json(answer: dict[str, Any]) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")
