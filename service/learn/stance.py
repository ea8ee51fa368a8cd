"""Fit the stance head on written clauses, with the given rows as clauses that want their goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from service.domain.understanding import Stance
from service.learn.encoders.prepared import EncoderKit, Progress
from service.learn.softmax import SoftmaxWeights, fit_softmax
from service.understand.stance import STANCES, StanceHead, stance_shares

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

STANCE_EXAMPLES = Path(__file__).parent / "stance_examples.yaml"
PENALTY = 10.0
WISH_WEIGHT = 0.1
"""Weight of a given row beside a written clause. Given rows are many, and nearly all of them want their goal."""
THRESHOLD = 0.5
"""Least share of a stance at which a wish is doubted. Chosen with grouped folds of the written clauses."""
MOST_DOUBTED: Mapping[Stance, float] = {
    Stance.WANTS: 0.0,
    Stance.NOT_WANTED: 0.3,
    Stance.ALREADY_DONE: 0.1,
    Stance.DONE_BY_COMPANY: 0.1,
    Stance.HYPOTHETICAL: 0.15,
    Stance.TELLS: 0.15,
}
"""Share of a label's given rows with a cue that may be doubted. Above it the stance does not apply to the label.

Reports, such as of fraud or of a late parcel, are told in the past, while a refusal is seldom a wish.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceExamples:
    """Clauses with their stances. Clauses of one group differ in a word or two."""

    texts: tuple[str, ...]
    labels: Integers
    groups: Integers


@cache
def stance_examples() -> StanceExamples:
    """Read the written clauses."""
    by_stance: dict[str, list[dict[str, Any]]] = yaml.safe_load(STANCE_EXAMPLES.read_text(encoding="utf-8"))
    rows = [
        (row["text"], STANCES.index(Stance(name)), row["group"]) for name, rows in by_stance.items() for row in rows
    ]
    texts, labels, groups = zip(*rows, strict=True)
    return StanceExamples(texts=texts, labels=np.array(labels, np.int64), groups=np.array(groups, np.int64))


def stance_head(
    kit: EncoderKit, given: Floats, labels: Integers, label_count: int, *, seed: int, progress: Progress
) -> StanceHead:
    """Fit the head of a kit. `given` holds the embeddings of given rows with a cue, `labels` their labels."""
    examples = stance_examples()
    embeddings = kit.embed([kit.tokenizer.token_ids(text) for text in examples.texts], _silent)
    progress("fit the stance head", 0.0)
    head = fit_stance(embeddings, examples.labels, given, labels, label_count, seed=seed)
    progress("fit the stance head", 1.0)
    return head


def fit_stance(
    embeddings: Floats, stances: Integers, given: Floats, labels: Integers, label_count: int, *, seed: int
) -> StanceHead:
    """Fit the head on written clauses and given rows, and find the labels that each stance applies to.

    Given rows are scored by a head that did not learn from their half, so that `applies` is honest.
    """
    halves = np.random.default_rng(seed).integers(0, 2, len(given))
    shares = np.empty((len(given), len(STANCES)), np.float32)
    for half in (0, 1):
        fitted = _fitted(embeddings, stances, given[halves != half], seed=seed)
        shares[halves == half] = stance_shares(given[halves == half], fitted.dense, fitted.bias)
    fitted = _fitted(embeddings, stances, given, seed=seed)
    return StanceHead(
        weights=fitted.dense,
        bias=fitted.bias,
        applies=_applies(shares >= THRESHOLD, labels, label_count),
        threshold=THRESHOLD,
    )


def _fitted(embeddings: Floats, stances: Integers, given: Floats, *, seed: int) -> SoftmaxWeights:
    weights = np.concatenate([np.ones(len(stances)), np.full(len(given), WISH_WEIGHT)]).astype(np.float32)
    return fit_softmax(
        None,
        np.concatenate([embeddings, given]),
        np.concatenate([stances, np.zeros(len(given), np.int64)]),
        len(STANCES),
        penalty=PENALTY,
        seed=seed,
        row_weights=weights,
    )


def _applies(doubted: NDArray[np.bool_], labels: Integers, label_count: int) -> NDArray[np.bool_]:
    """Labels of which at most a small share of the given rows are doubted, for each stance."""
    counts = np.maximum(np.bincount(labels, minlength=label_count), 1)[:, None]
    wrong = np.zeros((label_count, len(STANCES)))
    np.add.at(wrong, labels, doubted)
    most = np.array([MOST_DOUBTED[stance] for stance in STANCES])
    applies: NDArray[np.bool_] = (wrong / counts <= most) & (most > 0)
    return applies


def _silent(_step: str, _share: float) -> None:
    """Report no progress: the clauses are few."""


def sample_of(rows: Sequence[int], most: int, seed: int) -> Integers:
    """At most `most` of the rows, drawn without replacement, ascending."""
    chosen = np.random.default_rng(seed).permutation(np.array(rows, np.int64))[:most]
    return np.sort(chosen)
