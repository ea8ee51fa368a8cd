"""Tell by one cheap look which detectors a text can concern. Most texts concern none: this is the hot path."""

from __future__ import annotations

import re

from service.redact.detectors.reference import CUE_WORDS as REFERENCE_WORDS
from service.redact.detectors.spoken import DIGIT_WORDS
from service.redact.trigger import Sign

_DIGIT_OR_AT = re.compile(r"[0-9@]")
_MANY_DIGITS = re.compile(r"[0-9](?:[^0-9]*+[0-9]){4}")
_BRACKETED_AT = re.compile(r"[\[({<] ?at")
# \w would keep the underscore of sk_live_ in one word
_TO_WORDS = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "'"}

_CUES: dict[Sign, str] = {
    Sign.AT: "dot punkt punto arroba",
    Sign.TOKEN: "bearer basic begin sk pk rk ghp gho ghs ghu github glpat xoxb xoxp xoxa xoxs xoxr npm hf whsec",
    Sign.SECRET: (
        "password passwords passwort pwd passcode passphrase pass contraseña passe kennwort memorable answer secret "
        "key token id pin cvv cvv2 cvc cvc2 csc otp tan mtan code 2fa mfa"
    ),
    Sign.BIRTH: "born birth birthdate birthday dob b geboren geburtsdatum né née nacido nacida nacimiento naissance",
    Sign.SOCIAL: "social ssn",
    Sign.PLATE: "registration reg plate numberplate vehicle car van",
    Sign.STREET: (
        "street road avenue lane drive close crescent terrace court way place gardens grove square st rd ave ln blvd "
        "boulevard hill park mews row highway hwy parkway pkwy walk view rise green parade circle trail quay wharf "
        "estate dr ct pl sq cir box postfach apartado rue av bd chemin impasse allée cours calle c avenida avda plaza "
        "paseo via viale piazza corso rua ulica ul"
    ),
    Sign.HOUSE: "address live lives living deliver delivered ship shipped send sent post",
    Sign.NAME: (
        "name name's names named surname called mr mrs ms miss mx dr prof professor herr frau señor señora monsieur "
        "madame mme sister rev sir lady lord llamo nombre m'appelle nom heiße heisse chiamo nome naam husband wife "
        "son daughter mother father mum mom mam dad partner brother friend colleague gran granny nan nana grandma "
        "grandad grandpa grandmother grandfather grandson granddaughter uncle aunt auntie cousin niece nephew "
        "girlfriend boyfriend fiancé fiancée neighbour neighbor flatmate boss assistant carer holder accountholder "
        "cardholder policyholder beneficiary payee attn attention ask asked speak care spelled spelt spell"
    ),
    Sign.PRESENTED: "i'm im am this it's it behalf spoke spoken",
    Sign.HERE: "here speaking",
    Sign.SIGNED: (
        "regards wishes sincerely faithfully thanks thank thx cheers truly signed love saludos atentamente "
        "cordialement grüße grüßen gruß gruss gruesse gruessen mfg saluti care groet groeten groetjes mvh hilsen "
        "hälsning hälsningar terveisin"
    ),
    Sign.REFERENCE: " ".join(REFERENCE_WORDS),
}
_SIGNS_OF_WORD: dict[str, int] = {}
for _sign, _words in _CUES.items():
    for _word in _words.split():
        _SIGNS_OF_WORD[_word] = _SIGNS_OF_WORD.get(_word, 0) | int(_sign)
_CUE_WORDS = frozenset(_SIGNS_OF_WORD)
_LEAST_SPOKEN = 3
"""Least digit words of a spoken number, counted in the whole text.

`triple one two` is a number of four digits in three words.
"""
_DIGIT, _MANY, _AT, _SLASH, _SPOKEN, _INITIAL = map(
    int, (Sign.DIGIT, Sign.MANY_DIGITS, Sign.AT, Sign.SLASH, Sign.SPOKEN_DIGITS, Sign.INITIAL)
)


def signs_of(folded: str) -> int:
    """Return the signs that `folded` (see `text.fold`) shows, or-ed together."""
    lowered = folded.lower()
    words = lowered.translate(_TO_WORDS).split()
    signs = 0
    for word in _CUE_WORDS.intersection(words):
        signs |= _SIGNS_OF_WORD[word]
    if _DIGIT_OR_AT.search(lowered):
        signs |= _written(lowered)
    if "/" in lowered or "www." in lowered:
        signs |= _SLASH
    if words and len(words[-1]) == 1:
        signs |= _INITIAL
    if "at" in words and (("mail" in lowered and "." in lowered) or _BRACKETED_AT.search(lowered)):
        signs |= _AT
    if not DIGIT_WORDS.isdisjoint(words) and sum(word in DIGIT_WORDS for word in words) >= _LEAST_SPOKEN:
        signs |= _SPOKEN
    return signs


def _written(lowered: str) -> int:
    signs = _AT if "@" in lowered else 0
    if any(map(str.isdigit, lowered)):
        signs |= _MANY | _DIGIT if _MANY_DIGITS.search(lowered) else _DIGIT
    return signs
