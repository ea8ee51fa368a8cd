"""Find bank accounts as IBAN: by the country's length and the checksum, or by the length and the word IBAN before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.redact.span import Found, Kind, Strength
from service.redact.text import Text

# SWIFT's registry of countries, by length
_COUNTRIES_BY_LENGTH = {
    15: "no", 16: "be", 18: "dk fi fo gl nl sd", 19: "mk si", 20: "at ba ee kz lt lu mn xk",
    21: "ch cr hr li lv", 22: "bg bh de gb ge ie me rs va", 23: "ae gi il iq om so tl",
    24: "ad cz es md pk ro sa se sk tn vg", 25: "ly pt st", 26: "is tr", 27: "bi dj fr gr it mc mr sm",
    28: "al az by cy do gt hu lb ni pl sv", 29: "br eg ps qa ua", 30: "jo kw mu", 31: "mt sc", 32: "lc", 33: "ru",
}  # fmt: skip
_LENGTHS = {country: length for length, countries in _COUNTRIES_BY_LENGTH.items() for country in countries.split()}
_START = re.compile(r"(?<![a-z0-9])([a-z]{2})[ .-]?[0-9]{2}(?=[ .-]?[a-z0-9])")
_MOST_CHARACTERS = 75
_CUE = re.compile(r"\biban\b[^a-z0-9\ue000]{0,4}(?:(?:is|no|number|ist|est|es)\b[^a-z0-9\ue000]{0,3}){0,2}$")


def is_iban(written: str) -> bool:
    """Whether the check digits hold (ISO 7064, MOD 97-10)."""
    characters = [character for character in written if character.isalnum()]
    return int("".join(str(int(character, 36)) for character in characters[4:] + characters[:4])) % 97 == 1


def find_ibans(text: Text) -> Iterator[Found]:
    for match in _START.finditer(text.lowered):
        length = _LENGTHS.get(match[1])
        end = _end_after(text.lowered, match.start(), length) if length else None
        if end is None:
            continue
        if is_iban(text.folded[match.start() : end]):
            yield Found(match.start(), end, Kind.IBAN, Strength.CHECKED)
        elif _CUE.search(text.lowered[max(0, match.start() - 24) : match.start()]):
            yield Found(match.start(), end, Kind.IBAN, Strength.CUED)


def _end_after(lowered: str, start: int, length: int) -> int | None:
    count = 0
    for at in range(start, min(len(lowered), start + _MOST_CHARACTERS)):
        character = lowered[at]
        if character.isascii() and character.isalnum():
            count += 1
            if count == length:
                return None if lowered[at + 1 : at + 2].isalnum() else at + 1
        elif character not in " .-":
            return None
    return None
