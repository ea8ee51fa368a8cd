"""Make synthetic rows if the given rows have too few out of scope, or lack rows without a goal.

A candidate is left out if it is about as near to a row in scope as rows in scope are to each other (`NEAR`). The reason
is that a catalogue may be about recipes, or have an intent for greetings.
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
"""Number of given rows out of scope that is enough. Synthetic rows out of scope are made only below this number."""
NEGATIVES = 400
"""Number of candidates out of scope, about the size of the bank. More candidates were tried and brought no gain."""
NO_GOAL_ROWS = 3
"""Most synthetic rows without a goal, for each row of a typical intent."""
NEAR = 0.05
"""Share of the rows in scope whose nearest neighbour is at most as near as the limit for candidates."""
SAMPLE = 400
"""Most rows in scope whose nearest neighbours are measured."""
OWN_LABELS = 0.25
"""Share of near greetings from which on the given rows are taken to have their own labels for greetings.

Then all synthetic rows without a goal are left out.
"""


def extended(given: Dataset, *, seed: int, is_multilingual: bool) -> Dataset:
    """Append candidates for the missing kinds to the given rows. Deterministic for the same rows and seed."""
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
    """Return the positions of the rows to learn from, ascending.

    These are the first `given` rows, and all candidates that are far from every row in scope. `embeddings` holds the
    embeddings of all rows, shape (rows, dimensions).
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
    """Return distinct utterances, in order. Redaction turns different numbers and addresses into one placeholder."""
    redactor = Redactor()
    return list(dict.fromkeys(redactor.redact(text).utterance for text in written))


def _nearness(directions: Floats, known: Floats) -> Floats:
    """Return each direction's cosine to the nearest known direction, shape (directions,)."""
    nearness: Floats = (directions @ known.T).max(axis=1)
    return nearness


def _nearness_of_neighbours(directions: Floats, seed: int) -> float:
    sample = np.random.default_rng(seed).permutation(len(directions))[:SAMPLE]
    similarity = directions[sample] @ directions.T
    similarity[np.arange(len(sample)), sample] = -1.0
    return float(np.quantile(similarity.max(axis=1), NEAR))
