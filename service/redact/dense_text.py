"""Handle texts with more to find than people write: pasted tables and logs, and attacks on the detectors.

Every detector is linear, but thousands of numbers in one text would hold the event loop for a tenth of a second. In
such a text, all characters near a number are masked, instead of reading number by number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from service.redact.span import Found, Kind, Strength
from service.redact.text import OPAQUE

MOST_MARKS = 80
"""Most numbers and at-signs that are read one by one in a short text, and most findings replaced one by one."""
_CHARACTERS_A_MARK = 60
"""Characters of a text that allow one more mark."""
_NEAR = 64
"""Characters near a mark that are masked, then on to the end of the word.

Detectors take fewer characters from beside a number, such as the street.
"""
MARK = re.compile(r"[0-9]+|@")
_STRETCH = re.compile(rf"[0-9@](?:[^0-9@]{{0,{2 * _NEAR}}}+[0-9@])*+")
_WITHOUT_MARKS = dict.fromkeys(map(ord, "0123456789@"), OPAQUE)
_BLANKS = " \n\r\t"


def most_in(folded: str, most_marks: int = MOST_MARKS) -> int:
    return most_marks + len(folded) // _CHARACTERS_A_MARK


def is_crowded(folded: str, most: int) -> bool:
    return len(folded) > most and next(islice(MARK.finditer(folded), most, None), None) is not None


def find_stretches(folded: str) -> Iterator[Found]:
    for match in _STRETCH.finditer(folded):
        start = _word_start(folded, max(0, match.start() - _NEAR))
        end = _word_end(folded, min(len(folded), match.end() + _NEAR))
        yield Found(start, end, Kind.NUMBER, Strength.UNMISTAKABLE)


def without_marks(folded: str) -> str:
    """Blank out numbers and at-signs, place for place, for detectors of details that are told in words."""
    return folded.translate(_WITHOUT_MARKS)


def joined(found: Iterable[Found]) -> list[Found]:
    """Join findings that are near each other into one, together with the text between them."""
    stretches: list[Found] = []
    for finding in sorted(found):
        last = stretches[-1] if stretches else None
        if last is None or finding.start > last.end + _NEAR:
            stretches.append(finding._replace(strength=Strength.UNMISTAKABLE))
        elif finding.end > last.end or finding.kind is not last.kind:
            kind = last.kind if finding.kind is last.kind else Kind.NUMBER
            stretches[-1] = last._replace(end=max(last.end, finding.end), kind=kind)
    return stretches


def _word_start(folded: str, at: int) -> int:
    return max(folded.rfind(blank, 0, at) for blank in _BLANKS) + 1


def _word_end(folded: str, at: int) -> int:
    return min((end for blank in _BLANKS if (end := folded.find(blank, at)) >= 0), default=len(folded))
