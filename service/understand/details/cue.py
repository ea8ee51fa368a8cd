"""Cues: the words beside a value, from the catalogue's examples and from the name of a detail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from service.domain.detail import DetailKind, DetailSpec
from service.understand.details.said import Said, plain_words
from service.understand.details.vocabulary import DETERMINERS, FILLERS, FUNCTION, POLITE

LONGEST_CUE = 3
_MARKED = re.compile(r"([^{}]{0,400})\{[^{}]{1,200}\}([^{}]{0,400})")
_GENERIC = frozenset(("number", "no", "nr", "id", "code", "date", "day", "time", "name", "ref", "reference"))
"""Words of a detail's name that fit many details."""
_BETWEEN = DETERMINERS | FILLERS | {"maybe", "about", "around"}
_AFTER_NAME = _BETWEEN | _GENERIC | {"is", "was", "it's", "its", "of", "on", "at", "will", "be", "would", "has"}


class DetailCue(NamedTuple):
    """Words that stand next to a value. Articles are left out."""

    words: tuple[str, ...]
    is_before: bool
    is_name: bool = False
    """Whether the words come from the name of the detail: `room_number` is told as `the room number is 214`."""


@lru_cache(maxsize=1024)
def example_cues(spec: DetailSpec) -> tuple[DetailCue, ...]:
    """Return the cues of a detail's examples, without repetitions."""
    found = (cue for example in spec.examples for cue in _of_example(example))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def name_cues(spec: DetailSpec) -> tuple[DetailCue, ...]:
    """Return cues from the name of a detail. Each word of a number's name is a cue: `party of six`."""
    words = tuple(word for word in spec.name.split("_") if word not in _GENERIC)
    wholes = [words] if words and set(words) - FUNCTION else []
    if spec.kind is DetailKind.NUMBER:
        wholes += [(word,) for word in words if word not in FUNCTION]
    return tuple(DetailCue(whole, is_before, is_name=True) for whole in wholes for is_before in (True, False))


def is_cued(said: Said, span: range, spec: DetailSpec) -> bool:
    """Return whether a cue of the detail stands next to the words of a value."""
    if not span:
        return False
    return any(stands(said, span, cue) for cue in (*example_cues(spec), *name_cues(spec)))


def stands(said: Said, span: range, cue: DetailCue) -> bool:
    """Return whether a cue stands before, or after, the words of a span in the same sentence."""
    step = -1 if cue.is_before else 1
    at = span.start - 1 if cue.is_before else span.stop
    passed = _AFTER_NAME if cue.is_name else _BETWEEN
    for word in reversed(cue.words) if cue.is_before else cue.words:
        at = _passing(said, at, step, passed, word, beside=span.start)
        if not said.has(at, beside=span.start) or not _same(said.words[at].text, word):
            return False
        at += step
    return True


def _passing(said: Said, at: int, step: int, passed: frozenset[str], sought: str, *, beside: int) -> int:
    """Return the position of the first word that is sought, or that may not be passed over."""
    for _ in range(LONGEST_CUE):
        if not said.has(at, beside=beside) or said.words[at].text == sought or said.words[at].text not in passed:
            break
        at += step
    return at


def _same(said: str, word: str) -> bool:
    return said == word or (len(word) > 2 and said.removesuffix("s") == word.removesuffix("s"))


def _of_example(example: str) -> Iterator[DetailCue]:
    match = _MARKED.fullmatch(example)
    if match is None:
        return
    before = _telling([word for word in reversed(plain_words(match[1])) if word not in DETERMINERS])[::-1]
    after = _telling([word for word in plain_words(match[2]) if word not in POLITE])
    sides = [DetailCue(words, is_before) for words, is_before in ((before, True), (after, False)) if words]
    yield from [cue for cue in sides if set(cue.words) - FUNCTION] or sides[:1]


def _telling(words: list[str]) -> tuple[str, ...]:
    """Return the words next to the value, as far as the first word that tells something."""
    for count, word in enumerate(words[:LONGEST_CUE], 1):
        if word not in FUNCTION and not word[0].isdigit():
            return tuple(words[:count])
    return tuple(words[:LONGEST_CUE])
