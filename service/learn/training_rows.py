"""The rows that a bundle learns from: the given rows, noisy copies of them, and synthetic rows.

Rows of equal text, and a row with its copies, form a group. A group stays on one side of every fold, and stands for
one row in every guarantee: a file that holds each row six times proves no more than the file that holds it once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.learn.dataset import Dataset
from service.learn.feature import Texts
from service.learn.noise import noisy_copies

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

COPY_WEIGHT = 0.5
"""Weight of a noisy copy beside the example that it was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRows:
    """Rows in this order: given, synthetic, noisy copies of given rows."""

    rows: Dataset
    given: int
    """Number of given rows."""
    copies: int
    """Number of noisy copies."""
    groups: Integers
    """Group of each row, shape (rows,)."""
    weights: Floats
    """Weight of each row in fitting, shape (rows,)."""

    @property
    def judged(self) -> Flags:
        """The rows that thresholds and guarantees are chosen on: the first given row of each group and label."""
        seen: set[tuple[int, str | None]] = set()
        flags = np.zeros(len(self.rows), np.bool_)
        for row in range(self.given):
            key = (int(self.groups[row]), self.rows.intents[row])
            flags[row] = key not in seen
            seen.add(key)
        return flags

    @property
    def synthetic(self) -> Flags:
        """The rows that were made because the given rows have too few of their kind."""
        flags = np.zeros(len(self.rows), np.bool_)
        flags[self.given : len(self.rows) - self.copies] = True
        return flags


def training_rows(rows: Dataset, given: int, *, seed: int, has_copies: bool) -> TrainingRows:
    """Group and weigh rows of which the first `given` are given and the others synthetic, and append noisy copies."""
    copies = noisy_copies(rows.utterances[:given], seed=seed) if has_copies else []
    groups = groups_of(rows.utterances)
    repeats = Counter(zip(groups.tolist(), rows.intents, strict=True))
    weights = [1.0 / repeats[group, intent] for group, intent in zip(groups.tolist(), rows.intents, strict=True)]
    return TrainingRows(
        rows=Dataset(utterances=(*rows.utterances, *copies), intents=(*rows.intents, *rows.intents[: len(copies)])),
        given=given,
        copies=len(copies),
        groups=np.concatenate([groups, groups[: len(copies)]]),
        weights=np.array([*weights, *(COPY_WEIGHT * weight for weight in weights[: len(copies)])], np.float32),
    )


def groups_of(utterances: Sequence[str]) -> Integers:
    """Group of each utterance. Utterances that differ only in capitals and blanks share a group."""
    numbers: dict[str, int] = {}
    keys = [" ".join(utterance.casefold().split()) for utterance in utterances]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def joined(one: Texts, other: Texts) -> Texts:
    """The features of two lists of texts, one after the other."""
    return Texts(
        keys=(*one.keys, *other.keys),
        static=np.concatenate([one.static, other.static]),
        embeddings=np.concatenate([one.embeddings, other.embeddings]),
    )
