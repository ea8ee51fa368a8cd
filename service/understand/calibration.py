"""Turn raw scores into honest confidences: one temperature and one scope boundary for each stage of the cascade.

Temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
Energy as an out-of-scope score: Liu et al., "Energy-based Out-of-distribution Detection", NeurIPS 2020.

Scores of a text are one row: the labels first, then signals that the text is out of scope. Each head gives two signals,
an outlier score and the strangeness of the text. The mix of both heads has three signals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHAPES = 3
"""Number of scope features taken from the labels' scores: energy, largest score and margin."""
HEAD_SIGNALS = 2
MIXED_SIGNALS = 3
MAX_ODDS = 50.0
"""Limit of log-odds. Larger values make the same probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCalibration:
    """Turns the scores of one stage into confidences."""

    temperature: float
    scope_weights: tuple[float, ...]
    """Weights of energy, largest score, margin and each signal in the log-odds of being in scope."""
    scope_bias: float

    @property
    def signals(self) -> int:
        """Number of columns that are signals, behind the labels."""
        return len(self.scope_weights) - SHAPES

    def shares(self, scores: Floats) -> Floats:
        """Return probabilities of the labels, given that a label fits. Shape (labels,) or (texts, labels)."""
        scaled = scores[..., : -self.signals] / np.float32(self.temperature)
        scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        shares: Floats = scaled / scaled.sum(axis=-1, keepdims=True)
        return shares

    def in_scope(self, scores: Floats) -> Floats:
        """Return the probability of being in scope. Shape () or (texts,)."""
        odds = scope_features(scores, self.signals) @ np.asarray(self.scope_weights, np.float32) + self.scope_bias
        probability: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -MAX_ODDS, MAX_ODDS)))
        return probability


def scope_features(scores: Floats, signals: int) -> Floats:
    """Return energy, largest score, margin over the second, then the signals. Shape (..., SHAPES + signals)."""
    labels = scores[..., :-signals]
    top = np.partition(labels, -2, axis=-1)[..., -2:] if labels.shape[-1] > 1 else np.repeat(labels, 2, axis=-1)
    largest = top[..., 1]
    energy = largest + np.log(np.exp(labels - largest[..., None]).sum(axis=-1))
    shapes = np.stack([energy, largest, largest - top[..., 0]], axis=-1)
    features: Floats = np.concatenate([shapes, scores[..., -signals:]], axis=-1).astype(np.float32)
    return features


def mix(lexical: Floats, encoder: Floats, encoder_weight: float) -> Floats:
    """Return the weighted scores of both heads. Each head's strangeness keeps a column, so the mix is one wider."""
    weighted = lexical[..., :-1] * np.float32(1.0 - encoder_weight) + encoder[..., :-1] * np.float32(encoder_weight)
    mixed: Floats = np.concatenate([weighted, lexical[..., -1:], encoder[..., -1:]], axis=-1)
    return mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Calibrated scores of one text, for the likeliest labels only."""

    scores: Floats
    """Raw scores of the labels, then the signals."""
    top: tuple[int, ...]
    """Positions of the likeliest labels, likeliest first."""
    confidences: tuple[float, ...]
    """Confidences of `top`. All labels' confidences and the probability of being out of scope add up to 1."""
    in_scope: float


def read(scores: Floats, calibration: StageCalibration, count: int) -> Reading:
    """Calibrate one text's scores for its `count` likeliest labels. `StageCalibration` gives the same for many texts.

    Every contact runs this code: a handful of array operations, the rest in plain floats.
    """
    signals = calibration.signals
    labels = scores[:-signals]
    count = min(max(count, 2), len(labels))
    likeliest = (
        labels.argpartition(len(labels) - count)[-count:].tolist() if count < len(labels) else range(len(labels))
    )
    ranked = sorted([(-float(labels[label]), label) for label in likeliest])
    largest = -ranked[0][0]
    second = -ranked[1][0] if len(ranked) > 1 else largest
    below = labels - labels.dtype.type(largest)
    energy = largest + math.log(float(np.exp(below).sum()))
    weights = calibration.scope_weights
    odds = energy * weights[0] + largest * weights[1] + (largest - second) * weights[2] + calibration.scope_bias
    for weight, signal in zip(weights[SHAPES:], scores[-signals:].tolist(), strict=True):
        odds += weight * signal
    in_scope = 1.0 / (1.0 + math.exp(-max(-MAX_ODDS, min(MAX_ODDS, odds))))
    warmth = 1.0 / calibration.temperature
    total = float(np.exp(below * labels.dtype.type(warmth)).sum())
    return Reading(
        scores=scores,
        top=tuple([label for _, label in ranked]),
        confidences=tuple([in_scope * math.exp((-score - largest) * warmth) / total for score, _ in ranked]),
        in_scope=in_scope,
    )
