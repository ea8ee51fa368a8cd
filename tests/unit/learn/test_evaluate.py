"""Every figure of an evaluation, worked out by hand on a few rows."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from service.domain.understanding import Candidate, Prediction, Stage, Thresholds
from service.errors import DatasetError
from service.learn.dataset import Dataset
from service.learn.evaluate import Bin, Evaluation, IntentFigures, RiskPoint, evaluate

LABELS = ("cancel_order", "get_refund", "no_goal_yet", "track_order")

Row = tuple[str | None, str, float, float]
"""True label, first candidate, its confidence, probability of being in scope."""

MIXED: tuple[Row, ...] = (
    ("track_order", "track_order", 0.95, 0.99),  # accepted, right
    ("track_order", "track_order", 0.90, 0.98),  # accepted, right
    ("track_order", "cancel_order", 0.85, 0.97),  # accepted, wrong
    ("cancel_order", "cancel_order", 0.60, 0.90),  # right, but not sure enough
    ("cancel_order", "cancel_order", 0.82, 0.40),  # right, but called out of scope
    ("no_goal_yet", "no_goal_yet", 0.99, 0.99),  # right; nothing to route
    (None, "track_order", 0.80, 0.85),  # accepted at the very threshold, though it fits nothing
    (None, "get_refund", 0.30, 0.10),  # recognised
)


class FakeCascade:
    """Answers `row 3` with the prediction of the fourth row; the first two are settled by the lexical head."""

    version = "0123456789abcdef"
    labels: tuple[str, ...] = LABELS
    thresholds = Thresholds(accept=0.8, scope=0.5, ambiguous=0.1)

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows
        self.asked: list[str] = []

    def predict_now(self, utterance: str, *, top_k: int = 3) -> Prediction:
        self.asked.append(utterance)
        number = int(utterance.removeprefix("row "))
        _, intent, confidence, in_scope = self.rows[number]
        others = (Candidate(intent=label, confidence=0.0) for label in LABELS if label != intent)
        return Prediction(
            candidates=(Candidate(intent=intent, confidence=confidence), *others)[:top_k],
            in_scope=in_scope,
            stage=Stage.LEXICAL if number < 2 else Stage.ENCODER,
            lexical_seconds=0.0,
            encoder_seconds=0.0,
        )


def silent(_step: str, _share: float) -> None:
    """Progress that nobody watches."""


def dataset_of_rows(rows: tuple[Row, ...]) -> Dataset:
    return Dataset(
        utterances=tuple(f"row {number}" for number in range(len(rows))), intents=tuple(row[0] for row in rows)
    )


def evaluated(rows: tuple[Row, ...]) -> Evaluation:
    return evaluate(FakeCascade(rows), dataset_of_rows(rows), progress=silent)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("bundle", "0123456789abcdef"),
        ("rows", 8),
        ("out_of_scope_rows", 2),
        ("accuracy", 5 / 6),  # one track_order was taken for cancel_order; abstentions count as guessed
        ("macro_f1", (4 / 5 + 4 / 5 + 1) / 3),  # get_refund has no rows, so it has no part in the mean
        ("accepted", 4),
        ("coverage", 4 / 8),
        ("error_among_accepted", 2 / 4),  # the wrong door and the row that fits nothing
        ("oos_auroc", 11 / 12),  # of the 12 pairs, only 0.40 and 0.85 are the wrong way round
        ("oos_recall", 1 / 2),
        ("in_scope_rejected", 1 / 6),
        ("lexical_share", 2 / 8),
    ],
)
def test_each_figure_is_what_it_says(figure: str, expected: object) -> None:
    """Worked out from the reasons beside the rows of `MIXED`."""
    found = getattr(evaluated(MIXED), figure)

    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(
    ("figure", "gaps"),
    [
        # bins in fifteenths: 0.60 in (8, 9], 0.82 and 0.85 in (12, 13], 0.90 in (13, 14], 0.95 and 0.99 in (14, 15]
        ("ece", [0.40, (0.82 + 0.85) - 1, 0.10, 2 - (0.95 + 0.99)]),
        # 0.80 of a row out of scope is in (11, 12], 0.30 in (4, 5], and both are wrong
        ("ece_all", [0.40, (0.82 + 0.85) - 1, 0.10, 2 - (0.95 + 0.99), 0.80, 0.30]),
    ],
)
def test_calibration_error_is_the_mean_gap_over_fifteen_bins(figure: str, gaps: list[float]) -> None:
    """Within a bin the gaps are summed before they are made positive."""
    rows = 6 if figure == "ece" else 8

    assert getattr(evaluated(MIXED), figure) == pytest.approx(sum(map(abs, gaps)) / rows)


def test_the_reliability_curve_leaves_out_empty_bins_and_rows_out_of_scope() -> None:
    bins = evaluated(MIXED).bins

    assert [each.count for each in bins] == [1, 2, 1, 2]
    assert asdict(bins[1]) == pytest.approx(
        asdict(Bin(lower=12 / 15, upper=13 / 15, count=2, confidence=0.835, accuracy=0.5))
    )


@pytest.mark.parametrize(("confidence", "upper"), [(0.0, 1 / 15), (1 / 15, 1 / 15), (0.2, 3 / 15), (1.0, 1.0)])
def test_a_confidence_on_an_edge_belongs_to_the_bin_below_it(confidence: float, upper: float) -> None:
    """So that 0 and 1 have a bin, too."""
    (only,) = evaluated((("track_order", "track_order", confidence, 1.0),)).bins

    assert only.upper == pytest.approx(upper)


def test_the_risk_coverage_curve_goes_from_the_surest_row_to_all_that_may_be_routed() -> None:
    """Rows called out of scope or without a goal are routed at no threshold."""
    assert evaluated(MIXED).risk_coverage == (
        RiskPoint(threshold=0.95, coverage=1 / 8, error=0.0),
        RiskPoint(threshold=0.90, coverage=2 / 8, error=0.0),
        RiskPoint(threshold=0.85, coverage=3 / 8, error=1 / 3),
        RiskPoint(threshold=0.80, coverage=4 / 8, error=2 / 4),
        RiskPoint(threshold=0.60, coverage=5 / 8, error=2 / 5),
    )


def test_rows_of_equal_confidence_are_one_point_of_the_curve() -> None:
    """No threshold can tell them apart."""
    rows: tuple[Row, ...] = (
        ("track_order", "track_order", 0.9, 1.0),
        ("track_order", "get_refund", 0.9, 1.0),
        ("track_order", "track_order", 0.7, 1.0),
    )

    assert [(point.coverage, point.error) for point in evaluated(rows).risk_coverage] == [
        (pytest.approx(2 / 3), 1 / 2),
        (1.0, pytest.approx(1 / 3)),
    ]


def test_a_long_curve_keeps_two_hundred_points_and_both_its_ends() -> None:
    rows: tuple[Row, ...] = tuple(("track_order", "track_order", 1 - number / 2000, 1.0) for number in range(1000))

    curve = evaluated(rows).risk_coverage

    assert (len(curve), curve[0].coverage, curve[-1].coverage) == (200, 1 / 1000, 1.0)


def test_confusion_counts_are_sparse_and_only_of_rows_in_scope() -> None:
    assert evaluated(MIXED).confusion == (
        ("cancel_order", "cancel_order", 2),
        ("no_goal_yet", "no_goal_yet", 1),
        ("track_order", "cancel_order", 1),
        ("track_order", "track_order", 2),
    )


def test_every_label_has_its_line_with_neighbours_in_either_direction() -> None:
    """A label that swallows others is as much at fault as the label that loses rows to it."""
    assert evaluated(MIXED).intents == (
        IntentFigures(
            intent="cancel_order", rows=2, precision=2 / 3, recall=1.0, f1=4 / 5,
            neighbours=(("track_order", 1),), strays=0,
        ),
        IntentFigures(
            intent="get_refund", rows=0, precision=None, recall=None, f1=None, neighbours=(), strays=0,
        ),
        IntentFigures(
            intent="no_goal_yet", rows=1, precision=1.0, recall=1.0, f1=1.0, neighbours=(), strays=0,
        ),
        IntentFigures(
            intent="track_order", rows=3, precision=1.0, recall=2 / 3, f1=4 / 5,
            neighbours=(("cancel_order", 1),), strays=1,
        ),
    )  # fmt: skip


_PERFECT: tuple[Row, ...] = (
    ("track_order", "track_order", 1.0, 1.0),
    ("get_refund", "get_refund", 1.0, 0.9),
    (None, "get_refund", 0.0, 0.1),
)
_INSIDE_ONLY: tuple[Row, ...] = (("track_order", "track_order", 0.9, 0.9), ("get_refund", "track_order", 0.9, 0.9))
_OUTSIDE_ONLY: tuple[Row, ...] = ((None, "track_order", 0.9, 0.9), (None, "track_order", 0.2, 0.1))
_TIMID: tuple[Row, ...] = (("track_order", "track_order", 0.79, 0.9), (None, "track_order", 0.99, 0.49))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            _PERFECT,
            {"accuracy": 1.0, "macro_f1": 1.0, "coverage": 2 / 3, "error_among_accepted": 0.0, "oos_auroc": 1.0,
             "oos_recall": 1.0, "in_scope_rejected": 0.0, "ece": 0.0, "ece_all": 0.0},
            id="perfect",
        ),
        pytest.param(
            _INSIDE_ONLY,
            {"accuracy": 0.5, "macro_f1": 1 / 3, "coverage": 1.0, "error_among_accepted": 0.5, "oos_auroc": None,
             "oos_recall": None, "in_scope_rejected": 0.0, "ece": 0.4, "ece_all": 0.4},
            id="no rows out of scope",
        ),
        pytest.param(
            _OUTSIDE_ONLY,
            {"accuracy": None, "macro_f1": None, "coverage": 0.5, "error_among_accepted": 1.0, "oos_auroc": None,
             "oos_recall": 0.5, "in_scope_rejected": None, "ece": None, "ece_all": 0.55},
            id="no rows in scope",
        ),
        pytest.param(
            _TIMID,
            {"accuracy": 1.0, "macro_f1": 1.0, "coverage": 0.0, "error_among_accepted": None, "oos_auroc": 1.0,
             "oos_recall": 1.0, "in_scope_rejected": 0.0, "ece": 0.21, "ece_all": 0.6},
            id="none accepted",
        ),
    ],
)  # fmt: skip
def test_a_figure_without_rows_to_be_about_is_none(rows: tuple[Row, ...], expected: dict[str, float | None]) -> None:
    evaluation = evaluated(rows)

    assert {name: getattr(evaluation, name) for name in expected} == pytest.approx(expected)


def test_rows_that_may_not_be_routed_at_all_leave_the_curve_empty() -> None:
    assert evaluated((("no_goal_yet", "no_goal_yet", 0.9, 0.9),)).risk_coverage == ()


def test_json_holds_every_figure_by_name_and_no_text() -> None:
    """Programs read these keys; `errand evaluate` writes them."""
    written = json.loads(json.dumps(evaluated(MIXED).as_json()))

    assert set(written) == {
        "bundle", "thresholds", "rows", "out_of_scope_rows", "accuracy", "macro_f1", "accepted", "coverage",
        "error_among_accepted", "oos_auroc", "oos_recall", "in_scope_rejected", "ece", "ece_all", "lexical_share",
        "ms_per_text", "bins", "risk_coverage", "confusion", "intents",
    }  # fmt: skip
    assert written["confusion"][2] == ["track_order", "cancel_order", 1]
    assert written["intents"][3]["neighbours"] == [["cancel_order", 1]]
    assert "row 0" not in json.dumps(written)


def test_labels_that_the_bundle_does_not_know_are_named_and_their_texts_are_not() -> None:
    known = FakeCascade(MIXED).labels[0]
    dataset = Dataset(utterances=("row 0", "row 1", "row 2"), intents=("return_item", "make_booking", known))

    with pytest.raises(DatasetError, match="make_booking, return_item") as refusal:
        evaluate(FakeCascade(MIXED), dataset, progress=silent)

    assert "row 0" not in str(refusal.value)


def test_labels_of_which_none_is_known_are_counted_only() -> None:
    """Where columns are swapped, the labels are customers' texts."""
    dataset = Dataset(utterances=("track_order", "make_booking"), intents=("my name is Jo", "where is it"))

    with pytest.raises(DatasetError, match="none of the 2 labels") as refusal:
        evaluate(FakeCascade(MIXED), dataset, progress=silent)

    assert "Jo" not in str(refusal.value)


def test_an_empty_test_set_is_refused() -> None:
    with pytest.raises(DatasetError, match="no rows"):
        evaluate(FakeCascade(()), Dataset(utterances=(), intents=()), progress=silent)


def test_progress_tells_the_share_of_the_rows_done() -> None:
    reports: list[tuple[str, float]] = []

    evaluate(FakeCascade(MIXED), dataset_of_rows(MIXED), progress=lambda step, share: reports.append((step, share)))

    assert [share for step, share in reports if step == "predict the rows"] == [number / 8 for number in range(1, 9)]


def test_time_is_measured_on_at_most_five_hundred_rows_taken_evenly() -> None:
    """Files sorted by label would otherwise time their first labels only."""
    cascade = FakeCascade(MIXED[:1] * 1250)

    evaluation = evaluate(cascade, dataset_of_rows(cascade.rows), progress=silent)

    timed = cascade.asked[1250:]
    assert evaluation.ms_per_text > 0
    assert (len(timed), timed[:3], timed[-1]) == (500, ["row 0", "row 2", "row 5"], "row 1247")
