"""A turn may speak about the contact's goals instead of naming one."""

from __future__ import annotations

import pytest

from service.understand.agenda_words import LONGEST, NO_CUES, AgendaWords, agenda_words


def cues(text: str) -> set[str]:
    """The names of the cues that a text has."""
    found = agenda_words(text)
    return {name for name in AgendaWords.__dataclass_fields__ if getattr(found, name) not in (False, None)} - {"thing"}


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("forget the invoice, I have it here", "invoice"),
        ("never mind the voucher.", "voucher"),
        ("I found the bill after all", "bill"),
        ("we've found it now, thanks", None),
        ("I've found my keys, thank you", "keys"),
        ("that is sorted", None),
        ("that's been sorted now", None),
        ("it is all fixed", None),
        ("this has been resolved", None),
        ("the parcel turned up", "parcel"),
        ("it has finally turned up", None),
        ("I don't need the receipt any more", "receipt"),
        ("we no longer need that", None),
        ("skip the refund please", "refund"),
        ("drop the complaint, it was my fault", "complaint"),
    ],
)
def test_a_goal_may_be_settled(text: str, thing: str | None) -> None:
    """The thing tells which of several goals, if it is named."""
    found = agenda_words(text)

    assert (found.is_settled, found.thing) == (True, thing)


@pytest.mark.parametrize(
    ("text", "cue", "reason"),
    [
        ("and the other matter?", "turns_to_other", "the goal that waits"),
        ("ok, what about the other thing", "turns_to_other", "a question about it"),
        ("now my second question please", "turns_to_other", "a place in the list of errands"),
        ("are you still there?", "asks_presence", "no goal"),
        ("hello, anybody there", "asks_presence", "a greeting that waits"),
        ("I'm still waiting", "asks_presence", "patience runs out"),
        ("how much longer?", "asks_presence", "about the wait"),
        ("still nothing", "is_in_vain", "no change"),
        ("I tried that already", "is_in_vain", "the way was gone"),
        ("I've already done that, it didn't help", "is_in_vain", "and led nowhere"),
        ("nobody called me", "is_in_vain", "a promise was not kept"),
        ("it still hasn't come", "is_in_vain", "no change"),
        ("I have asked you three times to stop it", "is_in_vain", "said before"),
        ("for the third time, close it", "is_in_vain", "said before"),
        ("your page is broken", "page_fails", "the page"),
        ("the link doesn't work", "page_fails", "the link to it"),
        ("that form just gives me an error", "page_fails", "the form on it"),
        ("not that one, move it", "replaces", "the wrong errand"),
        ("no, that's not what I meant", "replaces", "the wrong errand, in other words"),
        ("that's wrong", "replaces", "a flat refusal"),
        ("hmm, could I move it instead?", "comes_instead", "the new goal takes its place"),
    ],
)
def test_a_turn_may_speak_about_what_is_under_way(text: str, cue: str, reason: str) -> None:
    """Each cue is told apart."""
    assert cue in cues(text), reason


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel",
        "I found a scratch on the table, I want a refund",
        "I found my invoice but the amount is wrong",
        "I want the other colour",
        "can I have a refund instead of a voucher",
        "book a room for two",
        "is my order sorted yet?",
        "not the best service, is it",
        "yes please",
        "how do I use the app",
    ],
)
def test_an_errand_of_its_own_has_no_cue(text: str) -> None:
    """The words alone must not drop or move anything."""
    assert cues(text) == set()


def test_a_story_has_no_cue() -> None:
    """In a long text the same words are about something else."""
    assert agenda_words("that is sorted. " * LONGEST) == NO_CUES
