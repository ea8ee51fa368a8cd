"""Texts with more numbers and at-signs than people write: pasted tables and logs, and attacks on the detectors.

Every detector is linear, but thousands of numbers in one text would hold the event loop for a tenth of a second. Such a
text is not read number by number: whatever stands near one of them is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from service.redact.span import Found, Kind, Strength
from service.redact.text import OPAQUE

MOST_MARKS = 400
_NEAR = 64
"""More than detectors take from beside a number, such as the street; then on to the end of the word."""
_MARK = re.compile(r"[0-9]+|@")
_STRETCH = re.compile(rf"[0-9@](?:[^0-9@]{{0,{2 * _NEAR}}}+[0-9@])*+")
_WITHOUT_MARKS = dict.fromkeys(map(ord, "0123456789@"), OPAQUE)
_BLANKS = " \n\r\t"


def is_crowded(folded: str, most_marks: int = MOST_MARKS) -> bool:
    return len(folded) > most_marks and next(islice(_MARK.finditer(folded), most_marks, None), None) is not None


def find_stretches(folded: str) -> Iterator[Found]:
    for match in _STRETCH.finditer(folded):
        start = _word_start(folded, max(0, match.start() - _NEAR))
        end = _word_end(folded, min(len(folded), match.end() + _NEAR))
        yield Found(start, end, Kind.NUMBER, Strength.UNMISTAKABLE)


def without_marks(folded: str) -> str:
    """The same without numbers, place for place, for detectors of what is told in words."""
    return folded.translate(_WITHOUT_MARKS)


def _word_start(folded: str, at: int) -> int:
    return max(folded.rfind(blank, 0, at) for blank in _BLANKS) + 1


def _word_end(folded: str, at: int) -> int:
    return min((end for blank in _BLANKS if (end := folded.find(blank, at)) >= 0), default=len(folded))
