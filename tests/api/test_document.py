"""The OpenAPI document, which all other tests hold answers against, is sound and complete."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from service.access.endpoint import ENDPOINTS, OPEN
from tests.support.app import PROBLEM, Caller

OPERATIONS = {
    ("post", "/intent"): {"200", "400", "408", "413", "415", "422", "503"},
    ("post", "/intent/batch"): {"200", "400", "408", "413", "415", "422", "503"},
    ("post", "/route"): {"200", "400", "408", "409", "413", "415", "422", "503"},
    ("get", "/decisions/{decision_id}"): {"200", "404", "422", "503"},
    ("post", "/decisions/{decision_id}/outcome"): {
        "200",
        "400",
        "404",
        "408",
        "409",
        "413",
        "415",
        "422",
        "429",
        "503",
    },
    ("post", "/decisions/{decision_id}/reroute"): {"200", "400", "404", "408", "409", "413", "415", "422", "503"},
    ("get", "/contacts/{contact_id}"): {"200", "404", "422", "503"},
    ("delete", "/contacts/{contact_id}"): {"200", "404", "422", "503"},
    ("post", "/content/check"): {"200", "400", "408", "413", "415", "422", "503"},
    ("get", "/reports/outcomes"): {"200", "422", "503"},
}
"""Every status that the tests of this folder have met, by operation, besides those of keys."""
OF_KEYS = {"401", "403", "429"}


@pytest.fixture
async def document(shared: Caller) -> dict[str, Any]:
    """As it is served."""
    served: dict[str, Any] = (await shared.get("/openapi.json")).json()
    return served


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


async def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    """With the name and version of the service."""
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert document["info"]["title"] == "Errand"
    assert document["info"]["version"]


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """And every schema is led to."""
    references = {node["$ref"] for node in nodes(document) if "$ref" in node}

    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references == schemas


async def test_every_operation_is_told_apart_and_explained(document: dict[str, Any]) -> None:
    """A unique id for generated clients, a summary for people, and no response without a description."""
    found = list(operations(document))

    assert max(Counter(operation["operationId"] for _, _, operation in found).values()) == 1
    assert all(operation["summary"] for _, _, operation in found)
    assert all(response["description"] for _, _, operation in found for response in operation["responses"].values())


async def test_parameters_of_addresses_are_declared(document: dict[str, Any]) -> None:
    """Each by its name, and required."""
    for _, path, operation in operations(document):
        declared = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path))
        assert all(each["required"] for each in operation.get("parameters", ()) if each["in"] == "path")


@pytest.mark.parametrize(("operation", "statuses"), OPERATIONS.items())
async def test_every_status_is_announced(
    document: dict[str, Any], operation: tuple[str, str], statuses: set[str]
) -> None:
    """Those that a caller can meet, with problem details for all but 200."""
    method, path = operation
    responses = document["paths"][path][method]["responses"]
    statuses = statuses if ENDPOINTS[method.upper(), path] is OPEN else statuses | OF_KEYS

    assert responses.keys() == statuses
    assert all(list(responses[status]["content"]) == [PROBLEM] for status in statuses - {"200"})


@pytest.mark.parametrize("path", ["/intent", "/intent/batch", "/route", "/content/check"])
async def test_bodies_are_described_and_closed(document: dict[str, Any], path: str) -> None:
    """A reader sees which fields there are, and that there are no others."""
    content = document["paths"][path]["post"]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]

    assert document["components"]["schemas"][name]["additionalProperties"] is False


async def test_headers_that_are_read_are_described(document: dict[str, Any]) -> None:
    """Who does not know of a header cannot send it."""
    described = {
        (path, parameter["name"])
        for _, path, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "header"
    }

    assert ("/route", "Idempotency-Key") in described
    assert {("/intent", "X-Request-Timeout-Ms"), ("/route", "X-Request-Timeout-Ms")} <= described


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_there_are_pages_to_read(shared: Caller, path: str) -> None:
    """They show the document."""
    response = await shared.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "/openapi.json" in response.text


async def test_links_lead_from_a_contact_that_was_routed_to_what_comes_after(document: dict[str, Any]) -> None:
    """Each to an operation that there is, with fields that the answer has and parameters that the operation takes."""
    answered = document["paths"]["/route"]["post"]["responses"]["200"]
    fields = document["components"]["schemas"]["RouteOut"]["properties"]
    found = {operation["operationId"]: operation for _, _, operation in operations(document)}

    assert answered["links"].keys() >= {"decision", "outcome", "reroute", "contact"}
    for link in answered["links"].values():
        assert {place.rpartition("/")[2] for place in link["parameters"].values()} <= fields.keys()
        taken = {each["name"] for each in found[link["operationId"]]["parameters"] if each["in"] == "path"}
        assert taken == link["parameters"].keys()
