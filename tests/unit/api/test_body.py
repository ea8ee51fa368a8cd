"""A request's turns and its deadline, as values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from service.api.body import left_of, named_seconds, raw_turns, validated, with_whole_characters
from service.api.schema import IntentIn
from service.domain.understanding import Speaker
from service.errors import InvalidRequestError, RefusalError
from tests.support.processor import times_the_work


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


@pytest.mark.parametrize(
    ("written", "read", "reason"),
    [
        (r'"\ud83d"', "\ufffd", "the first half alone"),
        (r'"\ude00"', "\ufffd", "the second half alone"),
        (r'"hi \uD83D there"', "hi \ufffd there", "in capitals, between words"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd", "two halves in the wrong order"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600", "a half before a whole emoji"),
        (r'"\ud83d\ude00\ude00"', "\U0001f600\ufffd", "a half after a whole emoji"),
        (r'"\ud83d \ude00"', "\ufffd \ufffd", "two halves that are apart"),
        (r'"\ud83d\u0041"', "\ufffdA", "a half before another character"),
        (r'"\ud83d\n"', "\ufffd\n", "a half before a line end"),
        (r'"\\\ud83d"', "\\\ufffd", "a half behind a backslash that is escaped"),
        (r'"a\ud83d', "a\ufffd", "a half at the end of a body that was cut"),
    ],
)
def test_halves_of_characters_are_replaced(written: str, read: str, reason: str) -> None:
    """A client that cuts a text may cut an emoji in two, and the rest of the text is read."""
    mended = with_whole_characters(written.encode()).decode()

    assert json.loads(mended if mended.endswith('"') else mended + '"') == read, reason


@pytest.mark.parametrize(
    "written",
    [
        r'"\ud83d\ude00"',
        r'"\\ud83d"',
        r'"\\\\ud83d"',
        r'"\\\"\\ud83d"',
        r'"C:\\users\\dean"',
        r'{"text": "caf\u00e9 \u65e5\n\t\/"}',
        '"\U0001f600"',
        r'"\ufffd"',
        "",
        "\\",
    ],
)
def test_whole_characters_and_escaped_backslashes_stay(written: str) -> None:
    """A body without halves is the same, byte for byte."""
    assert with_whole_characters(written.encode()) == written.encode()


@given(
    st.lists(st.sampled_from(["\\ud83d", "\\ude00", "\\\\", "\\n", "a", "u", '\\"', "\\u0041", "\u00e9"]), max_size=12)
)
def test_any_mended_body_can_be_read(pieces: list[str]) -> None:
    """The characters besides the halves are those of the body."""
    body = '"' + "".join(pieces) + '"'

    mended = json.loads(with_whole_characters(body.encode()))

    mended.encode()  # no half is left
    whole = json.loads(body).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert mended.replace("\ufffd", "") == whole.replace("\ufffd", "")


def test_halves_are_replaced_in_linear_time() -> None:
    """A body of nothing but halves takes no longer than its length calls for."""

    def halves(count: int) -> bytes:
        return b"\\ud83d" * count

    assert times_the_work(with_whole_characters, halves(16_000), halves(2_000), rounds=3) < 24


def test_a_mended_body_is_validated() -> None:
    """The parser refuses the body as it came, and takes it mended."""
    body = rb'{"text": "where is my parcel \ud83d"}'

    with pytest.raises(RefusalError):
        validated(IntentIn, body)

    assert validated(IntentIn, with_whole_characters(body)).text == "where is my parcel \ufffd"
