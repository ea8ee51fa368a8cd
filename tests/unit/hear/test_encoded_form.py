"""Forms as programs write them, through all steps of hearing."""

from __future__ import annotations

import pytest

from service.hear.hear import hear

ERRAND = "my kettle leaks, please replace it"

FORMS = [
    pytest.param(f'{{"name": "Ida", "message": "{ERRAND}"}}', id="JSON"),
    pytest.param(f'{{"contact": {{"firstName": "Ida"}}, "yourMessage": "{ERRAND}"}}', id="JSON of a programmer"),
    pytest.param(f'{{"id": 4, "customer_name": "Ida", "ticket_description": "{ERRAND}"}}', id="a label's last word"),
    pytest.param(f'{{"name": "Ida", "anything": "{ERRAND}"}}', id="the longest prose"),
    pytest.param(f'New contact form:\n```json\n{{"comment": "{ERRAND}", "email": "a@b"}}\n```', id="a fence"),
    pytest.param(f'{{"name": "Ida", "message": "<p>Hello,</p><p>{ERRAND}</p>"}}', id="HTML in JSON"),
    pytest.param(f'<p>{{"name": "Ida", "message": "{ERRAND}"}}</p>', id="JSON in HTML"),
    pytest.param(f'{{"name": "Ida", "message": "Hello,\\n{ERRAND}\\nKind regards\\nIda"}}', id="a letter in JSON"),
    pytest.param(f'{{"name": "Ida", "subject": "Kettle", "message": "{ERRAND}"}}', id="a subject beside a message"),
    pytest.param("email=a%40b&message=" + ERRAND.replace(" ", "+").replace(",", "%2C"), id="pairs"),
    pytest.param(f"<enquiry><name>Ida</name><message>{ERRAND}</message></enquiry>", id="XML"),
    pytest.param(f"<enquiry><name>Ida</name><text>&lt;p&gt;{ERRAND}&lt;/p&gt;</text></enquiry>", id="HTML in XML"),
    pytest.param(f"| Name | Ida |\n|---|---|\n| Message | {ERRAND} |", id="a table"),
]


@pytest.mark.parametrize("raw", FORMS)
def test_free_text_is_what_was_said(raw: str) -> None:
    """In whatever code a program wrote the form."""
    assert hear(raw).text == ERRAND


STAYS = [
    pytest.param('I get {"error": "late", "message": "declined"} when I pay', id="an error that somebody tells of"),
    pytest.param('my page says this: {"error": 5} what now', id="an error without a message"),
    pytest.param('{"error": "late", "code": 3}', id="no free text"),
    pytest.param('{"type": "Feature", "geometry": {"type": "Point"}}', id="data of another kind"),
    pytest.param("{name} did not call me", id="a placeholder"),
]


@pytest.mark.parametrize("raw", STAYS)
def test_other_texts_stay(raw: str) -> None:
    """Customers copy such lines into their own."""
    assert hear(raw).text == raw


def test_words_and_details_have_their_place_in_the_raw_text() -> None:
    """An escape is one character."""
    raw = r'{"name": "Zo\u00eb", "message": "the caf\u00e9 was shut\nrefund \"me\""}'
    heard = hear(raw)

    assert heard.text == 'the café was shut\nrefund "me"'
    assert [(each.name, raw[each.start : each.end]) for each in heard.fields] == [("name", r"Zo\u00eb")]
    place = heard.text.index("é")
    assert raw[slice(*heard.to_raw(place, place + 1))] == r"\u00e9"
    assert raw[slice(*heard.to_raw(heard.text.index("refund"), len(heard.text)))] == r"refund \"me\""


def test_a_short_message_stands_with_its_subject() -> None:
    """As in other forms."""
    assert hear('{"name": "Ida", "subject": "broken kettle", "message": "please"}').text == "broken kettle\nplease"
