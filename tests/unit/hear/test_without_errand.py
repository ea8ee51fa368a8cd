"""Texts that hold no errand: menus, answers, closing words, greetings."""

from __future__ import annotations

import pytest

from service.hear.hear import HeardKind, hear

KINDS = [
    *[
        (text, HeardKind.NOISE)
        for text in (
            "press 1",
            "1#",
            "2",
            "previous menu",
            "main menu",
            "repeat that",
            "go back",
            "say that again",
            "2 2 2",
            "previous menu, previous menu",
            "can you repeat the options please",
            "...",
            "😡😡",
            "start over",
        )
    ],
    *[
        (text, HeardKind.ANSWER)
        for text in (
            "4471 2290",
            "12.05.",
            "LS6 2AB",
            "yes",
            "yes please",
            "no",
            "nope",
            "no thanks",
            "tomorrow at 5pm",
            "ok",
            "A-1234",
            "3rd of May",
            "ja",
            "nein",
            "oui",
            "sí",
            "14:30",
            "Monday",
            "maya@example.com",
            "+44 7700 900123",
            "Ja.",
            "да",
        )
    ],
    *[
        (text, HeardKind.CLOSING)
        for text in (
            "thanks, that's all",
            "bye",
            "ok great cheers",
            "you've been very helpful, goodbye",
            "danke, tschüss",
            "merci au revoir",
            "Thank you so much for your help!",
            "no, that's it, thanks",
            "have a nice day",
            "gracias, adiós",
            "grazie mille, arrivederci",
            "bedankt, tot ziens",
            "obrigado, tchau",
            "dziękuję, do widzenia",
            "tack, hej då",
            "kiitos, näkemiin",
            "teşekkürler",
            "спасибо, до свидания",
            "ありがとうございます",
            "Thx!!",
            "all good, thank you",
            "thanks 😊",
            "takk, ha det",
            "tusen takk",
        )
    ],
    *[
        (text, HeardKind.GREETING)
        for text in (
            "hi",
            "Hello there",
            "good morning",
            "Hallo",
            "bonjour",
            "hola, buenos días",
            "hey!",
            "is anyone there?",
            "Hello, how are you?",
            "привет",
            "olá",
            "buongiorno",
        )
    ],
    *[
        (text, None)
        for text in (
            "operator",
            "agent",
            "representative",
            "zero",
            "0",
            "cancel",
            "thanks but where is my refund",
            "iPhone 13",
            "hi, where is my order",
            "bye bye subscription",
            "stop",
            "help",
            "no voucher, a new one",
            "repeat my order",
            "yes cancel it",
            "2 kettles",
            "thank you for calling me back about the bill",
            "thanksgiving opening hours",
            "hello kitty mug",
            "go back to my old plan",
            "good morning call please",
            "that's all wrong",
        )
    ],
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_texts_without_an_errand_are_told(text: str, kind: HeardKind | None) -> None:
    """Only if there is nothing else in them."""
    assert hear(text).kind is kind
