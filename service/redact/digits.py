"""Groups of digits as people separate them: `4111-1111 …`, `07700.900.123`, `7 7 4 1`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

_GROUP = re.compile(r"[0-9]+")
_SEPARATORS = " \t.-/()_,"
_LONGEST_GAP = 3
_CHUNK = re.compile(r"[\w@./-]++")
_CHUNK_MARKS = frozenset("_@./-")


class Run:
    """Groups of digits with at most a few separators between neighbours."""

    __slots__ = ("digits", "ends", "offsets", "starts")

    def __init__(self, text: str, groups: Sequence[tuple[int, int]]) -> None:
        self.starts = tuple(start for start, _ in groups)
        self.ends = tuple(end for _, end in groups)
        self.digits = "".join(text[start:end] for start, end in groups)
        """All digits of the run, without separators."""
        self.offsets = tuple(accumulate((end - start for start, end in groups), initial=0))
        """Start of each group in `digits`, then the end of the last group."""

    def __len__(self) -> int:
        return len(self.starts)

    def size(self, group: int) -> int:
        return self.offsets[group + 1] - self.offsets[group]

    def digits_of(self, first: int, last: int) -> str:
        return self.digits[self.offsets[first] : self.offsets[last + 1]]


def runs_of_digits(text: str) -> Iterator[Run]:
    groups: list[tuple[int, int]] = []
    for match in _GROUP.finditer(text):
        start, end = match.span()
        if groups and not _joined(text, groups[-1][1], start):
            yield Run(text, groups)
            groups = []
        groups.append((start, end))
    if groups:
        yield Run(text, groups)


def _joined(text: str, end: int, start: int) -> bool:
    return start - end <= _LONGEST_GAP and not text[end:start].strip(_SEPARATORS)


def chunks_with_digits(lowered: str, runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
    """Yield each chunk with digits once, from blank to blank or bracket: `a-4471/b`, `12.50`, `jo1@example.com`."""
    end = 0
    for run in runs:
        for at in run.starts:
            if at >= end:
                start = at
                while start > end and _in_chunk(lowered[start - 1]):
                    start -= 1
                match = _CHUNK.match(lowered, start)
                end = match.end() if match else at + 1
                yield start, end


def _in_chunk(character: str) -> bool:
    return character.isalnum() or character in _CHUNK_MARKS


def count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))
