"""Flags."""

from __future__ import annotations

import pytest

from tests.unit.understand.details.declared import GIFT, value

FLAGS = [
    ("it is for her birthday", False, True, "the words of an example"),
    ("for my little niece's birthday", False, True, "another owner"),
    ("as a gift please", False, True, "another example"),
    ("As a Gift", False, True, "capitals"),
    ("it's not as a gift", False, None, "denied"),
    ("my birthday was awful", False, None, "other words"),
    ("for my niece, her birthday is on Saturday", False, None, "not in one clause"),
    ("for her", False, None, "half of the words"),
    ("yes please", True, True, "a yes after the question"),
    ("um, yeah", True, True, "a yes after a filler"),
    ("no thanks", True, False, "a no after the question"),
    ("I don't know", True, None, "a refusal"),
    ("skip", True, None, "skipped"),
    ("yes", False, None, "a yes without the question"),
]


@pytest.mark.parametrize(("utterance", "asked", "flag", "reason"), FLAGS, ids=[row[3] for row in FLAGS])
def test_a_flag(utterance: str, asked: bool, flag: bool | None, reason: str) -> None:
    """The words of an example make a flag true, and only the answer to its question makes it false."""
    assert value(utterance, GIFT, asked=asked) is flag, reason
