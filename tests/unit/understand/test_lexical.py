"""The lexical head: scores as a plain sum of weights, and what each token adds to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.lexical import LexicalHead, LexicalWeights
from service.understand.ngram import ngram_keys

SIZE = 6
CLS, SEP, WHERE, PARCEL, ROOM = 0, 1, 2, 3, 4
LABELS = 2
ENTRIES = 4
"""Rows of static vectors, fewer than there are tokens."""

inner_tokens = st.lists(st.integers(2, SIZE - 1), max_size=8)


def by_hand() -> LexicalHead:
    """Knows the words `parcel` and `room` and the pair `where parcel`."""
    pair = SIZE + WHERE * SIZE + PARCEL
    rows = {PARCEL: (3.0, 0.0), ROOM: (0.0, 4.0), pair: (8.0, 0.0)}
    squares = {PARCEL: 9.0, ROOM: 4.0, pair: 16.0}
    keys = sorted(rows)
    token_places = np.zeros(SIZE, np.int32)
    token_places[WHERE], token_places[PARCEL], token_places[ROOM] = 1, 2, 3
    return LexicalHead(
        LexicalWeights(
            keys=np.array(keys, np.int64),
            rows=np.array([rows[key] for key in keys], np.float32),
            squares=np.array([squares[key] for key in keys], np.float32),
            token_places=token_places,
            token_rows=np.array([(0.0, 0.0), (1.0, 1.0), (4.0, 0.0), (0.0, 0.0)], np.float32),
            token_importance=np.array([0.0, 1.0, 3.0, 2.0], np.float32),
            bias=np.array([0.5, -0.5], np.float32),
        )
    )


def drawn(seed: int) -> LexicalWeights:
    """Random weights for some of all possible n-grams."""
    generator = np.random.default_rng(seed)
    keys = np.sort(generator.choice(SIZE + 2 * SIZE * SIZE, 40, replace=False)).astype(np.int64)
    return LexicalWeights(
        keys=keys,
        rows=generator.normal(size=(len(keys), LABELS)).astype(np.float32),
        squares=generator.uniform(1.0, 20.0, len(keys)).astype(np.float32),
        token_places=generator.integers(0, ENTRIES, SIZE).astype(np.int32),
        token_rows=generator.normal(size=(ENTRIES, LABELS)).astype(np.float32),
        token_importance=generator.uniform(0.1, 1.0, ENTRIES).astype(np.float32),
        bias=generator.normal(size=LABELS).astype(np.float32),
    )


@pytest.mark.parametrize(
    ("token_ids", "scores", "reason"),
    [
        ([CLS, SEP], [0.5, -0.5, 1], "nothing said: the bias"),
        ([CLS, 5, SEP], [0.5, -0.5, 1], "nothing known, and a word without a place"),
        ([CLS, 5, WHERE, SEP], [0.5 + 1, -0.5 + 1, 1], "a word without a place does not thin out the others"),
        (
            [CLS, PARCEL, SEP],
            [0.5 + 3 / 3 + 4 / 3, -0.5, 3 / 4],
            "one n-gram over its length, one vector over its weight",
        ),
        ([CLS, PARCEL, PARCEL, SEP], [0.5 + 3 / 3 + 8 / 6, -0.5, 5 / 6], "an n-gram counts once, a vector each time"),
        ([CLS, WHERE, PARCEL, SEP], [0.5 + 11 / 5 + 5 / 4, -0.5 + 1 / 4, 5 / 7], "two n-grams: over √(9 + 16)"),
        ([CLS, ROOM, SEP], [0.5, -0.5 + 4 / 2, 3 / 4], "a word whose vector says nothing"),
    ],
)
def test_scores_by_hand(token_ids: list[int], scores: list[float], reason: str) -> None:
    """A score is the bias, the known n-grams over their joint length, and the weighted mean of the words' vectors.

    After the scores comes the share of n-grams that are unknown.
    """
    np.testing.assert_allclose(by_hand().scores(token_ids), scores, rtol=1e-6, err_msg=reason)


@given(inner=inner_tokens, seed=st.integers(0, 20))
def test_scores_are_those_of_a_plain_computation(inner: list[int], seed: int) -> None:
    """The fast sums give what a loop over the definition gives."""
    weights, token_ids = drawn(seed), [CLS, *inner, SEP]
    known = [row for row, key in enumerate(weights.keys) if int(key) in ngram_keys(token_ids, SIZE)]
    keys = ngram_keys(token_ids, SIZE)
    expected = weights.bias.astype(np.float64)
    for row in known:
        expected = expected + weights.rows[row] / np.sqrt(sum(float(weights.squares[each]) for each in known))
    places = [int(weights.token_places[token]) for token in inner]
    for place in places:
        expected = expected + weights.token_rows[place] / sum(float(weights.token_importance[each]) for each in places)

    expected = np.append(expected, 1 - len(known) / len(keys))

    np.testing.assert_allclose(LexicalHead(weights).scores(token_ids), expected, rtol=1e-4, atol=1e-4)
