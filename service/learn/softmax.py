"""Fit multinomial logistic regression over sparse and dense features together, by mini-batches.

Sparse rows take AdaGrad steps (Duchi et al., JMLR 2011), because n-grams are rare and uneven. Dense weights take Adam
steps (Kingma & Ba, ICLR 2015). Both step sizes decay linearly to zero. So the result is deterministic for a seed, and a
stopping rule is superfluous.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

EPOCHS = 12
BATCH = 128
CHUNK = 4096
SPARSE_RATE = 0.2
DENSE_RATE = 0.003
BIAS_RATE = 0.02
MIN_STEPS = 360
"""Least number of steps for every head. Small catalogues take more epochs to reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftmaxWeights:
    """Fitted weights. Scores are `sparse_features @ sparse + dense_features @ dense + bias`."""

    sparse: Floats
    """Shape (sparse features, labels), with 0 rows if the fit had dense features only."""
    dense: Floats
    """Shape (dense features, labels)."""
    bias: Floats
    """Shape (labels,)."""

    def scores(self, sparse: csr_matrix | None, dense: Floats) -> Floats:
        """Return raw scores, shape (rows, labels)."""
        scores: Floats = dense @ self.dense + self.bias
        if sparse is not None:
            scores = scores + sparse @ self.sparse
        return scores


def fit_softmax(
    sparse: csr_matrix | None,
    dense: Floats,
    labels: Integers,
    label_count: int,
    *,
    penalty: float,
    seed: int,
    row_weights: Floats | None = None,
) -> SoftmaxWeights:
    """Fit `label_count` labels. `penalty` is the inverse strength C of the squared norm, as in scikit-learn."""
    rows = len(labels)
    generator = np.random.default_rng(seed)
    centre, spread = _centre_and_spread(dense)
    fit = _Fit(
        sparse=sparse,
        dense=dense,
        centre=centre,
        label_count=label_count,
        shrink=1.0 / (penalty * rows),
        spread=spread,
    )
    epochs = max(EPOCHS, -(-MIN_STEPS // max(1, -(-rows // BATCH))))
    steps = epochs * -(-rows // BATCH)
    step = 0
    for _ in range(epochs):
        order = generator.permutation(rows)
        for start in range(0, rows, BATCH):
            batch = order[start : start + BATCH]
            weights = None if row_weights is None else row_weights[batch]
            fit.step(batch, labels[batch], weights, decay=1.0 - step / steps, step=step + 1)
            step += 1
    return fit.weights()


def _centre_and_spread(dense: Floats) -> tuple[Floats, float]:
    """Return the mean of each feature, and the features' mean deviation from it.

    The deviation is summed in chunks, to avoid a copy of all rows.
    """
    centre: Floats = dense.mean(axis=0)
    squares = np.zeros(dense.shape[1], np.float64)
    for start in range(0, len(dense), CHUNK):
        squares += np.square(dense[start : start + CHUNK] - centre).sum(axis=0)
    return centre, float(np.sqrt(squares / len(dense)).mean()) or 1.0


class _Fit:
    """State of the two optimisers."""

    def __init__(
        self,
        *,
        sparse: csr_matrix | None,
        dense: Floats,
        centre: Floats,
        label_count: int,
        shrink: float,
        spread: float,
    ) -> None:
        self._sparse, self._dense, self._centre = sparse, dense, centre
        self._shrink, self._spread = shrink, spread
        self._bias = np.zeros(label_count, np.float32)
        self._bias_squares = np.full(label_count, 1e-3, np.float32)
        features = 0 if sparse is None else sparse.shape[1]
        self._rows = np.zeros((features, label_count), np.float32)
        self._row_squares = np.full((features, label_count), 1e-6, np.float32)
        self._frequency = (
            np.zeros(0, np.float32)
            if sparse is None
            else np.maximum(np.bincount(sparse.indices, minlength=features), 1).astype(np.float32)
        )
        self._weights = np.zeros((dense.shape[1], label_count), np.float32)
        self._momentum = np.zeros_like(self._weights)
        self._squares = np.zeros_like(self._weights)

    def step(self, batch: Integers, labels: Integers, weights: Floats | None, *, decay: float, step: int) -> None:
        dense: Floats = ((self._dense[batch] - self._centre) / np.float32(self._spread)).astype(np.float32, copy=False)
        error = dense @ self._weights + self._bias
        touched = None if self._sparse is None else _touched_columns(self._sparse[batch])
        if touched is not None:
            columns, part = touched
            error += part @ self._rows[columns]
        error -= error.max(axis=1, keepdims=True)
        np.exp(error, out=error)
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(len(batch)), labels] -= 1.0
        if weights is not None:
            error *= weights[:, None]
        error /= len(batch)
        if touched is not None:
            self._step_sparse(*touched, error, decay)
        self._step_dense(dense, error, decay, step)
        bias_gradient = error.sum(axis=0)
        self._bias_squares += bias_gradient * bias_gradient
        self._bias -= BIAS_RATE * decay * bias_gradient / np.sqrt(self._bias_squares)

    def _step_sparse(self, columns: Integers, part: csr_matrix, error: Floats, decay: float) -> None:
        rows = self._rows[columns]
        share = (self._shrink * self._dense.shape[0] / BATCH) / self._frequency[columns]
        gradient = part.T @ error + share[:, None] * rows
        squares = self._row_squares[columns] + gradient * gradient
        self._row_squares[columns] = squares
        self._rows[columns] = rows - np.float32(SPARSE_RATE * decay) * gradient / np.sqrt(squares)

    def _step_dense(self, dense: Floats, error: Floats, decay: float, step: int) -> None:
        gradient = dense.T @ error + np.float32(self._shrink / self._spread**2) * self._weights
        self._momentum += 0.1 * (gradient - self._momentum)
        self._squares += 0.01 * (gradient * gradient - self._squares)
        rate = DENSE_RATE * decay / (1 - 0.9**step)
        self._weights -= np.float32(rate) * self._momentum / (np.sqrt(self._squares / (1 - 0.99**step)) + 1e-8)

    def weights(self) -> SoftmaxWeights:
        dense = self._weights / np.float32(self._spread)
        return SoftmaxWeights(sparse=self._rows, dense=dense, bias=self._bias - self._centre @ dense)


def _touched_columns(batch: csr_matrix) -> tuple[Integers, csr_matrix]:
    columns, places = np.unique(batch.indices, return_inverse=True)
    return columns, csr_matrix((batch.data, places, batch.indptr), shape=(batch.shape[0], len(columns)))
