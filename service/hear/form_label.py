"""Names of the fields of web forms, in the languages that are common on them."""

# ruff: noqa: RUF001 - letters of many languages are meant as they are
from __future__ import annotations

import re

from service.hear.listed import phrases, words

FREE_TEXT = phrases(
    """message, your message, comment, comments, your comment, your comments, additional comments, question, questions,
    your question, description, describe the issue, describe your issue, describe the problem, issue, problem,
    problem description, enquiry, inquiry, your enquiry, your inquiry, details, further details, additional details,
    additional information, comment or message, message body, free text, freetext, msg, request, your request,
    request details, how can we help, how can we help you, what can we do, how may we help you, what can we help you
    with, tell us more, tell us, feedback, your feedback, notes, note, body, text, content, complaint, remarks, what
    happened, nachricht, ihre nachricht, mitteilung, kommentar, bemerkung, bemerkungen, anmerkung, frage, ihre
    frage, anliegen, ihr anliegen, beschreibung, bericht, uw bericht, je bericht, vraag, uw vraag, opmerking,
    opmerkingen, omschrijving, toelichting, message texte, votre message, commentaire, commentaires, votre question,
    votre demande, demande, mensaje, su mensaje, tu mensaje, comentario, comentarios, pregunta, consulta,
    descripción, messaggio, il tuo messaggio, commento, domanda, richiesta, descrizione, mensagem, sua mensagem,
    comentário, comentários, dúvida, descrição, wiadomość, treść, treść wiadomości, pytanie, opis, meddelande, ditt
    meddelande, fråga, beskrivning, besked, meddelelse, din besked, spørgsmål, beskrivelse, melding, din melding,
    spørsmål, viesti, viestisi, kysymys, kuvaus, mesaj, mesajınız, soru, açıklama, сообщение, ваше сообщение,
    вопрос, комментарий, описание, メッセージ, お問い合わせ内容, 内容, ご質問, 本文"""
)
SUBJECT = phrases(
    """subject, topic, reason, reason for contact, reason for contacting us, category, type, type of enquiry, enquiry
    type, inquiry type, request type, contact reason, department, regarding, about, betreff, thema, grund,
    kategorie, objet, sujet, motif, asunto, tema, motivo, oggetto, argomento, onderwerp, assunto, temat, ämne, emne,
    aihe, konu, тема, 件名"""
)
DETAIL = phrases(
    """name, first name, last name, surname, full name, your name, customer name, contact name, company, title,
    salutation, email, e-mail, email address, e-mail address, your email, mail, phone, phone number, telephone,
    telephone number, mobile, tel, address, street, city, town, zip, zip code, postcode, postal code, state,
    country, order, order number, order no, order id, order ref, booking number, booking reference, reservation
    number, reference, ref, customer number, customer id, account number, account, product, item, model, serial
    number, date, date of purchase, purchase date, date of birth, website, url, page, ip, ip address, browser,
    device, user agent, submitted, submitted at, submitted on, time, language, consent, newsletter, privacy policy,
    terms, gdpr, store, location, room, room number, preferred contact method, preferred contact, best time to call,
    marketing, form, form name, source, datenschutz, einwilligung, agb, vorname, nachname, anrede, firma, telefon,
    telefonnummer, adresse, straße,
    plz, ort, stadt, land, bestellnummer, kundennummer, datum, produkt, nom, prénom, société, téléphone, courriel,
    adresse e-mail, code postal, ville, pays, numéro de commande, nombre, apellido, apellidos, correo, correo
    electrónico, teléfono, dirección, ciudad, país, número de pedido, nome, cognome, telefono, indirizzo, città,
    numero ordine, naam, voornaam, achternaam, e-mailadres, telefoonnummer, plaats, bestelnummer, sobrenome,
    telefone, endereço, cidade, número do pedido, imię, nazwisko, imię i nazwisko, adres, numer zamówienia, namn,
    förnamn, efternamn, ordernummer, navn, fornavn, etternavn, ordrenummer, nimi, etunimi, sukunimi, puhelin,
    sähköposti, tilausnumero, ad, soyad, ad soyad, isim, e-posta, sipariş numarası, имя, фамилия, телефон, почта,
    адрес, номер заказа, 氏名, お名前, メールアドレス,
    電話番号, 注文番号"""
)
KNOWN = FREE_TEXT | SUBJECT | DETAIL
MAIL_HEADERS = words("""from to cc bcc sent date subject reply-to von an betreff gesendet datum de à objet""")

_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-./\[\]\s*`:?]+")


def plain_label(label: str) -> str:
    """Return the words of a programmer's label: `yourMessage`, `your_message` and `your-message` are one."""
    return " ".join(_JOINT.sub(" ", label).lower().split()).replace("e mail", "email")


def known_ending(name: str) -> str:
    """Return the last word of a label if forms have it as a label of its own, else the whole label."""
    last = name.rpartition(" ")[2]
    return last if name not in KNOWN and last in KNOWN else name
