"""Findings become placeholders, and offsets lead back to what the caller sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.redact.span import Found, Kind, Strength, replace, settle

TEXT = "call 07700 900142 or jo@example.com"
PHONE = Found(5, 17, Kind.PHONE, Strength.SHAPED)
EMAIL = Found(21, 35, Kind.EMAIL, Strength.UNMISTAKABLE)


def test_findings_become_placeholders() -> None:
    """The rest of the text stays."""
    redacted = replace(TEXT, [PHONE, EMAIL])

    assert redacted.utterance == "call <phone> or <email>"
    assert [(span.raw_start, span.raw_end) for span in redacted.spans] == [(5, 17), (21, 35)]
    assert replace(TEXT, []).utterance == TEXT


@pytest.mark.parametrize(
    ("utterance", "raw", "reason"),
    [
        ((0, 4), (0, 4), "before any placeholder nothing moves"),
        ((13, 15), (18, 20), "after one, by what it is shorter"),
        ((5, 12), (5, 17), "a placeholder is its whole original"),
        ((7, 9), (5, 17), "a part of a placeholder as well"),
        ((0, 23), (0, 35), "the whole text"),
        ((10, 18), (5, 35), "from inside one placeholder to inside another"),
    ],
)
def test_offsets_lead_back(utterance: tuple[int, int], raw: tuple[int, int], reason: str) -> None:
    """A range that touches a placeholder covers its original."""
    assert replace(TEXT, [PHONE, EMAIL]).to_raw(*utterance) == raw, reason


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 24)])
def test_offsets_outside_are_a_mistake(start: int, end: int) -> None:
    """They are of another text."""
    with pytest.raises(ValueError, match="outside"):
        replace(TEXT, [PHONE, EMAIL]).to_raw(start, end)


def test_what_was_redacted_is_not_shown() -> None:
    """A log shows kinds and counts only."""
    assert repr(replace(TEXT, [PHONE, EMAIL])) == "Redacted(23 characters; phone 1, email 1)"
    assert "call" not in repr(replace(TEXT, []))


@pytest.mark.parametrize(
    ("found", "kept", "reason"),
    [
        ([PHONE, EMAIL], [PHONE, EMAIL], "they are apart"),
        ([EMAIL, PHONE], [PHONE, EMAIL], "the order is that of the text"),
        (
            [PHONE, Found(5, 17, Kind.NUMBER, Strength.GUESS)],
            [PHONE],
            "the stronger names what both found",
        ),
        (
            [PHONE, Found(0, 17, Kind.REFERENCE, Strength.GUESS)],
            [Found(0, 4, Kind.REFERENCE, Strength.GUESS), PHONE],
            "the weaker keeps its rest, without blank ends",
        ),
        (
            [Found(5, 10, Kind.PHONE, Strength.SHAPED), Found(5, 17, Kind.CARD, Strength.SHAPED)],
            [Found(5, 17, Kind.CARD, Strength.SHAPED)],
            "of equal strength, the longer",
        ),
        (
            [Found(10, 11, Kind.CARD, Strength.CHECKED), Found(5, 17, Kind.PHONE, Strength.GUESS)],
            [
                Found(5, 10, Kind.PHONE, Strength.GUESS),
                Found(10, 11, Kind.CARD, Strength.CHECKED),
                Found(11, 17, Kind.PHONE, Strength.GUESS),
            ],
            "a finding may be parted in two",
        ),
    ],
)
def test_findings_are_made_disjoint(found: list[Found], kept: list[Found], reason: str) -> None:
    """Every character that was found stays covered, except for marks and blanks at the ends."""
    assert settle(TEXT, found) == kept, reason


FINDINGS = st.lists(
    st.builds(
        lambda start, length, kind, strength: Found(start, min(start + length, len(TEXT)), kind, strength),
        st.integers(0, len(TEXT) - 1),
        st.integers(1, 12),
        st.sampled_from(Kind),
        st.sampled_from(Strength),
    ),
    max_size=6,
)


@given(FINDINGS)
def test_nothing_that_was_found_is_left(found: list[Found]) -> None:
    """Whatever overlaps, each letter and digit of a finding is under a placeholder, once."""
    settled = settle(TEXT, found)

    covered = [place for each in settled for place in range(each.start, each.end)]
    wanted = {place for each in found for place in range(each.start, each.end) if TEXT[place].isalnum()}
    assert len(covered) == len(set(covered))
    assert wanted <= set(covered)
    assert settled == sorted(settled)
