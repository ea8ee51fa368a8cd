"""Sets of words, written as text so that long ones stay readable."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text with blanks between them."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """Return the phrases of a text with commas between them."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split(","))
