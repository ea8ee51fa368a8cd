"""Words of HTML mail and fragments."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import pytest

from service.hear.html import without_html
from service.hear.mapped_text import MappedText

ERRAND = "Please cancel my order"


def seen(raw_text: str) -> str:
    return without_html(MappedText.of(raw_text)).text.strip()


STAYS = [
    pytest.param("I paid <50 euros> for it", id="a price in brackets"),
    pytest.param("is a < b or b > c", id="comparisons"),
    pytest.param("write to <email> or <name>", id="placeholders of a redactor"),
    pytest.param("send it to <address>", id="a placeholder that is an element, too"),
    pytest.param("Jane <jane@example.com> wrote", id="an address of a mail"),
    pytest.param("AT&T and R&D", id="ampersands"),
    pytest.param("I <3 you", id="a heart"),
]


@pytest.mark.parametrize("text", STAYS)
def test_what_is_no_html_stays(text: str) -> None:
    """Brackets and ampersands are written by people as well."""
    assert seen(text) == text


READ = [
    pytest.param(f"<html><body><p>{ERRAND}</p></body></html>", ERRAND, id="a whole document"),
    pytest.param("<p>Please cancel\n my   order</p>", ERRAND, id="blanks of the source"),
    pytest.param(f"<style>{'p.a{color:red}' * 7000}</style><p>{ERRAND}</p>", ERRAND, id="a long style sheet"),
    pytest.param(f"<head><title>New mail</title></head><body>{ERRAND}", ERRAND, id="a title and no ends"),
    pytest.param(f"<script>if (a<b) x()</script><div>{ERRAND}</div>", ERRAND, id="a script"),
    pytest.param(f"<!-- hidden --><p>{ERRAND}</p>", ERRAND, id="a comment"),
    pytest.param(f"<!--[if mso]><table><![endif]--><p>{ERRAND}<o:p>&nbsp;</o:p></p>", ERRAND, id="an office suite"),
    pytest.param(f"<!--[if !mso]><!--><p>{ERRAND}</p><!--<![endif]-->", ERRAND, id="for all but an office suite"),
    pytest.param(f"<xml><w:View>Normal</w:View></xml><p>{ERRAND}</p>", ERRAND, id="an island of settings"),
    pytest.param(f"<![CDATA[x < y]]><p>{ERRAND}</p>", ERRAND, id="character data"),
    pytest.param(f'<div style="display:none">Offer <div>x</div> 50 %</div><p>{ERRAND}</p>', ERRAND, id="a preheader"),
    pytest.param("I&#39;d like tea &amp; milk, it&#x2019;s &euro;5", "I'd like tea & milk, it’s €5", id="entities"),
    pytest.param("Don&amp;#39;t", "Don't", id="entities that were escaped twice"),
    pytest.param("one<br>two<br/>three", "one\ntwo\nthree", id="line breaks"),
    pytest.param("<ul><li>one<li>two</ul><h1>three</h1>", "one\ntwo\nthree", id="items and headings"),
    pytest.param("<table><tr><td>Name</td><td>Jane</td></tr><tr><td>x</td></tr></table>", "Name\tJane\nx", id="cells"),
    pytest.param("<p>mine</p><blockquote type=cite>a<br>b</blockquote>more", "mine\n> a\n> b\nmore", id="a reply"),
    pytest.param("Please <b>cancel</b>\n\nmy order", "Please cancel\n\nmy order", id="lines that no element makes"),
    pytest.param('<a title="a > b">link</a>', "link", id="a sign within an attribute"),
    pytest.param("<pre>one\n two</pre>", "one\n two", id="lines that are kept"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_words_of_html_are_what_a_reader_sees(text: str, expected: str) -> None:
    """Neither markup nor what is hidden."""
    assert seen(text) == expected


THREADS = [
    pytest.param('<div id="divRplyFwdMsg">', id="Outlook"),
    pytest.param('<div class="yahoo_quoted">', id="Yahoo"),
    pytest.param("<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0 0 0'>", id="Word"),
    pytest.param('<hr id="stopSpelling">', id="Hotmail"),
]


@pytest.mark.parametrize("opening", THREADS)
def test_an_earlier_message_is_told_by_its_element(opening: str) -> None:
    """The separator that plain mail has is put in front of it."""
    assert seen(f"<p>mine</p>{opening}theirs</div>") == "mine\n-----Original Message-----\ntheirs"


def test_words_lead_back_to_the_source() -> None:
    """Through entities, blanks, and elements."""
    raw = "<p>It&#39;s my\n   <b>kettle</b>.</p>"
    mapped = without_html(MappedText.of(raw))
    place = mapped.text.index("kettle")

    assert raw[slice(*mapped.to_raw(place, place + 6))] == "kettle"
    assert raw[slice(*mapped.to_raw(2, 3))] == "&#39;"


def test_a_page_of_which_all_is_hidden_is_read_nevertheless() -> None:
    """Somebody sent it, so that there is something to read."""
    assert seen(f'<div style="display:none"><p>{ERRAND}</p></div>') == ERRAND
