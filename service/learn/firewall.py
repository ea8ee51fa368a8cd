"""Fit the firewall to the written examples: once for each encoder, for all catalogues, and kept beside the kit.

A promotional example is labelled as a whole, and its promotional clause is left unmarked. So a first fit finds the
clause that looks most like promotion, and the second fit learns from this clause as well (Andrews, Tsochantaridis and
Hofmann, "Support Vector Machines for Multiple-Instance Learning", NIPS 2002). Every clause of another example has the
kind of its example.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import strtri
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from service.learn.encoders.prepared import EncoderKit, Progress
from service.learn.feature import NgramVocabulary
from service.learn.pressing import CONFIDENCE_OF_PROMISE
from service.understand.firewall.clause import parts
from service.understand.firewall.head import (
    ARRAYS,
    KINDS,
    NUMBERS,
    FirewallNumbers,
    FirewallWeights,
    Sigmoid,
    array_file,
)
from service.understand.ngram import ngram_keys

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

EXAMPLES = Path(__file__).parent / "content_examples.yaml"
RECIPE = 2
"""Raise this number when the way of fitting changes. Firewalls of other recipes are fitted anew."""
AXES = 128
"""Directions kept of each layer of an embedding."""
BANDWIDTH = 0.7
"""Bandwidth of the Gaussian, before it is divided by the mean square of a layer's vectors."""
EMBEDDING_SHARE = 1.5
"""Weight of likeness by embeddings, for all layers together."""
LEXICAL_SHARE = 0.8
"""Weight of likeness by n-grams."""
PENALTY = 0.2
PART_MARGIN = 0.2
"""Taken off the score of a part of a text. Chosen with the other numbers on held-out examples, by their groups."""
ROUGH_STEPS = 30
"""Steps of the first fit, which only ranks the clauses of one example."""
FALSE_REFUSALS = 0.02
"""Greatest share of the texts without promotion that may be refused by mistake."""
STEP = "fit the firewall"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFirewall:
    weights: FirewallWeights
    numbers: FirewallNumbers
    promise: Mapping[str, Any]
    """Promise of the threshold, and its figures on held-out examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    """Examples and their clauses, side by side."""

    texts: tuple[str, ...]
    example: Integers
    """Number of the example that each unit is a part of, ascending."""
    is_whole: Flags
    kind: Integers
    """Position of the example's kind among `KINDS`."""


def firewall_folder(kit: EncoderKit, progress: Progress) -> Path:
    """Return a folder with the firewall's files for a kit's encoder. The firewall is fitted on first use."""
    key = hashlib.sha256(str(RECIPE).encode() + EXAMPLES.read_bytes()).hexdigest()[:16]
    folder = kit.graph.parent / f"firewall-{key}"
    if not (folder / NUMBERS).is_file():
        _write(fit_firewall(content_examples(), kit, progress), folder)
    return folder


def firewall_promise(folder: Path) -> dict[str, Any]:
    """Read the promise of a fitted firewall's threshold, and its figures on held-out examples."""
    promise: dict[str, Any] = json.loads((folder / NUMBERS).read_text(encoding="utf-8"))["promise"]
    return promise


def content_examples() -> list[tuple[str, str]]:
    """Read the written examples: a text and its kind each."""
    kinds: dict[str, list[str]] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return [(text, kind) for kind in KINDS for text in kinds[kind]]


# More threads change the last bits.
@threadpool_limits.wrap(limits=1, user_api="blas")  # type: ignore[untyped-decorator]
def fit_firewall(examples: Sequence[tuple[str, str]], kit: EncoderKit, progress: Progress) -> FittedFirewall:
    """Fit a firewall to texts with their kinds. At least 114 texts must be without promotion. Deterministic."""
    units = _units(examples)
    token_ids = [kit.tokenizer.token_ids(text) for text in units.texts]
    embeddings = kit.embed(token_ids, lambda _, share: progress(STEP, 0.6 * share))
    centre = embeddings.mean(axis=0)
    layers = _layers(embeddings)
    axes = np.stack([_principal_axes(layer) for layer in _split(embeddings - centre, layers)])
    vectors = np.stack(
        [layer @ own for layer, own in zip(_split(embeddings - centre, layers), axes, strict=True)]
    ).astype(np.float16)
    vocabulary = _vocabulary(token_ids, kit.tokenizer.vocabulary_size)
    ngrams = vocabulary.features(_keys(token_ids, kit.tokenizer.vocabulary_size))
    likeness, bandwidths = _likeness(vectors.astype(np.float32))
    likeness += np.float32(LEXICAL_SHARE) * (ngrams @ ngrams.T).toarray()
    targets = np.where(units.kind[:, None] == np.arange(len(KINDS)), 1.0, -1.0).astype(np.float32)
    taught = _taught(units, likeness, targets[:, 0])
    likeness = likeness[np.ix_(taught, taught)]
    progress(STEP, 0.8)
    weights, held_out = _fit(likeness, targets[taught], units.example[taught])
    numbers, promise = _numbers(held_out, units, taught, bandwidths)
    progress(STEP, 1.0)
    spoken = np.asarray(ngrams[taught].T @ weights) * LEXICAL_SHARE * vocabulary.frequency[:, None]
    return FittedFirewall(
        weights=FirewallWeights(
            centre=centre,
            axes=axes,
            vectors=vectors[:, taught],
            weights=weights,
            keys=vocabulary.keys,
            frequency=vocabulary.frequency,
            rows=spoken.astype(np.float32),
        ),
        numbers=numbers,
        promise=promise,
    )


def _units(examples: Sequence[tuple[str, str]]) -> _Units:
    """Split each example as the service judges a text: the whole, then its sentences and clauses."""
    found = [
        (text[start:end], place, KINDS.index(kind), is_whole)
        for place, (text, kind) in enumerate(examples)
        for start, end, is_whole in _stretches(text)
    ]
    texts, example, kind, is_whole = zip(*found, strict=True)
    return _Units(
        texts=texts,
        example=np.array(example, np.int64),
        kind=np.array(kind, np.int64),
        is_whole=np.array(is_whole, np.bool_),
    )


def _stretches(text: str) -> list[tuple[int, int, bool]]:
    sentences = parts(text)
    whole = (sentences[0].start, sentences[-1].end)
    within = [(part.start, part.end) for part in sentences]
    within += [(clause.start, clause.end) for part in sentences for clause in part.clauses]
    return [(*whole, True), *((start, end, False) for start, end in within if (start, end) != whole)]


def _layers(embeddings: Floats) -> int:
    """Return the number of layers that an embedding joins, each of length 1."""
    layers = round(float(np.square(embeddings[0]).sum()))
    return layers if layers and embeddings.shape[1] % layers == 0 else 1


def _split(embeddings: Floats, layers: int) -> list[Floats]:
    return np.split(embeddings, layers, axis=1)


def _principal_axes(centred: Floats) -> Floats:
    _, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    return np.ascontiguousarray(axes[:, ::-1][:, :AXES], np.float32)


def _keys(token_ids: Sequence[Sequence[int]], vocabulary_size: int) -> list[Integers]:
    return [np.array(sorted(ngram_keys(ids, vocabulary_size)), np.int64) for ids in token_ids]


def _vocabulary(token_ids: Sequence[Sequence[int]], vocabulary_size: int) -> NgramVocabulary:
    """Learn all n-grams, including n-grams of a single text.

    A held-out example has some n-grams that occur in only one of the other examples.
    """
    keys, counts = np.unique(np.concatenate(_keys(token_ids, vocabulary_size)), return_counts=True)
    frequency = np.log((1 + len(token_ids)) / (1 + counts)) + 1
    return NgramVocabulary(keys=keys, frequency=frequency.astype(np.float32))


def _likeness(vectors: Floats) -> tuple[Floats, tuple[float, ...]]:
    """Return the weighted sum of a Gaussian of the distances in each layer, and the Gaussians' bandwidths."""
    share = EMBEDDING_SHARE / len(vectors)
    likeness = np.zeros((vectors.shape[1], vectors.shape[1]), np.float32)
    bandwidths = []
    for layer in vectors:
        squares = np.square(layer).sum(axis=1)
        bandwidths.append(BANDWIDTH / float(squares.mean()))
        gaussian = layer @ (2 * layer.T)
        gaussian -= squares[:, None] + squares
        np.minimum(gaussian, 0, out=gaussian)
        gaussian *= np.float32(bandwidths[-1])
        np.exp(gaussian, out=gaussian)
        gaussian *= np.float32(share)
        likeness += gaussian
    return likeness, tuple(bandwidths)


def _taught(units: _Units, likeness: Floats, targets: Floats) -> Integers:
    """Choose the units to learn from.

    These are all whole examples, all clauses of examples without promotion, and the likeliest clause of each
    promotional example.
    """
    promotes = units.kind == 0
    is_first = units.is_whole | ~promotes
    scores = likeness @ _roughly_solved(likeness, np.where(is_first, targets, 0), is_first)
    first = np.flatnonzero(is_first)
    clauses = np.flatnonzero(promotes & ~units.is_whole)
    likeliest = {int(units.example[clause]): int(clause) for clause in clauses[np.argsort(scores[clauses])]}
    return np.union1d(first, np.array(list(likeliest.values()), np.int64))


def _roughly_solved(likeness: Floats, targets: Floats, is_first: Flags) -> Floats:
    """Return weights by a few steps of conjugate gradients, far sooner than a factor. Other weights stay 0."""
    weights, rest = np.zeros_like(targets), targets.copy()
    direction, size = rest.copy(), float(rest @ rest)
    for _ in range(ROUGH_STEPS):
        image = np.where(is_first, likeness @ direction + np.float32(PENALTY) * direction, 0)
        step = np.float32(size / float(direction @ image))
        weights += step * direction
        rest -= step * image
        before, size = size, float(rest @ rest)
        direction = rest + np.float32(size / before) * direction
    return weights


def _factor(likeness: Floats) -> tuple[Floats, bool]:
    """Return the Cholesky factor of the likeness with the penalty."""
    factor: tuple[Floats, bool] = cho_factor(
        likeness + np.diag(np.full(len(likeness), PENALTY, np.float32)), lower=True, overwrite_a=True
    )
    return factor


def _fit(likeness: Floats, targets: Floats, example: Integers) -> tuple[Floats, Floats]:
    """Return the weights of all units, and each unit's score by weights fitted without the unit's example.

    Both have shape (units, kinds). With least squares, one fit gives all held-out scores (Allen, "The Relationship
    between Variable Selection and Data Augmentation and a Method for Prediction", Technometrics 1974). Here all units
    of an example are held out at once.
    """
    factor = _factor(likeness)
    weights: Floats = cho_solve(factor, targets)
    half, _ = strtri(factor[0], lower=1)
    half = np.tril(half)  # half.T @ half is the inverse of the likeness with the penalty
    held_out = np.empty_like(targets)
    for own in np.split(np.arange(len(example)), np.flatnonzero(np.diff(example)) + 1):
        columns = half[own[0] :, own]
        held_out[own] = targets[own] - np.linalg.solve(columns.T @ columns, weights[own])
    return weights, held_out


def _numbers(
    held_out: Floats, units: _Units, taught: Integers, bandwidths: tuple[float, ...]
) -> tuple[FirewallNumbers, dict[str, Any]]:
    example, kind, is_whole = units.example[taught], units.kind[taught], units.is_whole[taught]
    scores = np.full(example.max() + 1, -np.inf, np.float32)
    np.maximum.at(scores, example, held_out[:, 0] - np.where(is_whole, 0, np.float32(PART_MARGIN)))
    promotes = kind[is_whole] == 0
    relationship = _sigmoid(scores, promotes)
    others = is_whole & (kind != 0)
    service_notice = _sigmoid(held_out[others, 2] - held_out[others, 1], kind[others] == 2)
    least = _least_score(scores[~promotes])
    numbers = FirewallNumbers(
        threshold=relationship(least),
        bandwidths=bandwidths,
        layer_share=EMBEDDING_SHARE / len(bandwidths),
        part_margin=PART_MARGIN,
        relationship=relationship,
        service_notice=service_notice,
    )
    return numbers, {
        "false_refusals": FALSE_REFUSALS,
        "confidence_of_promise": CONFIDENCE_OF_PROMISE,
        "held_out_texts": len(scores),
        "held_out_false_refusals": float((scores[~promotes] >= least).mean()),
        "held_out_recall": float((scores[promotes] >= least).mean()),
    }


def _sigmoid(scores: Floats, labels: Flags) -> Sigmoid:
    """Fit the probability of a label to scores (Platt, "Probabilistic Outputs for Support Vector Machines", 1999)."""
    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(scores[:, None], labels)
    return Sigmoid(slope=float(fitted.coef_[0, 0]), bias=float(fitted.intercept_[0]))


def _least_score(scores: Floats) -> float:
    """Return the lowest score to refuse at, so that false refusals keep their share with `CONFIDENCE_OF_PROMISE`.

    `scores` are scores of held-out texts without promotion. A proof needs at least 114 such texts: with fewer, even
    zero refusals prove too little.
    """
    ordered = np.sort(scores)[::-1]
    refused = np.arange(len(scores))
    proven = refused[binom.cdf(refused, len(scores), FALSE_REFUSALS) <= 1.0 - CONFIDENCE_OF_PROMISE]
    most = int(proven[-1])
    return (
        float((ordered[most] + ordered[max(most - 1, 0)]) / 2)
        if most
        else float(np.nextafter(ordered[0], np.float32(np.inf)))
    )


def _write(fitted: FittedFirewall, folder: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=".firewall-", dir=folder.parent))
    try:
        for name in ARRAYS:
            np.save(draft / array_file(name), getattr(fitted.weights, name), allow_pickle=False)
        numbers = {**asdict(fitted.numbers), "promise": dict(fitted.promise)}
        (draft / NUMBERS).write_text(json.dumps(numbers, indent=1), encoding="utf-8")
        with suppress(OSError):  # another process was faster: its firewall is the same
            os.rename(draft, folder)  # noqa: PTH104
    finally:
        shutil.rmtree(draft, ignore_errors=True)
