"""Web forms that were sent as text."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import pytest

from service.hear.form import form
from service.hear.mapped_text import MappedText

ERRAND = "my kettle leaks, please replace it"


def words(text: str) -> str:
    return form(MappedText.of(text)).words.text


FORMS = [
    pytest.param(f"Name: Jane\nEmail: j@x.com\nMessage: {ERRAND}", id="a contact form"),
    pytest.param(f"Name:\nJane\n\nEmail:\nj@x.com\n\nComments:\n{ERRAND}", id="values below names"),
    pytest.param(f"Name = Jane\nOrder number = 4471\nQuestion = {ERRAND}", id="equals signs"),
    pytest.param(f"Name | Jane\nPhone | 123\nDescription | {ERRAND}", id="a table"),
    pytest.param(f"Name\tJane\nPhone\t123\nEnquiry\t{ERRAND}", id="cells"),
    pytest.param(f"Name\nJane\nEmail\nj@x.com\nHow can we help?\n{ERRAND}", id="lines in turn"),
    pytest.param(f"First name: J\nTopic: Billing\nYour message: {ERRAND}\nNewsletter: yes", id="a drop-down list"),
    pytest.param(f"Vorname: J\nE-Mail: j@x.de\nNachricht: {ERRAND}\nDatenschutz: ja", id="German"),
    pytest.param(f"Nom : J\nCourriel : j@x.fr\nVotre message : {ERRAND}", id="French"),
    pytest.param(f"Nombre: J\nCorreo: j@x.es\nMensaje: {ERRAND}", id="Spanish"),
    pytest.param(f"Naam: J\nE-mailadres: j@x.nl\nBericht: {ERRAND}", id="Dutch"),
    pytest.param(f"Nome: J\nTelefono: 1\nMessaggio: {ERRAND}", id="Italian"),
    pytest.param(f"Imię: J\nTelefon: 1\nWiadomość: {ERRAND}", id="Polish"),
    pytest.param(f"Имя: J\nТелефон: 1\nСообщение: {ERRAND}", id="Russian"),
    pytest.param(f"Name: J\nEmail: j@x.com\nPhone: 1\n\n{ERRAND}", id="words below the fields"),
    pytest.param(f"New mail from your website\nName: J\nEmail: j@x.com\nMessage: {ERRAND}", id="words of the website"),
    pytest.param(f"{ERRAND}\nName: J\nEmail: j@x.com\nPhone: 1", id="words above the fields"),
    pytest.param(f"Name: J\nEmail: j@x.com\nAnything: {ERRAND}", id="the longest prose"),
    pytest.param(f"Name: J\nEmail: j@x.com\nSubject: {ERRAND}\nMessage: -", id="a message that says nothing"),
]


@pytest.mark.parametrize("text", FORMS)
def test_free_text_is_what_was_said(text: str) -> None:
    """All other fields are details."""
    assert words(text) == ERRAND


NO_FORMS = [
    pytest.param("From: Me\nTo: Shop\nSubject: x\n\ncancel it", id="the head of a mail"),
    pytest.param("First: cancel it\nSecond: send a bill\nThird: delete me", id="a list of wishes"),
    pytest.param("Hello:\nmy order 4471: late", id="colons in prose"),
    pytest.param("see https://example.com/a\nhttps://example.com/b\nhttps://example.com/c", id="addresses"),
    pytest.param("where is my order", id="a line"),
]


@pytest.mark.parametrize("text", NO_FORMS)
def test_a_text_that_is_no_form_stays(text: str) -> None:
    """A colon alone makes no field."""
    assert words(text) == text


def test_details_have_their_place_in_the_raw_text() -> None:
    """Names and values, in the order of the form."""
    raw = f"Name: Jane Doe\nOrder number: 4471\nMessage: {ERRAND}"
    fields = form(MappedText.of(raw)).fields

    assert [(each.name, raw[each.start : each.end]) for each in fields] == [
        ("Name", "Jane Doe"),
        ("Order number", "4471"),
    ]


def test_a_message_of_several_lines_stays_together() -> None:
    """Blank lines and colons within it included."""
    assert (
        words("Name: J\nEmail: j@x\nMessage: two wishes\n\nthe first: cancel\nPhone: 1")
        == "two wishes\n\nthe first: cancel"
    )
