"""Held-out scores: no head scores a row that it has seen."""

from __future__ import annotations

import numpy as np
import pytest

from service.learn.crossfit import FOLDS, cross_fit, fold_count
from service.learn.feature import Texts
from service.learn.heads import OUT_OF_SCOPE, fit_heads

SIZE = 1000


def nothing(share: float) -> None:
    """Progress that nobody watches."""


def texts_with_a_word_each(rows: int, *, dimensions: int = 200) -> Texts:
    """Texts that share nothing: whoever has seen a row knows it again, and nobody else can know anything of it."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(rows, dimensions)).astype(np.float32)
    keys = tuple(np.array([row], np.int64) for row in range(rows))
    return Texts(keys=keys, static=vectors, embeddings=vectors)


def test_labels_without_sense_cannot_be_guessed_when_held_out() -> None:
    """Labels are thrown dice: who has seen a row knows its label, and held-out scores are no better than dice."""
    rows, label_count = 160, 4
    texts = texts_with_a_word_each(rows)
    labels = np.random.default_rng(1).permutation(np.arange(rows) % label_count)
    heads = fit_heads(texts, labels, label_count, np.arange(rows), vocabulary_size=SIZE, seed=0)

    scores = cross_fit(texts, labels, label_count, vocabulary_size=SIZE, seed=0, progress=nothing)

    assert scores is not None
    for seen, held_out in (
        (heads.lexical_scores(texts, np.arange(rows)), scores.lexical),
        (heads.encoder_scores(texts, np.arange(rows)), scores.encoder),
    ):
        assert (seen[:, :-2].argmax(axis=1) == labels).mean() > 0.95
        assert (held_out[:, :-2].argmax(axis=1) == labels).mean() < 0.45


def test_rows_out_of_scope_are_held_out_too() -> None:
    """An outlier score that has seen a row knows it again; a held-out one cannot."""
    rows = 160
    texts = texts_with_a_word_each(rows)
    labels = np.where(np.random.default_rng(1).permutation(rows) < 80, OUT_OF_SCOPE, np.arange(rows) % 2)

    scores = cross_fit(texts, labels, 2, vocabulary_size=SIZE, seed=0, progress=nothing)

    assert scores is not None
    outside = labels == OUT_OF_SCOPE
    guesses = scores.lexical[:, -2] > np.median(scores.lexical[:, -2])
    assert 0.3 < (guesses == outside).mean() < 0.7


def test_every_row_has_scores_and_its_label() -> None:
    """In the order of the rows."""
    texts, labels = texts_with_a_word_each(30), np.arange(30) % 3

    scores = cross_fit(texts, labels, 3, vocabulary_size=SIZE, seed=0, progress=nothing)

    assert scores is not None
    assert scores.lexical.shape == scores.encoder.shape == (30, 5)
    assert np.isfinite(scores.lexical).all()
    assert np.isfinite(scores.encoder).all()
    np.testing.assert_array_equal(scores.labels, labels)


def test_folds_are_stratified() -> None:
    """Each fold holds out a part of every label, so that its heads know all labels: here one word tells a label."""
    labels = np.repeat(np.arange(5), 8)
    static = np.eye(5, dtype=np.float32)[labels]
    texts = Texts(keys=tuple(np.array([label], np.int64) for label in labels), static=static, embeddings=static)

    for seed in range(5):
        scores = cross_fit(texts, labels, 5, vocabulary_size=SIZE, seed=seed, progress=nothing)
        assert scores is not None
        assert (scores.lexical[:, :-2].argmax(axis=1) == labels).all()


@pytest.mark.parametrize("counts", [(2, 2), (4, 9), (3, 3, 30)])
def test_a_label_with_two_rows_is_never_held_out_whole(counts: tuple[int, ...]) -> None:
    """Its rows fall into different folds, so that each is scored by heads that know the other."""
    labels = np.repeat(np.arange(len(counts)), counts)
    static = np.eye(len(counts), dtype=np.float32)[labels]
    texts = Texts(keys=tuple(np.array([label], np.int64) for label in labels), static=static, embeddings=static)

    scores = cross_fit(texts, labels, len(counts), vocabulary_size=SIZE, seed=3, progress=nothing)

    assert scores is not None
    assert (scores.lexical[:, :-2].argmax(axis=1) == labels).all()


def test_the_same_seed_holds_the_same_rows_out() -> None:
    """Scores are the same to the last bit."""
    texts, labels = texts_with_a_word_each(40), np.arange(40) % 2

    first, again = (cross_fit(texts, labels, 2, vocabulary_size=SIZE, seed=5, progress=nothing) for _ in range(2))

    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first.lexical, again.lexical)


@pytest.mark.parametrize(
    ("counts", "folds", "reason"),
    [
        ((1, 1, 1), 0, "an example each: nothing can be held out"),
        ((1, 1, 9), 0, "most labels have one"),
        ((2, 2, 2), 2, "two each: one to learn from, one to hold out"),
        ((3, 3, 3), 3, "three each"),
        ((50, 50), FOLDS, "plenty"),
        ((1, 50, 50), FOLDS, "one poor label does not spoil it for the others"),
    ],
)
def test_folds_leave_most_labels_an_example(counts: tuple[int, ...], folds: int, reason: str) -> None:
    """As many folds as the typical label has rows, up to a bound; rows out of scope do not count."""
    labels = np.concatenate([np.repeat(np.arange(len(counts)), counts), np.full(40, OUT_OF_SCOPE)])

    assert fold_count(labels) == folds, reason


def test_without_rows_to_hold_out_there_are_no_scores() -> None:
    """One example an intent is learnt from, not measured on."""
    texts = texts_with_a_word_each(3)

    assert cross_fit(texts, np.arange(3), 3, vocabulary_size=SIZE, seed=0, progress=nothing) is None


def six_times(texts: Texts) -> Texts:
    """Each text six times, one after the other."""
    return texts.of(np.repeat(np.arange(len(texts)), 6))


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    return float((scores[:, :-2].argmax(axis=1) == labels).mean())


def test_rows_of_one_group_are_held_out_together() -> None:
    """Labels are thrown dice, and each text is there six times: its copies tell nothing, unless folds part them."""
    rows, label_count = 150, 3
    texts = six_times(texts_with_a_word_each(rows))
    groups = np.repeat(np.arange(rows), 6)
    labels = np.random.default_rng(1).integers(0, label_count, rows)[groups]

    together, apart = (
        cross_fit(texts, labels, label_count, vocabulary_size=SIZE, seed=0, progress=nothing, groups=each)
        for each in (groups, None)
    )

    assert together is not None
    assert apart is not None
    for head in ("lexical", "encoder"):
        assert accuracy(getattr(together, head), labels) < 0.5
        assert accuracy(getattr(apart, head), labels) > 0.95, "the test can fail"


def test_a_group_of_several_labels_is_held_out_together() -> None:
    """One text may stand under two intents, and neither row tells of the other."""
    rows = 60
    texts = texts_with_a_word_each(rows).of(np.repeat(np.arange(rows), 2))
    labels, groups = np.tile([0, 1], rows), np.repeat(np.arange(rows), 2)

    scores = cross_fit(texts, labels, 2, vocabulary_size=SIZE, seed=0, progress=nothing, groups=groups)

    assert scores is not None
    assert accuracy(scores.encoder, labels) == 0.5, "both rows of a text have the same scores"


def test_folds_are_counted_by_groups() -> None:
    """A label of one text, however often it is repeated, has nothing to hold out."""
    texts = six_times(texts_with_a_word_each(3))
    groups = np.repeat(np.arange(3), 6)

    assert cross_fit(texts, groups, 3, vocabulary_size=SIZE, seed=0, progress=nothing, groups=groups) is None


def test_further_texts_are_scored_without_their_rows() -> None:
    """A clause of a row is as unknown to the heads as the row: here each clause is its row's own text."""
    rows, label_count = 120, 3
    texts = texts_with_a_word_each(rows)
    labels = np.random.default_rng(1).integers(0, label_count, rows)
    owners = np.repeat(np.arange(rows), 2)

    scores = cross_fit(
        texts,
        labels,
        label_count,
        vocabulary_size=SIZE,
        seed=0,
        progress=nothing,
        further=texts.of(owners),
        further_rows=owners,
    )

    assert scores is not None
    assert scores.further_lexical is not None
    assert scores.further_encoder is not None
    np.testing.assert_allclose(scores.further_lexical, scores.lexical[owners], atol=1e-5)
    np.testing.assert_allclose(scores.further_encoder, scores.encoder[owners], atol=1e-5)
    assert accuracy(scores.further_encoder, labels[owners]) < 0.5


def test_some_rows_may_be_selected() -> None:
    """Their scores and labels stay together, and further texts stay as they are."""
    texts, labels = texts_with_a_word_each(30), np.arange(30) % 3
    scores = cross_fit(
        texts, labels, 3, vocabulary_size=SIZE, seed=0, progress=nothing, further=texts, further_rows=np.arange(30)
    )
    assert scores is not None

    some = scores.of(np.array([4, 2]))

    np.testing.assert_array_equal(some.lexical, scores.lexical[[4, 2]])
    assert some.labels.tolist() == [1, 2]
    assert some.further_lexical is scores.further_lexical
