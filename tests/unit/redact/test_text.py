"""A text is read in one way of writing, as long as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.redact.span import Kind
from service.redact.text import OPAQUE, fold, read


@pytest.mark.parametrize(
    ("written", "folded", "reason"),
    [
        ("plain ASCII - text's", "plain ASCII - text's", "nothing is odd"),
        ("für die Müllers née Ångström", "für die Müllers née Ångström", "letters of Europe stay"),
        ("\u0664\u0664\u0667\u0661", "4471", "Arabic digits"),
        ("\uff14\uff14\uff17\uff11\uff20", "4471@", "wide digits and the wide at sign"),
        ("07700\u00a0900\u2011142", "07700 900-142", "a blank and a hyphen that do not break"),
        ("I\u2019m \u201cJo\u201d", 'I\'m "Jo"', "curly marks"),
        ("\u0130stanbul", "Istanbul", "the letter whose lower case is longer"),
    ],
)
def test_odd_characters_are_folded(written: str, folded: str, reason: str) -> None:
    """Detectors need to know one way of writing only."""
    assert fold(written) == folded, reason


@pytest.mark.parametrize("kind", Kind)
def test_a_placeholder_is_opaque(kind: Kind) -> None:
    """A text that was redacted before shows no word of the placeholder."""
    assert fold(f"my {Kind(kind)} <{kind}> now") == f"my {kind} {OPAQUE * (len(kind) + 2)} now"


def test_other_brackets_are_text() -> None:
    """Only placeholders are opaque."""
    assert fold("<b>name</b>") == "<b>name</b>"


@given(st.text(max_size=200))
def test_offsets_hold(written: str) -> None:
    """Folding and lower case keep the length, whatever is written."""
    text = read(fold(written))

    assert len(text.folded) == len(text.lowered) == len(written)
