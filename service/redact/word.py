"""Where the words of a text stand, looked up once: a phrase is tried at its first word and nowhere else.

A pattern with a choice of fifty cues costs half a microsecond at every place where it is tried, and there are thousands
in a long text; the places of fifty words are one look into a table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(r"[0-9]?[a-z\u00c0-\u024f]+")
_FIRST = re.compile(r"(?:^|\||\(\?:)([0-9]?[a-z\u00c0-\u024f]+)")
_WORTH_LOOKING_UP = 100
"""A shorter text is read sooner than a table of it is made."""


class Phrase(NamedTuple):
    """A pattern and every word that it can begin with, as they are written in lower case."""

    first: frozenset[str]
    pattern: re.Pattern[str]


def phrase(first: str, pattern: str) -> Phrase:
    return Phrase(frozenset(first.split()), re.compile(pattern))


def first_words(choice: str) -> frozenset[str]:
    """Of a choice whose alternatives begin with whole words: `order|a/c|(?:my|the) number`."""
    return frozenset(_FIRST.findall(choice))


class Words:
    """The words of one text, found when they are first asked for."""

    __slots__ = ("_lowered", "_places")

    def __init__(self, lowered: str) -> None:
        self._lowered = lowered
        self._places: defaultdict[str, list[int]] | None = None

    def places_of(self, wanted: frozenset[str]) -> list[int]:
        """Where any of these words stands, in the order of the text."""
        places = self._looked_up()
        return sorted(place for word in wanted.intersection(places) for place in places[word])

    def finditer(self, sought: Phrase) -> Iterator[re.Match[str]]:
        """As the pattern's own `finditer`, at the phrase's first words."""
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
