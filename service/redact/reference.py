"""Numbers that a company gave to something: orders, bookings, accounts, cases. A cue keeps the meaning.

Without a cue only long runs of digits and long mixtures of letters and digits are taken; model names and error codes
are shorter, and prices, sizes and years shorter still.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.digits import Run, count_digits
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_NAMED_BY: dict[Kind, str] = {
    Kind.ORDER_NUMBER: "order|orders|purchase|purchase order|po|bestellung|bestellnummer|commande|pedido",
    Kind.BOOKING_NUMBER: (
        "booking|bookings|reservation|reservations|confirmation|itinerary|pnr|reserva|buchung|buchungsnummer|réservation"
    ),
    Kind.ACCOUNT_NUMBER: (
        "account|accounts|acct|acc|a/c|customer|client|member|membership|policy|loyalty|loyalty card|user|subscriber|"
        "subscription|contract|sort code|meter|points card|konto|kontonummer|kundennummer|vertragsnummer|cuenta|compte|"
        "routing|frequent flyer|bonus card|student"
    ),
    Kind.REFERENCE: (
        "reference|references|ref|case|ticket|tickets|tracking|parcel|package|shipment|consignment|delivery|invoice|"
        "receipt|serial|claim|complaint|incident|imei|vin|voucher|coupon|gift card|transaction|return|rma|registration|"
        "reg|warranty|quote|device|batch|licence plate|license plate|number plate|flight|barcode"
    ),
}
CUE_WORDS = frozenset(re.findall(r"\w+(?=\||$)", "|".join(_NAMED_BY.values())))
"""The last word of each cue; without one of them `find_references` finds nothing."""
_KINDS = tuple(_NAMED_BY)
_MARK = (
    r"(?:number|numbers|num|no|nr|n[º°]|id|ids|code|ref|reference|nummer|numéro|número|account)\b(?![-/]\w)\.?|#|:|="
)
_LINK = r"is|was|would be|should be|needs to be|actually|ist|es|est|it's|my|the|of|that's|called|are"
_CUED = re.compile(
    r"(?<![\w/-])(?:" + "|".join(f"({words})" for words in _NAMED_BY.values()) + r")(?![\w'])\.?"
    rf"((?:[\s.,(\-]{{0,3}}(?:{_MARK}|(?:{_LINK})\b)){{0,5}}+)[\s(\-]{{0,3}}"
    r"((?:(?<=\s)|(?<=[#:=(.\-]))(?=[a-z#/-]{0,12}[0-9])[a-z0-9]{1,40}+(?:[-_/.][a-z0-9]{1,30}+){0,6}"
    r"(?:(?<=[0-9]) [0-9]{1,6}(?![\w.,%:])){0,12})"
)
_HAS_MARK = re.compile(_MARK)
_SORT_CODE = re.compile(r"\bsort code\W{0,3}(?:(?:is|number)\W{1,3})?([0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2})(?![0-9])")
_HASH = re.compile(r"(?<![\w&])#\s?([a-z]{0,4}-?[0-9][a-z0-9-]{4,24}+)")

_DATE_OR_TIME = re.compile(
    r"[0-9]{1,2}[./-][0-9]{1,2}(?:[./-][0-9]{2,4})?|[0-9]{4}[/-][0-9]{1,2}[/-][0-9]{1,2}|[0-9]{1,2}:?[0-9]{2}(?:am|pm)"
)
_AMOUNT = re.compile(
    r"[0-9]{1,6}[.,][0-9]{1,2}|[0-9]{1,5}(?:st|nd|rd|th|[a-z]{1,3}|mins?|days?|weeks?|hours?|years?|pcs|inch)"
)

_TOKEN = re.compile(r"(?<![\w@./-])[a-z0-9]{1,4000}+(?:[-_/.][a-z0-9]{1,40}+){0,8}(?![\w@])")
_UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])")
_PRODUCT_BEFORE = re.compile(
    r"\b(?:error|err|code|model|version|update|firmware|driver|part|type|patch|kb|build)\W{0,3}$"
)
_KNOWLEDGE_BASE = re.compile(r"(?:kb|cve-?)[0-9-]{4,14}$|0x[0-9a-f]{1,16}$")
# 28102025 and 1092026 are dates of travel; written so, nobody means an order
_UNSEPARATED_DATE = re.compile(
    r"(?:[0-3]?[0-9][01][0-9]|[01][0-9][0-3][0-9])20[0-4][0-9]|20[0-4][0-9][01][0-9][0-3][0-9]"
)
_YEARS = re.compile(r"(?:(?:19|20)[0-9]{2}[\W]{0,3}){1,40}$")
_FIVE_DIGITS = re.compile(r"[0-9]{5}")
_SHORT_NUMBER = 3
_CERTAIN_NUMBER = 5


def find_references(text: Text) -> Iterator[Found]:
    lowered = text.lowered
    for match in _CUED.finditer(lowered):
        value = match[6].rstrip(".-_/")
        if _is_reference(value, marked=_HAS_MARK.search(match[5]) is not None):
            kind = next(kind for group, kind in enumerate(_KINDS, 1) if match[group])
            yield Found(match.start(6), match.start(6) + len(value), kind, Strength.CUED)
    for match in _SORT_CODE.finditer(lowered):
        yield Found(*match.span(1), Kind.ACCOUNT_NUMBER, Strength.CUED)


def find_long_numbers(text: Text) -> Iterator[Found]:
    """Numbers and mixed tokens that nothing but a `#` or their length gives away."""
    lowered = text.lowered
    for match in _HASH.finditer(lowered):
        named = text.cues.kind_at(match.start(), match.end())
        yield Found(*match.span(1), named or Kind.REFERENCE, Strength.SHAPED)
    for match in _UUID.finditer(lowered):
        yield Found(*match.span(), Kind.REFERENCE, Strength.SHAPED)
    for match in _TOKEN.finditer(lowered):
        token = match[0].rstrip("-_/.")
        kind = _kind_of_token(token)
        if kind and not _PRODUCT_BEFORE.search(lowered[max(0, match.start() - 16) : match.start()]):
            cued = text.cues.kind_at(match.start(), match.end())
            yield Found(match.start(), match.start() + len(token), cued or kind, Strength.GUESS)
    yield from _spaced(text)


def _is_reference(value: str, *, marked: bool) -> bool:
    if _DATE_OR_TIME.fullmatch(value) or _AMOUNT.fullmatch(value):
        return False
    digits = count_digits(value)
    if value.isdigit() or digits > len(value) // 2:
        return digits >= (_SHORT_NUMBER if marked else _CERTAIN_NUMBER)
    return len(value) >= _CERTAIN_NUMBER and (marked or digits >= _SHORT_NUMBER)


def _kind_of_token(token: str) -> Kind | None:
    digits = count_digits(token)
    if _DATE_OR_TIME.fullmatch(token) or _KNOWLEDGE_BASE.match(token) or _YEARS.match(token):
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
    """Long numbers in groups, `9400 1000 0000 …` or `7 7 4 1 …`; lists of years and of figures are not one number."""
    for run in text.runs:
        start, end = run.starts[0], run.ends[-1]
        if _is_one_number(run) and not _YEARS.match(text.lowered, start, end):
            yield Found(start, end, text.cues.kind_at(start, end) or Kind.NUMBER, Strength.GUESS)


def _is_one_number(run: Run) -> bool:
    if len(run) < 2 or len(run.digits) < 7:
        return False
    digit_by_digit = len(run) == len(run.digits)
    return digit_by_digit or (len(run.digits) >= 12 and all(run.size(group) >= 3 for group in range(len(run) - 1)))
