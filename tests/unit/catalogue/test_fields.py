"""Each kind of text in a catalogue takes what it means, and refuses the rest with a mend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.catalogue import fields
from service.catalogue.fields import is_endpoint, span


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (fields.IntentName, "track_order"),
        (fields.IntentName, "track_order_2"),
        (fields.PathName, "track"),
        (fields.KebabName, "order-desk_2"),
        (fields.Duration, "PT4H"),
        (fields.Duration, "P1Y"),
        (fields.Interval, "PT1S"),
        (fields.Interval, "PT1H"),
        (fields.Hours, "Mo-Fr 09:00-17:00; PH off"),
        (fields.Timezone, "Europe/London"),
        (fields.Country, "GB"),
        (fields.Page, "/bookings/new"),
        (fields.Page, "https://shop.example/new"),
        (fields.Endpoint, "https://shop.example"),
        (fields.Endpoint, "${SHOP_URL}/orders"),
    ],
)
def test_what_is_meant_is_taken(kind: Any, text: str) -> None:
    """It stays as it was written."""
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize(
    ("kind", "text", "rule", "reason"),
    [
        (fields.IntentName, "track", "bad_name", "a verb without an object"),
        (fields.IntentName, "Track_Order", "bad_name", "capitals"),
        (fields.IntentName, "no_goal_yet", "bad_name", "a label of training rows"),
        (fields.IntentName, "out_of_scope", "bad_name", "a label of training rows"),
        (fields.PathName, "track-order", "bad_name", "a hyphen"),
        (fields.KebabName, "order desk", "bad_name", "a blank"),
        (fields.KebabName, "-desk", "bad_name", "a hyphen at its beginning"),
        (fields.Duration, "4 hours", "bad_duration", "words"),
        (fields.Duration, "PT0S", "bad_duration", "no time at all"),
        (fields.Duration, "-PT4H", "bad_duration", "before zero"),
        (fields.Interval, "PT0.5S", "out_of_range", "too often"),
        (fields.Interval, "PT61M", "out_of_range", "too rarely"),
        (fields.Hours, "never", "bad_hours", "not as OpenStreetMap writes them"),
        (fields.Timezone, "Mars/Base", "bad_timezone", "no such place"),
        (fields.Country, "XX", "bad_country", "no such country"),
        (fields.Page, "//elsewhere.example", "bad_url", "another host without saying so"),
        (fields.Page, "javascript:alert(1)", "bad_url", "no address of a page"),
        (fields.Endpoint, "shop.example", "bad_url", "no scheme"),
        (fields.Endpoint, "ftp://shop.example", "bad_url", "another scheme"),
    ],
)
def test_what_is_not_meant_is_refused(kind: Any, text: str, rule: str, reason: str) -> None:
    """The refusal names its rule and the mend."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(text)

    (error,) = refused.value.errors()
    assert error["type"] == rule, reason
    assert error["ctx"]["mend"]


@pytest.mark.parametrize(("text", "kept"), [("  a  ", "a"), ("a" * 500, "a" * 500)])
def test_blank_ends_are_no_part_of_a_text(text: str, kept: str) -> None:
    """They are seen by nobody."""
    assert TypeAdapter(fields.Text).validate_python(text) == kept


@pytest.mark.parametrize("text", ["", "   ", "a" * 501])
def test_a_text_says_something_in_few_words(text: str) -> None:
    """It is shown to customers."""
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Text).validate_python(text)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("PT90S", timedelta(seconds=90)),
        ("P1M", timedelta(days=30)),
        ("P1Y", timedelta(days=365)),
        ("P1DT1H", timedelta(hours=25)),
    ],
)
def test_a_duration_is_a_span(duration: str, expected: timedelta) -> None:
    """Months and years have a length of their own."""
    assert span(duration) == expected


@pytest.mark.parametrize("text", ["4", "3600", "T4H", ""])
def test_a_number_is_no_duration(text: str) -> None:
    """Nobody could tell its unit."""
    with pytest.raises(ValueError, match="begins with P"):
        span(text)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:8000/x", True),
        ("https://", False),
        ("${A}", False),
        ("/a", False),
    ],
)
def test_an_endpoint_has_a_host(url: str, *, is_one: bool) -> None:
    """A variable is filled in first."""
    assert is_endpoint(url) == is_one
