"""Rows made to go with those given, where these bring too few out of scope, or none without a goal.

What comes nearer to a row in scope than some of these come to each other is left out: a catalogue may well be about
recipes, or have an intent for greetings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.domain.understanding import NO_GOAL_YET
from service.learn.dataset import Dataset
from service.learn.negative import no_goal_bank, synthetic_negatives
from service.redact.chain import Redactor

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

ENOUGH_NEGATIVES = 100
"""With so many rows out of scope given, none are made."""
NEGATIVES = 400
"""About the size of the bank; what is made up beyond it was found to add nothing."""
NO_GOAL_ROWS = 3
"""Most rows without a goal that are made, for each row of a typical intent."""
NEAR = 0.05
"""Share of the rows in scope whose nearest neighbour is no nearer than what counts as near."""
SAMPLE = 400
"""Rows in scope whose nearest neighbours are looked for."""
OWN_LABELS = 0.25
"""Share of greetings and the like that are near, from which on the rows have labels of their own for these."""


def extended(given: Dataset, *, seed: int, is_multilingual: bool) -> Dataset:
    """The rows given, then candidates for what they lack; the same for the same rows and seed."""
    candidates: list[tuple[str, str | None]] = []
    if NO_GOAL_YET not in given.labels:
        candidates += [(text, NO_GOAL_YET) for text in _redacted(no_goal_bank())]
    if given.intents.count(None) < ENOUGH_NEGATIVES:
        negatives = synthetic_negatives(given.utterances, count=NEGATIVES, seed=seed, is_multilingual=is_multilingual)
        candidates += [(text, None) for text in _redacted(negatives)]
    return Dataset(
        utterances=(*given.utterances, *(text for text, _ in candidates)),
        intents=(*given.intents, *(intent for _, intent in candidates)),
    )


def kept(rows: Dataset, given: int, embeddings: Floats, *, seed: int) -> Integers:
    """Positions of the rows to learn from, ascending: all of the first `given`, and candidates that are near to none.

    `embeddings` are those of all rows, shape (rows, dimensions).
    """
    directions = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    inside = [row for row, intent in enumerate(rows.intents[:given]) if intent is not None]
    near = _nearness_of_neighbours(directions[inside], seed)
    greetings, negatives = (
        np.array([row for row in range(given, len(rows)) if rows.intents[row] == intent], np.int64)
        for intent in (NO_GOAL_YET, None)
    )
    far = greetings[_nearness(directions[greetings], directions[inside]) < near]
    if len(far) <= (1 - OWN_LABELS) * len(greetings):
        far = far[:0]
    typical = np.median([count for intent, count in Counter(rows.intents[:given]).items() if intent is not None])
    greetings = np.random.default_rng(seed).permutation(far)[: int(NO_GOAL_ROWS * typical)]
    in_scope = directions[np.concatenate([np.array(inside, np.int64), greetings])]
    negatives = negatives[_nearness(directions[negatives], in_scope) < near]
    return np.concatenate([np.arange(given), np.sort(greetings), negatives])


def _redacted(written: Sequence[str]) -> list[str]:
    """Distinct utterances, in order: different numbers and addresses are the same placeholder."""
    redactor = Redactor()
    return list(dict.fromkeys(redactor.redact(text).utterance for text in written))


def _nearness(directions: Floats, known: Floats) -> Floats:
    """Cosine to the nearest of the known, shape (directions,)."""
    nearness: Floats = (directions @ known.T).max(axis=1)
    return nearness


def _nearness_of_neighbours(directions: Floats, seed: int) -> float:
    sample = np.random.default_rng(seed).permutation(len(directions))[:SAMPLE]
    similarity = directions[sample] @ directions.T
    similarity[np.arange(len(sample)), sample] = -1.0
    return float(np.quantile(similarity.max(axis=1), NEAR))
