"""Examples that a bundle learnt from, kept to show the examples that a text is most like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from service.domain.understanding import NO_GOAL_YET, NearExample

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]


class Examples:
    """Redacted texts by intent, and a vector of unit length for each text in the same order."""

    def __init__(self, texts: Mapping[str, Sequence[str]], vectors: Halves) -> None:
        ends = list(accumulate(len(own) for own in texts.values()))
        if vectors.ndim != 2 or len(vectors) != (ends[-1] if ends else 0):
            raise ValueError("each text needs a vector")
        self.texts = texts
        self.vectors = vectors
        self._starts = dict(zip(texts, [0, *ends], strict=False))

    def nearest(self, intent: str, embedding: Floats, count: int) -> tuple[NearExample, ...]:
        """Return the nearest examples of one intent to an embedded text, by the cosine of the encoder's last layer."""
        texts = self.texts.get(intent, ())
        if not texts:
            return ()
        start = self._starts[intent]
        vectors = self.vectors[start : start + len(texts)].astype(np.float32)
        similarity = vectors @ embedding[-vectors.shape[1] :]
        places = np.argsort(-similarity, kind="stable")[:count]
        return tuple([NearExample(text=texts[place], similarity=float(similarity[place])) for place in places])


NO_EXAMPLES = Examples({}, np.zeros((0, 0), np.float16))
"""For a bundle that learnt from rows of a file. Such rows may be customers' own words, so they are dropped."""


def examples_of(utterances: Sequence[str], intents: Sequence[str | None], embeddings: Floats) -> Examples:
    """Return the distinct texts of each intent, with the last layer of their embeddings, in alphabetical order.

    An embedding joins layers of one width and of unit length, so its squared length is the number of layers. Texts of
    like meaning lie closest in the last layer. Texts without an intent are left out.
    """
    rows = {
        (intent, text): row
        for row, (text, intent) in enumerate(zip(utterances, intents, strict=True))
        if intent not in {None, NO_GOAL_YET}
    }
    texts: dict[str, list[str]] = {}
    for intent, text in sorted(rows):
        texts.setdefault(intent, []).append(text)
    layers = round(float(np.square(embeddings[0]).sum()))
    width = embeddings.shape[1] // layers
    return Examples(texts, embeddings[[rows[key] for key in sorted(rows)], -width:].astype(np.float16))
