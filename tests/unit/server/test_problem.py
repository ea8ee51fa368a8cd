"""A refusal says what to mend, and repeats nothing that was sent."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import NoKeyError, RefusalError, TurnAheadError
from service.server.problem import MEDIA_TYPE, problem_response, refusal_of


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = 1


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=5)
    parts: list[Part] = Field(default_factory=list, max_length=1)


def refused(body: bytes) -> RefusalError:
    with pytest.raises(ValidationError) as error:
        Body.model_validate_json(body)
    return refusal_of(error.value)


def test_a_refusal_is_problem_details() -> None:
    """Programs match the code, and people read the rest."""
    refusal = TurnAheadError("Turn 2 is next.", field="turn", mend="Send turn 2.", retry_after_seconds=1)

    response = problem_response(refusal)

    assert (response.status_code, response.headers["content-type"]) == (409, MEDIA_TYPE)
    assert response.headers["retry-after"] == "1"
    assert orjson.loads(response.body) == {
        "type": "urn:errand:problem:turn_ahead",
        "title": "Turns before this one have not come yet",
        "status": 409,
        "code": "turn_ahead",
        "detail": "Turn 2 is next.",
        "field": "turn",
        "mend": "Send turn 2.",
    }


def test_what_is_not_known_is_left_out() -> None:
    """Headers of the kind of refusal are sent with it."""
    response = problem_response(NoKeyError("A key is needed."))

    assert orjson.loads(response.body).keys() == {"type", "title", "status", "code", "detail"}
    assert "retry-after" not in response.headers
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("body", "code", "field", "said"),
    [
        (b"{", "malformed_body", "body", "not JSON"),
        (b'{"text": "\xff"}', "malformed_body", "body", "not JSON"),
        (b"[]", "invalid_request", "body", "body: "),
        (b"{}", "invalid_request", "text", "text: Field required"),
        (b'{"text": "zebracanary"}', "invalid_request", "text", "at most 5"),
        (b'{"text": "a", "parts": [{"size": "zebracanary"}]}', "invalid_request", "parts.0.size", "parts.0.size: "),
        (b'{"text": "a", "mood": 1}', "invalid_request", "mood", "mood: "),
        (b'{"text": "a", "zebracanary 07700900142": 1}', "invalid_request", "body", "whose name is not repeated"),
        (b'{"text": "a", "a07700900142": 1}', "invalid_request", "body", "whose name is not repeated"),
        (b'{"mood": 1}', "invalid_request", "text", "(and 1 more)"),
    ],
)
def test_the_first_mistake_is_named(body: bytes, code: str, field: str, said: str) -> None:
    """Values are not repeated, nor keys that may be a customer's words."""
    refusal = refused(body)

    assert (refusal.code, refusal.field) == (code, field)
    assert said in refusal.detail
    assert "zebracanary" not in f"{refusal.detail} {refusal.mend}"
    assert "07700" not in refusal.detail


@pytest.mark.parametrize(
    ("body", "mend"),
    [
        (b"{}", "Add this field."),
        (b'{"text": 1}', "Send a string."),
        (b'{"text": "abcdefg"}', "Send a shorter text."),
        (b'{"text": "a", "parts": [{}, {}]}', "Send fewer items."),
        (b'{"text": "a", "parts": 1}', "See the schema at /docs."),
    ],
)
def test_every_mistake_has_a_mend(body: bytes, mend: str) -> None:
    """The caller need not guess."""
    assert refused(body).mend == mend


def test_a_message_of_ours_is_told_as_it_is() -> None:
    """Pydantic's words before it are left out."""

    class Odd(BaseModel):
        text: str

        def model_post_init(self, _: Any) -> None:
            raise ValueError("The text is odd.")

    with pytest.raises(ValidationError) as error:
        Odd(text="a")

    assert refusal_of(error.value).detail == "body: The text is odd."
