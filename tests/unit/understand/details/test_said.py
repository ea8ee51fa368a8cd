"""Utterances cut into words, clauses and sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.details.said import Mention, fold, plain_words, read, settled


@pytest.mark.parametrize(
    ("utterance", "clauses", "sentences", "reason"),
    [
        ("a kettle, please", 2, 1, "a comma ends a clause"),
        ("a kettle. please", 2, 2, "a full stop ends a sentence"),
        ("a kettle\nplease", 2, 2, "a line ends a sentence"),
        ("a red, round kettle", 1, 1, "a comma between adjectives"),
        ("um, a kettle", 1, 1, "a comma after a filler"),
        ("Dr. Martens", 1, 1, "an abbreviation"),
        ("a kettle - please", 2, 1, "a dash"),
        ("H&M T-shirt at 12.50", 1, 1, "marks inside words"),
    ],
)
def test_where_clauses_end(utterance: str, clauses: int, sentences: int, reason: str) -> None:
    """Marks end clauses and sentences, unless they stand inside a name or a number."""
    last = read(utterance).words[-1]

    assert (last.clause + 1, last.sentence + 1) == (clauses, sentences), reason


@given(st.text(max_size=40))
def test_folding_keeps_offsets(text: str) -> None:
    """Each word stands at its place, and every letter keeps its position."""
    said = read(text)

    assert len(fold(text)) == len(text)
    assert all(said.folded[word.start : word.end] == word.text for word in said.words)
    assert list(said.starts) == sorted(word.start for word in said.words)


@given(st.lists(st.sampled_from(["a", "bc", " ", ", "]), max_size=12).map("".join), st.data())
def test_covered_words(text: str, data: st.DataObject) -> None:
    """A range covers the words that it touches."""
    said = read(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    touched = [at for at, word in enumerate(said.words) if word.start < end and word.end > start]

    assert start == end or list(said.covered(start, end)) == touched


def test_settled_mentions_are_disjoint() -> None:
    """The earlier, then the longer mention is kept."""
    short, long, inner, later = (Mention(*span, 1) for span in ((0, 2), (0, 5), (3, 6), (6, 8)))

    assert settled([later, inner, short, long]) == [long, later]


def test_plain_words() -> None:
    """Texts of the catalogue lose their marks and capitals."""
    assert plain_words("As a Gift, please!") == ("as", "a", "gift", "please")


def test_a_representation_holds_no_words() -> None:
    """Nothing of the utterance gets into a log by accident."""
    assert "kettle" not in repr(read("a kettle"))
