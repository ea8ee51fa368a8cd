"""The stance head is fitted on written clauses, and knows the labels that it may doubt."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from service.domain.understanding import Stance
from service.learn.encoders.prepared import EncoderKit
from service.learn.stance import THRESHOLD, fit_stance, sample_of, stance_examples, stance_head
from service.understand.stance import STANCES, StanceHead
from tests.support.encoders import silent

WIDTH = len(STANCES)
WRITTEN = np.repeat(np.arange(WIDTH), 20)
WANTS, NOT_WANTED, THEIRS = (STANCES.index(each) for each in (Stance.WANTS, Stance.NOT_WANTED, Stance.DONE_BY_COMPANY))


def near(stances: np.ndarray, seed: int) -> np.ndarray:
    """An embedding for each stance: one dimension of its own, and a little noise."""
    noise = np.random.default_rng(seed).normal(size=(len(stances), WIDTH)) * 0.1
    return (np.eye(WIDTH)[stances] + noise).astype(np.float32)


def fitted(given: np.ndarray, labels: np.ndarray, label_count: int = 2, *, seed: int = 0) -> StanceHead:
    return fit_stance(near(WRITTEN, 1), WRITTEN, near(given, 2), labels, label_count, seed=seed)


def test_each_stance_is_learnt() -> None:
    """Written clauses that were not seen are told apart."""
    head = fitted(np.full(40, WANTS), np.arange(40) % 2)
    fresh = near(np.repeat(np.arange(WIDTH), 10), 3)

    told = [STANCES.index(head.stance(embedding, 0)) for embedding in fresh]

    assert (np.array(told) == np.repeat(np.arange(WIDTH), 10)).mean() > 0.9
    assert head.threshold == THRESHOLD


def test_a_label_whose_wishes_sound_like_a_stance_is_not_doubted() -> None:
    """Reports of fraud are told as the doings of others: nearly all rows of one label here, and none of the other."""
    labels = np.arange(80) % 2
    given = np.where(labels == 0, THEIRS, WANTS)

    head = fitted(given, labels)

    assert not head.applies[0, THEIRS]
    assert head.applies[1, THEIRS]
    assert head.applies[0, NOT_WANTED]
    assert head.stance(near(np.array([THEIRS]), 4)[0], 0) is Stance.WANTS
    assert head.stance(near(np.array([THEIRS]), 4)[0], 1) is Stance.DONE_BY_COMPANY


def test_a_few_rows_that_sound_so_change_nothing() -> None:
    """One row in twenty may have been given for the wrong label."""
    labels = np.zeros(80, np.int64)
    given = np.where(np.arange(80) % 20 == 0, THEIRS, WANTS)

    assert fitted(given, labels, 1).applies[0, THEIRS]


def test_a_wish_is_never_a_doubt() -> None:
    """The stance of wanting applies to no label, since there is nothing to doubt."""
    assert not fitted(np.full(40, WANTS), np.arange(40) % 2).applies[:, WANTS].any()


@pytest.mark.parametrize("rows", [0, 1])
def test_a_head_is_fitted_without_given_rows(rows: int) -> None:
    """A small catalogue may have no example with a cue."""
    head = fitted(np.full(rows, WANTS), np.zeros(rows, np.int64))

    assert np.isfinite(head.weights).all()
    assert head.stance(near(np.array([NOT_WANTED]), 5)[0], 1) is Stance.NOT_WANTED


def test_the_same_rows_and_seed_give_the_same_head() -> None:
    """A bundle can be built again."""
    labels = np.arange(40) % 2

    first, again = (fitted(np.full(40, WANTS), labels, seed=7) for _ in range(2))

    np.testing.assert_array_equal(first.weights, again.weights)
    np.testing.assert_array_equal(first.applies, again.applies)


def test_the_head_of_a_kit_fits_its_encoder(kit: EncoderKit) -> None:
    """It reads the embeddings that the encoder gives, one row of `applies` for each label."""
    texts = ["i do not want my parcel", "cancel the booking if it is not here"]
    given = kit.embed([kit.tokenizer.token_ids(text) for text in texts], silent)

    head = stance_head(kit, given, np.array([0, 1]), 3, seed=0, progress=silent)

    assert head.weights.shape == (given.shape[1], len(STANCES))
    assert head.applies.shape == (3, len(STANCES))


def test_written_clauses_are_sound() -> None:
    """Every stance has clauses, and no clause has two stances."""
    examples = stance_examples()

    counts = Counter(examples.labels.tolist())
    assert set(counts) == set(range(WIDTH))
    assert min(counts.values()) >= 20
    assert len(set(examples.texts)) == len(examples.texts)
    assert len(examples.texts) == len(examples.labels) == len(examples.groups)


def test_a_sample_is_part_of_the_rows() -> None:
    """All rows if they are few, else as many as allowed, the same for the same seed."""
    assert sample_of([3, 5, 8], 9, 0).tolist() == [3, 5, 8]
    assert sample_of([], 9, 0).tolist() == []
    drawn = sample_of(range(100), 10, 0).tolist()
    assert len(set(drawn)) == 10
    assert drawn == sorted(drawn) == sample_of(range(100), 10, 0).tolist()
    assert drawn != sample_of(range(100), 10, 1).tolist()
