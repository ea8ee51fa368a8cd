"""Look up the places of a text's words once, so that a phrase is tried at its first word only.

A pattern with a choice of fifty cues costs half a microsecond at every place that it is tried at, and a long text has
thousands of places. With a table, one look gives the places of fifty words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(r"[0-9]?[a-z\u00c0-\u024f]+")
_FIRST = re.compile(r"(?:^|\||\(\?:)([0-9]?[a-z\u00c0-\u024f]+)")
_WORTH_LOOKING_UP = 100
"""Length in characters from which a table pays. A shorter text is read faster than its table is made."""


class Phrase(NamedTuple):
    """A pattern and every word that it can begin with, in lower case."""

    first: frozenset[str]
    pattern: re.Pattern[str]


def phrase(first: str, pattern: str) -> Phrase:
    return Phrase(frozenset(first.split()), re.compile(pattern))


def first_words(choice: str) -> frozenset[str]:
    """Return the first words of a choice whose alternatives begin with whole words: `order|a/c|(?:my|the) number`."""
    return frozenset(_FIRST.findall(choice))


class Words:
    """Words of one text, looked up on first use."""

    __slots__ = ("_lowered", "_places")

    def __init__(self, lowered: str) -> None:
        self._lowered = lowered
        self._places: defaultdict[str, list[int]] | None = None

    def places_of(self, wanted: frozenset[str]) -> list[int]:
        """Return the places of these words, in the order of the text."""
        places = self._looked_up()
        return sorted(place for word in wanted.intersection(places) for place in places[word])

    def finditer(self, sought: Phrase) -> Iterator[re.Match[str]]:
        """Yield matches like the pattern's own `finditer`, but try the phrase's first words only."""
        if len(self._lowered) < _WORTH_LOOKING_UP:
            yield from sought.pattern.finditer(self._lowered)
            return
        end = 0
        for place in self.places_of(sought.first):
            if place >= end and (match := sought.pattern.match(self._lowered, place)):
                end = match.end()
                yield match

    def _looked_up(self) -> dict[str, list[int]]:
        if self._places is None:
            self._places = defaultdict(list)
            for match in _WORD.finditer(self._lowered):
                self._places[match[0]].append(match.start())
        return self._places
