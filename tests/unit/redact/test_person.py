"""A name ends where the sentence goes on."""

from __future__ import annotations

import pytest

from service.redact.not_a_name import NOT_A_FIRST_NAME, NOT_A_NAME, PARTICLES
from service.redact.person import MOST_WORDS, name_end
from service.redact.text import fold, read


@pytest.mark.parametrize(
    ("text", "small", "name", "reason"),
    [
        ("Jo Marsh and I", False, "Jo Marsh", "a small word ends it"),
        ("jo marsh", False, None, "without capitals it is no name"),
        ("jo marsh", True, "jo marsh", "in speech nothing has capitals"),
        ("Ludwig van Beethoven", False, "Ludwig van Beethoven", "a particle inside"),
        ("Ludwig van", False, "Ludwig", "a particle at the end is none of it"),
        ("J. R. Marsh", False, "J. R. Marsh", "initials"),
        ("O'Brien-Smith", False, "O'Brien-Smith", "apostrophe and hyphen"),
        ("sorry about that", True, None, "an ordinary word"),
        ("Christian", False, None, "alone it tells an origin"),
        ("Jo Christian", False, "Jo Christian", "after a first name it is a name"),
        ("waiting", True, None, "the ending of a verb"),
        ("An Bo Cy Di Ed Fy", False, "Bo", "the first word is ordinary"),
    ],
)
def test_a_name_is_found_from_its_start(text: str, *, small: bool, name: str | None, reason: str) -> None:
    """Its end is that of its last word."""
    start = 3 if text.startswith("An ") else 0
    end = name_end(read(fold(text)), start, small=small, most=1 if start else MOST_WORDS)

    assert (None if end is None else text[start:end]) == name, reason


def test_a_name_has_a_few_words() -> None:
    """More capitals are a heading."""
    text = "Ben Carl Dora Emil Fritz Gerda"

    assert name_end(read(text), 0, small=False) == len("Ben Carl Dora Emil")


def test_the_lists_are_of_small_letters_and_apart() -> None:
    """A word is looked up in small letters, and is in one of the lists."""
    for words in (NOT_A_NAME, NOT_A_FIRST_NAME, PARTICLES):
        assert all(word == word.lower().strip() for word in words)
    assert not NOT_A_NAME & NOT_A_FIRST_NAME
