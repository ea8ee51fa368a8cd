"""Test whether a fine-tuned encoder is better than the frozen one, beyond noise, on rows unseen by both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from service.learn.crossfit import HeldOutScores
from service.learn.feature import Texts
from service.learn.finetuning.split import Split
from service.learn.heads import OUT_OF_SCOPE, fit_heads
from service.learn.thresholds import encoder_weight
from service.understand.calibration import mix

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both encoders on the same rows. Shares are 0 to 1."""

    rows: int
    frozen_accuracy: float
    """Share of right answers by both heads together, as served."""
    tuned_accuracy: float
    frozen_encoder_accuracy: float
    """Share of right answers by the encoder's head alone."""
    tuned_encoder_accuracy: float
    only_frozen_right: int
    """Rows that both heads together get right with the frozen encoder and wrong with the tuned encoder."""
    only_tuned_right: int
    chance: float
    """Probability of at least `only_tuned_right` such rows if both encoders were equally good."""
    level: float
    """Greatest chance at which the tuned encoder is kept."""

    @property
    def kept(self) -> bool:
        """Whether the tuned encoder is to be served."""
        return self.chance <= self.level

    @property
    def reason(self) -> str:
        """Verdict in words."""
        figures = (
            f"on {self.rows} rows held out, {self.tuned_accuracy:.1%} are right with the fine-tuned encoder and "
            f"{self.frozen_accuracy:.1%} with the frozen one"
        )
        if self.kept:
            return f"The fine-tuned encoder is kept: {figures} (by chance: {self.chance:.1%})."
        if self.tuned_accuracy <= self.frozen_accuracy:
            return f"The frozen encoder is kept: {figures}."
        return (
            f"The frozen encoder is kept: {figures}, a lead that comes by chance {self.chance:.0%} of the time "
            f"({self.level:.0%} is allowed)."
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return the figures as plain values, under the names above."""
        return {**asdict(self), "kept": self.kept, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Right:
    """Flags of the judging rows that are right. Both have shape (rows,)."""

    both_heads: Flags
    encoder_head: Flags


def judge(
    frozen: Texts,
    tuned: Texts,
    labels: Integers,
    label_count: int,
    split: Split,
    *,
    vocabulary_size: int,
    seed: int,
    level: float,
) -> Comparison:
    """Compare both encoders by the exact test of McNemar (Psychometrika 1947), one-sided, on the judging rows in scope.

    Each encoder gets its own heads, fitted on the tuning rows, and the mix that does best on the stopping rows.
    """
    old, new = (
        _right(texts, labels, label_count, split, vocabulary_size=vocabulary_size, seed=seed)
        for texts in (frozen, tuned)
    )
    only_old = int((old.both_heads & ~new.both_heads).sum())
    only_new = int((new.both_heads & ~old.both_heads).sum())
    return Comparison(
        rows=len(old.both_heads),
        frozen_accuracy=float(old.both_heads.mean()),
        tuned_accuracy=float(new.both_heads.mean()),
        frozen_encoder_accuracy=float(old.encoder_head.mean()),
        tuned_encoder_accuracy=float(new.encoder_head.mean()),
        only_frozen_right=only_old,
        only_tuned_right=only_new,
        chance=float(binom.sf(only_new - 1, only_old + only_new, 0.5)),
        level=level,
    )


def _right(
    texts: Texts, labels: Integers, label_count: int, split: Split, *, vocabulary_size: int, seed: int
) -> _Right:
    heads = fit_heads(texts, labels, label_count, split.tune, vocabulary_size=vocabulary_size, seed=seed)

    def scores_of(rows: Integers) -> HeldOutScores:
        inside = rows[labels[rows] != OUT_OF_SCOPE]
        lexical, encoder = heads.lexical_scores(texts, inside), heads.encoder_scores(texts, inside)
        return HeldOutScores(lexical=lexical, encoder=encoder, labels=labels[inside])

    stop, judged = scores_of(split.stop), scores_of(split.judge)
    weight = encoder_weight(stop, np.ones(len(stop.labels), np.bool_))
    mixed = mix(judged.lexical, judged.encoder, weight)
    return _Right(
        both_heads=mixed[:, :label_count].argmax(axis=1) == judged.labels,
        encoder_head=judged.encoder[:, :label_count].argmax(axis=1) == judged.labels,
    )
