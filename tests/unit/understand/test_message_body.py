"""What of a text its customer wrote for this contact."""

from __future__ import annotations

import pytest

from service.understand.message_body import letter

ERRAND = "Please send me the invoice."


def kept(text: str) -> list[str]:
    return [text[stretch.start : stretch.end] for stretch in letter(text)]


ONLY_THE_ERRAND = [
    pytest.param(f"Hi there,\n\n{ERRAND}", id="a greeting"),
    pytest.param(f"Dear Sir or Madam,\n{ERRAND}", id="a formal greeting"),
    pytest.param(
        f"Good morning team\n{ERRAND}\n\nKind regards,\nMaya Lund\nBuyer | Cancel a meeting", id="a signature"
    ),
    pytest.param(f"{ERRAND}\n\nYours faithfully\n<name>", id="a name that was redacted"),
    pytest.param(f"{ERRAND}\nThanks, Tom", id="thanks and a name on one line"),
    pytest.param(f"{ERRAND}\nthx\n\nSent from my iPhone", id="a telephone"),
    pytest.param(f"{ERRAND}\n--\nTim\nVisit us to manage your booking", id="the dashes of mail programs"),
    pytest.param(f"{ERRAND}\n\n> cancel it?\n> Kind regards", id="a quotation"),
    pytest.param(f"{ERRAND}\n\nOn Mon, 3 Mar 2025 at 10:14, Shop wrote:\n> cancel it?", id="an introduced quotation"),
    pytest.param(
        f"{ERRAND}\n\nOn Mon, 3 Mar 2025 at 10:14, A Very Long Name\n<email> wrote:\n> x", id="one broken in two"
    ),
    pytest.param(f"{ERRAND} On 3 Mar 2025, Shop wrote: do you want to cancel?", id="line breaks that were lost"),
    pytest.param(f"{ERRAND}\n\n-----Original Message-----\nFrom: Shop\ncancel it?", id="an original message"),
    pytest.param(f"{ERRAND}\n\n____\nFrom: Shop\nSent: Monday\nTo: Me\n\ncancel it?", id="headers below"),
    pytest.param(f"From: Me\nTo: Shop\n\n{ERRAND}", id="headers above"),
    pytest.param(f"{ERRAND}\n\nThis e-mail is confidential. To unsubscribe click here.", id="a disclaimer"),
    pytest.param(f"{ERRAND} If you are not the intended recipient, delete it.", id="a disclaimer on the same line"),
    pytest.param(f"This email originated from outside the company.\n\n{ERRAND}", id="a warning above"),
    pytest.param(f"> cancel it?\n\n{ERRAND}", id="an answer below a quotation"),
]


@pytest.mark.parametrize("text", ONLY_THE_ERRAND)
def test_what_others_or_programs_wrote_weighs_nothing(text: str) -> None:
    """One errand, whatever stands around it."""
    assert [line.strip("_") for line in kept(text) if line.strip("_")] == [ERRAND]


WHOLE = [
    pytest.param("Kind regards,\nMaya", id="a signature and nothing else"),
    pytest.param("> where is my order", id="a quotation and nothing else"),
    pytest.param("Hello,", id="a greeting and nothing else"),
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_text_of_nothing_else_is_kept_whole(text: str) -> None:
    """Somebody sent it, so that there is something to read."""
    assert " ".join(kept(text)) == text.replace("\n", " ")


STILL_READ = [
    pytest.param(
        "Thanks\nthat worked, and now I would like to close my account for good, please do so", id="thanks above"
    ),
    pytest.param("Yours is broken again", id="yours is no sign-off"),
    pytest.param("Hi refund my order", id="a greeting with an errand"),
    pytest.param("regards my last order, it is late", id="regards as a verb"),
    pytest.param("I received this email in error and want off the list", id="an error of theirs"),
]


@pytest.mark.parametrize("text", STILL_READ)
def test_what_only_looks_like_a_mark_is_read(text: str) -> None:
    """An errand lost is worse than a signature read."""
    assert kept(text)[-1].endswith(text[-12:])


def test_a_postscript_is_read() -> None:
    """People ask for things below their names."""
    assert kept(f"Hello,\nall is well.\n\nRegards\nMaya\n\nPS: {ERRAND}") == ["all is well.", f"PS: {ERRAND}"]


def test_lines_that_were_broken_to_fit_are_one_paragraph() -> None:
    """A mail program breaks lines in the middle of a sentence; a person ends them."""
    text = "I would like to cancel my subscription to the box\nbecause I am moving.\n- a list\n- of two"

    assert kept(text) == [text[: text.index("\n- a")], "- a list", "- of two"]


def test_a_blank_text_has_no_stretch() -> None:
    """There is nothing to point to."""
    assert letter(" \n\t\n") == []
