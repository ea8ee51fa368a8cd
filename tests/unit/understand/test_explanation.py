"""Explanations: what is missing without a word, and where words begin and end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.understanding import Stage
from service.understand.example import NO_EXAMPLES, Examples
from service.understand.explanation import (
    EXAMPLES_SHOWN,
    LEAST_WEIGHT,
    WORDS_SHOWN,
    WORDS_TRIED,
    explain,
    words_of,
)
from service.understand.text_segment import GIST_CHARACTERS

LEXICAL = {"cancel": 3.0, "booking": 2.0, "not": -4.0, "friday": LEAST_WEIGHT / 2}
ENCODER = {"annul": 5.0}
"""What words add to the score of `cancel_booking`; the encoder knows one more."""


class WordScorer:
    """Adds up what its words weigh; `sure` without the encoder, unless a text holds "annul"."""

    labels = ("make_booking", "cancel_booking")

    def __init__(self, examples: Examples = NO_EXAMPLES) -> None:
        self.examples = examples
        self.asked: list[tuple[str, Stage]] = []
        self.embedded: list[str] = []

    def stage_of(self, utterance: str) -> Stage:
        return Stage.ENCODER if "annul" in utterance else Stage.LEXICAL

    def scores(self, utterance: str, stage: Stage) -> np.ndarray:
        self.asked.append((utterance, stage))
        weights = LEXICAL | ENCODER if stage is Stage.ENCODER else LEXICAL
        score = 7.0 + sum(weights.get(word, 0.0) for word in utterance.split())
        return np.array([-100.0, score, 100.0], np.float32)

    def embedding(self, utterance: str) -> np.ndarray:
        self.embedded.append(utterance)
        return np.array([1.0, 0.0], np.float32)


def told(utterance: str, scorer: WordScorer | None = None) -> list[tuple[str, float]]:
    words = explain(scorer or WordScorer(), utterance, "cancel_booking").words
    return [(utterance[word.start : word.end], round(word.weight, 3)) for word in words]


def test_a_word_weighs_what_is_missing_without_it() -> None:
    """Strongest first; what speaks against the intent, or hardly for it, is not shown."""
    assert told("please do not cancel my booking on friday") == [("cancel", 3.0), ("booking", 2.0)]


def test_the_stage_that_answers_is_the_one_that_is_asked() -> None:
    """A word that only the encoder knows tells where the encoder answered."""
    assert told("annul the booking") == [("annul", 5.0), ("booking", 2.0)]


def test_a_sure_lexical_head_is_not_explained_with_the_encoder() -> None:
    """Its own scores are what decided."""
    scorer = WordScorer()

    explain(scorer, "cancel it", "cancel_booking")

    assert {stage for _, stage in scorer.asked} == {Stage.LEXICAL}


def test_no_more_words_are_shown_than_may_be() -> None:
    """Of words that weigh the same, those that are said first."""
    found = told(" ".join(["cancel", "booking"] * 4))

    assert len(found) == WORDS_SHOWN
    assert found == [("cancel", 3.0)] * 4 + [("booking", 2.0)]


def test_the_encoder_is_asked_about_a_dozen_words() -> None:
    """Of a text with more, the words that tell most to the lexical head, wherever they stand."""
    scorer = WordScorer()

    found = told("annul " + "um " * 40 + "my booking", scorer)

    assert [word for word, _ in found] == ["annul", "booking"]
    assert len([stage for _, stage in scorer.asked if stage is Stage.ENCODER]) == 1 + WORDS_TRIED


def test_of_a_long_text_the_clause_that_says_most_is_explained() -> None:
    """By offsets in the whole text; the examples are compared with that clause."""
    clause, story = "Please cancel my booking now . ", "We had a lovely time at your hotel in spring . "
    text = story * 20 + clause + story * 20
    scorer = WordScorer(Examples({"cancel_booking": ["call it off"]}, np.array([[0.6, 0.8]], np.float16)))
    assert len(text) > GIST_CHARACTERS

    assert told(text, scorer) == [("cancel", 3.0), ("booking", 2.0)]
    assert [embedded.strip() for embedded in scorer.embedded] == [clause.strip()]


def test_the_nearest_examples_are_given() -> None:
    """A few of the intent's own."""
    directions = np.array([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8], [0.8, 0.6]], np.float16)
    scorer = WordScorer(Examples({"cancel_booking": ["a", "b", "c", "d"]}, directions))

    nearest = explain(scorer, "cancel it", "cancel_booking").examples

    assert [(example.text, round(example.similarity, 2)) for example in nearest] == [("b", 1.0), ("d", 0.8), ("c", 0.6)]
    assert len(nearest) == EXAMPLES_SHOWN


@pytest.mark.parametrize("utterance", ["", " ", "?!", "👍"])
def test_a_text_without_words_has_none_that_tell(utterance: str) -> None:
    """It is explained by what it is like alone."""
    assert told(utterance) == []


WORDS = [
    ("don't cancel", ["don't", "cancel"], "an apostrophe joins"),
    ("don\u2019t", ["don\u2019t"], "a curly one too"),
    ("early check-in, please!", ["early", "check-in", "please"], "a hyphen joins, other marks part"),
    ("hello...cancel it", ["hello", "cancel", "it"], "dots part"),
    ("my e-mail is <email>.", ["my", "e-mail", "is", "<email>"], "a placeholder is a word"),
    ("ref<order_number>b <card><phone>", ["ref<order_number>b", "<card><phone>"], "with all that touches it"),
    ("cafe\u0301 re\u0301serve\u0301", ["cafe\u0301", "re\u0301serve\u0301"], "accents on their own"),
    ("रद्द करें", ["रद्द", "करें"], "vowel signs"),
    ("ยกเลิก ที่พัก", ["ยกเลิก", "ที่พัก"], "vowels above and below"),
    ("'quoted' - <", ["quoted"], "marks alone are no words"),
]  # fmt: skip


@pytest.mark.parametrize(("utterance", "words", "reason"), WORDS)
def test_words(utterance: str, words: list[str], reason: str) -> None:
    """As people see them."""
    assert [utterance[start:end] for start, end in words_of(utterance)] == words, reason


@given(utterance=st.text() | st.text(alphabet="ab1 '<>_-\u0301\n"))
def test_every_letter_belongs_to_one_word(utterance: str) -> None:
    """Whole runs of letters and digits, in the order of the text, without any blank."""
    words = words_of(utterance)

    inside = {place for start, end in words for place in range(start, end)}
    assert all(place in inside for place, char in enumerate(utterance) if char.isalnum())
    assert len(inside) == sum(end - start for start, end in words), "no two overlap"
    assert not any(char.isspace() for start, end in words for char in utterance[start:end])
