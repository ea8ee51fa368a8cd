"""References: redacted values, and short codes that stayed in the utterance."""

from __future__ import annotations

import pytest

from service.domain.detail import DetailSpec, Placeholder
from service.understand.details.finder import answers_need, find_details
from tests.unit.understand.details.declared import (
    ALL,
    BOOKING,
    DAY,
    ITEM,
    ORDER,
    PARTY,
    ROOM,
    TIME,
    WEDNESDAY,
    value,
)

DIGITS = "778812345"


def hidden(utterance: str, *kinds: str) -> tuple[Placeholder, ...]:
    return tuple(
        Placeholder(kind=kind, start=at, end=at + len(kind) + 2, value=f"{DIGITS}{kind}")
        for kind in kinds
        if (at := utterance.index(f"<{kind}>")) >= 0
    )


REDACTED = [
    ("where is order <order_number>", (ORDER,), None, "order_number", "order_number", "its own kind"),
    ("it's <reference>", (ORDER,), None, "order_number", "reference", "the only reference that is declared"),
    ("it's <reference>", (ORDER, BOOKING), "booking_number", "booking_number", "reference", "the one that was asked"),
    ("my booking is <reference>", (ORDER, BOOKING), None, "booking_number", "reference", "a cue before"),
    ("<number>", (ORDER,), "order_number", "order_number", "number", "a bare number as the answer"),
    ("it's <booking_number>", (ORDER,), "order_number", "order_number", "booking_number", "a whole answer"),
]


@pytest.mark.parametrize(
    ("utterance", "specs", "asked", "name", "kind"), [row[:5] for row in REDACTED], ids=[row[5] for row in REDACTED]
)
def test_a_reference_takes_a_redacted_value(
    utterance: str, specs: tuple[DetailSpec, ...], asked: str | None, name: str, kind: str
) -> None:
    """The value comes from the memory of the request, and the place is that of the placeholder."""
    (detail,) = find_details(utterance, specs, now=WEDNESDAY, asked=asked, placeholders=hidden(utterance, kind))

    assert (detail.name, detail.value) == (name, f"{DIGITS}{kind}")
    assert utterance[detail.start : detail.end] == f"<{kind}>"


@pytest.mark.parametrize(
    ("utterance", "specs", "asked", "kind", "reason"),
    [
        ("it's <reference>", (ORDER, BOOKING), None, "reference", "two declared references and no cue"),
        ("my booking is <booking_number>", (ORDER,), None, "booking_number", "a booking is no order"),
        ("my booking is <booking_number>", (ORDER,), "order_number", "booking_number", "not even after the question"),
        ("<phone>", (ORDER,), "order_number", "phone", "a way to reach a person"),
        ("<card>", (ORDER,), "order_number", "card", "a card"),
        ("order <email>", (ORDER,), "order_number", "email", "an address after the cue"),
        ("room <number>", (ROOM,), "room_number", "number", "a number is no reference"),
    ],
)
def test_a_redacted_value_of_something_else_is_left_alone(
    utterance: str, specs: tuple[DetailSpec, ...], asked: str | None, kind: str, reason: str
) -> None:
    """Only a fitting reference may take a redacted value."""
    details = find_details(utterance, specs, now=WEDNESDAY, asked=asked, placeholders=hidden(utterance, kind))

    assert details == (), reason


@pytest.mark.parametrize("asked", [None, *(spec.name for spec in ALL)])
def test_only_references_take_redacted_values(asked: str | None) -> None:
    """No other kind of detail sees a redacted value, whatever was asked."""
    utterance = "the <order_number> for <phone> at <address> on <date_of_birth>, <name>"
    kinds = ("order_number", "phone", "address", "date_of_birth", "name")
    others = (ITEM, ROOM, PARTY, DAY, TIME)

    details = find_details(utterance, others, now=WEDNESDAY, asked=asked, placeholders=hidden(utterance, *kinds))

    assert not [detail for detail in details if DIGITS in str(detail.value)]


@pytest.mark.parametrize(
    ("utterance", "asked", "code", "reason"),
    [
        ("order 4411 hasn't arrived", False, "4411", "a short number after its cue"),
        ("my order number is KX-2214", False, "KX-2214", "a code as it was said"),
        ("KX-2214", True, "KX-2214", "a bare code"),
        ("it's 4411", True, "4411", "a bare number"),
        ("four four one one", True, "4411", "told aloud"),
        ("order two kettles", False, None, "a count"),
        ("tomorrow at 3pm", True, None, "a time"),
        ("no", True, None, "a no"),
        ("I don't have it", True, None, "a refusal"),
        ("4411", False, None, "a bare number without its question"),
    ],
)
def test_a_code_in_the_utterance(utterance: str, asked: bool, code: str | None, reason: str) -> None:
    """Redaction leaves short numbers alone, and a cue or the question makes them a reference."""
    assert value(utterance, ORDER, asked=asked) == code, reason


def test_values_stay_out_of_representations() -> None:
    """Neither a log nor a failing assertion shows a value."""
    utterance = "order <order_number>"
    placeholders = hidden(utterance, "order_number")

    detail = answers_need(utterance, ORDER, WEDNESDAY, placeholders=placeholders)

    assert detail is not None
    assert DIGITS not in repr(detail) + repr(placeholders)
