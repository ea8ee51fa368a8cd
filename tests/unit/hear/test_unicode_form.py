"""One way to write each character."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import pytest

from service.hear.mapped_text import MappedText
from service.hear.unicode_form import one_form

FORMS = [
    pytest.param("where is my parcel 📦😡", "where is my parcel ", id="emoji"),
    pytest.param("I 😡 want", "I want", id="emoji between words"),
    pytest.param("no😡no", "no no", id="emoji without blanks"),
    pytest.param("whеrе іs mу оrdеr", "where is my order", id="Cyrillic look-alikes"),
    pytest.param("cancel my οrder", "cancel my order", id="a Greek look-alike"),
    pytest.param("где мой заказ", "где мой заказ", id="Russian"),
    pytest.param("мой iPhone и оса", "мой iPhone и оса", id="Russian with a Latin word"),
    pytest.param("πού είναι το δέμα μου", "πού είναι το δέμα μου", id="Greek"),
    pytest.param("𝐰𝐡𝐞𝐫𝐞 𝓲𝓼 ｍｙ ᴏʀᴅᴇʀ", "where is my order", id="alphabets of mathematics, full width, small capitals"),
    pytest.param("🅷🅴🅻🅿", "HELP", id="letters in squares"),
    pytest.param("c\u200ban\u00adc\u2060e\ufeffl", "cancel", id="invisible characters"),
    pytest.param("move\u200bmy\u200bbooking", "move my booking", id="invisible blanks"),
    pytest.param("move\u2060my\ufeffbooking,\u200b\u200bplease", "move my booking, please", id="kin of them"),
    pytest.param("где\u200bмой\u200bзаказ", "где мой заказ", id="invisible blanks in Russian"),
    pytest.param("mo\u200bve my book\u200bing", "move my booking", id="invisible characters beside blanks"),
    pytest.param("b\u200bo\u200bo\u200bk\u200bing", "booking", id="invisible characters between letters"),
    pytest.param("\ufeffbooking\u200b", "booking", id="invisible characters at the ends"),
    pytest.param("\u202ecancel\u202c it\U000e0041", "cancel it", id="directions and tags"),
    pytest.param("a\x00b\x07c", "a b c", id="control characters"),
    pytest.param("one\r\ntwo\rthree\u2028four", "one \ntwo\nthree\nfour", id="ends of lines"),
    pytest.param("cancel \ud83d it", "cancel it", id="half an emoji"),
    pytest.param("cancel \ud83d\ude21 it", "cancel it", id="an emoji in two halves"),
    pytest.param("\ud835\udc1ahoy", "ahoy", id="a letter in two halves"),
    pytest.param("c\u0335\u0321\u0338\u0322a\u0300\u0301\u0302ncel", "cancel", id="towers of marks"),
    pytest.param("cafe\u0301 Vie\u0323\u0302t", "café Việt", id="marks that belong to letters"),
    pytest.param("‘it’s’ “so”…", "'it's' \"so\"...", id="quotes"),
    pytest.param("für Größe naïve ño", "für Größe naïve ño", id="letters of Western Europe"),
    pytest.param("सेवा चाहिए", "सेवा चाहिए", id="marks that are vowels"),
    pytest.param("می\u200cخواهم", "می\u200cخواهم", id="a joiner that belongs to the spelling"),
    pytest.param("sooooo 1️⃣ ½", "sooooo 1 1/2", id="repeated letters, a key, a fraction"),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_characters_have_one_form(text: str, expected: str) -> None:
    """What looks alike reads alike."""
    assert one_form(MappedText.of(text)).text == expected


def test_ascii_comes_back_unchanged() -> None:
    """Nothing is done for the usual text."""
    source = MappedText.of("where is my order?\nthanks")

    assert one_form(source) is source


def test_words_lead_back_to_the_source() -> None:
    """Past what was dropped and what became longer."""
    raw = "ﬁx\u200b my 😡 𝐨rder"
    mapped = one_form(MappedText.of(raw))
    place = mapped.text.index("order")

    assert mapped.text == "fix my order"
    assert raw[slice(*mapped.to_raw(place, place + 5))] == "𝐨rder"
