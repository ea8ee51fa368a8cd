"""The stance of a clause: wants its goal, refuses it, has done it already, and the like.

A linear head on the encoder's embedding. The head is asked only about clauses that hold a cue, since most contacts
simply want their goal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.understanding import Stance

Floats = NDArray[np.float32]

STANCES: Final = tuple(Stance)
"""In the order of the scores."""
CUE: Final = re.compile(
    r"""n't\b|\b(?:not|no|never|none|without|instead|rather|nor|neither|stop|leave|keep|kept|cannot|dont|doesnt|didnt
        |already|ago|yesterday|earlier|before|since|last|have|has|had|having|i've|we've|ive|been|was|were|did|done
        |if|would|suppose|supposing|say|thinking|considering|might|ever|one\ day
        |somebody|someone|they|went|got|gone|went\ and|who\ \w+ed
        |you\ (?:\w+ed|took|sent|gave|put|made|lost|threw|shut|told|said)
        |\w{2,20}ed\ (?:it|my|our|the|them|me|us|this))\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words of negation, of the past, of a condition and of others' doing. Clauses without any of them want their goal."""


def has_cue(text: str) -> bool:
    """Whether a clause may be about something other than a wish."""
    return CUE.search(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceHead:
    """Tells the stance of a clause by its embedding, for one set of labels."""

    weights: Floats
    """Shape (dimensions, stances)."""
    bias: Floats
    """Shape (stances,)."""
    applies: NDArray[np.bool_]
    """Shape (labels, stances): False if wishes for the label often sound like the stance, as reports of fraud do."""
    threshold: float
    """Least share of a stance at which a wish is doubted."""

    def shares(self, embeddings: Floats) -> Floats:
        """The share of each stance, shape (texts, stances)."""
        return stance_shares(embeddings, self.weights, self.bias)

    def stance(self, embedding: Floats, label: int) -> Stance:
        """The stance of a clause with a cue to its likeliest label."""
        shares = self.shares(embedding[None])[0] * self.applies[label]
        best = int(shares.argmax())
        return STANCES[best] if shares[best] >= self.threshold else Stance.WANTS


def stance_shares(embeddings: Floats, weights: Floats, bias: Floats) -> Floats:
    """The share of each stance, shape (texts, stances)."""
    scores = embeddings @ weights + bias
    shares: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
