"""Which rows teach, which say when to stop, and which judge."""

from __future__ import annotations

import numpy as np
import pytest

from service.errors import DatasetError
from service.learn.finetuning.split import split_rows
from service.learn.heads import OUT_OF_SCOPE


def labels_of(*counts: int, outside: int = 0) -> np.ndarray:
    """So many rows of each label, in no order, and rows out of scope."""
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(0).permutation(np.append(labels, np.full(outside, OUT_OF_SCOPE)))


def test_every_row_does_one_thing() -> None:
    """Six in ten teach, three judge, one says when to stop, in every label and out of scope."""
    labels = labels_of(10, 20, 50, outside=30)

    split = split_rows(labels, 0)

    together = np.concatenate([split.tune, split.judge, split.stop])
    assert sorted(together) == list(range(len(labels)))
    assert sorted(split.unseen) == sorted(set(range(len(labels))) - set(split.tune))
    for label, count in ((0, 10), (1, 20), (2, 50), (OUT_OF_SCOPE, 30)):
        shares = [int((labels[rows] == label).sum()) for rows in (split.tune, split.judge, split.stop)]
        assert shares == [6 * count // 10, 3 * count // 10, count // 10]


@pytest.mark.parametrize("count", range(1, 12))
def test_every_label_is_taught(count: int) -> None:
    """Also one of a single row; no row judges whose label was never learnt."""
    labels = labels_of(count, 40, 40)

    split = split_rows(labels, 0)

    own = labels[split.tune] == 0
    assert own.sum() >= 1
    assert own.sum() >= (labels[split.judge] == 0).sum() >= (labels[split.stop] == 0).sum()


def test_the_same_seed_gives_the_same_split() -> None:
    """And another seed another one."""
    labels = labels_of(30, 30, 30)

    assert split_rows(labels, 3).judge.tolist() == split_rows(labels, 3).judge.tolist()
    assert split_rows(labels, 3).judge.tolist() != split_rows(labels, 4).judge.tolist()


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (labels_of(*[2] * 19), "each of nineteen labels has one judge"),
        (labels_of(*[2] * 40), "nothing says when to stop"),
        (labels_of(5, 5, outside=500), "rows out of scope do not judge"),
    ],
)
def test_too_few_rows_are_refused(labels: np.ndarray, reason: str) -> None:
    """Nothing could be shown on them; the refusal says how many it takes."""
    with pytest.raises(DatasetError, match="seventy in all"):
        split_rows(labels, 0)
