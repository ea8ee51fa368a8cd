"""From scores to confidences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.understand.calibration import StageCalibration, mix, read, scope_features

score_rows = arrays(np.float32, st.integers(2, 8), elements=st.floats(-30, 30, width=32))
temperatures = st.floats(0.1, 10.0)


def calibration(
    temperature: float = 1.0, scope_weights: tuple[float, ...] = (0.0,) * 4, scope_bias: float = 0.0
) -> StageCalibration:
    return StageCalibration(temperature=temperature, scope_weights=scope_weights, scope_bias=scope_bias)


def with_signal(scores: np.ndarray, signal: float = 0.0) -> np.ndarray:
    """The labels' scores and one signal."""
    return np.append(scores, np.float32(signal))


@given(scores=score_rows, temperature=temperatures)
def test_shares_are_probabilities_in_the_order_of_the_scores(scores: np.ndarray, temperature: float) -> None:
    """They add up to one, and no label has more than one with a higher score."""
    shares = calibration(temperature).shares(with_signal(scores))

    assert shares.sum() == pytest.approx(1.0, abs=1e-5)
    assert (np.diff(shares[np.argsort(scores, kind="stable")]) >= 0).all()


@given(scores=score_rows)
def test_temperature_one_is_the_softmax(scores: np.ndarray) -> None:
    """Nothing is changed but the scale."""
    exact = np.exp(scores.astype(np.float64))

    np.testing.assert_allclose(calibration(1.0).shares(with_signal(scores)), exact / exact.sum(), atol=1e-5)


@given(scores=score_rows, cool=temperatures, warm=temperatures)
def test_a_higher_temperature_is_never_surer(scores: np.ndarray, cool: float, warm: float) -> None:
    """Temperature moves the largest share towards an even one, and never past another label."""
    cool, warm = sorted((cool, warm))

    assert (
        calibration(warm).shares(with_signal(scores)).max()
        <= calibration(cool).shares(with_signal(scores)).max() + 1e-5
    )


def test_many_texts_have_the_shares_that_each_has() -> None:
    """Rows are texts; they do not influence each other."""
    scores = np.array([[1.0, 2.0, 3.0, 9.0], [900.0, -900.0, 0.0, 0.0]], np.float32)

    shares = calibration(2.0).shares(scores)

    for row, each in zip(shares, scores, strict=True):
        np.testing.assert_allclose(row, calibration(2.0).shares(each))


def test_scope_features_by_hand() -> None:
    """Energy ln(e⁰ + e⁰ + e^ln2) = ln 4, the largest score ln 2, its margin ln 2, and the signals."""
    scores = np.array([0.0, np.log(2.0), 0.0, 7.0, 8.0], np.float32)

    features = scope_features(scores, 2)

    np.testing.assert_allclose(features, [np.log(4.0), np.log(2.0), np.log(2.0), 7.0, 8.0], rtol=1e-6)


def test_scope_features_of_one_label_have_no_margin() -> None:
    """With nothing to compare with, energy and largest score are the score itself."""
    np.testing.assert_allclose(scope_features(np.array([3.0, 0.0], np.float32), 1), [3.0, 3.0, 0.0, 0.0])


def test_in_scope_is_the_logistic_function_of_the_weighted_features() -> None:
    """Odds of ln 3 are a probability of three quarters."""
    weighted = calibration(scope_weights=(0.0, 1.0, 0.0, -1.0), scope_bias=1.0)
    scores = np.array([float(np.log(3.0)), 0.0], np.float32)

    assert float(weighted.in_scope(with_signal(scores, 1.0))) == pytest.approx(0.75)


@given(scores=score_rows, outlier=st.floats(-30, 30, width=32), bias=st.floats(-5, 5))
def test_in_scope_is_a_probability(scores: np.ndarray, outlier: float, bias: float) -> None:
    """Whatever the scores are."""
    weighted = calibration(scope_weights=(0.3, 0.3, 0.3, -0.3), scope_bias=bias)

    assert 0.0 <= float(weighted.in_scope(with_signal(scores, outlier))) <= 1.0


@pytest.mark.parametrize(
    ("encoder_weight", "expected", "reason"),
    [
        (0.0, [1.0, 0.0, 0.3, 0.9], "the lexical head alone"),
        (1.0, [0.0, 4.0, 0.3, 0.9], "the encoder alone"),
        (0.25, [0.75, 1.0, 0.3, 0.9], "both"),
    ],
)
def test_mix_weighs_the_heads(encoder_weight: float, expected: list[float], reason: str) -> None:
    """The weight is the share of the encoder; how strange the text is to either stays apart."""
    mixed = mix(np.array([1.0, 0.0, 0.3], np.float32), np.array([0.0, 4.0, 0.9], np.float32), encoder_weight)

    np.testing.assert_allclose(mixed, expected, err_msg=reason)


@given(
    scores=score_rows,
    outlier=st.floats(-30, 30, width=32),
    temperature=temperatures,
    bias=st.floats(-5, 5),
    count=st.integers(2, 9),
)
def test_one_text_is_read_as_many_are_calibrated(
    scores: np.ndarray, outlier: float, temperature: float, bias: float, count: int
) -> None:
    """Thresholds are chosen on the figures of many texts: serving one text gives the same figures."""
    weighted = calibration(temperature, (0.2, 0.1, 0.3, -0.3), bias)
    in_scope = float(weighted.in_scope(with_signal(scores, outlier)))

    reading = read(np.append(scores, np.float32(outlier)), weighted, count)

    assert reading.in_scope == pytest.approx(in_scope, abs=1e-4)
    assert reading.confidences == pytest.approx(
        weighted.shares(with_signal(scores))[list(reading.top)] * in_scope, abs=1e-4
    )


@given(scores=score_rows, bias=st.floats(-5, 5), temperature=temperatures)
def test_confidences_and_being_out_of_scope_add_up_to_one(scores: np.ndarray, bias: float, temperature: float) -> None:
    """A reading of all labels shares one whole among them and being none of them."""
    reading = read(np.append(scores, np.float32(1.0)), calibration(temperature, (0.1, 0.1, 0.1, -0.2), bias), 9)

    assert len(reading.confidences) == len(scores), "the outlier score is no label"
    assert sum(reading.confidences) + (1.0 - reading.in_scope) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("count", "labels", "reason"),
    [
        (2, (2, 3), "the likeliest two"),
        (4, (2, 3, 0, 1), "of two alike the earlier comes first"),
        (9, (2, 3, 0, 1), "no more than there are"),
    ],
)
def test_labels_are_read_in_order(count: int, labels: tuple[int, ...], reason: str) -> None:
    """Likeliest first, and always the same for the same scores; the outlier score is not among them."""
    scores = np.array([0.1, 0.1, 0.5, 0.2, 9.0], np.float32)

    assert read(scores, calibration(), count).top == labels, reason


def test_a_single_label_can_be_read() -> None:
    """It has nothing to be compared with."""
    reading = read(np.array([3.0, 0.0], np.float32), calibration(scope_bias=50.0), 3)

    assert reading.top == (0,)
    assert reading.confidences == pytest.approx((1.0,))


@pytest.mark.parametrize("odds", [-1e6, 1e6])
def test_extreme_odds_are_read_too(odds: float) -> None:
    """As surely in scope or out of it; nothing overflows."""
    reading = read(np.array([3.0, 1.0, 0.0], np.float32), calibration(scope_bias=odds), 2)

    assert reading.in_scope == pytest.approx(float(odds > 0))
