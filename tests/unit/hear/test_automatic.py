"""Automatic mail, which nobody wrote to us."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import pytest

from service.hear.automatic import AutomaticEvidence, automatic_evidence

ERRAND = "where is my refund"

TELLING = [
    {"Auto-Submitted": "auto-replied"},
    {"auto-submitted": "auto-generated; x=y"},
    {"Precedence": "bulk"},
    {"PRECEDENCE": " List "},
    {"X-Auto-Response-Suppress": "All"},
    {"X-Autoreply": "yes"},
    {"List-Id": "<a.b.c>"},
    {"Content-Type": "multipart/report; report-type=delivery-status"},
    {"Return-Path": "<>"},
]


@pytest.mark.parametrize("headers", TELLING)
def test_a_header_alone_suffices(headers: dict[str, str]) -> None:
    """Names in any case."""
    assert automatic_evidence(ERRAND, headers) is AutomaticEvidence.HEADER


PLAIN = [
    None,
    {},
    {"Auto-Submitted": "no"},
    {"Precedence": "first-class"},
    {"Return-Path": "<jane@example.com>"},
    {"Content-Type": "text/html"},
    {"X-Mailer": "auto"},
    {"Subject": "bulk"},
]


@pytest.mark.parametrize("headers", PLAIN)
def test_other_headers_tell_nothing(headers: dict[str, str] | None) -> None:
    """A person's mail has headers, too."""
    assert automatic_evidence(ERRAND, headers) is None


WORDED = [
    "Automatic reply: your order",
    "Out of Office: Re: your bill",
    "Subject: Out of office\n\nHi",
    "Undeliverable: your order",
    "I am currently out of the office until Monday and will answer your e-mail then.",
    "Hello,\n\nI am on annual leave until 5 May with no access to email.",
    "Mail delivery failed: returning message to sender",
    "Delivery Status Notification (Failure)",
    "This is an automated message, please do not reply.",
    "Your message was read on Monday, 3 March",
    "We have received your request and will respond within 24 hours.",
    "Thank you for contacting us. We have received your message and our team will get back to you.",
    "Your ticket #4471 has been created.",
    "Thank you for your email. I am out of the office and will reply on Monday.",
    "Abwesenheitsnotiz: Rechnung",
    "Automatische Antwort: Rechnung",
    "Guten Tag,\n\nich bin bis zum 5.5. nicht im Büro. Ihre Nachricht wird nicht weitergeleitet.",
    "Réponse automatique : facture",
    "Bonjour,\n\nje suis absent jusqu'à lundi. En cas d'urgence, votre message attend.",
    "Respuesta automática: factura",
    "Estoy fuera de la oficina hasta el lunes y responderé a su correo.",
    "Risposta automatica: fattura",
    "Automatisch antwoord: factuur",
    "Resposta automática: fatura",
    "Odpowiedź automatyczna: faktura",
    "Autosvar: faktura",
    "Automaattinen vastaus: lasku",
    "Otomatik yanıt: fatura",
    "Автоматический ответ: счёт",
    "自動返信：ご注文",
]


@pytest.mark.parametrize("text", WORDED)
def test_wording_at_the_beginning_tells(text: str) -> None:
    """In the languages of Europe and in Japanese."""
    assert automatic_evidence(text, None) is AutomaticEvidence.WORDING


PEOPLE = [
    "I got an automatic reply saying you were out of office, where is my refund",
    "Out of office hours I can't reach you",
    "I am on holiday until Friday, please deliver after that",
    "Undeliverable parcel, what now",
    "Delivery failed yesterday",
    "your message was rude",
    "thank you for your email, please cancel it",
    "I'm away from Monday, can you hold my parcel?",
    "my mail says mail delivery failed",
    "We have received your parcel but it is broken",
    "read my last mail please",
    "the automatic door is broken",
    "Automatic watch is broken",
]


@pytest.mark.parametrize("text", PEOPLE)
def test_people_who_tell_of_such_mail_are_heard(text: str) -> None:
    """They wrote it themselves."""
    assert automatic_evidence(text, None) is None
