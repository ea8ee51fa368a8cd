"""Keys of n-grams: computed by hand, and never the same for two different things."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.ngram import ngram_keys

CLS, SEP = 1, 2


@pytest.mark.parametrize(
    ("token_ids", "keys", "reason"),
    [
        ([CLS, SEP], {22}, "an empty text is the pair of its edges: 10 + 1*10 + 2"),
        ([CLS, 5, SEP], {5, 25, 62, 122}, "one word, two pairs with the edges, and the edges around it"),
        ([CLS, 5, 7, SEP], {5, 7, 25, 67, 82, 127, 162}, "the words, three pairs, two pairs with a gap"),
        ([CLS, 5, 5, 5, SEP], {5, 25, 65, 62, 125, 165, 162}, "what is said twice counts once"),
    ],
)
def test_keys_of_a_text(token_ids: list[int], keys: set[int], reason: str) -> None:
    """With a vocabulary of 10: a; 10 + a*10 + b; 110 + a*10 + c."""
    assert ngram_keys(token_ids, 10) == keys, reason


@given(
    st.integers(3, 40).flatmap(lambda size: st.tuples(st.just(size), st.lists(st.integers(0, size - 1), min_size=2)))
)
def test_different_ngrams_have_different_keys(case: tuple[int, list[int]]) -> None:
    """There are as many keys as different words, pairs and pairs with a gap, and each is below V + 2V²."""
    size, token_ids = case
    singles = {(token,) for token in token_ids[1:-1]}
    pairs = {("pair", *pair) for pair in pairwise(token_ids)}
    gaps = {("gap", *pair) for pair in zip(token_ids, token_ids[2:], strict=False)}

    keys = ngram_keys(token_ids, size)

    assert len(keys) == len(singles) + len(pairs) + len(gaps)
    assert all(0 <= key < size + 2 * size * size for key in keys)
