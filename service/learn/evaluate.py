"""Measure a bundle on labelled rows that were kept out of its training. The result holds figures, without row texts.

Expected calibration error and reliability curve: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
Risk-coverage curve: Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from service.domain.understanding import NO_GOAL_YET, Prediction, Stage, Status, Thresholds, Verdict
from service.errors import DatasetError
from service.learn.dataset import Dataset
from service.learn.encoders.prepared import Progress
from service.learn.heads import OUT_OF_SCOPE
from service.understand.executor import usable_cores

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

BINS = 15
TIMED_ROWS = 500
"""Most rows on which the time of a text is measured."""
RISK_POINTS = 200
"""Most points of the risk-coverage curve."""
NEIGHBOURS = 3
MOST_NAMES = 5
"""Most unknown labels that a message names."""


class Predictor(Protocol):
    """The object to evaluate: a cascade, or a fake of a cascade."""

    version: str
    labels: tuple[str, ...]
    thresholds: Thresholds

    def predict_now(self, utterance: str, *, top_k: int = 3) -> Prediction:
        """Predict in this thread. Several threads call it at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Rows in scope whose confidence is within (lower, upper]."""

    lower: float
    upper: float
    count: int
    confidence: float
    """Mean confidence in the first candidate."""
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """Share of rows routed, and share of the routed rows that are wrong, if `threshold` were the accept threshold."""

    threshold: float
    coverage: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentFigures:
    """Figures of one label among the rows in scope. The first candidate counts at any confidence."""

    intent: str
    rows: int
    precision: float | None
    """`None` if the label is missing among the first candidates."""
    recall: float | None
    """`None` if the label has zero rows. Then `f1` is `None`, too."""
    f1: float | None
    neighbours: tuple[tuple[str, int], ...]
    """Labels that are confused with this label, and the number of rows confused in either direction, most first."""
    strays: int
    """Rows out of scope that were routed to this label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All figures of a bundle. Shares are 0 to 1. A figure is `None` if the rows that it needs are missing."""

    bundle: str
    thresholds: Thresholds
    rows: int
    out_of_scope_rows: int
    accuracy: float | None
    """Share of the rows in scope whose first candidate is their label. Abstention is ignored."""
    macro_f1: float | None
    """Mean F1 over the labels that have rows."""
    accepted: int
    """Rows routed automatically."""
    coverage: float
    error_among_accepted: float | None
    """Share of the routed rows whose first goal is wrong. Routed rows out of scope count as wrong."""
    any_goal_wrong: float | None
    """Share of the routed rows of which some goal is wrong."""
    asked: float
    """Share of the rows that get a question instead of a goal."""
    oos_auroc: float | None
    oos_recall: float | None
    """Share of the rows out of scope that were called out of scope."""
    in_scope_rejected: float | None
    """Share of the rows in scope that were called out of scope."""
    ece: float | None
    """Expected calibration error over rows in scope."""
    ece_all: float
    """Expected calibration error over all rows. Any first candidate of a row out of scope counts as wrong."""
    lexical_share: float
    ms_per_text: float
    """Mean wall time in one thread."""
    bins: tuple[Bin, ...]
    """Reliability curve behind `ece`, without empty bins."""
    risk_coverage: tuple[RiskPoint, ...]
    """Points from strict to lenient. The scope threshold stays fixed."""
    confusion: tuple[tuple[str, str, int], ...]
    """Label, first candidate and count over rows in scope. Right candidates are included, zeros are left out."""
    intents: tuple[IntentFigures, ...]
    """Figures of every label, in the order of the bundle."""

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values, under the names above."""
        return asdict(self)


def evaluate(
    cascade: Predictor, dataset: Dataset, *, progress: Progress, verdicts: Sequence[Verdict] | None = None
) -> Evaluation:
    """Predict every row and measure the predictions.

    `verdicts` holds what the service would answer to each row. The figures about routing are counted on them. Without
    verdicts each row counts as one clause.

    Raises DatasetError if rows are missing, or if the bundle lacks some labels of the rows. The message names the first
    of these labels, or only their number if the bundle lacks all labels.
    """
    _require_known(cascade, dataset)
    predictions = _predict(cascade, dataset.utterances, progress)
    rows = _Rows.of(cascade, dataset, predictions)
    served = _Served.of(dataset, verdicts) if verdicts is not None else _Served.of_rows(rows)
    confusion = _confusion(rows, len(cascade.labels))
    intents = _intents(cascade.labels, confusion, rows)
    bins = _bins(rows.confidence[rows.inside], rows.right[rows.inside])
    return Evaluation(
        bundle=cascade.version,
        thresholds=cascade.thresholds,
        rows=len(dataset),
        out_of_scope_rows=int((~rows.inside).sum()),
        accuracy=_share(rows.right[rows.inside]),
        macro_f1=_mean([figures.f1 for figures in intents if figures.f1 is not None]),
        accepted=int(served.routed.sum()),
        coverage=float(served.routed.mean()),
        error_among_accepted=_share(served.first_wrong[served.routed]),
        any_goal_wrong=_share(served.any_wrong[served.routed]),
        asked=float(served.asked.mean()),
        oos_auroc=_area(rows),
        oos_recall=_share(rows.rejected[~rows.inside]),
        in_scope_rejected=_share(rows.rejected[rows.inside]),
        ece=_calibration_error(bins) if bins else None,
        ece_all=_calibration_error(_bins(rows.confidence, rows.right)),
        lexical_share=float(rows.lexical.mean()),
        ms_per_text=_ms_per_text(cascade, dataset.utterances, progress),
        bins=bins,
        risk_coverage=_risk_coverage(rows),
        confusion=tuple(
            (cascade.labels[intent], cascade.labels[top], int(confusion[intent, top]))
            for intent, top in np.argwhere(confusion)
        ),
        intents=intents,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Predictions for each row. All arrays have shape (rows,)."""

    label: Integers
    """Position of the true label, or OUT_OF_SCOPE."""
    top: Integers
    """Position of the first candidate."""
    confidence: Floats
    in_scope: Floats
    inside: Flags
    right: Flags
    rejected: Flags
    """Rows that were called out of scope."""
    eligible: Flags
    """Rows that would be accepted at a high enough confidence."""
    accepted: Flags
    lexical: Flags

    @classmethod
    def of(cls, cascade: Predictor, dataset: Dataset, predictions: Sequence[Prediction]) -> _Rows:
        position: dict[str | None, int] = {label: place for place, label in enumerate(cascade.labels)}
        firsts = [prediction.candidates[0] for prediction in predictions]
        label = np.array([position.get(intent, OUT_OF_SCOPE) for intent in dataset.intents], np.int64)
        top = np.array([position[first.intent] for first in firsts], np.int64)
        confidence = np.array([first.confidence for first in firsts], np.float64)
        in_scope = np.array([prediction.in_scope for prediction in predictions], np.float64)
        rejected = in_scope < cascade.thresholds.scope
        eligible = ~rejected & np.array([first.intent != NO_GOAL_YET for first in firsts])
        return cls(
            label=label,
            top=top,
            confidence=confidence,
            in_scope=in_scope,
            inside=label != OUT_OF_SCOPE,
            right=top == label,
            rejected=rejected,
            eligible=eligible,
            accepted=eligible & (confidence >= cascade.thresholds.accept),
            lexical=np.array([prediction.stage == Stage.LEXICAL for prediction in predictions]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """What the service would answer to each row. All arrays have shape (rows,)."""

    routed: Flags
    first_wrong: Flags
    any_wrong: Flags
    asked: Flags

    @classmethod
    def of(cls, dataset: Dataset, verdicts: Sequence[Verdict]) -> _Served:
        goals = [[goal.intent for goal in verdict.goals] for verdict in verdicts]
        pairs = list(zip(goals, dataset.intents, strict=True))
        return cls(
            routed=np.array([bool(found) for found in goals]),
            first_wrong=np.array([bool(found) and found[0] != intent for found, intent in pairs]),
            any_wrong=np.array([any(goal != intent for goal in found) for found, intent in pairs]),
            asked=np.array([verdict.status is Status.AMBIGUOUS for verdict in verdicts]),
        )

    @classmethod
    def of_rows(cls, rows: _Rows) -> _Served:
        wrong = rows.accepted & ~rows.right
        return cls(routed=rows.accepted, first_wrong=wrong, any_wrong=wrong, asked=rows.eligible & ~rows.accepted)


def _require_known(cascade: Predictor, dataset: Dataset) -> None:
    if not len(dataset):
        raise DatasetError("There are no rows to evaluate on.")
    unknown = sorted(set(dataset.labels) - set(cascade.labels))
    if len(unknown) == len(dataset.labels) and unknown:  # labels may be customers' texts here, so the message has none
        raise DatasetError(
            f"The bundle knows none of the {len(unknown):,} labels of the test rows. "
            "Is it the right bundle? Perhaps text and intent are swapped."
        )
    if unknown:
        names = ", ".join(unknown[:MOST_NAMES]) + (" …" if len(unknown) > MOST_NAMES else "")
        raise DatasetError(
            f"The bundle does not know {len(unknown):,} labels of the test rows: {names}. Correct or remove them."
        )


def _predict(cascade: Predictor, utterances: Sequence[str], progress: Progress) -> list[Prediction]:
    predictions = []
    with ThreadPoolExecutor(usable_cores()) as pool:
        for prediction in pool.map(lambda utterance: cascade.predict_now(utterance, top_k=1), utterances):
            predictions.append(prediction)
            progress("predict the rows", len(predictions) / len(utterances))
    return predictions


def _ms_per_text(cascade: Predictor, utterances: Sequence[str], progress: Progress) -> float:
    """Time rows spread evenly over the dataset, because files are often sorted by label."""
    count = min(TIMED_ROWS, len(utterances))
    timed = [utterances[place * len(utterances) // count] for place in range(count)]
    progress("measure the time of a text", 0.0)
    started = perf_counter()
    for utterance in timed:
        cascade.predict_now(utterance)
    seconds = perf_counter() - started
    progress("measure the time of a text", 1.0)
    return seconds * 1000.0 / count


def _share(flags: Flags) -> float | None:
    return float(flags.mean()) if flags.size else None


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _area(rows: _Rows) -> float | None:
    both_kinds = rows.inside.any() and not rows.inside.all()
    return float(roc_auc_score(rows.inside, rows.in_scope)) if both_kinds else None


def _bins(confidence: Floats, right: Flags) -> tuple[Bin, ...]:
    edges = np.linspace(0.0, 1.0, BINS + 1)
    place = np.digitize(confidence, edges[1:-1], right=True)
    return tuple(
        Bin(
            lower=float(edges[number]),
            upper=float(edges[number + 1]),
            count=int((place == number).sum()),
            confidence=float(confidence[place == number].mean()),
            accuracy=float(right[place == number].mean()),
        )
        for number in np.unique(place)
    )


def _calibration_error(bins: Sequence[Bin]) -> float:
    gaps = sum(each.count * abs(each.confidence - each.accuracy) for each in bins)
    return gaps / sum(each.count for each in bins)


def _risk_coverage(rows: _Rows) -> tuple[RiskPoint, ...]:
    if not rows.eligible.any():
        return ()
    order = np.argsort(-rows.confidence[rows.eligible], kind="stable")
    confidence = rows.confidence[rows.eligible][order]
    wrong = np.cumsum(~rows.right[rows.eligible][order])
    # A threshold keeps equal confidences together.
    counts = np.flatnonzero(np.append(confidence[1:] < confidence[:-1], True)) + 1
    evenly = np.linspace(0, len(counts) - 1, min(len(counts), RISK_POINTS)).round().astype(np.int64)
    return tuple(
        RiskPoint(
            threshold=float(confidence[count - 1]),
            coverage=float(count / len(rows.label)),
            error=float(wrong[count - 1] / count),
        )
        for count in counts[evenly]
    )


def _confusion(rows: _Rows, labels: int) -> Integers:
    """Count rows by true label and first candidate, shape (labels, labels)."""
    counts = np.zeros((labels, labels), np.int64)
    np.add.at(counts, (rows.label[rows.inside], rows.top[rows.inside]), 1)
    return counts


def _intents(labels: tuple[str, ...], confusion: Integers, rows: _Rows) -> tuple[IntentFigures, ...]:
    strays = np.bincount(rows.top[rows.accepted & ~rows.inside], minlength=len(labels))
    right, held, guessed = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    confused = confusion + confusion.T
    np.fill_diagonal(confused, 0)
    return tuple(
        IntentFigures(
            intent=label,
            rows=int(held[place]),
            precision=float(right[place] / guessed[place]) if guessed[place] else None,
            recall=float(right[place] / held[place]) if held[place] else None,
            f1=float(2 * right[place] / (held[place] + guessed[place])) if held[place] else None,
            neighbours=_neighbours(labels, confused[place]),
            strays=int(strays[place]),
        )
        for place, label in enumerate(labels)
    )


def _neighbours(labels: tuple[str, ...], confused: Integers) -> tuple[tuple[str, int], ...]:
    nearest = np.argsort(-confused, kind="stable")[:NEIGHBOURS]
    return tuple((labels[place], int(confused[place])) for place in nearest if confused[place])
