"""Choose the numbers of the cascade on held-out scores: mix, temperatures, and thresholds to scope, settle and accept.

The accept threshold keeps a promise: with probability 0.9 over the held-out rows, the share of wrong routes among
accepted contacts is within the misroute budget. Fixed-sequence testing of binomial tails finds the threshold, from
strict to lenient (Angelopoulos et al., "Learn then Test", 2021, arXiv:2110.01052, sections 2 and 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from service.domain.understanding import NO_GOAL_YET, Stance, Thresholds
from service.learn.crossfit import HeldOutScores
from service.learn.heads import MIN_OUTLIERS, OUT_OF_SCOPE
from service.learn.pressing import CONFIDENCE_OF_PROMISE, NEVER, pressing_thresholds
from service.learn.served import Routes, RowTexts, ServedRows, TextScores
from service.understand.calibration import (
    HEAD_SIGNALS,
    MIXED_SIGNALS,
    SHAPES,
    StageCalibration,
    mix,
    scope_features,
)
from service.understand.cascade import CascadeSettings
from service.understand.intents import IntentTable

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

ENCODER_WEIGHTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FEW_ROWS_WEIGHT = 0.9
"""Share of the encoder if the rows are too few to hold any out. With few examples the encoder must lead."""
ERRORS_ADDED = 0.02
"""Greatest cost of settling early in errors: one error more for every fifty."""
SCOPE_GIVEN_UP = 0.003
"""Greatest cost of settling early in area under the ROC curve of in scope against out of scope."""
REJECTED_IN_SCOPE = 0.03
"""Greatest share of rows in scope that may be called out of scope."""
REJECTED_UNSEEN = 0.01
"""Share of rows in scope that are called out of scope if nearly all rows out of scope are synthetic."""
FAMILIAR = 0.9
"""Share of rows in scope whose words count as familiar. A text with stranger words may be in another language."""
ACCEPT_STEPS = tuple(round(0.98 - 0.02 * step, 2) for step in range(38))
"""Accept thresholds that are tested, from strict to lenient."""
ACCEPT_STARTS = (0.98, 0.9)
"""Thresholds at which the test sequences start."""
STARTS = (0.2, 0.5)
"""Shares of the candidates at which the test sequences start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    settings: CascadeSettings
    thresholds: Thresholds
    promise: dict[str, object]
    """Guarantee on misroutes, or the reason for a missing guarantee."""
    pressing: dict[str, dict[str, object]]
    """Guarantees on missed urgent contacts and on missed wishes for a person, each with its cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsServed:
    """The texts that the service would read of the given rows, whose scores are the further ones."""

    texts: RowTexts
    truths: tuple[str | None, ...]
    """Label of each given row, `None` for rows out of scope."""
    may_settle: Flags
    """Texts that the lexical head may answer alone, shape (texts,)."""
    lone_words: Flags
    """Texts of a single word that decides nothing alone, shape (texts,)."""
    stances: tuple[Stance, ...]
    table: IntentTable


def choose(
    scores: HeldOutScores | None,
    labels: tuple[str, ...],
    misroute_budget: float,
    *,
    is_multilingual: bool = False,
    made: Flags | None = None,
    served: AsServed | None = None,
    urgent_miss_budget: float = 0.05,
) -> Choice:
    """Choose every number of the cascade.

    Rows flagged in `made` are synthetic. They help to tell scope apart, but the guarantee is proven on given rows only.
    With `served` the guarantees are about rows as the service reads them, clause by clause. Without it each row counts
    as one clause.
    """
    if scores is None:
        return _without_rows(misroute_budget)
    given = np.ones(len(scores.labels), np.bool_) if made is None else ~made
    inside = scores.labels != OUT_OF_SCOPE
    weight = encoder_weight(scores, inside)
    mixed_scores = mix(scores.lexical, scores.encoder, weight)
    lexical, mixed, encoder = (
        _calibrated(scores.lexical, scores.labels, HEAD_SIGNALS),
        _calibrated(mixed_scores, scores.labels, MIXED_SIGNALS),
        _calibrated(scores.encoder, scores.labels, HEAD_SIGNALS),
    )
    unknown = scores.lexical[:, -1]
    strange = float(np.quantile(unknown[inside], FAMILIAR)) if is_multilingual else 1.0
    early = _Stage.of(scores.lexical, lexical).without(unknown > strange)
    late = _Stage.of(scores.encoder, encoder).where(unknown > strange, _Stage.of(mixed_scores, mixed))
    settle = _settle(early, late, scores.labels)
    final = early.where(early.confidence >= settle, late)
    scope = _scope_threshold(final.at(given), inside[given], are_some_made=not (inside | given).all())
    settings = CascadeSettings(
        encoder_weight=weight, settle=settle, strange=strange, lexical=lexical, mixed=mixed, encoder=encoder
    )
    if served is None or scores.further_lexical is None or scores.further_encoder is None:
        accept, promise = _accept(final.at(given), scores.labels[given], labels, scope, misroute_budget)
        thresholds = Thresholds(accept=accept, scope=scope, ambiguous=min(0.1, accept / 2))
        return Choice(settings=settings, thresholds=thresholds, promise=promise, pressing={})
    rows = ServedRows(
        served.texts,
        _text_scores(scores.further_lexical, scores.further_encoder, settings, served),
        labels,
        served.truths,
        served.table,
    )
    thresholds, pressing = pressing_thresholds(rows, served.table, scope, urgent_miss_budget)
    accept, promise = _accept_as_served(rows, thresholds, misroute_budget)
    thresholds = replace(thresholds, accept=accept, ambiguous=min(0.1, accept / 2))
    return Choice(settings=settings, thresholds=thresholds, promise=promise, pressing=pressing)


def _text_scores(lexical: Floats, encoder: Floats, settings: CascadeSettings, served: AsServed) -> TextScores:
    """Calibrated scores of texts, by the stage that would answer each of them."""
    mixed = mix(lexical, encoder, settings.encoder_weight)
    strange = lexical[:, -1] > settings.strange
    early, late = settings.lexical.shares(lexical), settings.mixed.shares(mixed)
    early_scope, late_scope = settings.lexical.in_scope(lexical), settings.mixed.in_scope(mixed)
    late = np.where(strange[:, None], settings.encoder.shares(encoder), late)
    late_scope = np.where(strange, settings.encoder.in_scope(encoder), late_scope)
    settled = served.may_settle & ~strange & (early.max(axis=1) * early_scope >= settings.settle)
    return TextScores(
        shares=np.where(settled[:, None], early, late),
        in_scope=np.where(settled, early_scope, late_scope),
        stances=served.stances,
        lone_words=served.lone_words,
    )


def _accept_as_served(rows: ServedRows, thresholds: Thresholds, budget: float) -> tuple[float, dict[str, object]]:
    """The lowest accept threshold proven to keep the budget, each row read as the service reads it.

    Urgent goals and wishes for a person are left out: they have thresholds of their own, and their false alarms are
    stated as such.
    """
    calm = replace(thresholds, urgent=NEVER, person=NEVER)
    level = (1.0 - CONFIDENCE_OF_PROMISE) / len(ACCEPT_STARTS)
    proven: tuple[float, Routes] | None = None
    read: dict[float, Routes] = {}
    for start in ACCEPT_STARTS:
        for threshold in [each for each in ACCEPT_STEPS if each <= start]:
            routes = read.get(threshold) or read.setdefault(threshold, rows.at(replace(calm, accept=threshold)))
            if binom.cdf(int(routes.first_wrong.sum()), int(routes.routed.sum()), budget) > level:
                break
            if proven is None or threshold < proven[0]:
                proven = (threshold, routes)
    if proven is None:
        reason = "too few held-out rows, or too many wrong among the surest, to guarantee this budget; routing less"
        return 0.95, {"misroute_budget": budget, "promised": False, "reason": reason, "tested": _tested(read)}
    accept, routes = proven
    return accept, {
        "misroute_budget": budget,
        "promised": True,
        "confidence_of_promise": CONFIDENCE_OF_PROMISE,
        "held_out_rows": len(rows.truths),
        "held_out_error": float(routes.first_wrong.sum() / max(1, routes.routed.sum())),
        "held_out_any_goal_wrong": float(routes.any_wrong.sum() / max(1, routes.routed.sum())),
        "held_out_coverage": float(routes.routed.mean()),
        "tested": _tested(read),
    }


def _tested(read: dict[float, Routes]) -> list[dict[str, float]]:
    """What each tested threshold comes to: the share routed, and the share of wrong among these."""
    return [
        {
            "accept": threshold,
            "routed": round(float(routes.routed.mean()), 4),
            "wrong": round(float(routes.first_wrong.sum() / max(1, routes.routed.sum())), 4),
        }
        for threshold, routes in read.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """Answers of one stage, one for each row."""

    label: Integers
    confidence: Floats
    in_scope: Floats

    @classmethod
    def of(cls, scores: Floats, calibration: StageCalibration) -> _Stage:
        in_scope = calibration.in_scope(scores)
        shares = calibration.shares(scores)
        return cls(label=shares.argmax(axis=1), confidence=shares.max(axis=1) * in_scope, in_scope=in_scope)

    def where(self, chosen: Flags, other: _Stage) -> _Stage:
        return _Stage(
            label=np.where(chosen, self.label, other.label),
            confidence=np.where(chosen, self.confidence, other.confidence),
            in_scope=np.where(chosen, self.in_scope, other.in_scope),
        )

    def at(self, rows: Flags) -> _Stage:
        return _Stage(label=self.label[rows], confidence=self.confidence[rows], in_scope=self.in_scope[rows])

    def without(self, left_out: Flags) -> _Stage:
        """Give the rows in `left_out` the confidence 0, so that another stage answers them."""
        return replace(self, confidence=np.where(left_out, np.float32(0.0), self.confidence))


def encoder_weight(scores: HeldOutScores, inside: Flags) -> float:
    """Return the encoder's share with the most right answers. Among near equals, return the middle share."""
    right = []
    for weight in ENCODER_WEIGHTS:
        mixed = mix(scores.lexical[inside], scores.encoder[inside], weight)
        right.append(float((mixed[:, :-MIXED_SIGNALS].argmax(axis=1) == scores.labels[inside]).mean()))
    good = [weight for weight, share in zip(ENCODER_WEIGHTS, right, strict=True) if share >= max(right) - 0.0005]
    return good[len(good) // 2]


def _calibrated(scores: Floats, labels: Integers, signals: int) -> StageCalibration:
    inside = labels != OUT_OF_SCOPE
    temperature = _temperature(scores[inside, :-signals], labels[inside])
    if inside.all():
        return _always_in_scope(temperature, signals)
    features = scope_features(scores, signals)
    spread = features.std(axis=0) + 1e-6
    # Rows out of scope are few. The first fit weighs both kinds alike to find the direction that separates them.
    # The second fit uses the real counts to set the level along this direction.
    apart = LogisticRegression(C=1.0, max_iter=1000, class_weight="balanced").fit(features / spread, inside)
    direction = apart.coef_[0] / spread
    level = LogisticRegression(C=1e3, max_iter=1000).fit(features @ direction[:, None], inside)
    return StageCalibration(
        temperature=temperature,
        scope_weights=tuple(float(weight) for weight in direction * level.coef_[0, 0]),
        scope_bias=float(level.intercept_[0]),
    )


def _always_in_scope(temperature: float, signals: int) -> StageCalibration:
    return StageCalibration(temperature=temperature, scope_weights=(0.0,) * (SHAPES + signals), scope_bias=6.0)


def _temperature(scores: Floats, labels: Integers) -> float:
    """Return the temperature of least negative log-likelihood."""

    def loss(log_temperature: float) -> float:
        scaled = scores.astype(np.float64) / np.exp(log_temperature)
        top = scaled.max(axis=1, keepdims=True)
        total = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float((total - scaled[np.arange(len(labels)), labels]).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def _settle(early: _Stage, late: _Stage, labels: Integers) -> float:
    """Return the least confidence at which the lexical head can answer alone at almost no cost."""
    inside = labels != OUT_OF_SCOPE
    most_errors = (late.label != labels)[inside].mean() * (1 + ERRORS_ADDED)
    best_scope = _scope_auc(late, inside)
    settle = 1.01
    for candidate in np.arange(0.98, 0.38, -0.02):
        final = early.where(early.confidence >= candidate, late)
        if (final.label != labels)[inside].mean() > most_errors:
            break
        if _scope_auc(final, inside) < best_scope - SCOPE_GIVEN_UP:
            break
        settle = float(round(candidate, 2))
    return settle


def _scope_auc(stage: _Stage, inside: Flags) -> float:
    return 1.0 if inside.all() else float(roc_auc_score(inside, stage.in_scope))


def _scope_threshold(stage: _Stage, inside: Flags, *, are_some_made: bool) -> float:
    """Return the threshold that tells the most rows apart, within the share of rows in scope that may be rejected.

    The stage holds given rows only. Synthetic rows are told apart more easily than future contacts. So synthetic rows
    teach the order in which rows are rejected, while given rows set the number. With too few given rows out of scope,
    the threshold rejects a fixed share of the rows in scope.
    """
    if are_some_made and (~inside).sum() < MIN_OUTLIERS:
        return float(np.quantile(stage.in_scope[inside], REJECTED_UNSEEN))
    if inside.all():
        return min(0.5, float(np.quantile(stage.in_scope, 0.005)))
    limit = float(np.quantile(stage.in_scope[inside], REJECTED_IN_SCOPE))
    outside = np.unique(np.quantile(stage.in_scope[~inside], np.linspace(0.0, 1.0, 101)))
    candidates = [*outside[outside < limit].tolist(), limit]
    gain = [(stage.in_scope[~inside] < c).mean() - (stage.in_scope[inside] < c).mean() for c in candidates]
    return float(candidates[int(np.argmax(gain))])


def _accept(
    stage: _Stage, rows: Integers, labels: tuple[str, ...], scope: float, budget: float
) -> tuple[float, dict[str, object]]:
    goalless = labels.index(NO_GOAL_YET) if NO_GOAL_YET in labels else -2
    candidate = (stage.in_scope >= scope) & (stage.label != goalless)
    confidence = np.where(candidate, stage.confidence, -1.0)
    wrong = stage.label != rows
    accepted_at = _most_lenient(np.sort(confidence[candidate])[::-1], confidence, wrong, budget)
    if accepted_at is None:
        reason = "too few held-out rows, or too many wrong among the surest, to promise this budget; routing less"
        return 0.95, {"misroute_budget": budget, "promised": False, "reason": reason}
    accepted = confidence >= accepted_at
    return max(accepted_at, 0.2), {
        "misroute_budget": budget,
        "promised": True,
        "confidence_of_promise": CONFIDENCE_OF_PROMISE,
        "held_out_rows": len(rows),
        "held_out_error": float(wrong[accepted].mean()),
        "held_out_coverage": float(accepted.mean()),
    }


def _most_lenient(order: Floats, confidence: Floats, wrong: Flags, budget: float) -> float | None:
    """Return the lowest threshold proven to keep the budget, or `None`.

    `order` holds the candidates' confidences, falling. Each test sequence has its own start and its own share of the
    error probability. A sequence goes from strict to lenient and ends at the first threshold that fails the test.
    """
    level = (1.0 - CONFIDENCE_OF_PROMISE) / len(STARTS)
    stride = max(1, len(order) // 100)
    proven = None
    for start in STARTS:
        for count in range(max(1, int(start * len(order))), len(order) + 1, stride):
            threshold = float(order[count - 1])
            accepted = confidence >= threshold
            if binom.cdf(int(wrong[accepted].sum()), int(accepted.sum()), budget) > level:
                break
            proven = threshold if proven is None else min(proven, threshold)
    return proven


def _without_rows(budget: float) -> Choice:
    head, mixed = _always_in_scope(0.5, HEAD_SIGNALS), _always_in_scope(0.5, MIXED_SIGNALS)
    reason = "fewer than two examples an intent: nothing can be held out to promise a budget on"
    return Choice(
        settings=CascadeSettings(
            encoder_weight=FEW_ROWS_WEIGHT, settle=1.01, strange=1.0, lexical=head, mixed=mixed, encoder=head
        ),
        thresholds=Thresholds(accept=0.5, scope=0.05, ambiguous=0.1),
        promise={"misroute_budget": budget, "promised": False, "reason": reason},
        pressing={},
    )
