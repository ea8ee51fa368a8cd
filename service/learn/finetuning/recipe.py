"""How an encoder is fine-tuned: the numbers."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_STEPS = 600
"""About a quarter of an hour on two cores with the default encoder and short texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Other numbers give another encoder, and another checkpoint to go on from."""

    steps: int = DEFAULT_STEPS
    """At most; fewer where rows held out stop gaining."""
    intents_of_a_batch: int = 32
    temperature: float = 0.05
    """Of the contrastive loss."""
    scale: float = 20.0
    """Of the cosine head."""
    label_smoothing: float = 0.1
    encoder_rate: float = 5e-5
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.1
    """Share of the steps in which the rates rise; in the others they fall."""
    check_every: int = 25
    """Steps between two looks at rows held out, each with a checkpoint."""
    patience: int = 5
    """Looks without gain after which it stops."""
    level: float = 0.05
    """Greatest chance, were both encoders equally good, of a lead at which the fine-tuned one is kept."""

    def rate_share(self, step: int) -> float:
        """Share of the learning rates at a step, from 0: linear up, linear down."""
        rising = max(1, round(self.warm_up * self.steps))
        return min((step + 1) / rising, (self.steps - step) / max(1, self.steps - rising))
