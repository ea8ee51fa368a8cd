"""How long a call waits before it is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fulfil.retry import LONGEST_RETRY_AFTER_SECONDS, Backoff, read_retry_after

NOW = 1_760_000_000.0
"""Thu, 09 Oct 2025 08:53:20 GMT."""


@pytest.mark.parametrize(
    ("attempt", "draw", "told", "seconds", "reason"),
    [
        (1, 0.0, None, 0.0, "full jitter begins at once"),
        (1, 1.0, None, 1.0, "a second at most after the first attempt"),
        (2, 1.0, None, 2.0, "it doubles"),
        (5, 0.5, None, 8.0, "half of sixteen"),
        (9, 1.0, None, 256.0, "the last one below the cap"),
        (10, 1.0, None, 300.0, "the cap"),
        (10**9, 1.0, None, 300.0, "however often"),
        (1, 0.0, 30.0, 30.0, "never before it was asked to"),
        (1, 1.0, 30.0, 31.0, "but not all at the same moment"),
        (3, 0.5, 0.0, 2.0, "at once is no wish"),
        (1, 0.0, 10_000.0, 3_600.0, "an hour at most"),
    ],
)
def test_waits_grow_and_keep_to_what_was_asked(
    *, attempt: int, draw: float, told: float | None, seconds: float, reason: str
) -> None:
    """The same draw gives the same wait."""
    assert Backoff().wait(attempt, draw, retry_after_seconds=told) == seconds, reason


@given(attempt=st.integers(1, 10_000), draw=st.floats(0, 1), told=st.none() | st.floats(0, allow_nan=False))
def test_a_wait_has_bounds(attempt: int, draw: float, told: float | None) -> None:
    """From what the destination asked for, up to an hour, to five minutes more."""
    asked = min(told or 0.0, LONGEST_RETRY_AFTER_SECONDS)

    assert (
        asked
        <= Backoff().wait(attempt, draw, retry_after_seconds=told)
        <= asked + min(300, 2.0 ** min(attempt - 1, 99))
    )


@pytest.mark.parametrize(
    ("value", "seconds", "reason"),
    [
        (None, None, "it says nothing"),
        ("0", 0.0, "at once"),
        ("7", 7.0, "seconds"),
        (" 120 ", 120.0, "with spaces around"),
        ("3600", 3_600.0, "an hour"),
        ("3601", 3_600.0, "more than an hour is an hour"),
        ("9" * 5_000, 3_600.0, "a number that no integer holds"),
        ("Thu, 09 Oct 2025 08:53:50 GMT", 30.0, "a date, as servers write it"),
        ("Thu, 09 Oct 2025 10:53:50 +0200", 30.0, "with another zone"),
        ("Thu, 09 Oct 2025 08:53:50 -0000", 30.0, "without a zone"),
        ("Thursday, 09-Oct-25 08:53:50 GMT", 30.0, "as RFC 850 wrote it"),
        ("Thu Oct  9 08:53:50 2025", 30.0, "as asctime writes it"),
        ("Thu, 09 Oct 2025 08:00:00 GMT", 0.0, "a date that is over"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3_600.0, "never"),
        ("", None, "empty"),
        ("-5", None, "no number of seconds"),
        ("1.5", None, "not whole"),
        ("\N{ARABIC-INDIC DIGIT SEVEN}", None, "digits of another script"),
        ("soon", None, "a word"),
        ("Thu, 09 Oct 99999 08:53:50 GMT", None, "no year"),
    ],
)
def test_retry_after_is_read_in_both_its_forms(value: str | None, seconds: float | None, reason: str) -> None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3), at most an hour; what is neither says nothing."""
    assert read_retry_after(value, now=NOW) == seconds, reason


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d [+-]?\w{1,5}"))
def test_no_retry_after_raises(value: str) -> None:
    """It comes from another system, which may be broken: that is why it is read."""
    seconds = read_retry_after(value, now=NOW)

    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER_SECONDS
