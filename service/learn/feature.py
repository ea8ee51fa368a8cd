"""Features of many texts at once, for fitting; serving computes the same from `ngram_keys` and the folded tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from service.understand.ngram import ngram_keys

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MANY_LANGUAGES = 100_000
"""Entries from which a vocabulary is taken to be one of many languages; those of one have 20,000 to 60,000."""
MIN_TEXTS = 2
"""An n-gram of several tokens counts from this many texts on; single tokens always."""


def token_importance(vocabulary_size: int) -> Floats:
    """Logarithm of each entry's rank: vocabularies list frequent entries first, and rare ones say more."""
    importance: Floats = (np.log1p(np.arange(vocabulary_size)) / 10).astype(np.float32)
    return importance


def importance_of(token_vectors: Floats) -> Floats:
    """The importance of entries with these static vectors; one without a vector, all zeros, has none."""
    importance: Floats = token_importance(len(token_vectors)) * token_vectors.any(axis=1)
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

    def of(self, rows: Integers) -> Texts:
        """Some texts only, in the order given."""
        return Texts(
            keys=tuple(self.keys[row] for row in rows), static=self.static[rows], embeddings=self.embeddings[rows]
        )


def texts_of(token_ids: Sequence[Sequence[int]], token_vectors: Floats, embeddings: Floats) -> Texts:
    """Features of tokenised texts, in the same order."""
    size = len(token_vectors)
    importance = importance_of(token_vectors)
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
        places, is_known, starts = self._found(texts)
        columns = places[is_known]
        ends = np.append(0, np.cumsum(is_known))[starts]
        shape = (len(texts), len(self.keys))
        return normalize(csr_matrix((self.frequency[columns], columns, ends), shape=shape), copy=False)

    def unknown_shares(self, texts: Sequence[Integers]) -> Floats:
        """Share of each text's n-grams that are not in here, shape (texts,)."""
        _, is_known, starts = self._found(texts)
        known = np.diff(np.append(0, np.cumsum(is_known))[starts])
        return (1.0 - known / np.diff(starts)).astype(np.float32)

    def _found(self, texts: Sequence[Integers]) -> tuple[Integers, Flags, Integers]:
        """Where the n-grams of all texts stand in here, whether they do, and where each text's begin."""
        keys = np.concatenate(texts)
        starts = np.cumsum([0, *map(len, texts)])
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return places, self.keys[places] == keys, starts


def learn_vocabulary(texts: Sequence[Integers], vocabulary_size: int) -> NgramVocabulary:
    """Vocabulary of training texts only."""
    keys, counts = np.unique(np.concatenate(texts), return_counts=True)
    kept = (counts >= MIN_TEXTS) | (keys < vocabulary_size)
    frequency = np.log((1 + len(texts)) / (1 + counts[kept])) + 1
    return NgramVocabulary(keys=keys[kept], frequency=frequency.astype(np.float32))
