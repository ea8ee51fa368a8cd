"""Numbers of a fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_STEPS = 600
"""Takes about a quarter of an hour on two cores with the default encoder and short texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Numbers of a fine-tuning. Each recipe gives its own encoder, with its own checkpoint to go on from."""

    steps: int = DEFAULT_STEPS
    """Most steps. Fine-tuning ends earlier if held-out rows stop gaining."""
    intents_of_a_batch: int = 32
    temperature: float = 0.05
    """Temperature of the contrastive loss."""
    scale: float = 20.0
    """Scale of the cosine head."""
    label_smoothing: float = 0.1
    encoder_rate: float = 5e-5
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.1
    """Share of the steps in which the rates rise. In all later steps the rates fall."""
    check_every: int = 25
    """Steps between two checks on held-out rows. Each check writes a checkpoint."""
    patience: int = 5
    """Checks without gain after which fine-tuning stops."""
    level: float = 0.05
    """Greatest chance of the lead, if both encoders were equally good, at which the fine-tuned encoder is kept."""

    def rate_share(self, step: int) -> float:
        """Return the share of the learning rates at a step, counted from 0: linear up, then linear down."""
        rising = max(1, round(self.warm_up * self.steps))
        return min((step + 1) / rising, (self.steps - step) / max(1, self.steps - rising))
