"""What every classifier promises: a prediction for one redacted utterance, with honest confidences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from service.domain.understanding import Candidate, Stage, Thresholds
from service.understand.explanation import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a classifier makes of one utterance; says nothing yet of what to do about it."""

    candidates: tuple[Candidate, ...]
    """Most confident first; may hold the label `no_goal_yet`."""
    in_scope: float
    """Probability that the utterance fits any label at all."""
    stage: Stage
    lexical_seconds: float
    encoder_seconds: float
    """0.0 where the encoder was not asked."""
    cut_short: bool = False
    """The encoder should have been asked, but there was no time or room for it."""


class Classifier(Protocol):
    """Labels are fixed for the life of a classifier; `version` names the bundle it came from."""

    version: str
    labels: tuple[str, ...]
    thresholds: Thresholds

    async def predict(self, utterance: str, *, top_k: int, seconds_left: float | None = None) -> Prediction:
        """Predict one utterance; never blocks the event loop for longer than the lexical head takes."""
        ...

    async def explain(self, utterance: str, intent: str, *, seconds_left: float | None = None) -> Explanation | None:
        """Why the utterance is taken for the intent; `None` where there is no time or no room to find out."""
        ...
