"""Misspelt words corrected towards the words of a catalogue."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.spelling import (
    FEWEST_EXAMPLES,
    LONG,
    SHORTEST,
    Speller,
    edit_distance,
    single_words,
    words_of,
)
from service.understand.tokenizer import Tokenizer

SPELLER = Speller({"parcel": 9, "refund": 7, "cancel": 5, "subscription": 4, "room": 3, "book": 3, "my": 50})
WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("written", "meant", "reason"),
    [
        ("parcell", "parcel", "a letter too many"),
        ("prcel", "parcel", "a letter missing"),
        ("pardel", "parcel", "a wrong letter"),
        ("pacrel", "parcel", "two letters swapped"),
        ("aprcel", "parcel", "two letters swapped at the beginning"),
        ("parce", "parcel", "the last letter missing"),
        ("subscriptoin", "subscription", "a long word with one edit"),
        ("subcsriptoin", "subscription", "a long word with two edits"),
    ],
)
def test_one_edit_is_corrected_and_two_in_a_long_word(written: str, meant: str, reason: str) -> None:
    """The catalogue's own word stands for the misspelt one."""
    assert SPELLER.correction(written) == meant, reason


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("parcel", "a word of the catalogue"),
        ("pracle", "two edits in a short word"),
        ("rom", "a short word: too many are one edit away"),
        ("mx", "a short word beside a short word of the catalogue"),
        ("weather", "a word that is near nothing"),
        ("parce1", "letters and digits are a code"),
        ("", "no word"),
        ("supscribtoin", "three edits in a long word"),
    ],
)
def test_other_words_are_left_alone(written: str, reason: str) -> None:
    """A wrong correction would put words into a customer's mouth."""
    assert SPELLER.correction(written) is None, reason


def test_the_nearest_word_wins_and_then_the_commonest() -> None:
    """Among equals the one in more examples is likelier, and the alphabet decides the rest."""
    near = Speller({"order": 2, "older": 9, "boarders": 99})

    assert near.correction("oider") == "older"
    assert Speller({"bath": 1, "math": 1}).correction("zath") == "bath"


@given(st.sampled_from(["parcel", "refund", "cancel", "subscription", "room", "book"]), st.data())
def test_any_single_edit_leads_back(word: str, data: st.DataObject) -> None:
    """A slip of one letter is corrected to a word that is one edit away."""
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    written = data.draw(
        st.sampled_from(
            [
                word[:place] + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + letter + word[place + 1 :],
            ]
        )
    )

    if len(written) >= SHORTEST and written not in SPELLER.counts:
        found = SPELLER.correction(written)
        assert found is not None
        assert edit_distance(written, found) <= 1 + (len(written) >= LONG)


@given(WORDS)
def test_a_correction_is_a_near_word_of_the_catalogue(written: str) -> None:
    """No other word is ever made up."""
    found = SPELLER.correction(written)

    if found is not None:
        assert found in SPELLER.counts
        assert len(written) >= SHORTEST
        assert edit_distance(written, found) <= 1 + (len(written) >= LONG)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abd", 1), ("kitten", "sitting", 3)],
)
def test_edit_distance(one: str, other: str, distance: int) -> None:
    """A swap of neighbours is one edit."""
    assert edit_distance(one, other) == edit_distance(other, one) == distance


def test_words_of_a_catalogue_are_known_or_repeated(tokenizer: Tokenizer) -> None:
    """A rare word that the tokenizer lacks may be misspelt itself, so it corrects nothing."""
    texts = ["Book the xylotheque", "my PARCEL", *["the ombudsman please"] * FEWEST_EXAMPLES, "book, book, book"]

    counts = words_of(texts, tokenizer)

    assert counts == {"book": 2, "the": 1 + FEWEST_EXAMPLES, "my": 1, "parcel": 1, "ombudsman": 3, "please": 3}


def test_examples_of_one_word_are_commands() -> None:
    """Marks around a word do not count, and two words are no command."""
    assert single_words(["STOP!", "stop", "where is it", "human", "...", "don't", "caf\u00e9"]) == [
        "caf\u00e9", "human", "stop",
    ]  # fmt: skip
