"""Compute features of many texts at once, for fitting.

Serving computes the same features from `ngram_keys` and the folded tables.
"""

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
"""Size from which a vocabulary counts as multilingual. A vocabulary of one language has 20,000 to 60,000 entries."""
MIN_TEXTS = 2
"""Least number of texts that an n-gram of several tokens must occur in to count. Single tokens always count."""


def token_importance(vocabulary_size: int) -> Floats:
    """Return the logarithm of each entry's rank. Vocabularies list frequent entries first. Rare entries say more."""
    importance: Floats = (np.log1p(np.arange(vocabulary_size)) / 10).astype(np.float32)
    return importance


def importance_of(token_vectors: Floats) -> Floats:
    """Return the importance of entries with these static vectors. An entry whose vector is all zeros gets 0."""
    importance: Floats = token_importance(len(token_vectors)) * token_vectors.any(axis=1)
    return importance


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Tokenised texts with all features that fitting needs, computed once."""

    keys: tuple[Integers, ...]
    """Ascending n-gram keys of each text."""
    static: Floats
    """Weighted mean of the static vectors of each text's tokens, shape (texts, static dimensions)."""
    embeddings: Floats
    """Shape (texts, encoder dimensions)."""

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, rows: Integers) -> Texts:
        """Select some texts, in the order given."""
        return Texts(
            keys=tuple(self.keys[row] for row in rows), static=self.static[rows], embeddings=self.embeddings[rows]
        )


def texts_of(token_ids: Sequence[Sequence[int]], token_vectors: Floats, embeddings: Floats) -> Texts:
    """Compute the features of tokenised texts, in the same order."""
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
    """N-grams that count, with their inverse document frequency."""

    keys: Integers
    """Ascending."""
    frequency: Floats
    """Inverse document frequency of each key."""

    def features(self, texts: Sequence[Integers]) -> csr_matrix:
        """Return each text as a row of unit length, shape (texts, keys)."""
        places, is_known, starts = self._found(texts)
        columns = places[is_known]
        ends = np.append(0, np.cumsum(is_known))[starts]
        shape = (len(texts), len(self.keys))
        return normalize(csr_matrix((self.frequency[columns], columns, ends), shape=shape), copy=False)

    def unknown_shares(self, texts: Sequence[Integers]) -> Floats:
        """Return the share of each text's n-grams that the vocabulary lacks, shape (texts,)."""
        _, is_known, starts = self._found(texts)
        known = np.diff(np.append(0, np.cumsum(is_known))[starts])
        return (1.0 - known / np.diff(starts)).astype(np.float32)

    def _found(self, texts: Sequence[Integers]) -> tuple[Integers, Flags, Integers]:
        """Return each n-gram's position in the vocabulary, a flag for known n-grams, and the start of each text."""
        keys = np.concatenate(texts)
        starts = np.cumsum([0, *map(len, texts)])
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return places, self.keys[places] == keys, starts


def learn_vocabulary(texts: Sequence[Integers], vocabulary_size: int) -> NgramVocabulary:
    """Learn a vocabulary from the n-gram keys of training texts."""
    keys, counts = np.unique(np.concatenate(texts), return_counts=True)
    kept = (counts >= MIN_TEXTS) | (keys < vocabulary_size)
    frequency = np.log((1 + len(texts)) / (1 + counts[kept])) + 1
    return NgramVocabulary(keys=keys[kept], frequency=frequency.astype(np.float32))
