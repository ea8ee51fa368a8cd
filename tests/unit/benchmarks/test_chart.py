"""Axes have round ticks that hold all values, and every value has its place between them."""

from __future__ import annotations

from math import inf, nan

import pytest

from tests.benchmarks.chart import Axis, Series, linear_axis, logarithmic_axis


@pytest.mark.parametrize(
    ("values", "ticks", "reason"),
    [
        ([383.0, 120.0], [0, 50, 100, 150, 200, 250, 300, 350, 400], "from zero, in fifties"),
        ([1.0], [0, 0.25, 0.5, 0.75, 1.0], "a value on the last tick needs none beyond it"),
        ([0.0, nan, inf], [0, 0.25, 0.5, 0.75, 1.0], "zero alone, and what has no place"),
        ([], [0, 0.25, 0.5, 0.75, 1.0], "nothing at all"),
        ([30.0], [0, 5, 10, 15, 20, 25, 30], "half an hour"),
    ],
)
def test_linear_ticks(values: list[float], ticks: list[float], reason: str) -> None:
    assert linear_axis("x", values).ticks == pytest.approx(ticks), reason


def test_an_axis_that_does_not_begin_at_zero() -> None:
    """What changes little is seen to change."""
    axis = linear_axis("x", [256.7, 261.2], from_zero=False)

    assert axis.ticks == pytest.approx([256, 257, 258, 259, 260, 261, 262])
    assert axis.place(259) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "ticks", "reason"),
    [
        ([5.8, 946.0], [1, 10, 100, 1000], "whole powers of ten"),
        ([10.0, 100.0], [10, 100], "values on ticks need none beyond them"),
        ([0.0, nan, 3.0], [1, 10], "what has no logarithm has no say"),
        ([], [1, 10], "nothing at all"),
    ],
)
def test_logarithmic_ticks(values: list[float], ticks: list[float], reason: str) -> None:
    assert logarithmic_axis("x", values).ticks == pytest.approx(ticks), reason


@pytest.mark.parametrize(
    ("axis", "value", "place"),
    [
        (Axis(title="x", ticks=[0, 1, 2]), 0.5, 0.25),
        (Axis(title="x", ticks=[0, 1, 2]), 5.0, 1.0),
        (Axis(title="x", ticks=[0, 1, 2]), -1.0, 0.0),
        (Axis(title="x", ticks=[1, 10, 100], is_logarithmic=True), 10.0, 0.5),
        (Axis(title="x", ticks=[1, 10, 100], is_logarithmic=True), 0.0, 0.0),
    ],
)
def test_places(axis: Axis, value: float, place: float) -> None:
    """Nothing is drawn beyond an axis."""
    assert axis.place(value) == pytest.approx(place)


def test_points_without_a_place_are_not_drawn() -> None:
    """The curve goes on without them."""
    series = Series(name="a", points=[(1.0, 2.0), (2.0, nan), (3.0, inf), (4.0, 5.0)])

    assert series.drawn == [(1.0, 2.0), (4.0, 5.0)]
