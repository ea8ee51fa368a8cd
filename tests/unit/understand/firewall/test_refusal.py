"""The words that made a refusal, and the way to say it otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalogue.customer_text import PLAIN_MEND
from service.understand.firewall.refusal import MOST_TRIES, MOST_WORDS, mend_for, telling_words

WEIGHTS = {"treat": 0.5, "yourself": 0.4, "sale": 0.6, "our": 0.1}
LEAST = 0.3


def score(text: str) -> float:
    return sum(WEIGHTS.get(word.strip(".,!").lower(), 0.0) for word in text.split())


TELLING = [
    pytest.param("See the sale.", ("sale",), id="one word"),
    pytest.param("Treat yourself today!", ("Treat yourself",), id="neighbours stand together"),
    pytest.param("The sale is on, treat them.", ("sale", "treat"), id="in the order of the text"),
    pytest.param("Sale!", ("Sale",), id="a text of one word"),
]


@pytest.mark.parametrize(("clause", "expected"), TELLING)
def test_words_are_named_until_the_rest_is_harmless(clause: str, expected: tuple[str, ...]) -> None:
    """The word that weighs most goes first."""
    assert telling_words(clause, score, LEAST) == expected


def test_a_long_text_costs_a_bounded_number_of_runs() -> None:
    """Neighbours are left out together."""
    asked: list[str] = []

    def counting(text: str) -> float:
        asked.append(text)
        return score(text)

    (found,) = telling_words("word " * 500 + "sale " + "word " * 500, counting, LEAST)

    assert "sale" in found
    assert len(asked) <= MOST_TRIES + MOST_WORDS


@given(st.lists(st.sampled_from([*WEIGHTS, "the", "-", "\u2014", "is,"]), max_size=80).map(" ".join))
def test_named_words_stand_in_the_text(clause: str) -> None:
    """In any text, also in a text of marks alone."""
    words = telling_words(clause, score, LEAST)

    assert len(words) <= MOST_WORDS
    assert all(word and word in clause for word in words)


MENDS = [
    ("We are so sorry to lose you", ("lose",), "Confirm what the customer chose"),
    ("Think of what you lose", (), "Confirm what the customer chose"),
    ("Please call our hotline instead", ("our hotline",), "Do it here"),
    ("Give us five stars", ("stars",), "Leave out the request"),
    ("Hurry, they are nearly gone", ("Hurry",), "Name a date"),
    ("Upgrade for two pounds", ("Upgrade",), "Leave out the offer"),
    ("Our team is the best", ("best",), "State the fact without praise"),
    ("Kettles for ever", (), PLAIN_MEND),
    ("You are our favourite customer, see the sale", ("favourite",), "State the fact without praise"),
]


@pytest.mark.parametrize(("clause", "words", "expected"), MENDS)
def test_each_kind_of_promotion_has_its_mend(clause: str, words: tuple[str, ...], expected: str) -> None:
    """The named words count before the rest of the clause."""
    assert mend_for(clause, words).startswith(expected)
