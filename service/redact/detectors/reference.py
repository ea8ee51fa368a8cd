"""Find numbers that a company gave to something: orders, bookings, accounts, cases. A cue keeps the meaning.

If a cue is missing, only long runs of digits and long mixtures of letters and digits are taken. Model names and error
codes are shorter, and prices, sizes and years are shorter still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.digits import Run, chunks_with_digits, count_digits
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text
from service.redact.word import Phrase, first_words, phrase

_NAMED_BY: dict[Kind, str] = {
    Kind.ORDER_NUMBER: "order|orders|purchase|purchase order|po|bestellung|bestellnummer|commande|pedido",
    Kind.BOOKING_NUMBER: (
        "booking|bookings|reservation|reservations|confirmation|itinerary|pnr|reserva|buchung|buchungsnummer|réservation"
    ),
    Kind.ACCOUNT_NUMBER: (
        "account|accounts|acct|acc|a/c|customer|client|member|membership|policy|loyalty|loyalty card|user|subscriber|"
        "subscription|contract|sort code|meter|mpan|mprn|points card|konto|kontonummer|kundennummer|vertragsnummer|"
        "cuenta|compte|routing|frequent flyer|bonus card|student"
    ),
    Kind.REFERENCE: (
        "reference|references|ref|case|ticket|tickets|tracking|parcel|package|shipment|consignment|delivery|invoice|"
        "receipt|serial|claim|complaint|incident|imei|vin|voucher|coupon|gift card|transaction|return|rma|registration|"
        "reg|warranty|quote|device|batch|licence plate|license plate|number plate|flight|barcode"
    ),
}
CUE_WORDS = frozenset(re.findall(r"\w+(?=\||$)", "|".join(_NAMED_BY.values())))
"""Last word of each cue. `find_references` finds a number only if a text has one of these words."""
_KINDS = tuple(_NAMED_BY)
_MARK = (
    r"(?:number|numbers|num|no|nr|n[º°]|id|ids|code|ref|reference|nummer|numéro|número|account)\b(?![-/]\w)\.?|#|:|="
)
_LINK = r"is|was|would be|should be|needs to be|actually|ist|es|est|it's|my|the|of|that's|called|are"
_CUED = Phrase(
    first_words("|".join(_NAMED_BY.values())),
    re.compile(
        r"(?<![\w/-])(?:" + "|".join(f"({words})" for words in _NAMED_BY.values()) + r")(?![\w'])\.?"
        rf"((?:[\s.,(\-]{{0,3}}(?:{_MARK}|(?:{_LINK})\b)){{0,5}}+)[\s(\-]{{0,3}}"
        r"((?:(?<=\s)|(?<=[#:=(.\-]))(?:[a-z]{1,3} (?=[0-9]{2}))?"
        r"(?=[a-z#/-]{0,12}[0-9])[a-z0-9]{1,40}+(?:[-_/.][a-z0-9]{1,30}+){0,6}"
        r"(?:(?:(?<=[0-9]) [0-9]{1,6}|(?<=[0-9][a-z]) [0-9]{3,6})(?![\w%:]|[.,][0-9])){0,12})"
    ),
)
_LETTERS_FIRST = re.compile(r"[a-z]{1,3} ")
_HAS_MARK = re.compile(_MARK)
_SORT_CODE = phrase("sort", r"\bsort code\W{0,3}(?:(?:is|number)\W{1,3})?([0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2})(?![0-9])")
_HASH = re.compile(r"#(?<![\w&].)\s?([a-z]{0,4}-?[0-9][a-z0-9-]{4,24}+)")

_PLATE = phrase(
    "registration reg plate numberplate vehicle car van",
    r"\b(?:registration|reg|plate|numberplate|vehicle|car|van)\b(?:[\s:.,(]{1,3}(?:number|no|reg|is|my|the|plate)\b){0,3}"
    r"[\s:.,(]{1,3}([a-z]{2}[0-9]{2} ?[a-z]{3})(?!\w)",
)
# capitals among digits, as systems make them: `K9TZ4L`, unlike the public code `WELCOME15`
_CODE = re.compile(r"(?=[A-Z0-9]{6,12}\Z)[A-Z]*[0-9]+[A-Z]+[0-9][A-Z0-9]*")
_DATE_OR_TIME = re.compile(
    r"[0-9]{1,2}[./-][0-9]{1,2}(?:[./-][0-9]{2,4})?|[0-9]{4}[/-][0-9]{1,2}[/-][0-9]{1,2}|[0-9]{1,2}:?[0-9]{2}(?:am|pm)"
)
_AMOUNT = re.compile(
    r"[0-9]{1,6}[.,][0-9]{1,2}|[0-9]{1,5}(?:st|nd|rd|th|[a-z]{1,3}|mins?|days?|weeks?|hours?|years?|pcs|inch)"
)

_TOKEN = re.compile(r"[a-z0-9]{1,4000}+(?:[-_/.][a-z0-9]{1,40}+){0,8}(?![\w@])")
_UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])")
_UUID_LENGTH = 36
_PRODUCT_BEFORE = re.compile(
    r"\b(?:error|err|code|model|version|update|firmware|driver|part|type|patch|kb|build)\W{0,3}\Z"
)
_DIMENSIONS = re.compile(r"[0-9]{1,5}(?:[x\u00d7*][0-9]{1,5}){1,3}(?:mm|cm|m|in|ft|px)?$")
_KNOWLEDGE_BASE = re.compile(r"(?:kb|cve-?)[0-9-]{4,14}$|0x[0-9a-f]{1,16}$")
# 28102025 and 1092026 are dates of travel: a number of this form is hardly an order
_UNSEPARATED_DATE = re.compile(
    r"(?:[0-3]?[0-9][01][0-9]|[01][0-9][0-3][0-9])20[0-4][0-9]|20[0-4][0-9][01][0-9][0-3][0-9]"
)
_YEARS = re.compile(r"(?:(?:19|20)[0-9]{2}[\W]{0,3}){1,40}$")
_FIVE_DIGITS = re.compile(r"[0-9]{5}")
_SHORT_NUMBER = 3
_LEAST_BARE = 4
_CERTAIN_NUMBER = 5


def find_references(text: Text) -> Iterator[Found]:
    for match in text.words.finditer(_CUED):
        start, value = match.start(6), match[6].rstrip(".-_/")
        end = start + len(value)
        if letters := _LETTERS_FIRST.match(value):
            value = value[letters.end() :]
            start += 0 if text.folded[start : start + letters.end()].isupper() else letters.end()
        marked = _HAS_MARK.search(match[5]) is not None or _CODE.fullmatch(text.folded, start, end) is not None
        if _is_reference(value, marked=marked):
            kind = next(kind for group, kind in enumerate(_KINDS, 1) if match[group])
            yield Found(start, end, kind, Strength.CUED)
    for match in text.words.finditer(_SORT_CODE):
        yield Found(*match.span(1), Kind.ACCOUNT_NUMBER, Strength.CUED)


def find_long_numbers(text: Text) -> Iterator[Found]:
    """Find numbers and mixed tokens that only a `#` or their length gives away."""
    lowered = text.lowered
    for match in _HASH.finditer(lowered):
        named = text.cues.kind_at(match.start(), match.end())
        yield Found(*match.span(1), named or Kind.REFERENCE, Strength.SHAPED)
    for start, end in chunks_with_digits(lowered, text.runs):
        if end - start >= _UUID_LENGTH:
            for match in _UUID.finditer(lowered, start, end):
                yield Found(*match.span(), Kind.REFERENCE, Strength.SHAPED)
        if found := _TOKEN.match(lowered, start):
            token = found[0].rstrip("-_/.")
            kind = _kind_of_token(token)
            if kind and not _PRODUCT_BEFORE.search(lowered, max(0, start - 16), start):
                cued = text.cues.kind_at(start, found.end())
                yield Found(start, start + len(token), cued or kind, Strength.GUESS)
    yield from _spaced(text)


def find_plates(text: Text) -> Iterator[Found]:
    for match in text.words.finditer(_PLATE):
        yield Found(*match.span(1), Kind.REFERENCE, Strength.CUED)


def _is_reference(value: str, *, marked: bool) -> bool:
    if _DATE_OR_TIME.fullmatch(value) or _AMOUNT.fullmatch(value):
        return False
    digits = count_digits(value)
    if value.isdigit() or digits > len(value) // 2:
        return digits >= (_SHORT_NUMBER if marked else _CERTAIN_NUMBER)
    return len(value) >= _CERTAIN_NUMBER and (marked or digits >= _SHORT_NUMBER)


def _kind_of_token(token: str) -> Kind | None:
    digits = count_digits(token)
    if digits < _LEAST_BARE:
        return None
    if any(pattern.match(token) for pattern in (_KNOWLEDGE_BASE, _YEARS, _DIMENSIONS)) or _DATE_OR_TIME.fullmatch(
        token
    ):
        return None
    if token.isdigit():
        if _UNSEPARATED_DATE.fullmatch(token):
            return None
        return Kind.NUMBER if digits >= 7 else None
    letters = sum(character.isalpha() for character in token)
    if not letters:
        return Kind.NUMBER if digits >= 9 and "." not in token else None
    mixed = (
        (digits >= 6 and letters >= 1)
        or (_FIVE_DIGITS.search(token) is not None and len(token) >= 8)
        or (digits >= 4 and len(token) >= 12)
    )
    return Kind.REFERENCE if mixed else None


def _spaced(text: Text) -> Iterator[Found]:
    """Find long numbers in groups, `9400 1000 0000 …` or `7 7 4 1 …`. Lists of years and of figures are left out."""
    for run in text.runs:
        start, end = run.starts[0], run.ends[-1]
        if _is_one_number(run) and not _YEARS.match(text.lowered, start, end):
            yield Found(start, end, text.cues.kind_at(start, end) or Kind.NUMBER, Strength.GUESS)


def _is_one_number(run: Run) -> bool:
    if len(run) < 2 or len(run.digits) < 7:
        return False
    digit_by_digit = len(run) == len(run.digits)
    return digit_by_digit or (len(run.digits) >= 12 and all(run.size(group) >= 3 for group in range(len(run) - 1)))
