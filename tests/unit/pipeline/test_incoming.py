"""What a caller has sent is held as it is, and shown to nobody."""

from __future__ import annotations

import pytest

from service.domain.understanding import Speaker
from service.pipeline.incoming import KEPT_SECONDS, IncomingContact, RawTurn
from tests.support.spine import a_contact


def turns(*said: tuple[Speaker, str]) -> tuple[RawTurn, ...]:
    return tuple([RawTurn(speaker=speaker, raw_text=text) for speaker, text in said])


@pytest.mark.parametrize(
    ("due_seconds", "seconds_left", "left", "reason"),
    [
        (None, 0.2, 0.2, "without a deadline the time to understand stays"),
        (0.2, None, 0.15, "a short deadline gives a quarter of itself to the commit"),
        (0.4, None, 0.3, "both bounds meet here"),
        (10.0, None, 10.0 - KEPT_SECONDS, "a long deadline gives a fixed time to the commit"),
        (1.0, 30.0, 0.9, "the deadline wins over the usual time"),
    ],
)
def test_time_is_left_to_commit(
    due_seconds: float | None, seconds_left: float | None, left: float, reason: str
) -> None:
    """A contact with a deadline has less time to be understood."""
    contact = a_contact("hello", due_seconds=due_seconds, seconds_left=seconds_left)

    assert contact.leaving_time_to_commit().seconds_left == pytest.approx(left), reason


def test_only_the_time_changes() -> None:
    """Everything else of the contact stays as it came."""
    contact = a_contact("hello", due_seconds=1.0, contact_id="call-1")
    shorter = contact.leaving_time_to_commit()

    assert (shorter.turns, shorter.contact_id, shorter.due_seconds) == (contact.turns, "call-1", 1.0)


@pytest.mark.parametrize(
    ("said", "newest", "reason"),
    [
        ([(Speaker.CUSTOMER, "a")], 0, "the only turn"),
        ([(Speaker.CUSTOMER, "a"), (Speaker.CUSTOMER, "b")], 1, "the later of two"),
        ([(Speaker.CUSTOMER, "a"), (Speaker.AGENT, "b"), (Speaker.SYSTEM, "c")], 0, "others are no customers"),
        ([(Speaker.CUSTOMER, "a"), (Speaker.CUSTOMER, " \n")], 0, "an empty turn says nothing"),
        ([], 0, "an option was chosen instead of writing"),
    ],
)
def test_the_newest_turn_is_the_last_that_the_customer_wrote(
    said: list[tuple[Speaker, str]], newest: int, reason: str
) -> None:
    """Turns of others and empty turns are passed over."""
    assert IncomingContact(turns=turns(*said)).newest == newest, reason


def test_no_text_is_shown() -> None:
    """A contact in a log or in a traceback keeps the customer's words to itself."""
    contact = a_contact("zebracanary", contact_id="zebracanary", attributes={"zebracanary": 1})

    assert "zebracanary" not in f"{contact!r} {contact.turns!r}"
