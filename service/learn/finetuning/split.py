"""Which rows an encoder is fine-tuned on, which say when to stop, and which judge it: a row does one of the three."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import DatasetError
from service.learn.heads import OUT_OF_SCOPE

Integers = NDArray[np.int64]

TUNE, JUDGE, STOP = 0, 1, 2
TURNS = (TUNE, JUDGE, STOP, TUNE, TUNE, JUDGE, TUNE, TUNE, JUDGE, TUNE)
"""What the rows of a label do by turns, in random order: a label of one row teaches, and six rows in ten do."""
FEWEST_JUDGES = 20
FEWEST_STOPPERS = 3
"""With fewer rows in scope nothing could be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Positions of rows, ascending; rows out of scope are among them in the same shares."""

    tune: Integers
    judge: Integers
    stop: Integers

    @property
    def unseen(self) -> Integers:
        """Rows that the weights were not fitted to."""
        return np.sort(np.concatenate([self.judge, self.stop]))


def split_rows(labels: Integers, seed: int) -> Split:
    """A split that holds every label in even shares. Raises DatasetError where too few rows could judge."""
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
