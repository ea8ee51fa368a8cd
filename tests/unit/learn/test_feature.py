"""Features for fitting: which n-grams count, what they weigh, and static vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.learn.feature import NgramVocabulary, importance_of, learn_vocabulary, texts_of, token_importance

SIZE = 10


def keys(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def test_an_ngram_of_several_tokens_counts_from_its_second_text_on() -> None:
    """Single words always count, a pair seen once does not, and frequency is ln((1 + texts) / (1 + count)) + 1."""
    vocabulary = learn_vocabulary([keys(3, 25, 67), keys(3, 4, 25)], SIZE)

    assert vocabulary.keys.tolist() == [3, 4, 25]
    np.testing.assert_allclose(vocabulary.frequency, [1.0, np.log(3 / 2) + 1, 1.0], rtol=1e-6)


def test_a_text_is_a_row_of_unit_length() -> None:
    """N-grams that the vocabulary does not know are left out; a text of none is all zeros."""
    vocabulary = NgramVocabulary(keys=keys(3, 25), frequency=np.array([3.0, 4.0], np.float32))

    rows = vocabulary.features([keys(3, 25), keys(3), keys(4, 99), keys()]).toarray()

    np.testing.assert_allclose(rows, [[0.6, 0.8], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]], rtol=1e-6)


def test_what_is_new_in_a_text_is_counted() -> None:
    """The share of its n-grams that the vocabulary lacks, whatever texts are asked about with it."""
    vocabulary = NgramVocabulary(keys=keys(3, 25), frequency=np.ones(2, np.float32))

    shares = vocabulary.unknown_shares([keys(3, 25), keys(3, 99), keys(4, 24, 26, 99), keys(2), keys(3, 4, 25)])

    np.testing.assert_allclose(shares, [0.0, 0.5, 1.0, 1.0, 1 / 3], rtol=1e-6)


@given(st.lists(st.frozensets(st.integers(0, 40), min_size=1), min_size=1, max_size=12), st.integers(1, 12))
def test_many_texts_have_the_features_that_each_has(several: list[frozenset[int]], learnt: int) -> None:
    """They are looked up together, and do not influence each other."""
    texts = [keys(*sorted(text)) for text in several]
    vocabulary = learn_vocabulary(texts[:learnt], SIZE)
    weight = dict(zip(vocabulary.keys.tolist(), vocabulary.frequency.tolist(), strict=True))
    assume(weight)

    rows, shares = vocabulary.features(texts).toarray(), vocabulary.unknown_shares(texts)

    for row, share, text in zip(rows, shares, several, strict=True):
        known = {key: weight[key] for key in text & weight.keys()}
        length = sum(value**2 for value in known.values()) ** 0.5
        expected = [known.get(key, 0.0) / (length or 1.0) for key in vocabulary.keys.tolist()]
        np.testing.assert_allclose(row, expected, rtol=1e-5)
        assert share == pytest.approx(1.0 - len(known) / len(text), abs=1e-6)


def test_rare_entries_weigh_more() -> None:
    """Vocabularies list frequent entries first."""
    importance = token_importance(1000)

    assert (np.diff(importance) > 0).all()
    assert importance[0] >= 0


def test_entries_without_a_vector_say_nothing() -> None:
    """The others are as important as ever, and a text's vector is the mean of those that have one."""
    vectors = np.eye(SIZE, dtype=np.float32)
    vectors[[3, 7]] = 0.0

    importance = importance_of(vectors)
    static = texts_of([[1, 5, 7, 2], [1, 3, 2]], vectors, np.zeros((2, 3), np.float32)).static

    assert not importance[[3, 7]].any()
    np.testing.assert_array_equal(importance[[4, 5, 6]], token_importance(SIZE)[[4, 5, 6]])
    np.testing.assert_allclose(static, [vectors[5], np.zeros(SIZE)])


def test_a_static_vector_is_the_weighted_mean_of_the_words() -> None:
    """The edges do not count, and a text without words has none."""
    vectors = np.eye(SIZE, dtype=np.float32)
    importance = token_importance(SIZE)

    texts = texts_of([[1, 5, 7, 2], [1, 2]], vectors, np.zeros((2, 3), np.float32))

    expected = np.zeros(SIZE)
    expected[[5, 7]] = importance[[5, 7]] / importance[[5, 7]].sum()
    np.testing.assert_allclose(texts.static[0], expected, rtol=1e-5)
    assert not texts.static[1].any()
    assert texts.keys[1].tolist() == [22]
    assert len(texts) == 2
