"""`/healthz`, `/readyz` and `/metrics`: for probes and for operators."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.api.document import described
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
        description="200 when the bundle is loaded and the database answers; 503 before, after and otherwise.",
        other={503: ReadinessOut},
    ),
)
async def readyz(request: Request) -> Response:
    context: Context = request.app.state.context
    reachable = await context.recorder.is_reachable(DATABASE_SECONDS)
    ready = reachable and not context.draining
    body = {
        "status": "ready" if ready else "not_ready",
        "database": reachable,
        "bundle": context.pipeline.classifier.version,
        "catalogue": context.pipeline.catalogue.version,
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
