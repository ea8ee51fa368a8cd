"""Interface of a classifier: a prediction for one redacted utterance, with honest confidences."""

from __future__ import annotations

from typing import Protocol

from service.domain.understanding import Prediction, Thresholds
from service.understand.explanation import Explanation


class Classifier(Protocol):
    """Labels are fixed for the life of a classifier. `version` names its bundle."""

    version: str
    labels: tuple[str, ...]
    thresholds: Thresholds

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        """Predict one utterance. The event loop is blocked for the time of the lexical head only."""
        ...

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> Explanation | None:
        """Explain the intent of an utterance. `None` if time or room is missing."""
        ...
