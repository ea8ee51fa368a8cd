"""An utterance cut into words, clauses and sentences, and the mentions that are found in the words."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from service.understand.details.vocabulary import ABBREVIATIONS, ADJECTIVES, FILLERS

MAX_WORDS = 3_000
"""Limit of words that are read of one utterance. The newest words are kept."""
_WORD = re.compile(r"<[a-z_]{2,20}>|[^\W_]+(?:(?:['&/+_-]|(?<=[0-9])[.:,](?=[0-9]))[^\W_]+)*")
_SENTENCE = re.compile(r"[.!?;\n…]")
_CLAUSE = re.compile(r"[,:()\[\]\u2013\u2014]|\s[-/]{1,2}\s")
_BEFORE_COMMA = ADJECTIVES | FILLERS


class Word(NamedTuple):
    """Offsets count code points, and ends are exclusive."""

    start: int
    end: int
    text: str
    """In lower case, with plain apostrophes."""
    clause: int
    sentence: int


class Mention(NamedTuple):
    """A value with its place in the utterance."""

    start: int
    end: int
    value: str | int | float | bool
    is_sure: bool = True
    """Whether the words have this meaning without a question before them. `Sat` alone may be a verb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One utterance, read once for all details."""

    utterance: str = field(repr=False)
    folded: str = field(repr=False)
    """The utterance in lower case, in the same length."""
    words: tuple[Word, ...] = field(repr=False)
    starts: tuple[int, ...] = field(repr=False)
    """Start of each word."""

    def first_at(self, offset: int) -> int:
        """Return the position of the first word that starts at an offset or after the offset."""
        return bisect_left(self.starts, offset)

    def covered(self, start: int, end: int) -> range:
        """Return the positions of the words that a range touches."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        if first < len(self.words) and self.words[first].end <= start:
            first += 1
        return range(first, self.first_at(end))

    def gap(self, before: int) -> str:
        """Return the characters between a word and the next word."""
        return self.utterance[self.words[before].end : self.words[before + 1].start]

    def has(self, position: int, *, beside: int) -> bool:
        """Return whether a word exists at a position, in the sentence of the word `beside`."""
        return 0 <= position < len(self.words) and self.words[position].sentence == self.words[beside].sentence


def read(utterance: str) -> Said:
    folded = fold(utterance)
    found = list(_WORD.finditer(folded))[-MAX_WORDS:]
    words: list[Word] = []
    clause = sentence = 0
    for match in found:
        if words:
            gap = folded[words[-1].end : match.start()]
            ends_sentence = _ends_sentence(gap, words[-1].text)
            sentence += ends_sentence
            clause += ends_sentence or _ends_clause(gap, words[-1].text)
        words.append(Word(match.start(), match.end(), match[0], clause, sentence))
    return Said(utterance=utterance, folded=folded, words=tuple(words), starts=tuple([word.start for word in words]))


def fold(text: str) -> str:
    """Return the text in lower case with plain apostrophes, in the same length, so that offsets hold."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join([char.lower() if len(char.lower()) == 1 else char for char in text])
    return lowered.replace("\u2019", "'")


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a short text of the catalogue, without marks."""
    return tuple(_WORD.findall(fold(text)))


def _ends_sentence(gap: str, before: str) -> bool:
    is_abbreviated = before in ABBREVIATIONS and gap.strip() == "."
    return not is_abbreviated and _SENTENCE.search(gap) is not None


def _ends_clause(gap: str, before: str) -> bool:
    # a comma between adjectives or after a filler stands inside a noun group: "a small, red kettle"
    is_inside = gap.strip() == "," and before in _BEFORE_COMMA
    return not is_inside and _CLAUSE.search(gap) is not None


def settled(mentions: list[Mention]) -> list[Mention]:
    """Return mentions without overlaps, in the order of the text. The earlier, then the longer mention is kept."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda each: (each.start, -each.end, not each.is_sure)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept
