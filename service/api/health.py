"""`/healthz`, `/readyz` and `/metrics`: for probes and for operators."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.api.openapi import described
from service.api.schema import HealthOut, ReadinessOut
from service.context import Context

router = APIRouter(tags=["operation"])
DATABASE_SECONDS = 1.0


@router.get("/healthz", **described(None, HealthOut, summary="The process is alive", description="Asks nothing else."))
async def healthz() -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


@router.get(
    "/readyz",
    **described(
        None,
        ReadinessOut,
        summary="Contacts may be sent here",
        description="200 when the bundle is loaded and the database answers, or the local spool has room for the "
        "decisions that it cannot take; 503 before, after and otherwise.",
        other={503: ReadinessOut},
    ),
)
async def readyz(request: Request) -> Response:
    context: Context = request.app.state.context
    recorder, spool = context.recorder, context.recorder.spool
    reachable = await recorder.is_reachable(DATABASE_SECONDS)
    ready = (reachable or spool.has_room) and not context.draining
    status = "ready" if reachable else "degraded"
    edition, failure = context.edition, context.follower.failure
    body = {
        "status": status if ready else "not_ready",
        "database": reachable,
        "spool": {"records": spool.records, "bytes": spool.bytes},
        "edition": edition.number,
        "edition_failed": None if failure is None else {"edition": failure.edition_id, "code": failure.code},
        "bundle": edition.bundle,
        "catalogue": edition.catalogue.version,
    }
    return Response(orjson.dumps(body), 200 if ready else 503, media_type="application/json")


@router.get(
    "/metrics",
    summary="Prometheus metrics, summed over workers",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    context: Context = request.app.state.context
    context.sample_gauges()
    body, media_type = context.instruments.exposition()
    return Response(body, headers={"Content-Type": media_type})
