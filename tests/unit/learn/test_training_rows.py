"""Rows to learn from: given, synthetic, and noisy copies, grouped and weighed."""

from __future__ import annotations

import numpy as np

from service.learn.dataset import Dataset
from service.learn.feature import Texts
from service.learn.training_rows import COPY_WEIGHT, TrainingRows, groups_of, joined, training_rows

GIVEN = (
    ("where is my parcel", "track_order"),
    ("Where  is my PARCEL", "track_order"),
    ("cancel the booking", "cancel_booking"),
    ("where is my parcel", "cancel_booking"),
    ("tell me a joke", None),
)
MADE = (("what is the weather", None), ("tell me a joke", None))


def learnt(*, has_copies: bool = True) -> TrainingRows:
    rows = (*GIVEN, *MADE)
    dataset = Dataset(utterances=tuple(text for text, _ in rows), intents=tuple(intent for _, intent in rows))
    return training_rows(dataset, len(GIVEN), seed=0, has_copies=has_copies)


def test_rows_stand_in_order() -> None:
    """Given rows first, then synthetic rows, then a copy of each given row with its label."""
    rows = learnt()

    assert len(rows.rows) == len(GIVEN) + len(MADE) + len(GIVEN)
    assert (rows.given, rows.copies) == (len(GIVEN), len(GIVEN))
    assert rows.rows.utterances[: len(GIVEN)] == tuple(text for text, _ in GIVEN)
    assert rows.rows.intents[-rows.copies :] == tuple(intent for _, intent in GIVEN)
    assert np.flatnonzero(rows.synthetic).tolist() == [5, 6]


def test_equal_texts_and_copies_share_a_group() -> None:
    """Capitals and blanks make no other text, and a copy belongs to its example."""
    groups = learnt().groups.tolist()

    assert groups[0] == groups[1] == groups[3]
    assert groups[4] == groups[6], "a synthetic row of the same text"
    assert len({groups[0], groups[2], groups[4], groups[5]}) == 4
    assert groups[7:] == groups[:5]


def test_a_text_counts_once_in_every_guarantee() -> None:
    """The first given row of each text and label is judged: no repeated row, no synthetic row, no copy."""
    assert np.flatnonzero(learnt().judged).tolist() == [0, 2, 3, 4]


def test_rows_given_six_times_prove_no_more_than_once() -> None:
    """The judged rows are the same in number."""
    once = tuple((f"text {number}", "ab"[number % 2]) for number in range(20))

    def judged(rows: tuple[tuple[str, str], ...]) -> int:
        dataset = Dataset(utterances=tuple(text for text, _ in rows), intents=tuple(intent for _, intent in rows))
        return int(training_rows(dataset, len(rows), seed=0, has_copies=True).judged.sum())

    assert judged(once * 6) == judged(once) == 20


def test_repeated_rows_share_the_weight_of_one() -> None:
    """Under each label on its own, and a copy weighs less than its example."""
    weights = learnt().weights

    np.testing.assert_allclose(weights[:7], [0.5, 0.5, 1.0, 1.0, 0.5, 1.0, 0.5])
    np.testing.assert_allclose(weights[7:], COPY_WEIGHT * weights[:5])


def test_many_languages_have_no_copies() -> None:
    """Noise is written in English."""
    rows = learnt(has_copies=False)

    assert (rows.copies, len(rows.rows)) == (0, 7)
    assert len(rows.groups) == len(rows.weights) == len(rows.judged) == 7


def test_groups_are_numbered_from_zero() -> None:
    """Folds are drawn by number."""
    assert groups_of(["a", "b", " A ", "c", "B"]).tolist() == [0, 1, 0, 2, 1]


def test_features_of_two_lists_stand_one_after_the_other() -> None:
    """Keys, static vectors and embeddings stay together."""
    one, other = (
        Texts(
            keys=(np.array([number], np.int64),),
            static=np.full((1, 2), number, np.float32),
            embeddings=np.full((1, 3), number, np.float32),
        )
        for number in (1, 2)
    )

    both = joined(one, other)

    assert [keys.tolist() for keys in both.keys] == [[1], [2]]
    assert both.static[:, 0].tolist() == both.embeddings[:, 0].tolist() == [1.0, 2.0]
