"""A word beside a number tells its meaning."""

from __future__ import annotations

import pytest

from service.redact.span import Kind
from service.redact.text import fold, read


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("my order is 4471", Kind.ORDER_NUMBER, "before the number"),
        ("call me on 4471", Kind.PHONE, "a way to be reached"),
        ("pin 4471", Kind.SECRET, "a secret"),
        ("order or booking 4471", Kind.BOOKING_NUMBER, "the nearest word counts"),
        ("4471 is my order number", Kind.ORDER_NUMBER, "after the number, as people say it"),
        ("4471, order", None, "after it without saying so"),
        ("my order " + "and much else " * 5 + "4471", None, "too far before"),
        ("border 4471", None, "a part of a word"),
        ("my order <order_number> and 4471", None, "a placeholder has used up its cue"),
        ("4471", None, "nothing beside it"),
    ],
)
def test_the_nearest_word_tells_the_kind(text: str, kind: Kind | None, reason: str) -> None:
    """Its placeholder keeps the meaning."""
    start = text.index("4471")

    assert read(fold(text)).cues.kind_at(start, start + 4) == kind, reason
