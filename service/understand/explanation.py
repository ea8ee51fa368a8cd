"""Explain the intent of a text: by the examples most like the text, and by the words that speak for the intent.

The weight of a word is measured by leaving it out: the text is scored again without the word, by the stage of the
cascade that answers the whole text, and the weight is the fall of the intent's raw score. So weights can be compared
within one text and one intent only. If a thing is said twice, both words have little weight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.understanding import NearExample, Stage
from service.understand.example import Examples
from service.understand.text_segment import GIST_CHARACTERS, Passage, segments

Floats = NDArray[np.float32]

EXAMPLES_SHOWN = 3
WORDS_SHOWN = 5
WORDS_TRIED = 12
"""Most words that are left out for the encoder, one by one. The lexical head chooses them in a longer text."""
LEAST_WEIGHT = 0.01
"""Least weight shown. Answers round weights to two digits, so a smaller weight could become zero."""
MARKS = "\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e"
"""Separate accents, and vowel signs of India and Thailand. Python leaves them out of its letters."""
WORD = re.compile(rf"(?:<\w+>|[\w{MARKS}])+(?:['\u2019-](?:<\w+>|[\w{MARKS}])+)*")
"""A word. A placeholder is a word together with letters that touch it, and "don't" and "check-in" are one word each."""


class WordWeight(NamedTuple):
    """A word by its offsets in the text that was explained, end exclusive."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Evidence for one intent in one text."""

    examples: tuple[NearExample, ...]
    """Examples of the intent that are most like the text, the nearest first. Empty if the bundle keeps none."""
    words: tuple[WordWeight, ...]
    """Words that speak for the intent, strongest first."""


class Scorer(Protocol):
    """The parts of a cascade that an explanation needs."""

    labels: tuple[str, ...]
    examples: Examples

    def stage_of(self, utterance: str) -> Stage:
        """Return the stage that answers the utterance, given time and room."""
        ...

    def scores(self, utterance: str, stage: Stage) -> Floats:
        """Return raw scores of a stage: the labels first, then possibly more."""
        ...

    def embedding(self, utterance: str) -> Floats:
        """Return all layers of the encoder, shape (dimensions,)."""
        ...


def explain(scorer: Scorer, utterance: str, intent: str) -> Explanation:
    """Explain one label of a text. A text that is too long to read at once is explained by its strongest clause.

    Runs the encoder up to `WORDS_TRIED` + 2 times.
    """
    label = scorer.labels.index(intent)
    clause = _clause(scorer, utterance, label)
    text = utterance[clause.start : clause.end]
    told = [word for word in _weighed(scorer, text, label) if word.weight >= LEAST_WEIGHT]
    return Explanation(
        examples=scorer.examples.nearest(intent, scorer.embedding(text), EXAMPLES_SHOWN),
        words=tuple([WordWeight(clause.start + start, clause.start + end, weight) for start, end, weight in told]),
    )


def words_of(utterance: str) -> list[Passage]:
    """Return the offsets of all words of a text. Each word ends before a mark, a space or the end of the text."""
    return [Passage(*found.span()) for found in WORD.finditer(utterance)]


def _clause(scorer: Scorer, utterance: str, label: int) -> Passage:
    whole = Passage(0, len(utterance))
    if len(utterance) <= GIST_CHARACTERS:
        return whole
    clauses = [Passage(clause.start, clause.end) for clause in segments(utterance, [whole])]
    return max(clauses, key=lambda clause: scorer.scores(utterance[clause.start : clause.end], Stage.LEXICAL)[label])


def _weighed(scorer: Scorer, text: str, label: int) -> list[WordWeight]:
    """Return the words of greatest weight, strongest first."""
    stage, words = scorer.stage_of(text), words_of(text)
    if stage is Stage.ENCODER and len(words) > WORDS_TRIED:
        first = _left_out(scorer, text, words, label, Stage.LEXICAL)[:WORDS_TRIED]
        words = [Passage(word.start, word.end) for word in first]
    return _left_out(scorer, text, words, label, stage)[:WORDS_SHOWN]


def _left_out(scorer: Scorer, text: str, words: Sequence[Passage], label: int, stage: Stage) -> list[WordWeight]:
    def score(read: str) -> float:
        return float(scorer.scores(read, stage)[label])

    whole = score(text)
    weights = [WordWeight(start, end, whole - score(text[:start] + text[end:])) for start, end in words]
    return sorted(weights, key=lambda word: (-word.weight, word.start))
