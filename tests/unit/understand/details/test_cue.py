"""Cues from the examples and the name of a detail."""

from __future__ import annotations

import pytest

from service.domain.detail import DetailKind
from service.understand.details.cue import DetailCue, example_cues, is_cued, name_cues
from service.understand.details.said import read
from tests.unit.understand.details.declared import ROOM, spec

BEFORE, AFTER = True, False


@pytest.mark.parametrize(
    ("example", "cues", "reason"),
    [
        ("do you have the {red kettle}", [(("do", "you", "have"), BEFORE)], "`have` alone tells too little"),
        ("do you sell the {red kettle}", [(("sell",), BEFORE)], "the nearest word that tells something"),
        ("a table for {four}", [(("table", "for"), BEFORE)], "as far as a word that tells something"),
        ("{three} people please", [(("people",), AFTER)], "the words behind, without politeness"),
        ("for {two} people", [(("people",), AFTER)], "only the side that tells something"),
        ("from {3 May}", [(("from",), BEFORE)], "the only word there is"),
        ("is the {blue chair} in stock", [(("in", "stock"), AFTER)], "two words behind"),
        ("the red kettle", [], "no value is marked"),
        ("{red kettle}", [], "nothing but the value"),
        ("{one} and {two}", [], "two values"),
    ],
)
def test_cues_of_an_example(example: str, cues: list[tuple[tuple[str, ...], bool]], reason: str) -> None:
    """The words next to the braces are the cue."""
    found = example_cues(spec("thing", DetailKind.PHRASE, example))

    assert found == tuple(DetailCue(words, is_before) for words, is_before in cues), reason


def test_cues_of_a_name() -> None:
    """Words that fit every detail are left out of the name."""
    assert {cue.words for cue in name_cues(ROOM)} == {("room",)}
    assert name_cues(spec("number", DetailKind.NUMBER)) == ()


@pytest.mark.parametrize(
    ("utterance", "is_told", "reason"),
    [
        ("room 214", True, "next to the value"),
        ("the room number is 214", True, "words of the language between"),
        ("rooms 214", True, "in the plural"),
        ("my room. 214", False, "another sentence"),
        ("a room for 214", False, "a purpose"),
        ("214", False, "nothing beside it"),
    ],
)
def test_a_cue_stands_beside_its_value(utterance: str, is_told: bool, reason: str) -> None:
    """A few words may stand between a cue and its value, in one sentence."""
    said = read(utterance)
    last = len(said.words) - 1

    assert is_cued(said, range(last, last + 1), ROOM) is is_told, reason


def test_a_value_without_words_has_no_cue() -> None:
    """An empty span stands beside nothing."""
    assert not is_cued(read("room 214"), range(0), ROOM)
