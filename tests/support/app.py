"""The application in this process, called over ASGI; every answer is held against the OpenAPI document."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from service.context import Context
from service.main import create_app
from service.settings import Settings

PROBLEM = "application/problem+json"
SATURDAY_NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""In London too, where the starter catalogue's desks are open at that time."""
AMPLE_MS = 60_000
"""A deadline that no test comes near, so that a slow machine gives the answers of a fast one."""

UNDERSTOOD = "I want to cancel my booking"
AMBIGUOUS = "cancel"
"""Names no thing: several intents of the starter catalogue begin with this word."""
OUT_OF_SCOPE = "what's the weather like tomorrow"
NO_GOAL_YET = "hello"
ONE_OF_EACH = {
    "understood": UNDERSTOOD,
    "ambiguous": AMBIGUOUS,
    "out_of_scope": OUT_OF_SCOPE,
    "no_goal_yet": NO_GOAL_YET,
}


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = SATURDAY_NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


class Caller(httpx.AsyncClient):
    """A client of one application. An answer that the OpenAPI document does not announce fails the test."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._contract = Contract(document_of(app))
        super().__init__(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://errand.test",
            event_hooks={"response": [self._hold_against_contract]},
        )

    @property
    def context(self) -> Context:
        context: Context = self.app.state.context
        return context

    async def intent(self, text: str, **fields: Any) -> dict[str, Any]:
        """The answer of `/intent` to a text."""
        return answer_in(await self.post("/intent", json={"text": text, **fields}))

    async def understand(self, *turns: tuple[str, str]) -> dict[str, Any]:
        """The answer of `/intent` to a conversation of speakers and texts."""
        body = {"turns": [{"speaker": speaker, "text": text} for speaker, text in turns]}
        return answer_in(await self.post("/intent", json=body))

    async def route(self, text: str, **fields: Any) -> dict[str, Any]:
        """The answer of `/route` to a text."""
        return answer_in(await self.post("/route", json={"text": text, **fields}))

    async def metrics(self) -> Metrics:
        return Metrics((await self.get("/metrics")).text)

    async def _hold_against_contract(self, response: httpx.Response) -> None:
        await response.aread()
        breaches = self._contract.breaches(response)
        assert not breaches, breaches


@contextlib.asynccontextmanager
async def serving(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Caller]:
    """An application between its start and its stop, and a client of it; at Saturday noon unless a clock is given."""
    app = create_app(settings, clock=clock or Clock())
    async with app.router.lifespan_context(app), Caller(app) as caller:
        yield caller


_documents: list[dict[str, Any]] = []


def document_of(app: FastAPI) -> dict[str, Any]:
    """The same of every application, and made once."""
    if not _documents:
        _documents.append(app.openapi())
    return _documents[0]


def settings_for(bundle: Path, home: Path, **overrides: Any) -> Settings:
    fields: dict[str, Any] = {"home": home, "bundle": bundle, "deadline_ms": AMPLE_MS}
    return Settings(**fields | overrides)


def answer_in(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def problem_in(response: httpx.Response, *, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The problem details of a refusal, which must be this one."""
    assert response.headers["content-type"] == PROBLEM, response.text
    problem: dict[str, Any] = response.json()
    found = (response.status_code, problem["status"], problem["code"], problem.get("field"))
    assert found == (status, status, code, field), problem
    return problem


class Contract:
    """What an OpenAPI document says of answers."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self._paths = [(as_pattern(path), operations) for path, operations in document["paths"].items()]

    def breaches(self, response: httpx.Response) -> list[str]:
        """How an answer differs from what the document says of its address, method and status."""
        ids = response.headers.get_list("x-request-id")
        found = [] if len(ids) == 1 and ids[0] else [f"{len(ids)} X-Request-Id"]
        return found + list(self._differences(response))

    def _differences(self, response: httpx.Response) -> Iterator[str]:
        request = response.request
        what = f"{request.method} {request.url.path}: {response.status_code}"
        operations = next((each for pattern, each in self._paths if pattern.fullmatch(request.url.path)), None)
        operation = (operations or {}).get(request.method.lower())
        if operation is None:
            if response.status_code >= 400 and request.method != "HEAD":
                yield from self.mismatches({"$ref": "#/components/schemas/ProblemOut"}, response.json(), what)
            return
        announced = operation["responses"].get(str(response.status_code))
        media_type = response.headers["content-type"].partition(";")[0]
        if announced is None:
            yield f"{what} is not announced"
        elif media_type not in announced["content"]:
            yield f"{what} is not announced as {media_type}"
        else:
            body = response.json() if media_type.endswith("json") else response.text
            yield from self.mismatches(announced["content"][media_type]["schema"], body, what)

    def mismatches(self, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
        """Where a value differs from a schema. A property that the schema does not name is a difference."""
        if "$ref" in schema:
            yield from self.mismatches(self._schemas[schema["$ref"].rpartition("/")[2]], value, where)
        elif "anyOf" in schema:
            if all(any(self.mismatches(option, value, where)) for option in schema["anyOf"]):
                yield f"{where} fits none of its forms"
        elif "enum" in schema:
            if value not in schema["enum"]:
                yield f"{where} is none of {schema['enum']}"
        elif not is_of_type(value, schema["type"]):
            yield f"{where} is no {schema['type']}"
        elif schema["type"] == "array":
            for place, item in enumerate(value):
                yield from self.mismatches(schema["items"], item, f"{where}.{place}")
        elif schema["type"] == "object":
            yield from self._object_mismatches(schema, value, where)

    def _object_mismatches(self, schema: Mapping[str, Any], value: Mapping[str, Any], where: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        is_open = schema.get("additionalProperties") is True
        yield from (f"{where} lacks {name}" for name in schema.get("required", ()) if name not in value)
        yield from (
            f"{where} has {name}, which is not announced" for name in value if name not in properties and not is_open
        )
        for name in properties.keys() & value.keys():
            yield from self.mismatches(properties[name], value[name], f"{where}.{name}")


JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def is_of_type(value: Any, name: str) -> bool:
    return isinstance(value, JSON_TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def as_pattern(path: str) -> re.Pattern[str]:
    """`/decisions/{decision_id}` as an expression that its addresses match."""
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))


class Metrics:
    """What `/metrics` said at one moment."""

    def __init__(self, exposition: str) -> None:
        self.exposition = exposition
        self.samples = [sample for family in text_string_to_metric_families(exposition) for sample in family.samples]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that carry these labels."""
        return sum(
            sample.value for sample in self.samples if sample.name == name and labels.items() <= sample.labels.items()
        )

    def counts(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """What was counted above zero, by the values of these labels."""
        found = {tuple(s.labels[label] for label in labels): s.value for s in self.samples if s.name == name}
        return {values: count for values, count in found.items() if count}


async def eventually(has_come: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what must come, however slow the machine is; the time limit of the test is the bound."""
    while not await has_come():  # noqa: ASYNC110 - what is waited for is in another process, or has no event
        await asyncio.sleep(0.01)


def contents_of(folder: Path) -> bytes:
    """Every byte of every file in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def in_turns(speaker: str, texts: Iterable[str]) -> list[dict[str, str]]:
    return [{"speaker": speaker, "text": text} for text in texts]
