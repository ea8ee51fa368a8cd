"""Corrects misspelt words towards the words that a catalogue is written in.

A word is corrected only if it is unknown to the tokenizer as a whole word, and if the catalogue has a word one edit
away: a letter too many, one missing, a wrong one, or two swapped. In a word of nine letters or more two edits are
allowed. The method is that of SymSpell (Garbe, 2012): words that share a deletion are near each other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

SHORTEST: Final = 4
"""Letters of a word below which nothing is corrected: too many words are one edit away from a short one."""
LONG: Final = 9
"""Letters from which on two edits are allowed."""
FEWEST_EXAMPLES: Final = 3
"""Examples that hold a word from which on the word is known without the tokenizer."""
WORD: Final = re.compile(r"[a-z]+")


class KnowsWords(Protocol):
    """A tokenizer that tells which words it has whole."""

    def is_whole(self, word: str) -> bool:
        """Whether a lower-case word is one token."""
        ...


class Speller:
    """Knows the words of a catalogue, each with the number of examples that hold the word."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = {word: count for word, count in counts.items() if len(word) >= SHORTEST and word.isalpha()}
        self._near: defaultdict[str, list[str]] = defaultdict(list)
        for word in self.counts:
            for form in _deletions(word, edits=1 + (len(word) >= LONG)):
                self._near[form].append(word)

    def correction(self, word: str) -> str | None:
        """The catalogue's word for a misspelt word. `None` if every word is too far away."""
        if len(word) < SHORTEST or not word.isalpha() or word in self.counts:
            return None
        edits = 1 + (len(word) >= LONG)
        found = {near for form in _deletions(word, edits) for near in self._near.get(form, ())}
        ranked = [
            (distance, -self.counts[near], near) for near in found if (distance := edit_distance(word, near)) <= edits
        ]
        return min(ranked)[2] if ranked else None


def words_of(utterances: Sequence[str], tokenizer: KnowsWords) -> dict[str, int]:
    """The words of a catalogue's examples, each with the number of examples that hold the word.

    A rare word that is unknown to the tokenizer is left out, because the word may be misspelt itself.
    """
    counts = Counter(word for text in utterances for word in set(WORD.findall(text.lower())))
    return {word: count for word, count in counts.items() if count >= FEWEST_EXAMPLES or tokenizer.is_whole(word)}


def single_words(utterances: Sequence[str]) -> list[str]:
    """Examples that are one word, sorted: the commands of a catalogue."""
    found = (re.findall(r"[^\W_]+", text.lower()) for text in utterances)
    return sorted({words[0] for words in found if len(words) == 1})


def edit_distance(one: str, other: str) -> int:
    """Edits between two words, a swap of neighbours counting as one (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, above = above, row
    return above[-1]


def _deletions(word: str, edits: int) -> set[str]:
    """The word itself, and every form of it with at most `edits` letters left out."""
    forms, last = {word}, {word}
    for _ in range(edits):
        last = {form[:place] + form[place + 1 :] for form in last for place in range(len(form))}
        forms |= last
    return forms
