"""The API keeps the promise of docs/compatibility.md towards callers of the last release."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import Caller
from tests.support.compatibility import Comparison

ROOT = Path(__file__).resolve().parents[2]
LAST_RELEASE = ROOT / "tests" / "data" / "openapi-0.1.0.json"
"""The document of the last release, as `GET /openapi.json` answered it. Exchange it when the next one is released."""
ROW = re.compile(r"^\| .+ \| .+ \| `(\w+)` \| (yes|no) \|", re.MULTILINE)

Document = dict[str, Any]


def growing() -> dict[str, bool]:
    """Enums that the page names, and whether they grow."""
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    return {name: grows == "yes" for name, grows in ROW.findall(page)}


async def test_callers_of_the_last_release_are_served(shared: Caller) -> None:
    """No path, operation, field or value of an enum went away, and nothing new is required."""
    old, new = json.loads(LAST_RELEASE.read_text("utf-8")), (await shared.get("/openapi.json")).json()

    assert (
        list(Comparison(old=old, new=new, growing=[name for name, grows in growing().items() if grows]).breaches())
        == []
    )


async def test_the_page_names_enums_of_the_document(shared: Caller) -> None:
    """By the names of their schemas."""
    schemas = (await shared.get("/openapi.json")).json()["components"]["schemas"]

    assert growing()
    assert [name for name in growing() if "enum" not in schemas.get(name, {})] == []


def document() -> Document:
    """An API with one operation."""
    return {
        "paths": {
            "/route": {
                "post": {
                    "parameters": [{"in": "header", "name": "Key", "schema": {"type": "string"}}],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                    "responses": {
                        "200": {
                            "headers": {"Server-Timing": {}},
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}},
                        },
                        "503": {},
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "In": {
                    "type": "object",
                    "required": ["text"],
                    "properties": {"text": {"type": "string"}, "channel": {"$ref": "#/components/schemas/Channel"}},
                },
                "Out": {
                    "type": "object",
                    "required": ["goals"],
                    "properties": {
                        "goals": {"type": "array", "items": {"$ref": "#/components/schemas/Goal"}},
                        "say": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                },
                "Goal": {
                    "type": "object",
                    "required": ["state"],
                    "properties": {"state": {"type": "string", "enum": ["open", "done"]}},
                },
                "Channel": {"type": "string", "enum": ["voice", "chat"]},
            }
        },
    }


def changed(where: str, value: object) -> Document:
    """The document with another value at a place. A value of `None` takes the place away."""
    new = deepcopy(document())
    *way, last = where.split(" ")
    place: Any = new
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return new


OPERATION, SCHEMAS = "paths /route post", "components schemas"


@pytest.mark.parametrize(
    ("where", "value", "breach"),
    [
        ("paths /route", None, "POST /route is gone"),
        (OPERATION, None, "POST /route is gone"),
        (f"{OPERATION} responses 200", None, "POST /route lost status 200"),
        (f"{OPERATION} responses 200 headers Server-Timing", None, "POST /route 200 lost header Server-Timing"),
        (f"{OPERATION} responses 200 content", {"text/plain": {}}, "POST /route 200 lost application/json"),
        (f"{OPERATION} requestBody required", True, "POST /route requires a body"),
        (f"{OPERATION} parameters", [], "POST /route lost header Key"),
        (f"{OPERATION} parameters 0 required", True, "POST /route requires header Key"),
        (f"{SCHEMAS} In properties channel", None, "In lost channel"),
        (f"{SCHEMAS} In required", ["text", "channel"], "In requires channel"),
        (f"{SCHEMAS} In properties text type", "integer", "In.text changed its type: ['string']"),
        (f"{SCHEMAS} Out properties say", None, "Out lost say"),
        (f"{SCHEMAS} Out required", [], "Out may lack goals"),
        (f"{SCHEMAS} Out properties say type", "integer", "Out.say changed its type: ['integer']"),
        (f"{SCHEMAS} Goal properties state", None, "Goal lost state"),
        (f"{SCHEMAS} Goal properties state enum", ["open"], "Goal.state lost 'done'"),
        (f"{SCHEMAS} Goal properties state enum", ["open", "done", "late"], "Goal.state grew by 'late'"),
        (f"{SCHEMAS} Channel enum", ["voice"], "Channel lost 'chat'"),
    ],
)
def test_a_breach_is_found(where: str, value: object, breach: str) -> None:
    """Each in a sentence that says what a caller would miss."""
    comparison = Comparison(old=document(), new=changed(where, value), growing=["Channel"])

    assert list(comparison.breaches()) == [breach]


@pytest.mark.parametrize(
    ("where", "value", "reason"),
    [
        (f"{OPERATION} description", "Routes.", "prose may change"),
        (f"{OPERATION} responses 503", None, "a refusal that no longer happens"),
        ("paths /new", {"get": {"responses": {}}}, "a path is added"),
        (f"{SCHEMAS} In properties locale", {"type": "string"}, "an optional field is added"),
        (f"{SCHEMAS} In required", [], "less is required"),
        (f"{SCHEMAS} Out properties more", {"type": "string"}, "a field is added"),
        (f"{SCHEMAS} Out required", ["goals", "say"], "a field is always there"),
        (f"{SCHEMAS} Channel enum", ["voice", "chat", "fax"], "the enum may grow"),
    ],
)
def test_an_addition_is_no_breach(where: str, value: object, reason: str) -> None:
    """Callers read answers so that a new field does no harm."""
    comparison = Comparison(old=document(), new=changed(where, value), growing=["Channel"])

    assert list(comparison.breaches()) == [], reason
