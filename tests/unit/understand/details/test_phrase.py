"""Phrases: the object of an errand, told in a sentence."""

from __future__ import annotations

import pytest

from service.domain.detail import DetailKind
from tests.unit.understand.details.declared import DAY, ITEM, found, spec, value

TOLD = [
    ("hi, I am looking for the Ottoline doll for my niece, her birthday is on Saturday", "Ottoline doll", "the story"),
    ("do you have the green kettle", "green kettle", "the words of an example"),
    ("have you got any red kettles left?", "red kettles", "an example's verb in another order"),
    ("Do you sell toasters", "toasters", "no article after a shop's verb"),
    ("is the salt and pepper mill in stock?", "salt and pepper mill", "a cue behind the phrase"),
    ("i want to send back a brass lamp because it flickers", "brass lamp", "cut at the reason"),
    ("I'd like to return the garden chair please", "garden chair", "politeness is cut"),
    ("it's about the toaster I bought on 12/05", "toaster", "cut at the customer's own part in it"),
    ("can you find me a charger for iPhone 12 please", "charger for iPhone 12", "a model belongs to the item"),
    ("where is my blue suitcase", "blue suitcase", "a thing that is lost"),
    ("where's the espresso machine you sell", "espresso machine", "a short form"),
    ("um so like I'm after a uh train set for my grandson", "train set", "fillers of speech"),
    ("do u have the ottolin dol", "ottolin dol", "a misspelt item is kept as it was said"),
    ("DO YOU HAVE THE RED KETTLE", "RED KETTLE", "capitals are kept"),
    ("I need a small, red kettle.", "small, red kettle", "a comma between adjectives"),
    ("do you have a T-shirt in blue?", "T-shirt in blue", "a colour behind the noun"),
    ("do you have the kettle with the blue handle", "kettle with the blue handle", "what tells it apart"),
    ("do you have Dr. Martens boots", "Dr. Martens boots", "a full stop inside a name"),
    ("I can't find the instruction leaflet anywhere", "instruction leaflet", "not finding is still looking"),
    ("one question: do you have the red kettle?", "red kettle", "the question itself is no item"),
    ("I'm looking for: a picnic basket", "picnic basket", "after a colon"),
    ("find the doll and wrap it please", "doll", "a second request is no part of it"),
    ("do you have the red kettle and the toaster", "red kettle", "the first of two items"),
    ("do you have the red kettle? Sorry, I meant the blue kettle", "blue kettle", "the newest clause"),
    ("I bought a kettle. Do you have the spare lid for it", "spare lid", "the errand, not the story"),
    ("do you have the Ottoline doll tomorrow", "Ottoline doll", "a day is no part of it"),
    ("do you have the Ottoline doll for Saturday", "Ottoline doll", "a day behind a preposition"),
    ("do you have one of those singing fish", "singing fish", "one of many"),
    ("got any of those dinosaur puzzles in?", "dinosaur puzzles", "some of many"),
    ("I'm trying to find a specific toy: the Ottoline doll", "Ottoline doll", "a name after a colon"),
    ("how much is the garden swing", "garden swing", "a price"),
    ("put the lego castle aside for me", "lego castle", "to be held"),
    ("do you have the book about dragons", "book about dragons", "its subject"),
    ("my kettle broke, could you exchange the kettle", "kettle", "an exchange"),
    ("do you have \u201cRed Kettle\u201d?", "Red Kettle", "marks of quotation stay outside"),
    ("I\u2019m looking for the doll\u2019s house", "doll\u2019s house", "curly apostrophes"),
    ("I bought the J\u00f8tul stove from you and want to return it", "J\u00f8tul stove", "letters of other languages"),
]
NONE = [
    ("does any of your shops have one?", "a word that stands for an item"),
    ("I have a problem", "a problem is no item"),
    ("I have a question about my order", "neither is an order"),
    ("I want to cancel", "a verb is no item"),
    ("I don't have the receipt", "told to be missing"),
    ("how do I get my laptop to connect", "not sought"),
    ("have you got a minute", "a moment is no item"),
    ("I need to speak to a person", "a person is no item"),
    ("do you have the <name>", "a redacted name is no item"),
    ("hello", "nothing told"),
    ("", "nothing said"),
    ("?!", "no words"),
    ("I have been waiting for two weeks", "an auxiliary verb"),
]


@pytest.mark.parametrize(("utterance", "phrase", "reason"), TOLD, ids=[row[2] for row in TOLD])
def test_a_phrase_is_taken_as_it_was_said(utterance: str, phrase: str, reason: str) -> None:
    """The noun group after a cue is found, with its place."""
    detail = found(utterance, ITEM, DAY)["item"]

    assert detail.value == phrase, reason
    assert utterance[detail.start : detail.end] == phrase


@pytest.mark.parametrize(("utterance", "reason"), NONE, ids=[row[1] for row in NONE])
def test_a_sentence_without_an_item_has_no_phrase(utterance: str, reason: str) -> None:
    """Words of talk are no item."""
    assert value(utterance, ITEM) is None, reason


def test_generic_cues_serve_the_first_phrase_only() -> None:
    """One item does not fill every phrase that a catalogue declares."""
    reason = spec("reason", DetailKind.PHRASE, "it is {broken}")

    assert found("I am looking for the red kettle", ITEM, reason).keys() == {"item"}
