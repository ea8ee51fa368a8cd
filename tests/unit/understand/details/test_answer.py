"""Bare answers to the question for a phrase, and refusals."""

from __future__ import annotations

import pytest

from tests.unit.understand.details.declared import ITEM, value

ANSWERS = [
    ("the Ottoline doll", "Ottoline doll", "the bare name"),
    ("Um, the Ottolin doll please.", "Ottolin doll", "with filler, politeness and a misspelling"),
    ("it's called the Red Kettle Deluxe", "Red Kettle Deluxe", "an opening is cut"),
    ("The Lord of the Rings", "Lord of the Rings", "a title with prepositions"),
    ("I'm looking for the doll for my niece", "doll", "a whole sentence"),
    ("no, the blue one", "blue one", "no to something else"),
    ("I'd like a blue, wooden train please", "blue, wooden train", "a wish"),
    ("kettle", "kettle", "one word"),
    ("the iPhone 12", "iPhone 12", "a number inside"),
    ("hi! the red kettle", "red kettle", "a greeting first"),
    ("I think it was a Jura E8", "Jura E8", "unsure of it"),
    ("Levi's 501", "Levi's 501", "a name with an apostrophe"),
    ("I don't know. maybe the green lamp", "green lamp", "a value after a refusal"),
    ("that red kettle", "red kettle", "pointed at"),
    ("You know, the doll", "doll", "a clause of talk before"),
    ("I already told you, the Ottoline doll!", "Ottoline doll", "a complaint before"),
    ("It's a doll called Ottoline", "doll called Ottoline", "a name behind the noun"),
    ("Ottoline doll, if you have it", "Ottoline doll", "a condition behind"),
]
REFUSALS = [
    ("no", "a no"),
    ("skip", "the question is skipped"),
    ("I don't have it", "nothing to tell"),
    ("I don't remember the name", "forgotten"),
    ("not sure, sorry", "unsure"),
    ("no idea", "unsure, shorter"),
    ("never mind", "withdrawn"),
    ("what do you mean?", "a question back"),
    ("why do you need that?", "another question back"),
    ("human", "a wish for a person"),
    ("a real person please", "the same, politely"),
    ("cancel my order", "another errand"),
    ("speak to an agent", "another errand"),
    ("yes", "a yes names nothing"),
    ("thanks bye", "closing words"),
    ("tomorrow", "a day"),
    ("<phone>", "a placeholder"),
    ("any", "no preference"),
    ("hang on, let me check", "a pause"),
]


@pytest.mark.parametrize(("utterance", "phrase", "reason"), ANSWERS, ids=[row[2] for row in ANSWERS])
def test_a_bare_answer_is_the_phrase(utterance: str, phrase: str, reason: str) -> None:
    """After its question, a name needs no cue."""
    assert value(utterance, ITEM, asked=True) == phrase, reason


@pytest.mark.parametrize(("utterance", "reason"), REFUSALS, ids=[row[1] for row in REFUSALS])
def test_a_refusal_is_no_phrase(utterance: str, reason: str) -> None:
    """A refusal, a question back and another errand leave the question open."""
    assert value(utterance, ITEM, asked=True) is None, reason


def test_a_bare_answer_needs_its_question() -> None:
    """Without a question, a name alone is no detail."""
    assert value("the Ottoline doll", ITEM) is None
