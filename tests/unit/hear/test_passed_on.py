"""Messages that were passed on with hardly a word."""

from __future__ import annotations

import pytest

from service.hear.hear import HeardKind, hear
from service.hear.passed_on import AT_A_MESSAGE, AT_SOMETHING, only_points

ERRAND = "My lamp flickers and I want it repaired."
LETTER = f"Dear shop,\n\n{ERRAND}\n\nBest,\nMaya"
GMAIL = "---------- Forwarded message ---------\nFrom: Maya <m@x.com>\nDate: Tue\nSubject: Lamp\nTo: <b@x.com>\n\n"
OUTLOOK = "From: Maya <m@x.com>\nSent: Tuesday, 4 March\nTo: Desk\nSubject: Lamp\n\n"
APPLE = "Begin forwarded message:\n\nFrom: Maya <m@x.com>\nSubject: Lamp\nDate: 4 March\nTo: b@x.com\n\n"
THUNDERBIRD = "-------- Forwarded Message --------\nSubject: \tLamp\nDate: \tTue\nFrom: \tMaya <m@x>\nTo: \tb@x\n\n"
GERMAN = "Von: Maya <m@x.de>\nGesendet: Dienstag\nAn: Bo\nBetreff: Lampe\n\n"
HEADS = [GMAIL, OUTLOOK, APPLE, THUNDERBIRD, GERMAN]

POINTING = [
    "Hello all,\n\nplease see the mail below.\n\nKind regards\nIda Lund",
    "Dear colleagues, could somebody look into this? Many thanks, Ida",
    "PSB",
    "as agreed, passing this on to you",
    "Ida,\nfor your attention please",
    "@Bo can you take care of this?",
    "See the customer's message below and reply to him please. Thanks Ida",
    "Fwd: lamp",
    "RE: FW: lamp",
    "Hallo Bo, siehe unten, danke",
    "WG: Lampe\n\nzur weiteren Bearbeitung\n\nViele Grüße\nIda",
    "TR : lampe\n\nMerci de traiter la demande ci-dessous.",
    "RV: lámpara\n\nos reenvío este correo, gracias",
    "I: lampada\n\nvedi sotto, grazie",
    "Doorst: lamp\n\nzie hieronder, graag oppakken",
    "ENC: lâmpada\n\nsegue abaixo",
    "VB: lampa\n\nse nedan, tack",
    "VL: lamppu\n\nks. alla",
    "PD: lampa\n\nproszę zobaczyć poniżej",
    "см. ниже, спасибо",
    "",
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("above", POINTING)
def test_the_message_below_counts_if_the_own_words_only_point(above: str, head: str) -> None:
    """Its head is dropped, and its greeting, too."""
    assert hear(f"{above}\n\n{head}{LETTER}").text == ERRAND


OWN = [
    "Refund.",
    "Please cancel it as discussed.",
    "I still have not received it, see below",
    "Can you call me about this?",
    "Still nothing! See below.",
    "I want this refunded",
]


@pytest.mark.parametrize("above", OWN)
def test_own_words_count_if_they_say_anything(above: str) -> None:
    """Even beside words that point."""
    assert hear(f"{above}\n\n{OUTLOOK}Your order has left.").text == above


@pytest.mark.parametrize("above", ["Thanks\nIda", "Thank you so much for your help!", "Danke!\nIda"])
def test_thanks_above_a_reply_are_closing_words(above: str) -> None:
    """The shop's mail below is no errand."""
    assert hear(f"{above}\n\n{OUTLOOK}Your order has left.").kind is HeardKind.CLOSING


def test_a_message_that_was_passed_on_twice_is_found() -> None:
    """Each time with a word that points."""
    assert hear(f"FYI\n\n{GMAIL}Hi, see below please\n\nThanks Jo\n\n{OUTLOOK}{LETTER}").text == ERRAND


HEAD_OF_PAGE = "<div><b>From:</b> Maya</div><div><b>Sent:</b> 4 March</div><div><b>To:</b> b</div>"
PAGES = [
    pytest.param(
        '<div>see below<br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
        f"From: <b>Maya</b><br>Date: Tue<br>To: b<br></div><br>{ERRAND}</div></div>",
        id="Gmail",
    ),
    pytest.param(
        '<div>Hi team, see below.</div><blockquote type="cite"><div>Begin forwarded message:</div>'
        f"{HEAD_OF_PAGE}<br><div>{ERRAND}</div></blockquote>",
        id="Apple",
    ),
    pytest.param(
        f'<p>Over to you</p><div style="border-top:solid #E1E1E1 1.0pt">{HEAD_OF_PAGE}</div><p>{ERRAND}</p>',
        id="Outlook",
    ),
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_passed_on_as_well(page: str) -> None:
    """In the elements of each mail program."""
    assert hear(page).text == ERRAND


def test_a_quotation_has_to_be_pointed_at_in_so_many_words() -> None:
    """ "This" may be anything."""
    assert only_points(["please see this"], at=AT_SOMETHING)
    assert not only_points(["please see this"], at=AT_A_MESSAGE)
    assert only_points(["please see below"], at=AT_A_MESSAGE)


def test_a_subject_without_a_label_counts_without_its_prefix() -> None:
    """As one with a label does."""
    assert hear("Fwd: where is my lamp").text == "where is my lamp"
