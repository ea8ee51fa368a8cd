"""Fit the two heads: label scores on rows in scope, and an outlier score if rows out of scope are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from service.learn.dataset import Dataset
from service.learn.feature import MANY_LANGUAGES, NgramVocabulary, Texts, importance_of, learn_vocabulary
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
FEW_EXAMPLES = 3
"""Examples per intent below which the encoder's last layer counts most. Inner layers are about the words themselves."""
MEANING_FIRST = (0.4, 0.6, 1.0)
"""Scales of the first, the middle and the last layer if examples are few, or if an encoder is multilingual.

With a multilingual encoder, examples of one language serve other languages.
"""
MIN_OUTLIERS = 10
"""Least number of rows out of scope that an outlier score is learnt from."""


def label_positions(dataset: Dataset) -> Integers:
    """Return each row's position among the labels, or OUT_OF_SCOPE."""
    position = {name: place for place, name in enumerate(dataset.labels)}
    return np.array([OUT_OF_SCOPE if name is None else position[name] for name in dataset.intents], np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Two fitted heads before they are folded for serving."""

    vocabulary: NgramVocabulary
    lexical: SoftmaxWeights
    encoder: SoftmaxWeights
    """Both heads have K + 1 outputs: K labels, then the outlier score."""
    centres: Floats
    """Direction of each label's mean embedding, shape (dimensions, K)."""

    def lexical_scores(self, texts: Texts, rows: Integers) -> Floats:
        """Return the scores of `LexicalHead.scores` for each row, shape (rows, K + 2)."""
        keys = [texts.keys[row] for row in rows]
        scores = self.lexical.scores(self.vocabulary.features(keys), texts.static[rows])
        return np.hstack([scores, self.vocabulary.unknown_shares(keys)[:, None]])

    def encoder_scores(self, texts: Texts, rows: Integers) -> Floats:
        """Return the scores of `EncoderHead.scores` for each row, shape (rows, K + 2)."""
        return self.encoder_head.scores(texts.embeddings[rows])

    @property
    def encoder_head(self) -> EncoderHead:
        return EncoderHead(weights=self.encoder.dense, bias=self.encoder.bias, centres=self.centres)

    def folded(self, token_vectors: Floats) -> tuple[LexicalWeights, EncoderHead]:
        """Fold the heads for serving, into tables of rows that are only added up."""
        importance = importance_of(token_vectors)
        known = np.flatnonzero(importance)
        places = np.zeros(len(token_vectors), np.int32)
        places[known] = np.arange(1, len(known) + 1)
        token_rows = (token_vectors[known] @ self.lexical.dense) * importance[known, None]
        lexical = LexicalWeights(
            keys=self.vocabulary.keys,
            rows=self.lexical.sparse * self.vocabulary.frequency[:, None],
            squares=self.vocabulary.frequency**2,
            token_places=places,
            token_rows=np.vstack([np.zeros((1, token_rows.shape[1]), np.float32), token_rows]),
            token_importance=np.append(np.float32(0.0), importance[known]),
            bias=self.lexical.bias,
        )
        return lexical, self.encoder_head


def fit_heads(
    texts: Texts,
    labels: Integers,
    label_count: int,
    rows: Integers,
    *,
    vocabulary_size: int,
    seed: int,
    weights: Floats | None = None,
) -> Heads:
    """Fit both heads on some rows. Rows labelled OUT_OF_SCOPE teach the outlier score only.

    `weights` holds the weight of every row, shape (all rows,). Without them all rows weigh the same.
    """
    of_rows = None if weights is None else weights[rows]
    vocabulary = learn_vocabulary([texts.keys[row] for row in rows], vocabulary_size)
    sparse = vocabulary.features([texts.keys[row] for row in rows])
    return Heads(
        vocabulary=vocabulary,
        lexical=_fit_head(
            sparse,
            texts.static[rows],
            labels[rows],
            label_count,
            penalty=LEXICAL_PENALTY,
            seed=seed,
            row_weights=of_rows,
        ),
        encoder=_fit_encoder_head(
            texts.embeddings[rows],
            labels[rows],
            label_count,
            vocabulary_size=vocabulary_size,
            seed=seed,
            row_weights=of_rows,
        ),
        centres=_centres(texts.embeddings[rows], labels[rows], label_count),
    )


def _fit_encoder_head(
    embeddings: Floats,
    labels: Integers,
    label_count: int,
    *,
    vocabulary_size: int,
    seed: int,
    row_weights: Floats | None,
) -> SoftmaxWeights:
    scale = _layer_scale(embeddings, labels, vocabulary_size)
    head = _fit_head(
        None, embeddings * scale, labels, label_count, penalty=ENCODER_PENALTY, seed=seed, row_weights=row_weights
    )
    return SoftmaxWeights(sparse=head.sparse, dense=head.dense * scale[:, None], bias=head.bias)


def _layer_scale(embeddings: Floats, labels: Integers, vocabulary_size: int) -> Floats:
    """Return the scale of each dimension.

    An embedding joins one unit vector per layer, so its squared length is the number of layers.
    """
    dimensions = embeddings.shape[1]
    layers = round(float(embeddings[0] @ embeddings[0]))
    typical = np.median(np.unique(labels[labels != OUT_OF_SCOPE], return_counts=True)[1])
    is_meaning_first = typical < FEW_EXAMPLES or vocabulary_size >= MANY_LANGUAGES
    if not is_meaning_first or layers != len(MEANING_FIRST):
        return np.ones(dimensions, np.float32)
    return np.repeat(np.array(MEANING_FIRST, np.float32), dimensions // layers)


def _centres(embeddings: Floats, labels: Integers, label_count: int) -> Floats:
    """Return the mean direction of each label. Its product with an embedding of unit parts is the cosine."""
    sums = np.zeros((label_count, embeddings.shape[1]), np.float32)
    inside = labels != OUT_OF_SCOPE
    np.add.at(sums, labels[inside], embeddings[inside])
    length = np.linalg.norm(sums, axis=1, keepdims=True) * np.linalg.norm(embeddings[:1])
    return np.ascontiguousarray((sums / np.maximum(length, np.float32(1e-9))).T)


def _fit_head(
    sparse: csr_matrix | None,
    dense: Floats,
    labels: Integers,
    label_count: int,
    *,
    penalty: float,
    seed: int,
    row_weights: Floats | None,
) -> SoftmaxWeights:
    inside = np.flatnonzero(labels != OUT_OF_SCOPE)
    head = fit_softmax(
        None if sparse is None else sparse[inside],
        dense[inside],
        labels[inside],
        label_count,
        penalty=penalty,
        seed=seed,
        row_weights=None if row_weights is None else row_weights[inside],
    )
    outlier = _fit_outlier(sparse, dense, labels, seed=seed, row_weights=row_weights)
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


def _fit_outlier(
    sparse: csr_matrix | None, dense: Floats, labels: Integers, *, seed: int, row_weights: Floats | None
) -> SoftmaxWeights | None:
    outside = labels == OUT_OF_SCOPE
    count = int(outside.sum())
    if count < MIN_OUTLIERS or count == len(labels):
        return None
    share = count / len(labels)
    weights = np.where(outside, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    weights = weights if row_weights is None else weights * row_weights
    return fit_softmax(
        sparse, dense, outside.astype(np.int64), 2, penalty=OUTLIER_PENALTY, seed=seed, row_weights=weights
    )
