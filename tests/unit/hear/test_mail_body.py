"""The customer's own words of a mail."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import pytest

from service.hear.mail_body import mail_body
from service.hear.mapped_text import MappedText

ERRAND = "Please send me the invoice."


def kept(text: str) -> list[str]:
    return mail_body(MappedText.of(text))[0].text.split("\n")


REPLIES = [
    pytest.param("On Tue, 4 Mar 2025 at 09:30, Shop <a@b.com> wrote:\n> old?", id="Gmail, English"),
    pytest.param("On 4 Mar 2025, at 09:30, A Shop With A Long Name\n<shop@example.com> wrote:\n\nold?", id="Apple"),
    pytest.param("Am Di., 4. März 2025 um 09:30 Uhr schrieb Shop <a@b.de>:\n> alt?", id="Gmail, German"),
    pytest.param("Le mar. 4 mars 2025 à 09:30, Shop <a@b.fr> a écrit :\n> vieux", id="Gmail, French"),
    pytest.param("El mar, 4 mar 2025 a las 9:30, Shop (<a@b.es>) escribió:\n> viejo", id="Gmail, Spanish"),
    pytest.param("Il giorno mar 4 mar 2025 alle ore 09:30 Shop <a@b.it> ha scritto:\n> x", id="Gmail, Italian"),
    pytest.param("Op di 4 mrt 2025 om 09:30 schreef Shop <a@b.nl>:\n> oud", id="Gmail, Dutch"),
    pytest.param("Em ter., 4 de mar. de 2025 às 09:30, Shop <a@b.pt> escreveu:\n> x", id="Gmail, Portuguese"),
    pytest.param("wt., 4 mar 2025 o 09:30 Shop <a@b.pl> napisał(a):\n> x", id="Gmail, Polish"),
    pytest.param("W dniu 4.03.2025 o 09:30, Shop pisze:\n> x", id="Thunderbird, Polish"),
    pytest.param("Den tis 4 mars 2025 kl 09:30 skrev Shop <a@b.se>:\n> x", id="Gmail, Swedish"),
    pytest.param("Den 4. marts 2025 kl. 09.30 skrev Shop <a@b.dk>:\n> x", id="Apple, Danish"),
    pytest.param("tir. 4. mars 2025 kl. 09:30 skrev Shop <a@b.no>:\n> x", id="Gmail, Norwegian"),
    pytest.param("ti 4. maalisk. 2025 klo 9.30 Shop (a@b.fi) kirjoitti:\n> x", id="Gmail, Finnish"),
    pytest.param("Shop <a@b.tr>, 4 Mar 2025 Sal, 09:30 tarihinde şunu yazdı:\n> x", id="Gmail, Turkish"),
    pytest.param("вт, 4 мар. 2025 г. в 09:30, Shop <a@b.ru>:\n> x", id="Gmail, Russian"),
    pytest.param("04.03.2025 09:30, Shop пишет:\n> x", id="Thunderbird, Russian"),
    pytest.param("2025年3月4日(火) 9:30 Shop <a@b.jp>:\n> x", id="Gmail, Japanese"),
    pytest.param("-----Original Message-----\nFrom: Shop\nSent: Tuesday\nold?", id="Outlook, English"),
    pytest.param("-----Ursprüngliche Nachricht-----\nVon: Shop\nalt?", id="Outlook, German"),
    pytest.param(
        "________________\nVon: Shop\nGesendet: Dienstag\nAn: Ich\nBetreff: alt\n\nalt?", id="headers, German"
    ),
    pytest.param("De : Shop\nEnvoyé : mardi\nÀ : Moi\nObjet : vieux\n\nvieux", id="headers, French"),
    pytest.param("De: Shop\nEnviado el: martes\nPara: Yo\nAsunto: x\n\nviejo", id="headers, Spanish"),
    pytest.param("Da: Shop\nInviato: martedì\nA: Me\nOggetto: x\n\nvecchio", id="headers, Italian"),
    pytest.param("Van: Shop\nVerzonden: dinsdag\nAan: Mij\nOnderwerp: x\n\noud", id="headers, Dutch"),
    pytest.param("Från: Shop\nSkickat: tisdag\nTill: Mig\nÄmne: x\n\ngammal", id="headers, Swedish"),
    pytest.param("Fra: Shop\nSendt: tirsdag\nTil: Meg\nEmne: x\n\ngammel", id="headers, Danish and Norwegian"),
    pytest.param("Lähettäjä: Shop\nLähetetty: tiistai\nAihe: x\n\nvanha", id="headers, Finnish"),
    pytest.param("Od: Shop\nWysłano: wtorek\nDo: Ja\nTemat: x\n\nstary", id="headers, Polish"),
    pytest.param("От: Shop\nОтправлено: вторник\nКому: Мне\nТема: x\n\nстарое", id="headers, Russian"),
    pytest.param("差出人: Shop\n送信日時: 2025/03/04\n宛先: Me\n件名: x\n\n古い", id="headers, Japanese"),
    pytest.param("*From:* Shop\n*Sent:* Tuesday\n*To:* Me\n\nold", id="headers in bold"),
    pytest.param("##- Please type your reply above this line -##\nYour case was updated.", id="Zendesk"),
    pytest.param("--- Please reply above this line ---\nold", id="a help desk"),
    pytest.param("Shop ---04/03/2025 09:30:12---Dear customer, old", id="Lotus Notes"),
]


@pytest.mark.parametrize("reply", REPLIES)
def test_quoted_replies_are_no_own_words(reply: str) -> None:
    """Of any mail program, in any language."""
    assert kept(f"{ERRAND}\n\n{reply}") == [ERRAND]


SIGNED = [
    "Kind regards,\nMaya",
    "Mit freundlichen Grüßen\nMaya Lund",
    "LG Maya",
    "Cordialement,\nMaya",
    "Saludos\nMaya",
    "Cordiali saluti\nMaya",
    "Met vriendelijke groet,\nMaya",
    "Atenciosamente,\nMaya",
    "Pozdrawiam\nMaya",
    "Med vänlig hälsning\nMaya",
    "Med venlig hilsen\nMaya",
    "Med vennlig hilsen\nMaya",
    "Ystävällisin terveisin\nMaya",
    "Saygılarımla\nMaya",
    "С уважением,\nМария",
    "よろしくお願いいたします。",
    "-- \nMaya\nTel. 123",
    "Danke\nMaya",
    "Merci d'avance",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "iPhone'umdan gönderildi",
    "Отправлено с iPhone",
    "Get Outlook for Android",
    "Diese E-Mail ist vertraulich. Bitte löschen.",
    "Ce message est confidentiel.",
    "Si usted no es el destinatario, bórrelo.",
    "Questo messaggio è riservato.",
]


@pytest.mark.parametrize("end", SIGNED)
def test_ends_of_letters_are_no_own_words(end: str) -> None:
    """Signatures, devices, and disclaimers ask for nothing."""
    assert kept(f"{ERRAND}\n\n{end}") == [ERRAND]


GREETED = [
    "Dear Sir or Madam,",
    "Hi Tom",
    "Sehr geehrte Damen und Herren,",
    "Hallo zusammen,",
    "Bonjour,",
    "Madame, Monsieur,",
    "Estimados señores:",
    "Buongiorno,",
    "Geachte heer,",
    "Olá,",
    "Dzień dobry,",
    "Hej!",
    "Hei,",
    "Merhaba,",
    "Здравствуйте!",
    "お世話になっております。",
    "From: Maya",
    "Von: Maya",
]


@pytest.mark.parametrize("greeting", GREETED)
def test_greetings_are_no_own_words(greeting: str) -> None:
    """They stand above every errand."""
    assert kept(f"{greeting}\n\n{ERRAND}") == [ERRAND]


PASSED_ON = "---------- Forwarded message ---------\nFrom: Maya <m@x.com>\nDate: Tue\nSubject: Bill\nTo: <b@x.com>\n\n"
FORWARDED = [
    pytest.param(f"see below\n\n{PASSED_ON}Hello,\n\n{ERRAND}\n\nRegards\nMaya", id="see below"),
    pytest.param(f"FYI\n\n{PASSED_ON}{ERRAND}\n\nOn 3 Mar 2025, Shop wrote:\n> old?", id="with a quoted reply"),
    pytest.param(f"{PASSED_ON}{ERRAND}", id="nothing said"),
    pytest.param(f"Hi,\ncan you help with this?\nThanks\nBo\n\n{PASSED_ON}{ERRAND}", id="a request that says nothing"),
    pytest.param(f"siehe unten\n\nVon: Maya\nGesendet: Montag\nAn: Bo\nBetreff: x\n\n{ERRAND}", id="German"),
    pytest.param(f"voir ci-dessous\n\nDe : Maya\nEnvoyé : lundi\nÀ : Bo\nObjet : x\n\n{ERRAND}", id="French"),
    pytest.param(
        f"fyi\n\nBegin forwarded message:\n\n> From: Maya\n> Date: Monday\n> To: Bo\n> \n> {ERRAND}", id="Apple"
    ),
    pytest.param(f"see below\n\nOn 3 Mar 2025, Maya <m@x.com> wrote:\n> {ERRAND}", id="a reply as a forward"),
]


@pytest.mark.parametrize("text", FORWARDED)
def test_a_forwarded_message_is_read_if_nothing_else_is_said(text: str) -> None:
    """Its head and its own quotations are dropped."""
    assert kept(text) == [ERRAND]


def test_a_forwarded_message_is_not_read_beside_an_errand() -> None:
    """The customer has said what is wanted."""
    assert kept(f"{ERRAND}\n\n{PASSED_ON}Cancel it all.") == [ERRAND]


def test_a_subject_counts_as_own_words() -> None:
    """Without its label."""
    assert kept(f"Subject: Re: My bill\nFrom: Maya\n\nHello,\n{ERRAND}") == ["My bill", ERRAND]


WHOLE = [
    "Kind regards,\nMaya",
    "> where is my order",
    "Hello,",
    "Thanks",
    "Yours is broken again",
    "Hi refund my order",
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_text_of_nothing_else_is_kept_whole(text: str) -> None:
    """Somebody sent it, so that there is something to read."""
    assert kept(text) == text.split("\n")


def test_a_postscript_is_read() -> None:
    """People ask for things below their names."""
    assert kept(f"All is well.\n\nRegards\nMaya\n\nPS: {ERRAND}") == ["All is well.", f"PS: {ERRAND}"]


def test_lines_that_were_broken_to_fit_are_one() -> None:
    """A mail program breaks lines in the middle of a sentence."""
    assert kept("I would like to cancel my subscription to the box\nbecause I am moving.\n- a\n- b") == [
        "I would like to cancel my subscription to the box because I am moving.",
        "- a",
        "- b",
    ]


def test_thanks_above_an_errand_are_read_with_it() -> None:
    """Only a name, or nothing, follows a sign-off."""
    last = "that worked, and now I would like to close my account for good, please do so"

    assert kept(f"Thanks\n{last}")[-1] == last
