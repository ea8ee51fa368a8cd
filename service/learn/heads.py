"""Fitting the two heads: label scores on rows in scope, and an outlier score where rows out of scope are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from service.learn.feature import NgramVocabulary, Texts, learn_vocabulary, token_importance
from service.learn.softmax import SoftmaxWeights, fit_softmax
from service.understand.encoder import EncoderHead
from service.understand.lexical import LexicalWeights

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

OUT_OF_SCOPE = -1
"""Label position of rows out of scope."""
LEXICAL_PENALTY = 100.0
ENCODER_PENALTY = 30.0
OUTLIER_PENALTY = 0.3
MIN_OUTLIERS = 10
"""With fewer rows out of scope, no outlier score is learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Two fitted heads before they are folded for serving."""

    vocabulary: NgramVocabulary
    lexical: SoftmaxWeights
    encoder: SoftmaxWeights
    """Both with K + 1 outputs: the labels, then the outlier score."""

    def lexical_scores(self, texts: Texts, rows: Integers) -> Floats:
        """Shape (rows, K + 1)."""
        sparse = self.vocabulary.features([texts.keys[row] for row in rows])
        return self.lexical.scores(sparse, texts.static[rows])

    def encoder_scores(self, texts: Texts, rows: Integers) -> Floats:
        """Shape (rows, K + 1)."""
        return self.encoder.scores(None, texts.embeddings[rows])

    def folded(self, token_vectors: Floats) -> tuple[LexicalWeights, EncoderHead]:
        """The heads as they are served: tables of rows that are only added up."""
        importance = token_importance(len(token_vectors))
        lexical = LexicalWeights(
            keys=self.vocabulary.keys,
            rows=self.lexical.sparse * self.vocabulary.frequency[:, None],
            squares=self.vocabulary.frequency**2,
            token_rows=(token_vectors @ self.lexical.dense) * importance[:, None],
            token_importance=importance,
            bias=self.lexical.bias,
        )
        return lexical, EncoderHead(weights=self.encoder.dense, bias=self.encoder.bias)


def fit_heads(
    texts: Texts, labels: Integers, label_count: int, rows: Integers, *, vocabulary_size: int, seed: int
) -> Heads:
    """Fit both heads on some rows; rows labelled OUT_OF_SCOPE teach the outlier score only."""
    vocabulary = learn_vocabulary([texts.keys[row] for row in rows], vocabulary_size)
    sparse = vocabulary.features([texts.keys[row] for row in rows])
    return Heads(
        vocabulary=vocabulary,
        lexical=_fit_head(sparse, texts.static[rows], labels[rows], label_count, penalty=LEXICAL_PENALTY, seed=seed),
        encoder=_fit_head(None, texts.embeddings[rows], labels[rows], label_count, penalty=ENCODER_PENALTY, seed=seed),
    )


def _fit_head(
    sparse: csr_matrix | None, dense: Floats, labels: Integers, label_count: int, *, penalty: float, seed: int
) -> SoftmaxWeights:
    inside = np.flatnonzero(labels != OUT_OF_SCOPE)
    head = fit_softmax(
        None if sparse is None else sparse[inside],
        dense[inside],
        labels[inside],
        label_count,
        penalty=penalty,
        seed=seed,
    )
    outlier = _fit_outlier(sparse, dense, labels, seed=seed)
    if outlier is None:
        sparse_column = np.zeros((len(head.sparse), 1), np.float32)
        dense_column, bias = np.zeros((dense.shape[1], 1), np.float32), np.float32(0)
    else:
        sparse_column = outlier.sparse[:, 1:] - outlier.sparse[:, :1]
        dense_column = outlier.dense[:, 1:] - outlier.dense[:, :1]
        bias = outlier.bias[1] - outlier.bias[0]
    return SoftmaxWeights(
        sparse=np.hstack([head.sparse, sparse_column]),
        dense=np.hstack([head.dense, dense_column]),
        bias=np.append(head.bias, bias).astype(np.float32),
    )


def _fit_outlier(sparse: csr_matrix | None, dense: Floats, labels: Integers, *, seed: int) -> SoftmaxWeights | None:
    outside = labels == OUT_OF_SCOPE
    count = int(outside.sum())
    if count < MIN_OUTLIERS or count == len(labels):
        return None
    share = count / len(labels)
    weights = np.where(outside, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    return fit_softmax(
        sparse, dense, outside.astype(np.int64), 2, penalty=OUTLIER_PENALTY, seed=seed, row_weights=weights
    )
