"""A request's turns and its deadline, as values."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from service.api.body import left_of, named_seconds, raw_turns
from service.api.schema import IntentIn
from service.domain.understanding import Speaker
from service.errors import InvalidRequestError


def with_header(value: str | None) -> Request:
    headers = [] if value is None else [(b"x-request-timeout-ms", value.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("body", "turns", "reason"),
    [
        ({"text": "hello"}, [(Speaker.CUSTOMER, "hello")], "a bare text is the customer's"),
        (
            {"turns": [{"speaker": "agent", "text": "Sure?"}, {"speaker": "customer", "text": "yes"}]},
            [(Speaker.AGENT, "Sure?"), (Speaker.CUSTOMER, "yes")],
            "a conversation keeps its order",
        ),
    ],
)
def test_a_request_has_turns(body: dict[str, Any], turns: list[tuple[Speaker, str]], reason: str) -> None:
    """Each has its speaker."""
    assert [(turn.speaker, turn.raw_text) for turn in raw_turns(IntentIn.model_validate(body))] == turns, reason


@pytest.mark.parametrize(
    ("header", "field_ms", "seconds", "reason"),
    [
        (None, None, None, "none is named"),
        (None, 800, 0.8, "the field alone"),
        ("300", None, 0.3, "the header alone"),
        ("300", 800, 0.3, "the shorter of both"),
        ("900", 800, 0.8, "the shorter of both"),
        ("60000", None, 60.0, "the longest"),
    ],
)
def test_the_shorter_deadline_counts(
    header: str | None, field_ms: int | None, seconds: float | None, reason: str
) -> None:
    """A proxy may have set the header, and the caller the field."""
    assert named_seconds(with_header(header), field_ms) == seconds, reason


@pytest.mark.parametrize("header", ["0", "60001", "-1", "1.5", "soon", "", "1000000000", "\u00b9"])
def test_a_header_that_is_no_deadline_is_refused(header: str) -> None:
    """The refusal names the header."""
    with pytest.raises(InvalidRequestError) as refused:
        named_seconds(with_header(header), None)

    assert refused.value.field == "X-Request-Timeout-Ms"


def test_time_that_has_passed_is_gone() -> None:
    """A request that waited too long has none left, and not less than none."""
    assert left_of(1.0, 0.0) == 0.0
    assert 0.0 < left_of(1e12, 0.0) < 1e12
