"""Split rows by their one role in a fine-tuning: tune the encoder, say when to stop, or judge the encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import DatasetError
from service.learn.heads import OUT_OF_SCOPE

Integers = NDArray[np.int64]

TUNE, JUDGE, STOP = 0, 1, 2
TURNS = (TUNE, JUDGE, STOP, TUNE, TUNE, JUDGE, TUNE, TUNE, JUDGE, TUNE)
"""Roles of a label's rows by turns, in random order. Six rows in ten tune, and the only row of a label tunes."""
FEWEST_JUDGES = 20
FEWEST_STOPPERS = 3
"""Least rows in scope to judge by and to stop by. With fewer rows a comparison is too weak to show a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Positions of rows, ascending. Rows out of scope are split in the same shares."""

    tune: Integers
    judge: Integers
    stop: Integers

    @property
    def unseen(self) -> Integers:
        """Rows kept out of the fitting of the weights."""
        return np.sort(np.concatenate([self.judge, self.stop]))


def split_rows(labels: Integers, seed: int) -> Split:
    """Split every label in the same shares. Raises DatasetError if too few rows are left to judge or to stop by."""
    generator = np.random.default_rng(seed)
    turn = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        turn[rows] = np.resize(TURNS, len(rows))
    inside = labels != OUT_OF_SCOPE
    judges, stoppers = (int((inside & (turn == role)).sum()) for role in (JUDGE, STOP))
    if judges < FEWEST_JUDGES or stoppers < FEWEST_STOPPERS:
        raise DatasetError(
            f"Too few rows to fine-tune on: {judges} can be held out to judge the encoder and {stoppers} to say when "
            f"to stop; {FEWEST_JUDGES} and {FEWEST_STOPPERS} are needed. Give about ten examples an intent and seventy "
            "in all, or train without --finetune."
        )
    return Split(
        tune=np.flatnonzero(turn == TUNE), judge=np.flatnonzero(turn == JUDGE), stop=np.flatnonzero(turn == STOP)
    )
