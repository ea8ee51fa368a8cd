"""Score every row by heads fitted without the row. All numbers of the cascade are chosen on these scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.learn.feature import Texts
from service.learn.heads import OUT_OF_SCOPE, fit_heads
from service.understand.calibration import HEAD_SIGNALS

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

FOLDS = 5
MANY_ROWS, FEWER_FOLDS = 6_000, 3
"""Rows from which on fewer folds are enough, because each fold leaves thousands of rows to learn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutScores:
    """Scores of rows by heads fitted without them, and the rows' labels."""

    lexical: Floats
    """Labels and signals, shape (rows, K + HEAD_SIGNALS)."""
    encoder: Floats
    """Labels and signals, shape (rows, K + HEAD_SIGNALS)."""
    labels: Integers
    """Shape (rows,). OUT_OF_SCOPE marks rows out of scope."""
    further_lexical: Floats | None = None
    """Scores of further texts by heads fitted without their row, shape (texts, K + HEAD_SIGNALS)."""
    further_encoder: Floats | None = None

    def of(self, rows: Integers) -> HeldOutScores:
        """Select the scores of some rows. Further texts all stay."""
        return replace(self, lexical=self.lexical[rows], encoder=self.encoder[rows], labels=self.labels[rows])


def fold_count(labels: Integers) -> int:
    """Return the number of folds that leaves most labels an example to learn from, or 0 if the rows are too few."""
    counts = np.bincount(labels[labels != OUT_OF_SCOPE])
    typical = int(np.median(counts[counts > 0]))
    folds = FOLDS if len(labels) < MANY_ROWS else FEWER_FOLDS
    return min(folds, typical) if typical >= 2 else 0


def cross_fit(
    texts: Texts,
    labels: Integers,
    label_count: int,
    *,
    vocabulary_size: int,
    seed: int,
    progress: Callable[[float], None],
    groups: Integers | None = None,
    weights: Floats | None = None,
    further: Texts | None = None,
    further_rows: Integers | None = None,
) -> HeldOutScores | None:
    """Return held-out scores of all rows, or `None` if the rows are too few to hold any out.

    Rows of one group are held out together. Without `groups` each row is its own group. `further` texts, such as
    clauses, are scored by the heads that did not learn from their rows, `further_rows`.
    """
    groups = np.arange(len(labels)) if groups is None else groups
    folds = fold_count(labels[_firsts(groups)])
    if not folds:
        return None
    fold_of = _stratified(labels, groups, folds, seed)
    shape = (len(labels), label_count + HEAD_SIGNALS)
    lexical, encoder = np.empty(shape, np.float32), np.empty(shape, np.float32)
    wide = (0 if further is None else len(further), shape[1])
    more_lexical, more_encoder = np.empty(wide, np.float32), np.empty(wide, np.float32)
    for fold in range(folds):
        held_out, kept = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        heads = fit_heads(texts, labels, label_count, kept, vocabulary_size=vocabulary_size, seed=seed, weights=weights)
        lexical[held_out] = heads.lexical_scores(texts, held_out)
        encoder[held_out] = heads.encoder_scores(texts, held_out)
        if further is not None and further_rows is not None:
            of_fold = np.flatnonzero(fold_of[further_rows] == fold)
            more_lexical[of_fold] = heads.lexical_scores(further, of_fold)
            more_encoder[of_fold] = heads.encoder_scores(further, of_fold)
        progress((fold + 1) / folds)
    return HeldOutScores(
        lexical=lexical,
        encoder=encoder,
        labels=labels,
        further_lexical=None if further is None else more_lexical,
        further_encoder=None if further is None else more_encoder,
    )


def _stratified(labels: Integers, groups: Integers, folds: int, seed: int) -> Integers:
    """Assign a fold to each row. Each label is spread evenly, labels start at different folds, groups stay whole."""
    generator = np.random.default_rng(seed)
    fold_of_group = np.empty(int(groups.max()) + 1, np.int64)
    firsts = _firsts(groups)
    for place, label in enumerate(np.unique(labels[firsts])):
        rows = generator.permutation(firsts[labels[firsts] == label])
        fold_of_group[groups[rows]] = (np.arange(len(rows)) + place) % folds
    return fold_of_group[groups]


def _firsts(groups: Integers) -> Integers:
    """Position of the first row of each group."""
    return np.sort(np.unique(groups, return_index=True)[1])
