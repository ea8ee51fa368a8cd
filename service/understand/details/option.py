"""Choices: the options of a detail, by their names and synonyms, with one typo in a word allowed."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from service.domain.detail import DetailSpec
from service.understand.details.said import Mention, Said, plain_words
from service.understand.details.vocabulary import FILLERS, NEGATIONS

LEAST_WITH_TYPO = 4
"""Letters of a word from which one typo is allowed."""
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "last": -1}

_DENYING = NEGATIONS | {"too"}
"""`Too small` tells of another size."""
_PASSED = FILLERS | {"the", "a", "in", "want", "like"}


class _Wording(NamedTuple):
    words: tuple[str, ...]
    option: str


def find_choices(said: Said, spec: DetailSpec) -> list[Mention]:
    """Return the options that were said, without denied options and without options in a question of two."""
    wordings = _wordings(spec)
    known = frozenset(word for wording in wordings for word in wording.words)
    initials = frozenset(wording.words[0][0] for wording in wordings)
    found: list[Mention] = []
    at = 0
    while at < len(said.words):
        is_likely = said.words[at].text[0] in initials
        wording = next((each for each in wordings if is_likely and _is_said(said, at, each.words, known)), None)
        if wording is None:
            at += 1
            continue
        last = at + len(wording.words) - 1
        if not _is_denied(said, at):
            found.append(Mention(said.words[at].start, said.words[last].end, wording.option))
        at = last + 1
    return _decided(said, found)


def ordinal_choice(said: Said, spec: DetailSpec) -> Mention | None:
    """Return the option that an ordinal means: `the second one`."""
    for word in said.words:
        place = _ORDINALS.get(word.text)
        if place is not None and place < len(spec.options):
            return Mention(word.start, word.end, spec.options[place].name)
    return None


@lru_cache(maxsize=4096)
def differs_by_a_typo(said: str, word: str) -> bool:
    """Return whether one letter was added, left out, replaced, or exchanged with its neighbour."""
    if abs(len(said) - len(word)) > 1 or said == word:
        return False
    start = 0
    while start < min(len(said), len(word)) and said[start] == word[start]:
        start += 1
    rest, other = said[start:], word[start:]
    is_swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return is_swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


@lru_cache(maxsize=512)
def _wordings(spec: DetailSpec) -> tuple[_Wording, ...]:
    """Return all words for all options, longest first."""
    found = [
        _Wording(words, option.name)
        for option in spec.options
        for told in (option.name.replace("_", " "), *option.synonyms)
        if (words := plain_words(told))
    ]
    return tuple(sorted(found, key=lambda each: -len(each.words)))


def _is_said(said: Said, at: int, words: tuple[str, ...], known: frozenset[str]) -> bool:
    if at + len(words) > len(said.words):
        return False
    return all(_means(said.words[at + place].text, word, known) for place, word in enumerate(words))


def _means(said: str, word: str, known: frozenset[str]) -> bool:
    if said == word:
        return True
    is_long = min(len(said), len(word)) >= LEAST_WITH_TYPO and word.isalpha()
    # a word of another option is no typo: "week" and "weeks" may be two options
    return is_long and said not in known and said[0] == word[0] and differs_by_a_typo(said, word)


def _is_denied(said: Said, at: int) -> bool:
    """Return whether a negation stands before an option: `not the red one`, `no red`."""
    before = at - 1
    while said.has(before, beside=at) and said.words[before].text in _PASSED:
        before -= 1
        if before < at - 4:
            return False
    is_same_clause = said.has(before, beside=at) and said.words[before].clause == said.words[at].clause
    return is_same_clause and said.words[before].text in _DENYING and before >= at - 4


def _decided(said: Said, found: list[Mention]) -> list[Mention]:
    """Return nothing if the last two options stand on both sides of `or`."""
    if len(found) < 2 or found[-1].value == found[-2].value:
        return found
    between = plain_words(said.utterance[found[-2].end : found[-1].start])
    return [] if "or" in between and len(between) <= 3 else found
