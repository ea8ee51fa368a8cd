"""Find digits said aloud, as voice transcripts hold them: `oh seven nine double one …`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.detectors.card import is_card
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_VALUES = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
}  # fmt: skip
_HUNDRED = "hundred"
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_DIGITS = {**_VALUES, **_TEENS, **{word: f"{ten}0" for word, ten in _TENS.items()}, _HUNDRED: "00"}
_ZEROS = frozenset(word for word, digit in _VALUES.items() if digit == "0")
DIGIT_WORDS = frozenset(_VALUES) | frozenset(_REPEATS)

_WORD = "(?:" + "|".join(sorted(DIGIT_WORDS, key=len, reverse=True)) + r"|[0-9])\b"
_RUN = re.compile(rf"\b{_WORD}(?:[\s,.\-]{{1,3}}{_WORD}){{2,39}}+")
_ANY_WORD = "(?:" + "|".join((_WORD, *_TEENS, *_TENS, _HUNDRED)) + r")\b"
_GAP = r"[\s,.\-]{1,3}(?:(?:uh|um|er|erm|then|dash|space)[\s,.\-]{1,3})?"
_LONG_RUN = re.compile(rf"\b{_ANY_WORD}(?:{_GAP}{_ANY_WORD}){{4,39}}+")
_LEAST_LONG = 7
"""Least digits of a number told as "nine hundred" or "forty two", because figures of all kinds are told this way."""
_PHONE_LENGTHS = range(10, 13)
_LEAST = 4


def find_spoken(text: Text) -> Iterator[Found]:
    for pattern, least in ((_RUN, _LEAST), (_LONG_RUN, _LEAST_LONG)):
        for match in pattern.finditer(text.lowered):
            digits, spoken = _digits_of(match[0])
            # digits alone are the other detectors' business
            if len(digits) >= least and spoken:
                kind, strength = _kind_of(digits, text.cues.kind_at(match.start()))
                yield Found(match.start(), match.end(), kind, strength)


def _digits_of(said: str) -> tuple[str, int]:
    digits = ""
    spoken = 0
    repeat, before = 1, ""
    for word in re.findall(r"[a-z]+|[0-9]", said):
        if word in _REPEATS:
            repeat = _REPEATS[word]
            continue
        spoken += not word.isdigit()
        if before in _TENS and word in _VALUES and word not in _ZEROS:
            digits = digits[:-1] + _VALUES[word]
        else:
            digits += _DIGITS.get(word, word if word.isdigit() else "") * repeat
        repeat, before = 1, word
    return digits, spoken


def _kind_of(digits: str, cued: Kind | None) -> tuple[Kind, Strength]:
    if is_card(digits):
        return Kind.CARD, Strength.CHECKED
    if cued:
        return cued, Strength.CUED
    if digits.startswith("0") and len(digits) in _PHONE_LENGTHS:
        return Kind.PHONE, Strength.SHAPED
    return Kind.NUMBER, Strength.GUESS
