"""References: values that redaction found, and short numbers and codes that redaction left in the utterance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from service.domain.detail import DetailSpec, Placeholder
from service.understand.details.answer import is_bare
from service.understand.details.number import UNITS
from service.understand.details.said import Mention, Said

NAMED_KINDS: Final = frozenset(("order_number", "booking_number", "account_number"))
OPEN_KINDS: Final = frozenset(("reference", "number"))
"""Kinds of the redactor that tell nothing about the owner of a number."""
_LOOSE = frozenset(("number", "reference", "ref", "code", "id", "no"))
_PASSED = _LOOSE | frozenset(("is", "my", "the", "it's", "was", "of", "nr", "for", "with"))
_CODE = re.compile(r"(?=[a-z/-]{0,12}[0-9])[a-z0-9]{1,24}(?:[-/][a-z0-9]{1,24}){0,5}")
_NOT_A_CODE = re.compile(r"[0-9]{1,3}(?:st|nd|rd|th|am|pm|[a-z])?|[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{2,4})?")
LEAST_SPOKEN = 3
"""Digits told one after the other that make a reference after its question."""
_SPOKEN = re.compile(
    rf"(?<![\w-])(?:{'|'.join(UNITS)})(?:\s{{1,3}}(?:{'|'.join(UNITS)})){{{LEAST_SPOKEN - 1},11}}(?![\w-])"
)


def placeholder_values(
    said: Said, spec: DetailSpec, placeholders: Sequence[Placeholder], *, is_asked: bool, is_only: bool
) -> list[Mention]:
    """Return the redacted values that fit a detail, best fit last.

    An order number is for orders only. A number of an unknown owner needs its cue, its question, or a catalogue with
    a single reference.
    """
    ranked = [
        (rank, place)
        for place in placeholders
        if (rank := _rank(said, spec, place, is_asked=is_asked, is_only=is_only))
    ]
    return [Mention(place.start, place.end, place.value) for _, place in sorted(ranked, key=lambda each: each[0])]


def find_codes(said: Said, spec: DetailSpec, *, is_asked: bool) -> Iterator[Mention]:
    """Yield numbers and codes of the utterance: after the name of the detail, or after the question for it."""
    telling = _telling(spec)
    for at, word in enumerate(said.words):
        if not _CODE.fullmatch(word.text):
            continue
        if _is_named(said, at, telling) or (is_asked and not _NOT_A_CODE.fullmatch(word.text)):
            yield Mention(word.start, word.end, said.utterance[word.start : word.end])
    if is_asked:
        for match in _SPOKEN.finditer(said.folded):
            yield Mention(*match.span(), "".join([str(UNITS[digit]) for digit in match[0].split()]))


def _rank(said: Said, spec: DetailSpec, place: Placeholder, *, is_asked: bool, is_only: bool) -> int:
    """Return how well a redacted value fits, or 0 if the value is not for this detail."""
    if place.kind not in NAMED_KINDS | OPEN_KINDS:
        return 0
    if place.kind in NAMED_KINDS and (place.kind == spec.name or set(place.kind.split("_")) & _telling(spec)):
        return 3
    if _is_named(said, said.first_at(place.start), _telling(spec)):
        return 3
    if place.kind in OPEN_KINDS:
        return 2 if is_asked else int(is_only)
    # another owner's number is taken only if it is the whole answer
    return int(is_asked and is_bare(said, said.covered(place.start, place.end)))


def _telling(spec: DetailSpec) -> frozenset[str]:
    return frozenset(spec.name.split("_")) - _LOOSE


def _is_named(said: Said, at: int, telling: frozenset[str]) -> bool:
    """Return whether a word of the detail's name stands before a number."""
    before = at - 1
    while before > at - 5 and said.has(before, beside=min(at, len(said.words) - 1)):
        word = said.words[before].text
        if word in telling:
            return True
        if word not in _PASSED:
            return False
        before -= 1
    return False
