"""No text may hold the event loop: time grows with length only, and a text without signs costs next to nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.redact.chain import Mode, Redactor
from tests.support.processor import repeated, times_the_work

_NASTY = [
    "a." * 1000, "1 " * 2000, "@" * 4000, "my name is " * 300, "4" * 4000, "4111 " * 800, "07700 " * 660, "a@b." * 1000,
    "GB29 " * 800, "a1" * 2000, "12/05/" * 650, "+44 " * 1000, "12 marsh hill " * 280, "order number 1 " * 260,
    "password is not " * 250, "eyJaaaaaa." * 400, "http://a/" * 440, "thanks, " * 500, "Mr A. B. " * 440, "(1" * 2000,
    "one two oh " * 360, "a at b dot c " * 300, "born on 12 " * 360, "-----BEGIN " * 360, "<email>" * 570, "<" * 4000,
    "1" + " " * 3998 + "2", "regards" + "\n" * 3900, "123-45-" * 570, "card " + "4 " * 1990, "\ue0001" * 2000,
    "my name is " + "A " * 1990, "calle de " * 440, "12345678-1234-" * 280, "call 555 01 " * 330, "612 345 " * 500,
]  # fmt: skip
_ORDINARY = (
    "I ordered a red kettle on Monday and it has not come yet. My name is Jo Marsh, call me on 07700 900142 or write "
    "to jo@example.com. "
)
"""What people write: some signs of details, and much beside them."""
_MOST_TIMES = 5
"""Measured at 0.6 times the work of an ordinary text of the same length, at most."""


@pytest.mark.parametrize("mode", ["standard", "paranoid"])
@pytest.mark.parametrize("raw_text", _NASTY, ids=[text[:14].strip() for text in _NASTY])
def test_no_input_takes_long(raw_text: str, mode: Mode) -> None:
    """A hostile text is about as much work as an ordinary one of its length."""
    ordinary = repeated(_ORDINARY, len(raw_text))

    assert times_the_work(Redactor(mode).redact, raw_text, ordinary) < _MOST_TIMES


@pytest.mark.parametrize("raw_text", _NASTY, ids=[text[:14].strip() for text in _NASTY])
def test_four_times_the_text_takes_about_four_times_as_long(raw_text: str) -> None:
    """Twice the text may take one round more, and the square would be sixteen."""
    assert times_the_work(Redactor().redact, raw_text * 4, raw_text) < 12


@given(
    pieces=st.lists(
        st.one_of(
            st.text(max_size=12),
            st.text(alphabet="0123456789 -./@+()#", max_size=12),
            st.sampled_from(
                ["my name is", "order number", "at", "dot", "@", "www.", "one", "double", "born on", "12 High"]
            ),
        ),
        max_size=6,
    ),
)
@settings(max_examples=150, deadline=None)
def test_repetition_does_not_make_it_slow(pieces: list[str]) -> None:
    """Whatever is repeated until a text is full."""
    raw_text, ordinary = repeated(" ".join(pieces) or " ", 4000), repeated(_ORDINARY, 4000)

    assert times_the_work(Redactor().redact, raw_text, ordinary, rounds=3) < _MOST_TIMES


def test_a_text_without_signs_costs_next_to_nothing() -> None:
    """Most texts have none, and are looked through once."""
    plain = "where can i see the menu for tonight please tell me soon"
    with_signs = "my name is jo marsh, please call 07700 900142, thank you"
    redactor = Redactor()

    def often(raw_text: str) -> None:
        for _ in range(200):
            redactor.redact(raw_text)

    assert len(plain) == len(with_signs)
    # measured at 30 times
    assert times_the_work(often, with_signs, plain) > 6
