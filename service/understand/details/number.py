"""Numbers in digits and in words, up to 9,999."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from service.understand.details.said import Mention, Said, settled
from service.understand.details.vocabulary import in_order

MOST: Final = 9_999
UNITS: Final = {
    word: value
    for value, word in enumerate(in_order("zero one two three four five six seven eight nine"))
} | {"oh": 0, "nought": 0}  # fmt: skip
_TEENS = {
    word: value
    for value, word in enumerate(
        in_order("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"), 10
    )
}
_TENS = {
    word: value * 10
    for value, word in enumerate(in_order("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
} | {"fourty": 40}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_CLASSES = {
    **dict.fromkeys(UNITS, "u"),
    **dict.fromkeys(("zero", "oh", "nought"), "z"),
    **dict.fromkeys(_TEENS, "e"),
    **dict.fromkeys(_TENS, "t"),
    **dict.fromkeys(_REPEATS, "r"),
    "hundred": "h",
    "thousand": "m",
    "and": "&",
    "a": "a",
    "an": "a",
}
_VALUES = {**UNITS, **_TEENS, **_TENS, "a": 1, "an": 1}
_CARDINAL = re.compile(r"(?:(?P<m>a|tu?|e|u)m&?)?(?:(?P<h>a|tu?|e|u)h&?)?(?P<r>tu?|e|u|z)?")
"""Over one letter a word, so that `two hundred and fourteen` is `uh&e`."""
_SAID = "|".join(sorted({*_VALUES, *_REPEATS, "hundred", "thousand"} - {"a", "an"}, key=len, reverse=True))
_WORDS = re.compile(
    rf"(?<![\w'-])(?:an?\s{{1,3}}(?=hundred|thousand))?(?!oh\b)(?:{_SAID})\b"
    rf"(?:(?:(?:(?<=hundred)|(?<=thousand))\s{{1,3}}and)?(?:\s{{1,3}}|-)(?:{_SAID})\b){{0,11}}(?![\w'-])"
)
_DOZEN = re.compile(
    rf"(?<![\w'-])(?:(?P<half>half\s{{1,3}}an?)|an?|(?P<count>{_SAID}|[0-9]{{1,3}}))\s{{1,3}}dozen(?![\w'-])"
)
_COUPLE = re.compile(r"(?<![\w'-])(?:a|the)\s{1,3}(?:couple|pair)(?:\s{1,3}of(?:\s{1,3}us)?)?(?![\w'-])")
_DIGITS = re.compile(
    r"(?<![\w.:/-])(?<![0-9],)(?P<whole>[0-9],[0-9]{3}|[0-9]{1,4})(?P<part>\.[0-9]{1,2})?(?![\w:/%-]|[.,][0-9])"
)
_SPACED = re.compile(r"(?<![\w.:/-])(?<![0-9][ ,])[0-9](?: [0-9]){1,3}(?![\w:/%-]|[ .,][0-9])")


def find_numbers(said: Said) -> list[Mention]:
    """Return all numbers. The word `one` alone is unsure, because it often stands for a thing."""
    return settled([*_in_words(said.folded), *_in_digits(said.folded)])


def number_of(words: str) -> int | None:
    """Return the value of number words, or `None` if the words are no number up to 9,999."""
    parts = re.findall(r"[a-z]+", words)
    classes = "".join([_CLASSES.get(part, "?") for part in parts])
    match = _CARDINAL.fullmatch(classes)
    value = _summed(parts, match) if match and classes else _joined(parts, classes)
    return value if value is not None and value <= MOST else None


def _in_words(folded: str) -> Iterator[Mention]:
    for match in _WORDS.finditer(folded):
        if (value := number_of(match[0])) is not None:
            yield Mention(*match.span(), value, is_sure=match[0] != "one")
    for match in _DOZEN.finditer(folded):
        count = match["count"] or "one"
        value = int(count) if count.isdecimal() else number_of(count)
        if value is not None:
            yield Mention(*match.span(), 6 if match["half"] else 12 * value)
    for match in _COUPLE.finditer(folded):
        yield Mention(*match.span(), 2)


def _in_digits(folded: str) -> Iterator[Mention]:
    for match in _SPACED.finditer(folded):
        yield Mention(*match.span(), int(match[0].replace(" ", "")))
    for match in _DIGITS.finditer(folded):
        whole = int(match["whole"].replace(",", ""))
        yield Mention(*match.span(), float(f"{whole}{match['part']}") if match["part"] else whole)


def _summed(parts: list[str], match: re.Match[str]) -> int:
    def group(name: str) -> int:
        start, end = match.span(name)
        return sum([_VALUES[part] for part in parts[max(start, 0) : max(end, 0)]])

    return 1000 * group("m") + 100 * group("h") + group("r")


def _joined(parts: list[str], classes: str) -> int | None:
    """Return digits told one after the other: `two one four`, `two fourteen`, `double four`."""
    if not re.fullmatch(r"(?:[uzte]|r[uz])+", classes):
        return None
    digits, repeat = "", 1
    for position, part in enumerate(parts):
        if part in _REPEATS:
            repeat = _REPEATS[part]
        elif classes[position] == "u" and position and classes[position - 1] == "t":
            digits = digits[:-1] + str(_VALUES[part])
        else:
            digits, repeat = digits + str(_VALUES[part]) * repeat, 1
    return int(digits)
