"""Features for fitting: which n-grams count, what they weigh, and static vectors."""

from __future__ import annotations

import numpy as np

from service.learn.feature import NgramVocabulary, learn_vocabulary, texts_of, token_importance

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


def test_rare_entries_weigh_more() -> None:
    """Vocabularies list frequent entries first."""
    importance = token_importance(1000)

    assert (np.diff(importance) > 0).all()
    assert importance[0] >= 0


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
