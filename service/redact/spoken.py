"""Digits said aloud, as voice transcripts hold them: `oh seven nine double one …`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.card import is_card
from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

_VALUES = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
DIGIT_WORDS = frozenset(_VALUES) | frozenset(_REPEATS)

_WORD = "(?:" + "|".join(sorted(DIGIT_WORDS, key=len, reverse=True)) + r"|[0-9])\b"
_RUN = re.compile(rf"\b{_WORD}(?:[\s,.\-]{{1,3}}{_WORD}){{2,39}}+")
_PHONE_LENGTHS = range(10, 13)
_LEAST = 4


def find_spoken(text: Text) -> Iterator[Found]:
    for match in _RUN.finditer(text.lowered):
        digits, spoken = _digits_of(match[0])
        # digits alone are the other detectors' business
        if len(digits) >= _LEAST and spoken:
            kind, strength = _kind_of(digits, text.cues.kind_at(match.start()))
            yield Found(match.start(), match.end(), kind, strength)


def _digits_of(said: str) -> tuple[str, int]:
    digits = ""
    spoken = 0
    repeat = 1
    for word in re.findall(r"[a-z]+|[0-9]", said):
        if word in _REPEATS:
            repeat = _REPEATS[word]
            continue
        spoken += not word.isdigit()
        digits += _VALUES.get(word, word) * repeat
        repeat = 1
    return digits, spoken


def _kind_of(digits: str, cued: Kind | None) -> tuple[Kind, Strength]:
    if is_card(digits):
        return Kind.CARD, Strength.CHECKED
    if cued:
        return cued, Strength.CUED
    if digits.startswith("0") and len(digits) in _PHONE_LENGTHS:
        return Kind.PHONE, Strength.SHAPED
    return Kind.NUMBER, Strength.GUESS
