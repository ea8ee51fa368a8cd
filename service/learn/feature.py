"""Features of many texts at once, for fitting; serving computes the same from `ngram_keys` and the folded tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from service.understand.ngram import ngram_keys

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

MIN_TEXTS = 2
"""An n-gram of several tokens counts from this many texts on; single tokens always."""


def token_importance(vocabulary_size: int) -> Floats:
    """Logarithm of each entry's rank: vocabularies list frequent entries first, and rare ones say more."""
    importance: Floats = (np.log1p(np.arange(vocabulary_size)) / 10).astype(np.float32)
    return importance


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Tokenised texts with everything that fitting needs of them, computed once."""

    keys: tuple[Integers, ...]
    """Ascending n-gram keys of each text."""
    static: Floats
    """Weighted mean of the static vectors of each text's tokens, shape (texts, static dimensions)."""
    embeddings: Floats
    """Shape (texts, encoder dimensions)."""

    def __len__(self) -> int:
        return len(self.keys)


def texts_of(token_ids: Sequence[Sequence[int]], token_vectors: Floats, embeddings: Floats) -> Texts:
    """Features of tokenised texts, in the same order."""
    size = len(token_vectors)
    importance = token_importance(size)
    static = np.zeros((len(token_ids), token_vectors.shape[1]), np.float32)
    for row, ids in enumerate(token_ids):
        core = ids[1:-1]
        weights = importance[core]
        if weights.sum() > 0:
            static[row] = weights @ token_vectors[core] / weights.sum()
    return Texts(
        keys=tuple(np.array(sorted(ngram_keys(ids, size)), np.int64) for ids in token_ids),
        static=static,
        embeddings=embeddings,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramVocabulary:
    """The n-grams that count, with their inverse document frequency."""

    keys: Integers
    """Ascending."""
    frequency: Floats
    """Inverse document frequency of each key."""

    def features(self, texts: Sequence[Integers]) -> csr_matrix:
        """Each text as a row of unit length, shape (texts, keys)."""
        places, values, ends = [], [], [0]
        for keys in texts:
            place = np.searchsorted(self.keys, keys)
            place[place == len(self.keys)] = 0
            place = place[self.keys[place] == keys]
            value = self.frequency[place]
            places.append(place)
            values.append(value / max(float(np.sqrt((value * value).sum())), 1e-9))
            ends.append(ends[-1] + len(place))
        data = np.concatenate(values).astype(np.float32)
        return csr_matrix((data, np.concatenate(places), ends), shape=(len(texts), len(self.keys)))


def learn_vocabulary(texts: Sequence[Integers], vocabulary_size: int) -> NgramVocabulary:
    """Vocabulary of training texts only."""
    keys, counts = np.unique(np.concatenate(texts), return_counts=True)
    kept = (counts >= MIN_TEXTS) | (keys < vocabulary_size)
    frequency = np.log((1 + len(texts)) / (1 + counts[kept])) + 1
    return NgramVocabulary(keys=keys[kept], frequency=frequency.astype(np.float32))
