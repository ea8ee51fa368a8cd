"""Trying a phrase at its first words finds what a scan of the whole text finds."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import service.redact
from service.redact.word import Phrase, Words, first_words

PADDING = " -" * 60
"""Makes a table of words worth its while, and is part of no phrase."""
PHRASES = {
    f"{module.name.rpartition('.')[2]}{name}": each
    for module in pkgutil.walk_packages(service.redact.__path__, "service.redact.")
    for name, value in vars(importlib.import_module(module.name)).items()
    for each in (value if isinstance(value, tuple) and not isinstance(value, Phrase) else (value,))
    if isinstance(each, Phrase)
}


def spans(matches: object) -> list[tuple[int, int]]:
    return [match.span() for match in matches]  # type: ignore[attr-defined]


@pytest.mark.parametrize("sought", PHRASES.values(), ids=PHRASES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_phrase_is_found_wherever_its_pattern_matches(sought: Phrase, data: st.DataObject) -> None:
    """In texts of the pattern's own words."""
    own = sorted(set(re.findall(r"[^\W\d_]+", sought.pattern.pattern)) | sought.first)
    piece = st.one_of(st.sampled_from(own), st.sampled_from(["4 may 1971", "4471", "is", "Ab", "street", "'s"]))
    glue = st.sampled_from([" ", " ", "", "-", ": ", ", ", "\n", "/", "_", ". "])
    written = "".join(data.draw(st.lists(st.one_of(piece, glue), max_size=24)))
    lowered = written.lower() + PADDING

    assert spans(Words(lowered).finditer(sought)) == spans(sought.pattern.finditer(lowered))


def test_there_are_phrases_to_try() -> None:
    assert len(PHRASES) > 20


def test_places_come_in_the_order_of_the_text() -> None:
    words = Words("to you or to me")

    assert words.places_of(frozenset({"me", "to", "nobody"})) == [0, 10, 13]


def test_first_words_of_a_choice() -> None:
    choice = "order|a/c|(?:my|the) number|one[- ]time"

    assert first_words(choice) == {"order", "a", "my", "the", "one"}
