"""Score every row by heads fitted without the row. All numbers of the cascade are chosen on these scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.learn.feature import Texts
from service.learn.heads import OUT_OF_SCOPE, fit_heads
from service.understand.calibration import HEAD_SIGNALS

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutScores:
    """Scores of rows by heads fitted without them, and the rows' labels."""

    lexical: Floats
    """Labels and signals, shape (rows, K + HEAD_SIGNALS)."""
    encoder: Floats
    """Labels and signals, shape (rows, K + HEAD_SIGNALS)."""
    labels: Integers
    """Shape (rows,). OUT_OF_SCOPE marks rows out of scope."""

    def of(self, rows: Integers) -> HeldOutScores:
        """Select the scores of some rows."""
        return HeldOutScores(lexical=self.lexical[rows], encoder=self.encoder[rows], labels=self.labels[rows])


def fold_count(labels: Integers) -> int:
    """Return the number of folds that leaves most labels an example to learn from, or 0 if the rows are too few."""
    counts = np.bincount(labels[labels != OUT_OF_SCOPE])
    typical = int(np.median(counts[counts > 0]))
    return min(FOLDS, typical) if typical >= 2 else 0


def cross_fit(
    texts: Texts,
    labels: Integers,
    label_count: int,
    *,
    vocabulary_size: int,
    seed: int,
    progress: Callable[[float], None],
) -> HeldOutScores | None:
    """Return held-out scores of all rows, or `None` if the rows are too few to hold any out."""
    folds = fold_count(labels)
    if not folds:
        return None
    fold_of = _stratified(labels, folds, seed)
    shape = (len(labels), label_count + HEAD_SIGNALS)
    lexical, encoder = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for fold in range(folds):
        held_out, kept = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        heads = fit_heads(texts, labels, label_count, kept, vocabulary_size=vocabulary_size, seed=seed)
        lexical[held_out] = heads.lexical_scores(texts, held_out)
        encoder[held_out] = heads.encoder_scores(texts, held_out)
        progress((fold + 1) / folds)
    return HeldOutScores(lexical=lexical, encoder=encoder, labels=labels)


def _stratified(labels: Integers, folds: int, seed: int) -> Integers:
    """Assign a fold to each row. Each label is spread evenly, and labels start at different folds."""
    generator = np.random.default_rng(seed)
    fold_of = np.empty(len(labels), np.int64)
    for place, label in enumerate(np.unique(labels)):
        rows = generator.permutation(np.flatnonzero(labels == label))
        fold_of[rows] = (np.arange(len(rows)) + place) % folds
    return fold_of
