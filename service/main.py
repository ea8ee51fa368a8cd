"""The application: `create_app(settings)`. As a uvicorn factory it reads its settings from the environment."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from service import __version__
from service.access.request_access import Access
from service.api import contact, content, decision, health, intent, outcome, promise, report, route
from service.api import docs_page as page
from service.api.openapi import document
from service.context import open_context
from service.domain.clock import utc_now
from service.errors import InvalidRequestError, RefusalError
from service.logs import configure_logs
from service.measure.instruments import Instruments
from service.server.admission import Admission
from service.server.drain import draining_first
from service.server.edge import Edge, InternalError
from service.server.problem import problem_response
from service.server.switch_interval import sharing_the_interpreter
from service.settings import Settings, read_settings

RESOURCES = (intent, route, decision, outcome, contact, promise, report, content, health, page)
LANES = {("POST", "/intent"): intent.intent, ("POST", "/route"): route.route}


class StandardRefusalError(RefusalError):
    """A refusal of the framework itself, for an unknown address or method."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = {404: "no_such_address", 405: "method_not_allowed"}.get(status, "refused")
        self.title = detail


class Application(FastAPI):
    """Sends every request to the edge first. A request that the edge refuses, or has a lane for, ends there."""

    edge: Edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["app"] = self
            await self.edge(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None, *, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return a FastAPI application that opens its context when it starts and closes it when it stops."""
    settings = settings or read_settings()
    configure_logs(settings)
    instruments, admission = Instruments(), Admission(settings.max_in_flight)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_context(settings, instruments, admission, clock) as context:
            app.state.context = context
            app.state.access = Access(
                context.keyring,
                identity=context.identity,
                proxies=settings.trusted_proxies,
                limiter=context.limiter,
            )
            spare_the_collector()
            with sharing_the_interpreter(), draining_first(settings.drain_seconds, context.drain):
                yield

    app = Application(
        title="Errand",
        version=__version__,
        summary="Finds out what a customer came for and sends the contact to where it gets done.",
        lifespan=lifespan,
        docs_url=None,  # docs_page serves its own pages, with a policy
        redoc_url=None,
        redirect_slashes=False,
    )
    for resource in RESOURCES:
        app.include_router(resource.router)
    app.add_exception_handler(RefusalError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid_parameter)
    app.add_exception_handler(HTTPException, _standard)
    app.add_exception_handler(Exception, _unexpected)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.edge = Edge(
        super(Application, app).__call__,
        lanes=LANES,
        instruments=instruments,
        paths=frozenset(getattr(route, "path", "") for resource in RESOURCES for route in resource.router.routes),
        admission=admission,
        access_log=settings.access_log,
    )
    return app


def spare_the_collector() -> None:
    """Exclude the objects built at start, which live as long as the process, from every later garbage collection.

    A full collection would walk all of them and hold the event loop for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()


async def _unexpected(_: Request, __: Exception) -> Response:
    return problem_response(InternalError("The request could not be answered."))


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusalError)  # noqa: S101  (registered for this class alone)
    return problem_response(error)


async def _invalid_parameter(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for this class alone)
    first = error.errors()[0]
    field = str(first["loc"][-1])
    return problem_response(
        InvalidRequestError(f"{field}: {first['msg']}", field=field, mend="See the schema at /docs.")
    )


async def _standard(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for this class alone)
    response = problem_response(StandardRefusalError(error.status_code, str(error.detail)))
    response.headers.update(error.headers or {})
    return response
