"""Why a text is taken for an intent: which examples it is like, and which of its words tell.

A word tells by what is missing without it: the text is scored again with the word left out, by the stage of the cascade
that answers the whole text, and the word's weight is by how much the intent's raw score falls. So weights compare with
each other within one text and one intent, and nowhere else; and of a thing that is said twice, neither word tells much.
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
from service.understand.message_body import Stretch
from service.understand.text_segment import GIST_CHARACTERS, segments

Floats = NDArray[np.float32]

EXAMPLES_SHOWN = 3
WORDS_SHOWN = 5
WORDS_TRIED = 12
"""Words left out before the encoder, one after the other; of more, those that tell most to the lexical head."""
LEAST_WEIGHT = 0.01
"""Weights are told to two digits, and of less than this nothing would be left."""
MARKS = "\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e"
"""Accents on their own, and the vowel signs of India and Thailand, which Python does not count among letters."""
WORD = re.compile(rf"(?:<\w+>|[\w{MARKS}])+(?:['\u2019-](?:<\w+>|[\w{MARKS}])+)*")
"""Also a placeholder, together with the letters that touch it; "don't" and "check-in" are one word."""


class WordWeight(NamedTuple):
    """A word by its offsets in the text that was explained, end exclusive."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What speaks for one intent in one text."""

    examples: tuple[NearExample, ...]
    """The intent's own that are most like the text, most like first; none where the bundle keeps none."""
    words: tuple[WordWeight, ...]
    """Only words that speak for the intent, strongest first."""


class Scorer(Protocol):
    """What a cascade tells of a text beyond its prediction."""

    labels: tuple[str, ...]
    examples: Examples

    def stage_of(self, utterance: str) -> Stage:
        """The stage that answers it, given time and room."""
        ...

    def scores(self, utterance: str, stage: Stage) -> Floats:
        """Raw scores of that stage, one for each label and perhaps more behind them."""
        ...

    def embedding(self, utterance: str) -> Floats:
        """All layers that the encoder gives, shape (dimensions,)."""
        ...


def explain(scorer: Scorer, utterance: str, intent: str) -> Explanation:
    """Explain one of the labels; a text too long to be read at once by the clause that says most for the label.

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


def words_of(utterance: str) -> list[Stretch]:
    """Where the words of a text are; none of them touches another letter or digit."""
    return [Stretch(*found.span()) for found in WORD.finditer(utterance)]


def _clause(scorer: Scorer, utterance: str, label: int) -> Stretch:
    whole = Stretch(0, len(utterance))
    if len(utterance) <= GIST_CHARACTERS:
        return whole
    clauses = [Stretch(clause.start, clause.end) for clause in segments(utterance, [whole])]
    return max(clauses, key=lambda clause: scorer.scores(utterance[clause.start : clause.end], Stage.LEXICAL)[label])


def _weighed(scorer: Scorer, text: str, label: int) -> list[WordWeight]:
    """The words that tell most, strongest first."""
    stage, words = scorer.stage_of(text), words_of(text)
    if stage is Stage.ENCODER and len(words) > WORDS_TRIED:
        first = _left_out(scorer, text, words, label, Stage.LEXICAL)[:WORDS_TRIED]
        words = [Stretch(word.start, word.end) for word in first]
    return _left_out(scorer, text, words, label, stage)[:WORDS_SHOWN]


def _left_out(scorer: Scorer, text: str, words: Sequence[Stretch], label: int, stage: Stage) -> list[WordWeight]:
    def score(read: str) -> float:
        return float(scorer.scores(read, stage)[label])

    whole = score(text)
    weights = [WordWeight(start, end, whole - score(text[:start] + text[end:])) for start, end in words]
    return sorted(weights, key=lambda word: (-word.weight, word.start))
