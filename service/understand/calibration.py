"""From raw scores to honest confidences: one temperature and one scope boundary a stage of the cascade.

Temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
Energy as an out-of-scope score: Liu et al., "Energy-based Out-of-distribution Detection", NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCalibration:
    """How one stage's scores become confidences."""

    temperature: float
    scope_weights: tuple[float, ...]
    """Weights of energy, largest score, margin and outlier score in the log-odds of being in scope."""
    scope_bias: float

    def shares(self, scores: Floats) -> Floats:
        """Probabilities of the labels given that one of them fits; shape as `scores`, (labels,) or (texts, labels)."""
        scaled = scores / np.float32(self.temperature)
        scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        shares: Floats = scaled / scaled.sum(axis=-1, keepdims=True)
        return shares

    def in_scope(self, scores: Floats, outlier: Floats) -> Floats:
        """Probability of being in scope at all, shape () or (texts,)."""
        odds = scope_features(scores, outlier) @ np.asarray(self.scope_weights, np.float32) + self.scope_bias
        probability: Floats = 1.0 / (1.0 + np.exp(-odds))
        return probability


def scope_features(scores: Floats, outlier: Floats) -> Floats:
    """Energy, largest score, margin over the second, and outlier score; shape (..., 4)."""
    top = np.partition(scores, -2, axis=-1)[..., -2:] if scores.shape[-1] > 1 else np.repeat(scores, 2, axis=-1)
    largest = top[..., 1]
    energy = largest + np.log(np.exp(scores - largest[..., None]).sum(axis=-1))
    features: Floats = np.stack([energy, largest, largest - top[..., 0], outlier], axis=-1).astype(np.float32)
    return features


def mix(lexical: Floats, encoder: Floats, encoder_weight: float) -> Floats:
    """Scores of both heads, weighted; same shape."""
    mixed: Floats = lexical * np.float32(1.0 - encoder_weight) + encoder * np.float32(encoder_weight)
    return mixed


def top_labels(confidences: Floats, count: int) -> Sequence[int]:
    """Positions of the largest confidences, largest first; ties go to the earlier label."""
    order: list[int] = np.argsort(-confidences, kind="stable")[:count].tolist()
    return order
