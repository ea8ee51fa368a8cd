"""The regression under both heads: it learns, the same each time, as strictly as it is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from service.learn.softmax import SoftmaxWeights, fit_softmax

CORNERS = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 3.0]], np.float32)


def clouds(rows: int = 90, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points about three corners, and which corner each belongs to."""
    generator = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    return (CORNERS[labels] + generator.normal(size=(rows, 2)) * 0.3).astype(np.float32), labels


def fit(
    dense: np.ndarray, labels: np.ndarray, *, sparse: csr_matrix | None = None, seed: int = 0, **more: Any
) -> SoftmaxWeights:
    return fit_softmax(sparse, dense, labels, 3, **{"penalty": 100.0, **more}, seed=seed)


def test_a_separable_problem_is_learnt() -> None:
    """New points about the same corners are told apart without a mistake."""
    weights = fit(*clouds())
    dense, labels = clouds(seed=1)

    assert (weights.scores(None, dense).argmax(axis=1) == labels).all()


def test_sparse_features_are_learnt_beside_dense_ones() -> None:
    """What only an n-gram tells is learnt from the n-gram."""
    labels = np.arange(90) % 3
    sparse = csr_matrix(np.eye(3, dtype=np.float32)[labels])
    dense = np.random.default_rng(0).normal(size=(90, 2)).astype(np.float32)

    weights = fit(dense, labels, sparse=sparse)

    assert weights.sparse.shape == (3, 3)
    assert (weights.scores(sparse, dense).argmax(axis=1) == labels).all()


def test_a_constant_feature_does_no_harm() -> None:
    """Static vectors of texts that are all alike say nothing; the fit stays finite."""
    weights = fit(np.ones((90, 2), np.float32), np.arange(90) % 3)

    assert all(np.isfinite(array).all() for array in (weights.dense, weights.bias))


def test_the_same_seed_gives_the_same_weights() -> None:
    """To the last bit; another seed visits rows in another order and ends elsewhere."""
    first, again, other = (fit(*clouds(500), seed=seed) for seed in (7, 7, 8))

    np.testing.assert_array_equal(first.dense, again.dense)
    np.testing.assert_array_equal(first.bias, again.bias)
    assert (first.dense != other.dense).any()


def test_a_stronger_penalty_gives_smaller_weights() -> None:
    """`penalty` is an inverse strength: the smaller, the stricter."""
    strict, lenient = (fit(*clouds(), penalty=penalty) for penalty in (0.01, 100.0))

    assert np.linalg.norm(strict.dense) < np.linalg.norm(lenient.dense)


def test_rows_of_more_weight_count_for_more() -> None:
    """Where labels contradict each other, the weightier one is believed."""
    dense = np.zeros((60, 2), np.float32)
    labels = np.arange(60) % 2
    heavier = np.where(labels == 1, 5.0, 1.0).astype(np.float32)

    even = fit(dense, labels).scores(None, dense[:1])[0]
    tipped = fit(dense, labels, row_weights=heavier).scores(None, dense[:1])[0]

    assert even[0] == pytest.approx(even[1], abs=0.2)
    assert tipped[1] > tipped[0] + 0.5


@pytest.mark.parametrize("rows", [2, 127, 128, 129, 300])
def test_any_number_of_rows_can_be_fitted(rows: int) -> None:
    """Batches need not come out even."""
    weights = fit(*clouds(rows))

    assert weights.dense.shape == (2, 3)
    assert np.isfinite(weights.dense).all()
