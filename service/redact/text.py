"""Prepare a text for the detectors: as long as the original, so that offsets hold, but in one way of writing.

Digits of every script become ASCII digits, dashes become one dash, and odd blanks become a blank. Placeholders become
an opaque run, so that detectors read the customer's words only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from service.redact.cue import Cues
from service.redact.digits import Run, runs_of_digits
from service.redact.span import Kind
from service.redact.word import Words

OPAQUE = "\ue000"
"""Stands for each character of a placeholder. It is different from all word characters and separators."""

_PLACEHOLDER = re.compile("<(?:" + "|".join(Kind) + ")>")
_ODD_BLANKS = "\u00a0\u00ad\u202f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200E)))
_AFTER_THE_LAST_DIGIT = 0x20000
_TABLE: dict[int, str] = {
    # the one letter whose lower case is two characters long
    0x130: "I",
    0xFF20: "@",
    0xFF0E: ".",
    0xFF0B: "+",
    **dict.fromkeys(map(ord, _ODD_BLANKS), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2026\u00a1\u00bf\u3001\u3002"), "."),
    **{
        code: str(digit)
        for code in range(128, _AFTER_THE_LAST_DIGIT)
        if (digit := unicodedata.decimal(chr(code), None)) is not None
    },
}
# the letters of "für" and "née" need no look-up
_ODD = re.compile("[^\x00-\x7f\u00c0-\u012f\u0131-\u024f]")


class Text(NamedTuple):
    folded: str
    lowered: str
    runs: tuple[Run, ...]
    words: Words
    cues: Cues


def fold(written: str) -> str:
    if "<" in written:
        written = _PLACEHOLDER.sub(lambda match: OPAQUE * len(match[0]), written)
    return written if written.isascii() or not _ODD.search(written) else written.translate(_TABLE)


def read(folded: str) -> Text:
    lowered = folded.lower()
    words = Words(lowered)
    return Text(folded, lowered, tuple(runs_of_digits(folded)), words, Cues(lowered, words))
