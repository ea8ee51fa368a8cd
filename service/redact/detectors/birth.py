"""Find dates of birth: a full date beside a word of birth. Any other date is kept as a part of the customer's goal."""

from __future__ import annotations

from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import Text
from service.redact.word import phrase

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|"
    r"junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janvier|février|mars|avril|juin|juillet|août|"
    r"septembre|octobre|novembre|décembre)\.?"
)
_UNIT = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_TEEN = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_ORDINAL = (
    r"(?:(?:twenty |thirty |twenty-|thirty-)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|"
    r"eleventh|twelfth|\w{3,6}teenth|twentieth|thirtieth)"
)
_SPOKEN_YEAR = rf"(?:nineteen|twenty|two thousand(?: and)?)(?: (?:oh )?(?:{_TENS}(?:[ -]{_UNIT})?|{_TEEN}|{_UNIT}))?"
_YEAR = rf"(?:'?[0-9]{{2,4}}(?![0-9])|{_SPOKEN_YEAR})"
_DAY = rf"(?:[0-9]{{1,2}}(?:st|nd|rd|th|er|º|\.)?|{_ORDINAL})"
_DATE = (
    r"(?:[0-9]{1,4}\s?[./-]\s?[0-9]{1,2}\s?[./-]\s?[0-9]{2,4}"
    rf"|(?:the )?{_DAY}(?: of| de)?[ -]{_MONTH}(?:,| of| de)?[ -]?{_YEAR}"
    rf"|{_MONTH} (?:the )?{_DAY}[,.]? (?:in )?{_YEAR}"
    r"|[0-9]{2} [0-9]{2} [0-9]{2,4}|[0-9]{8}|[0-9]{6})(?![0-9])"
)
_PARTIAL = rf"(?:(?:the )?{_DAY}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY}|[0-9]{{1,2}}[./-][0-9]{{1,2}})\b"
_BETWEEN = (
    r"(?:[\s:=\-(,]{1,3}+(?:is|was|would be|should be|on|the|my|in|am|ist|es|est|el|le|del)\b){0,3}+[\s:=\-(,]{0,3}+"
)
_CERTAIN = (
    r"(?:\bd\.? ?o\.? ?b\b\.?|\bdate of birth|\bbirth ?date|\bgeburtsdatum|\bfecha de nacimiento|\bdate de naissance)"
)
_LIKELY = r"(?:\bborn|\bgave birth(?: to me)?|\bbirthday|\bgeboren(?: am)?|\bnée?|\bnacid[oa])"
_PHRASES = (
    phrase(
        "d dob date birth birthdate geburtsdatum fecha",
        rf"{_CERTAIN}(?: \([^)\d]{{1,20}}\))?{_BETWEEN}({_DATE}|{_PARTIAL})",
    ),
    phrase("born gave birthday geboren né née nacido nacida", rf"{_LIKELY}{_BETWEEN}({_DATE})"),
)


def find_births(text: Text) -> Iterator[Found]:
    for told in _PHRASES:
        for match in text.words.finditer(told):
            yield Found(*match.span(1), Kind.DATE_OF_BIRTH, Strength.CUED)
