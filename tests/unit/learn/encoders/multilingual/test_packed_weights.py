"""The packed encoder's file: numbers, pieces and blocks of 4 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from service.learn.encoders.multilingual.packed_weights import PackedEncoder, Shape
from tests.support.languages import (
    EPSILON,
    HEADS,
    INNER_WIDTH,
    LAYERS,
    POSITIONS,
    WIDTH,
    packed_block,
    write_packed,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "tiny.bin"
    write_packed(path)
    return path


def test_a_file_tells_its_shape_and_its_pieces(path: Path, tmp_path: Path) -> None:
    """Also pieces of several bytes."""
    pieces = write_packed(tmp_path / "again.bin")

    packed = PackedEncoder(path)

    assert packed.pieces == pieces
    assert packed.shape == Shape(
        width=WIDTH, layers=LAYERS, heads=HEADS, inner_width=INNER_WIDTH, vocabulary=len(pieces.texts),
        positions=POSITIONS, epsilon=pytest.approx(EPSILON),
    )  # fmt: skip
    assert packed.vector("l2.fi.b").shape == (INNER_WIDTH,)
    assert packed.matrix("l2.fi.w", INNER_WIDTH).shape == (INNER_WIDTH, WIDTH)


def test_a_block_is_unpacked_by_hand(path: Path) -> None:
    """A weight is its steps from the middle times the scale: the first half lies in the lower bits."""
    steps = np.array([*range(-8, 8), *range(7, -9, -1)])
    name, rows = "l0.q.w", WIDTH
    stored = path.read_bytes()
    before = PackedEncoder(path).matrix(name, rows)
    scales, packed_weights = PackedEncoder(path).blocks(name, rows)
    first = scales[0].tobytes() + packed_weights[0].tobytes()
    path.with_name("changed.bin").write_bytes(stored.replace(first, packed_block(0.5, steps)))

    after = PackedEncoder(path.with_name("changed.bin")).matrix(name, rows)

    np.testing.assert_array_equal(after[0], steps * 0.5)
    np.testing.assert_array_equal(after[1:], before[1:])
