"""Flags: true if the words of an example were said, such as `as a gift` or `for her birthday`."""

from __future__ import annotations

from functools import lru_cache

from service.domain.detail import DetailSpec
from service.understand.details.said import Mention, Said, plain_words
from service.understand.details.vocabulary import DETERMINERS, NEGATIONS

LONGEST_OWNER = 3
"""Words that may stand for an article or an owner: `her`, `my little niece's`."""
LOOKED_BACK = 3


def find_flags(said: Said, spec: DetailSpec) -> list[Mention]:
    """Return places at which the words of an example were said without a negation before them."""
    found = []
    examples = _examples(spec)
    for at, word in enumerate(said.words):
        likely = [words for words in examples if words[0] == word.text or words[0] in DETERMINERS]
        ends = [end for words in likely if (end := _end_of(said, at, words)) is not None]
        if ends and not _is_denied(said, at):
            found.append(Mention(said.words[at].start, said.words[max(ends)].end, value=True))
    return found


@lru_cache(maxsize=512)
def _examples(spec: DetailSpec) -> tuple[tuple[str, ...], ...]:
    found = (plain_words(example.replace("{", " ").replace("}", " ")) for example in spec.examples)
    return tuple(words for words in found if words)


def _end_of(said: Said, at: int, words: tuple[str, ...]) -> int | None:
    """Return the position of the last word of an example that begins at a word."""
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if not said.has(at, beside=max(at - 1, 0)):
            return None
        if word in DETERMINERS:
            at = _after_owner(said, at, following)
        elif said.words[at].text == word:
            at += 1
        else:
            return None
        if at < 0:
            return None
    return at - 1


def _after_owner(said: Said, at: int, following: str) -> int:
    """Return the position after an article or an owner, or -1 if there is none."""
    if said.words[at].text not in DETERMINERS:
        return -1
    for end in range(at + 1, min(at + 1 + LONGEST_OWNER, len(said.words))):
        if said.words[end].clause != said.words[at].clause:
            break
        if said.words[end].text == following:
            return end
    return at + 1


def _is_denied(said: Said, at: int) -> bool:
    clause = said.words[at].clause
    before = said.words[max(0, at - LOOKED_BACK) : at]
    return any(word.text in NEGATIONS and word.clause == clause for word in before)
