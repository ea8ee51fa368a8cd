"""From a raw message to the customer's own words."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.hear.hear import MOST_CHARACTERS, Heard, HeardKind, hear

PARTS = st.sampled_from(
    [
        "where is my order",
        "um ",
        "I I ",
        "\n",
        " ",
        "> old",
        "On 3 Mar 2025, A wrote:",
        "From: A",
        "To: B",
        "Subject: C",
        "Name: D",
        "Email: e@f.g",
        "Message: ",
        "<p>",
        "</p>",
        "<b>",
        "&amp;",
        "<blockquote>",
        "</blockquote>",
        "😡",
        "\ud83d",
        "оrder",
        "e\u0301",
        "ﬁ",
        "\u200b",
        "\r\n",
        "\x00",
        "Agent: ",
        "Customer: ",
        "[inaudible]",
        "-- ",
        "Regards",
        "-----Original Message-----",
        "<style>",
        "<div style='display:none'>",
        "</div>",
        "\t",
        "| ",
        "= ",
        "thanks",
        '{"message": "',
        '", "name": "x"}',
        "\\n",
        "\\u00e9",
        "&message=",
        "%C3%A9+",
        "<message>",
        "</message>",
        "<name>A</name>",
        "|---|",
        "f***",
        "wtf",
        "[bleep]",
        "Fwd: ",
        "Begin forwarded message:",
        "see below",
    ]
)
TEXTS = st.one_of(st.lists(PARTS, max_size=24).map("".join), st.text(max_size=40))


@given(TEXTS)
def test_every_part_has_a_place_in_the_raw_text(raw: str) -> None:
    """Within bounds, and in order."""
    heard = hear(raw)
    places = [heard.to_raw(offset, offset + 1) for offset in range(len(heard.text))]

    assert all(0 <= start <= end <= len(raw) for start, end in places)
    assert all(above[0] <= below[0] and above[1] <= below[1] for above, below in zip(places, places[1:]))  # noqa: B905, RUF007
    assert heard.to_raw(0, len(heard.text))[1] <= len(raw)


@given(st.lists(st.sampled_from(["refund", "kettle", "<b>", "</b>", "um,", "&amp;", "😡", "\n", "<p>"]), max_size=20))
def test_unchanged_words_are_the_same_in_the_raw_text(parts: list[str]) -> None:
    """A word of the text is that word of the caller's."""
    raw = " ".join(parts)
    heard = hear(raw)
    for word in ("refund", "kettle"):
        place = heard.text.find(word)
        assert place < 0 or raw[slice(*heard.to_raw(place, place + 6))] == word


@given(TEXTS)
def test_a_message_of_words_leaves_words(raw: str) -> None:
    """No text with an errand comes out blank."""
    assert hear(raw + "\n\nplease refund me").text.strip()


MESSAGES = [
    pytest.param(
        "<html><head><style>p{}</style></head><body><p>Hi,</p><p>please cancel my order 😡</p><p>Kind regards<br>Jo</p>"
        "<div id=divRplyFwdMsg><b>From:</b> Shop<br><b>Sent:</b> Monday<br><b>To:</b> Jo</div><p>Old</p></body></html>",
        id="a page from Outlook",
    ),
    pytest.param(
        '<div dir="ltr">please cancel my order</div><br><div class="gmail_quote">'
        '<div class="gmail_attr">On Mon, 3 Mar 2025'
        ' at 10:00 Shop &lt;<a href="mailto:a@b.c">a@b.c</a>&gt; wrote:<br></div><blockquote>Old</blockquote></div>',
        id="a page from Gmail",
    ),
    pytest.param(
        "<table><tr><td>Name</td><td>Jo</td></tr><tr><td>Email</td><td>a@b.c</td></tr>"
        "<tr><td>Message</td><td>please cancel my order</td></tr></table>",
        id="a form as a table",
    ),
    pytest.param("Hello,\r\n\r\nplease cancel my order\r\n\r\nSent from my iPhone\r\n", id="ends of lines of mail"),
    pytest.param('{"name": "Jo", "message": "<p>Hi,</p><p>please cancel my order</p>"}', id="a page in a form as JSON"),
    pytest.param("please\u200bcancel\u200bmy\u200border", id="invisible blanks"),
    pytest.param("wtf, please cancel my f***ing order", id="swearing"),
    pytest.param("um, please plеase cancel my my order", id="a stutter"),
    pytest.param(
        "<p>FYI</p><p>---------- Forwarded message ---------<br>From: A<br>Date: B<br>Subject: C<br>To: D<br></p>"
        "<p>please cancel my order</p>",
        id="a forwarded page",
    ),
]


@pytest.mark.parametrize("raw", MESSAGES)
def test_own_words_are_found_through_all_steps(raw: str) -> None:
    """One errand, whatever it came in."""
    assert hear(raw).text.removeprefix("please ") == "please cancel my order".removeprefix("please ")


def test_a_longer_text_is_read_head_and_tail() -> None:
    """The middle is left out, and that is said."""
    raw = "head " + "x" * 20_000 + " tail"
    heard = hear(raw)

    assert heard.is_cut
    assert len(heard.text) <= MOST_CHARACTERS
    assert heard.text.startswith("head ")
    assert heard.text.endswith(" tail")
    assert raw[slice(*heard.to_raw(len(heard.text) - 4, len(heard.text)))] == "tail"


def test_many_lines_are_read_head_and_tail() -> None:
    """A line of two characters costs as much as any other."""
    heard = hear("first\n" + "a\n" * 8_000 + "last")

    assert heard.is_cut
    assert heard.text.startswith("first\n")
    assert heard.text.endswith("\nlast")


def test_headers_make_mail_automatic() -> None:
    """Whatever it says."""
    assert hear("where is my order", headers={"Auto-Submitted": "auto-replied"}).kind is HeardKind.AUTOMATIC


def test_no_text_is_in_what_is_printed() -> None:
    """It may come into a log."""
    assert "order" not in repr(hear("where is my order"))
    assert "Jane" not in repr(hear("Name: Jane\nPhone: 1\nMessage: where is my order"))


def test_an_empty_text_is_noise() -> None:
    """So is one of blanks."""
    assert [hear(text).kind for text in ("", "  \n", "<p></p>")] == [HeardKind.NOISE] * 3


def test_lines_have_places() -> None:
    """One paragraph or clause a line."""
    heard = hear("one thing\n\nanother thing")

    assert [heard.text[start:end] for start, end in heard.lines()] == ["one thing", "another thing"]


SLOW = [
    "a\n",
    ">",
    "<",
    "&",
    "From:",
    "-",
    " ",
    "\n",
    "<div>",
    "</div>",
    '<a "',
    "<head>",
    "<style>",
    "<!--",
    "<td>a",
    "<br>&amp;",
    '<div style="display:none">',
    "<blockquote>",
    "From: a\n",
    "From: a\nTo: b\nSent: c\n",
    "wrote:",
    "On 1 wrote:\n",
    "> a\n",
    "-- \n",
    "Thanks\n",
    "this e-mail ",
    "a: b\n",
    "Name: a\n",
    "\t",
    "|",
    "um ",
    "um, ",
    "a a ",
    "I want ",
    "[",
    "(",
    "*",
    "1:22 ",
    "Agent: ",
    "Speaker 1: x. ",
    "%a",
    "\ud83d",
    "😡a",
    "e\u0301",
    "\u0301",
    "оo ",
    "ﬁ",
    "\r\n",
    "\x00",
    "thank you ",
    "we have received your ",
    "a\u200b",
    "ab\u200b",
    "sh*t ",
    "@#$% ",
    "wtf ",
    "**a ",
    "f***",
    '{"a": "b", ',
    '{"a":',
    "name=a&",
    "message=%C3%A9+",
    "<name>a</name>",
    "<field name='a' value='b'/>",
    "| a | b |\n",
    "see below\n",
    "Fwd: a\n",
    "-----Original Message-----\nFrom: a\nTo: b\nSent: c\n\nFYI\n\n",
]


def fastest(work: Callable[[], Heard]) -> float:
    times = []
    for _ in range(3):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)


@pytest.mark.parametrize("part", SLOW)
def test_time_grows_with_the_text_and_no_faster(part: str) -> None:
    """Four times the text is at most ten times the work, as twice the text is two and a half times."""
    short = (part * 16_000)[:16_000]

    assert fastest(lambda: hear(short * 4)) <= 10 * max(fastest(lambda: hear(short)), 0.001)
