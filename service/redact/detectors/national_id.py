"""Find ids that states give to people. A checksum or an unmistakable shape suffices. Other ids must be named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.se import personnummer

from service.redact.digits import count_digits
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text
from service.redact.word import phrase

_Check = Callable[[str], bool]


def _any(_: str) -> bool:
    return True


# Shapes rare enough to need only the check and no cue. The last column counts the characters before the first digit.
_SHAPES: tuple[tuple[str, _Check, tuple[int, ...]], ...] = (
    (r"(?!000|666)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}", _any, (0,)),
    (r"[a-ceghj-prstw-zq][a-ceghj-nprstw-zq] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d]", _any, (2, 3)),
    (r"[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}[ -]?[a-z]", dni.is_valid, (0,)),
    (r"[xyz][ -]?[0-9]{7}[ -]?[a-z]", nie.is_valid, (1, 2)),
    (r"[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[ab]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}", nir.is_valid, (0,)),
    (r"[2-9][0-9]{3} [0-9]{4} [0-9]{4}", aadhaar.is_valid, (0,)),
    (r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", cpf.is_valid, (0,)),
    (r"[a-z]{6}[0-9]{2}[a-z][0-9]{2}[a-z][0-9]{3}[a-z]", codicefiscale.is_valid, (6,)),
    (r"[0-9]{6}[-+a][0-9]{3}[0-9a-y]", hetu.is_valid, (0,)),
    (r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", personnummer.is_valid, (0,)),
)
_SHAPED, _SHAPED_AFTER_LETTERS = (
    tuple(
        (re.compile(rf"(?<![\w.-])(?:{shape})(?![\w-])"), check, back)
        for shape, check, backs in _SHAPES
        for back in backs
        if (back > 0) is after_letters
    )
    for after_letters in (False, True)
)
_NOT_BEFORE = frozenset("_.-")
_ALL_SHAPED = (*_SHAPED, *_SHAPED_AFTER_LETTERS)

_NUMBER = (
    r"(?:[\s:#=.,\-(]{0,3}(?:number's|number|numbers|no|nr|num|n[º°]|id|card|is|was|would be|should be|are|ist|es|est|"
    r"my|the|it's)\b\.?){0,4}+"
)
_VALUE = r"[\s:#=\-(]{0,3}([a-z0-9][a-z0-9]{0,20}(?:[ .\-/]{1,2}[a-z0-9]{1,12}){0,7})"
_NAMED = phrase(
    "nhs national ni nino ssn social dni nif nie séc sécu sécurité securite nir steuer steuerid steuernummer "
    "steueridentifikationsnummer idnr bsn burgerservicenummer aadhaar aadhar cpf pesel pps ppsn codice personnummer "
    "passport passeport pasaporte reisepass driving driver drivers licence license identity id personalausweis tax tin "
    "sin medicare cpr fødselsnummer personnr henkilötunnus hetu tfn ird rijksregisternummer svnr ahv curp nric "
    "personal",
    r"\b(?:nhs|national insurance|ni|nino|ssn|social security|social|dni|nif|nie|séc(?:u|urité) ?(?:sociale)?|"
    r"securite sociale|nir|steuer-?(?:id|nummer|identifikationsnummer)|idnr|bsn|burgerservicenummer|aadhaa?r|cpf|"
    r"pesel|pps|ppsn|codice fiscale|personnummer|passport|passeport|pasaporte|reisepass|driv(?:ing|er'?s?) licen[cs]e|"
    r"licen[cs]e plate|identity card|id card|id number|personalausweis|tax id|tin|social insurance|sin|medicare|cpr|"
    r"fødselsnummer|personnr|henkilötunnus|hetu|tfn|tax file|ird|rijksregisternummer|svnr|ahv|curp|nric|"
    r"personal (?:identity )?number)"
    rf"(?!\w){_NUMBER}{_VALUE}",
)
_LAST_FOUR = phrase(
    "last",
    r"\blast (?:4|four)(?: digits)? of (?:my|the) (?:social|ssn)(?: \w{2,8}){0,2}[ :]{1,2}([0-9]{4})\b",
)
_ID_LIKE = re.compile(
    r"(?=[a-z .\-/]{0,12}[0-9])[a-z0-9]{1,20}(?:[ .\-/]{1,2}(?=[a-z]{0,2}[0-9])[a-z0-9]{1,12}|[ .\-/][a-z](?!\w)){0,7}"
)
_LEAST_DIGITS = 6

_CHECKED_WHEN_BARE: tuple[tuple[re.Pattern[str], _Check], ...] = (
    (re.compile(r"\b(?:steuer|idnr|tax)[^\ue000]{0,40}?\b([0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3})\b"), idnr.is_valid),
    (re.compile(r"\b(?:bsn|burgerservice|sofi)[^\ue000]{0,40}?\b([0-9]{9})\b"), bsn.is_valid),
)


def find_national_ids(text: Text) -> Iterator[Found]:
    lowered = text.lowered
    yield from _find_shaped(text)
    for pattern, check in _CHECKED_WHEN_BARE:
        for match in pattern.finditer(lowered):
            if check(match[1]):
                yield Found(*match.span(1), Kind.NATIONAL_ID, Strength.CHECKED)
    # a mistyped id still points to a person: if it is named, its checksum may fail
    for match in text.words.finditer(_NAMED):
        value = _ID_LIKE.match(lowered, *match.span(1))
        if value and count_digits(value[0]) >= _LEAST_DIGITS:
            yield Found(*value.span(), Kind.NATIONAL_ID, Strength.CUED)


def _find_shaped(text: Text) -> Iterator[Found]:
    lowered = text.lowered
    for run in text.runs:
        for at in run.starts:
            for pattern, check, back in _shapes_at(lowered, at, len(run.digits)):
                match = pattern.match(lowered, at - back) if at >= back else None
                if match and check(match[0].upper()):
                    yield Found(*match.span(), Kind.NATIONAL_ID, Strength.CHECKED)


def _shapes_at(lowered: str, at: int, digits: int) -> tuple[tuple[re.Pattern[str], _Check, int], ...]:
    before, behind = lowered[max(0, at - 1) : at], lowered[max(0, at - 2) : max(0, at - 1)]
    if before.isalpha():
        return _SHAPED_AFTER_LETTERS
    if digits < _LEAST_DIGITS or before.isdigit() or before in _NOT_BEFORE:
        return _SHAPED_AFTER_LETTERS if before == "-" and behind.isalpha() else ()
    return _ALL_SHAPED if before == " " and behind.isalpha() else _SHAPED


def find_last_digits(text: Text) -> Iterator[Found]:
    for match in text.words.finditer(_LAST_FOUR):
        yield Found(*match.span(1), Kind.NATIONAL_ID, Strength.CUED)
