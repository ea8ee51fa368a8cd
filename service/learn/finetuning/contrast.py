"""Batches and losses that teach an encoder to put texts of one intent together, and texts of two intents apart.

Supervised contrastive loss: Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020. A text that is alone in
its intent is paired with itself under another dropout: Gao et al., "SimCSE", EMNLP 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Tensor = Any
Integers = NDArray[np.int64]

TEXTS_OF_AN_INTENT = 2


def batch_of(rows_by_label: Sequence[Integers], labels: int, *, seed: int, step: int) -> tuple[Integers, Integers]:
    """Draw the rows of one step and their labels: two texts of each of `labels` labels.

    Deterministic for the same seed and step.
    """
    generator = np.random.default_rng([seed, step])
    chosen = generator.permutation(len(rows_by_label))[:labels]
    rows = [
        generator.choice(rows_by_label[label], TEXTS_OF_AN_INTENT, replace=len(rows_by_label[label]) == 1)
        for label in chosen
    ]
    return np.concatenate(rows), np.repeat(chosen, TEXTS_OF_AN_INTENT)


def contrastive_loss(embeddings: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Return the mean over texts of how little the texts of the same intent stand out.

    Every intent needs at least two texts.
    """
    itself = torch.eye(len(labels), dtype=torch.bool, device=embeddings.device)
    similarity = (embeddings @ embeddings.T / temperature).masked_fill(itself, float("-inf"))
    shares = similarity.log_softmax(dim=1).masked_fill(itself, 0.0)
    alike = (labels[:, None] == labels[None, :]) & ~itself
    return -((shares * alike).sum(dim=1) / alike.sum(dim=1)).mean()


def cosine_scores(embeddings: Tensor, directions: Tensor, scale: float) -> Tensor:
    """Return the scaled cosine of each text with each label's direction, shape (texts, labels)."""
    return scale * embeddings @ torch.nn.functional.normalize(directions, dim=-1).T
