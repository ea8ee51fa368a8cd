"""The lexical head: n-grams and static token vectors, folded into two tables. Scoring only adds rows up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.understand.ngram import ngram_keys

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalWeights:
    """Arrays of a lexical head. The K outputs are the labels, then the outlier score."""

    keys: NDArray[np.int64]
    """Known n-gram keys, ascending, shape (F,)."""
    rows: Floats
    """Weights of each n-gram, already multiplied by its inverse document frequency, shape (F, K)."""
    squares: Floats
    """Squared inverse document frequency of each n-gram, shape (F,)."""
    token_places: NDArray[np.int32]
    """Row of each vocabulary entry in the next two arrays, shape (V,). Entries without a static vector have row 0."""
    token_rows: Floats
    """Weights of static vectors, times the importance of their entries, shape (T, K). The first row is zeros."""
    token_importance: Floats
    """Importance of an entry, shape (T,): greater for rare words, and 0 for entries without a vector."""
    bias: Floats
    """Shape (K,)."""


class LexicalHead:
    """Scores a text by its words alone, in some tens of microseconds. Texts are forgotten."""

    def __init__(self, weights: LexicalWeights) -> None:
        self._row_of = {int(key): row for row, key in enumerate(weights.keys)}
        self._squares: list[float] = weights.squares.tolist()
        self._place_of: list[int] = weights.token_places.tolist()
        self._importance: list[float] = weights.token_importance.tolist()
        self._weights = weights
        self._vocabulary_size = len(weights.token_places)

    def scores(self, token_ids: Sequence[int]) -> Floats:
        """Return raw scores of one text, shape (K + 1,). The last score is the share of unknown n-grams."""
        weights = self._weights
        row_of = self._row_of
        total = weights.bias
        keys = ngram_keys(token_ids, self._vocabulary_size)
        found = [row_of[key] for key in keys if key in row_of]
        if found:
            squares = self._squares
            norm = sum([squares[row] for row in found]) ** 0.5
            total = total + np.add.reduce(weights.rows.take(found, axis=0)) * np.float32(1.0 / norm)
        place_of, importances = self._place_of, self._importance
        places = [place_of[token] for token in token_ids[1:-1]]
        importance = sum([importances[place] for place in places])
        if importance > 0:
            total = total + np.add.reduce(weights.token_rows.take(places, axis=0)) * np.float32(1.0 / importance)
        scores = np.empty(len(total) + 1, np.float32)
        scores[:-1] = total
        scores[-1] = 1.0 - len(found) / len(keys)
        return scores
