"""Classes of words."""

from __future__ import annotations

from service.understand.details import vocabulary
from service.understand.details.vocabulary import ENDS, LEADS, in_order


def test_words_are_in_lower_case() -> None:
    """Utterances are compared in lower case."""
    classes = [value for value in vars(vocabulary).values() if isinstance(value, frozenset)]

    assert classes
    assert all(word == word.lower() for words in classes for word in words)


def test_a_verb_of_a_sentence_leads_no_noun_group() -> None:
    """The words that may lead a noun group and the words that end one meet only in politeness and in `this` or `us`."""
    assert {"have", "is", "because"}.isdisjoint(LEADS)
    assert {"have", "is", "because"} <= ENDS


def test_order_is_kept() -> None:
    """Lists of words keep their order."""
    assert in_order("one  two\nthree") == ("one", "two", "three")
