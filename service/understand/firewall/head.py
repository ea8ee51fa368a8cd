"""The firewall's classifier: scores the purpose of a tokenised text to a customer, on the encoder of its bundle.

Kernel least squares (Saunders, Gammerman and Vovk, "Ridge Regression Learning Algorithm in Dual Variables", ICML 1998):
the likeness of a text to each example by each layer of its embedding, plus the weights of its n-grams.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.domain.content import ContentKind
from service.errors import BundleError
from service.understand.encoder import Encoder
from service.understand.ngram import ngram_keys
from service.understand.tokenizer import Tokenizer

Floats = NDArray[np.float32]

KINDS = (ContentKind.RELATIONSHIP, ContentKind.FULFILMENT, ContentKind.SERVICE_NOTICE)
"""Kinds of content in the order of the scores."""
NUMBERS = "firewall.json"
ARRAYS = ("centre", "axes", "vectors", "weights", "keys", "frequency", "rows")
MAX_ODDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmoid:
    """Turns a score into a probability."""

    slope: float
    bias: float

    def __call__(self, score: float) -> float:
        odds = self.slope * score + self.bias
        return 1.0 / (1.0 + math.exp(-max(-MAX_ODDS, min(MAX_ODDS, odds))))


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallNumbers:
    """Numbers that are chosen when a firewall is fitted."""

    threshold: float
    """Least confidence at which a text is of kind relationship."""
    bandwidths: tuple[float, ...]
    """Speed at which likeness falls with squared distance, for each layer."""
    layer_share: float
    """Weight of likeness by one layer."""
    part_margin: float
    """Taken off the score of a part of a text, because a part says less than the whole."""
    relationship: Sigmoid
    service_notice: Sigmoid
    """For a text free of promotion, from its score as a service notice minus its score as fulfilment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallWeights:
    """Arrays of a fitted firewall. S are the scores, in the order of `KINDS`, and L are the layers of an embedding."""

    centre: Floats
    """Mean embedding, shape (dimensions,)."""
    axes: Floats
    """Directions along which distances are measured, shape (L, dimensions / L, A)."""
    vectors: NDArray[np.float16]
    """The examples along the axes, shape (L, examples, A)."""
    weights: Floats
    """Weights of each example, shape (examples, S)."""
    keys: NDArray[np.int64]
    """Known n-gram keys, ascending, shape (F,)."""
    frequency: Floats
    """Inverse document frequency of each n-gram, shape (F,)."""
    rows: Floats
    """Weights of each n-gram, times its frequency, shape (F, S)."""


class Firewall:
    """Scores texts. Several threads may call it at once, and texts are forgotten."""

    def __init__(
        self, *, weights: FirewallWeights, numbers: FirewallNumbers, tokenizer: Tokenizer, encoder: Encoder
    ) -> None:
        self.numbers = numbers
        self.tokenizer = tokenizer
        self._weights = weights
        self._encoder = encoder
        self._vectors = weights.vectors.astype(np.float32)
        self._squares = np.square(self._vectors).sum(axis=2)
        self._bandwidths = np.array(numbers.bandwidths, np.float32)[:, None]

    def scores(self, token_ids: Sequence[int]) -> Floats:
        """Return raw scores of one text, shape (S,)."""
        weights = self._weights
        centred = (self._encoder.embed([token_ids])[0] - weights.centre).reshape(len(weights.axes), -1)
        # Without BLAS, because its threads would wait for the threads of the encoder.
        found = np.einsum("ld,lda->la", centred, weights.axes)
        near = np.einsum("lea,la->le", self._vectors, found)
        distances = np.square(found).sum(axis=1, keepdims=True) + self._squares - 2 * near
        likeness = np.exp(-self._bandwidths * np.maximum(distances, 0)).sum(axis=0)
        scores: Floats = np.float32(self.numbers.layer_share) * likeness @ weights.weights + self._lexical(token_ids)
        return scores

    def _lexical(self, token_ids: Sequence[int]) -> Floats:
        weights = self._weights
        keys = np.array(sorted(ngram_keys(token_ids, self.tokenizer.vocabulary_size)), np.int64)
        places = np.minimum(np.searchsorted(weights.keys, keys), len(weights.keys) - 1)
        known = places[weights.keys[places] == keys]
        length = np.sqrt(np.square(weights.frequency[known]).sum()) or np.float32(1)
        spoken: Floats = weights.rows[known].sum(axis=0) / length
        return spoken


def array_file(name: str) -> str:
    """Return the name of the file that holds an array of the firewall."""
    return f"firewall_{name}.npy"


FILES = (NUMBERS, *(array_file(name) for name in ARRAYS))


def load_firewall(folder: Path, tokenizer: Tokenizer, encoder: Encoder) -> Firewall:
    """Load the firewall of a folder, on the encoder that it was fitted on. Raises BundleError, naming the folder."""
    try:
        weights = FirewallWeights(**{n: np.load(folder / array_file(n), allow_pickle=False) for n in ARRAYS})
        numbers = _numbers(json.loads((folder / NUMBERS).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"The firewall in {folder} cannot be read ({type(error).__name__}). Build the bundle anew: errand train"
        ) from error
    if weights.centre.shape != (encoder.dimensions,) or len(weights.axes) != len(numbers.bandwidths):
        raise BundleError(f"The firewall in {folder} does not fit the encoder. Build the bundle anew: errand train")
    return Firewall(weights=weights, numbers=numbers, tokenizer=tokenizer, encoder=encoder)


def _numbers(raw: Mapping[str, Any]) -> FirewallNumbers:
    return FirewallNumbers(
        threshold=float(raw["threshold"]),
        bandwidths=tuple(map(float, raw["bandwidths"])),
        layer_share=float(raw["layer_share"]),
        part_margin=float(raw["part_margin"]),
        relationship=Sigmoid(**raw["relationship"]),
        service_notice=Sigmoid(**raw["service_notice"]),
    )
