"""Words before the object of an errand."""

from __future__ import annotations

import pytest

from service.understand.details.generic_cue import is_correction_cue, is_generic_cue
from service.understand.details.said import read


@pytest.mark.parametrize(
    ("utterance", "at", "is_cue", "reason"),
    [
        ("I'm looking for kettles", 2, True, "a pair without an article"),
        ("do you sell kettles", 2, True, "a shop's verb"),
        ("find the kettle", 0, True, "a verb with an article"),
        ("find kettles", 0, False, "a verb without an article"),
        ("I have a kettle", 1, True, "`have` with an article"),
        ("I have my kettle", 1, False, "there already"),
        ("I don't have the receipt", 2, False, "told to be missing"),
        ("how much is the kettle", 2, True, "a price"),
        ("the shop is the best", 2, False, "a statement"),
    ],
)
def test_a_generic_cue(utterance: str, at: int, is_cue: bool, reason: str) -> None:
    """A cue is strong without an article, or weak with an article."""
    assert is_generic_cue(read(utterance), at) is is_cue, reason


def test_a_correction_cue() -> None:
    """`I meant` replaces the noun group before."""
    said = read("I meant the kettle")

    assert is_correction_cue(said, 1)
    assert not is_correction_cue(said, 0)
