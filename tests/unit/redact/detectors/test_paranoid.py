"""The paranoid detector masks by shape alone."""

from __future__ import annotations

import pytest

from service.redact.detectors.paranoid import find_suspicious
from service.redact.span import Kind, Strength
from service.redact.text import fold, read


@pytest.mark.parametrize(
    ("text", "found", "reason"),
    [
        ("nothing to see 12 times", [], "short numbers and words"),
        ("1234567", [(Kind.NUMBER, "1234567")], "seven digits"),
        ("123456", [], "six digits"),
        ("12-34 (5).6 7", [(Kind.NUMBER, "12-34 (5).6 7")], "separators between"),
        ("a@b", [(Kind.EMAIL, "a@b")], "anything with an at sign"),
        ("abcdefgh12345678", [(Kind.NUMBER, "12345678"), (Kind.SECRET, "abcdefgh12345678")], "sixteen, mixed"),
        ("abcdefgh1234567", [(Kind.NUMBER, "1234567")], "fifteen"),
        ("a" * 28, [(Kind.SECRET, "a" * 28)], "longer than any word"),
        ("a" * 27, [], "a long word of Welsh or German"),
    ],
)
def test_shapes_are_taken_whatever_they_mean(text: str, found: list[tuple[Kind, str]], reason: str) -> None:
    """Each is a guess, so that any other detector knows better."""
    suspicious = list(find_suspicious(read(fold(text))))

    assert [(each.kind, text[each.start : each.end]) for each in suspicious] == found, reason
    assert all(each.strength is Strength.GUESS for each in suspicious)
