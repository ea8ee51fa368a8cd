"""The lexical head: n-grams and static token vectors, folded into two tables of rows that are only added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.understand.ngram import ngram_keys

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalWeights:
    """Arrays of a lexical head; K outputs are the labels followed by one outlier score."""

    keys: NDArray[np.int64]
    """Known n-gram keys, ascending, shape (F,)."""
    rows: Floats
    """Weights of each n-gram, already multiplied by its inverse document frequency, shape (F, K)."""
    squares: Floats
    """Squared inverse document frequency of each n-gram, shape (F,)."""
    token_rows: Floats
    """Weights of each vocabulary entry's static vector, times the entry's importance, shape (V, K)."""
    token_importance: Floats
    """How much a vocabulary entry says, shape (V,): rare words more than frequent ones."""
    bias: Floats
    """Shape (K,)."""


class LexicalHead:
    """Scores a text by its words alone in some tens of microseconds; holds no text."""

    def __init__(self, weights: LexicalWeights) -> None:
        self._row_of = {int(key): row for row, key in enumerate(weights.keys)}
        self._squares: list[float] = weights.squares.tolist()
        self._importance: list[float] = weights.token_importance.tolist()
        self._weights = weights
        self._vocabulary_size = len(weights.token_importance)

    def scores(self, token_ids: Sequence[int]) -> Floats:
        """Raw scores of one text, shape (K,); the last one is the outlier score."""
        weights = self._weights
        row_of = self._row_of
        total = weights.bias
        found = [row_of[key] for key in ngram_keys(token_ids, self._vocabulary_size) if key in row_of]
        if found:
            squares = self._squares
            norm = sum([squares[row] for row in found]) ** 0.5
            total = total + np.add.reduce(weights.rows.take(found, axis=0)) * np.float32(1.0 / norm)
        core = token_ids[1:-1]
        importances = self._importance
        importance = sum([importances[token] for token in core])
        if importance > 0:
            total = total + np.add.reduce(weights.token_rows.take(core, axis=0)) * np.float32(1.0 / importance)
        return total

    def contributions(self, token_ids: Sequence[int], label: int) -> Floats:
        """What each token adds to one label's score, shape (tokens,); n-grams share their weight among their tokens."""
        weights = self._weights
        size = self._vocabulary_size
        places = _places(token_ids, size)
        known = {key: self._row_of[key] for key in places if key in self._row_of}
        norm = sum(self._squares[row] for row in known.values()) ** 0.5
        importance = sum(self._importance[token] for token in token_ids[1:-1]) or 1.0
        told = np.zeros(len(token_ids), np.float32)
        for key, row in known.items():
            share = float(weights.rows[row, label]) / norm / len(places[key])
            for place in places[key]:
                told[place] += share
        for place, token in enumerate(token_ids[1:-1], start=1):
            told[place] += float(weights.token_rows[token, label]) / importance
        return told


def _places(token_ids: Sequence[int], size: int) -> dict[int, list[int]]:
    """Where the tokens of each distinct n-gram stand; see `ngram.ngram_keys` for the keys."""
    places: dict[int, list[int]] = {}
    for place, token in enumerate(token_ids):
        if 0 < place < len(token_ids) - 1:
            places.setdefault(token, []).append(place)
        for gap, offset in ((1, size), (2, size + size * size)):
            if place + gap < len(token_ids):
                key = offset + token * size + token_ids[place + gap]
                places.setdefault(key, []).extend((place, place + gap))
    return places
