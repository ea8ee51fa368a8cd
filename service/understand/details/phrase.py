"""Phrases: the noun group that an errand is about, as the customer said it.

Cues of the catalogue's examples come before the generic cues. A noun group is cut at the end of its clause and at
words that begin something else. Of several, the longest of the newest clause is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from service.domain.detail import DetailSpec
from service.understand.details.cue import DetailCue, example_cues, stands
from service.understand.details.generic_cue import is_correction_cue, is_generic_cue
from service.understand.details.said import Mention, Said
from service.understand.details.vocabulary import (
    ADJECTIVES,
    DETERMINERS,
    ENDS,
    FILLERS,
    JOINS,
    LEADS,
    NUMBERLESS,
    OCCASIONS,
    PEOPLE,
    POLITE,
    VERBS,
)

LONGEST = 8
"""Words of a noun group at most."""
_LOOSE = JOINS | POLITE | FILLERS | {"of", "with", "for", "in", "the", "a", "my"}
"""Words that end no noun group."""
_PARTS = frozenset(("one", "any", "some", "each", "either"))
"""Words before `of those`, which are left out of a noun group."""
_NOT_JOINED = ENDS | DETERMINERS | VERBS
_NOT_SERVED = DETERMINERS | PEOPLE | OCCASIONS | ENDS | {""}
_NOT_ALONE = ADJECTIVES | PEOPLE


def find_phrase(said: Said, spec: DetailSpec, barred: Collection[int], *, is_generic: bool) -> Mention | None:
    """Return the best noun group after, or before, a cue.

    `barred` holds positions of words that belong to days, times and placeholders. Generic cues count if `is_generic`.
    """
    groups = _kept(said, _by_example(said, spec, barred))
    if not groups and is_generic:
        groups = _kept(said, _by_generic_cue(said, barred))
    if not groups:
        return None
    newest = said.words[max(group.start for group in groups)].clause
    last = [group for group in groups if said.words[group.start].clause == newest]
    return mention_of(said, max(last, key=lambda group: _length(said, group)))


def mention_of(said: Said, words: range) -> Mention:
    start, end = said.words[words.start].start, said.words[words.stop - 1].end
    return Mention(start, end, said.utterance[start:end])


def group_from(said: Said, at: int, barred: Collection[int], stop: int | None = None) -> range:
    """Return the noun group that begins at a word, without articles and politeness. The group may be empty."""
    stop = len(said.words) if stop is None else stop
    most = min(at + LONGEST, stop)
    while at < most and (said.words[at].text in LEADS or _is_one_of(said, at)):
        at += 1
    if at < most and said.words[at].text == "of" and at > 0 and said.words[at - 1].text in _PARTS:
        return group_from(said, at + 1, barred, stop)
    end = at
    while end < min(at + LONGEST, stop) and _belongs(said, at, end, barred):
        end += 1
    while end > at and said.words[end - 1].text in _LOOSE:
        end -= 1
    return range(at, end)


def named_group(said: Said, at: int, barred: Collection[int]) -> range:
    """Return the noun group that begins at a word, or its name after a colon: `a toy: the Ottoline doll`."""
    group = group_from(said, at, barred)
    if not group or group.stop >= len(said.words) or said.gap(group.stop - 1).strip() != ":":
        return group
    return group_from(said, group.stop, barred) or group


def _is_one_of(said: Said, at: int) -> bool:
    return said.words[at].text == "one" and at + 1 < len(said.words) and said.words[at + 1].text == "of"


def _by_example(said: Said, spec: DetailSpec, barred: Collection[int]) -> Iterator[range]:
    cues = example_cues(spec)
    before = [cue for cue in cues if cue.is_before]
    after = [cue for cue in cues if not cue.is_before]
    lasts = frozenset(cue.words[-1] for cue in before)
    firsts = frozenset(cue.words[0] for cue in after)
    for at, word in enumerate(said.words):
        if word.text in lasts and _opens(said, at) and any(_ends_at(said, at, cue) for cue in before):
            yield named_group(said, at + 1, barred)
        if word.text in firsts and any(stands(said, range(at, at), cue) for cue in after):
            yield _group_until(said, at, barred)
        if is_correction_cue(said, at) and _opens(said, at):
            yield named_group(said, at + 1, barred)


def _ends_at(said: Said, at: int, cue: DetailCue) -> bool:
    """Return whether the words of a cue end with a word of the utterance."""
    if cue.words[-1] != said.words[at].text:
        return False
    return len(cue.words) == 1 or stands(said, range(at, at), DetailCue(cue.words[:-1], is_before=True))


def _by_generic_cue(said: Said, barred: Collection[int]) -> Iterator[range]:
    for at in range(len(said.words) - 1):
        if _opens(said, at) and is_generic_cue(said, at):
            group = named_group(said, at + 1, barred)
            if group and _head(said, group) not in NUMBERLESS:
                yield group


def _opens(said: Said, at: int) -> bool:
    """Return whether a noun group may follow a word: in the same clause, or after a colon or a filler's comma."""
    if at + 1 >= len(said.words):
        return False
    return said.words[at].clause == said.words[at + 1].clause or said.gap(at).strip() in (":", ",")


def _head(said: Said, group: range) -> str:
    """Return the main noun: `problem` of `problem with my lamp`."""
    words = [said.words[at].text for at in group]
    ends = [at for at, word in enumerate(words) if word in ("with", "of", "for", "in") and at]
    return words[ends[0] - 1 if ends else -1]


def _kept(said: Said, groups: Iterator[range]) -> Sequence[range]:
    """Return the groups with a noun that may be an item."""
    return [group for group in groups if any(said.words[at].text not in _NOT_ALONE for at in group)]


def _belongs(said: Said, first: int, at: int, barred: Collection[int]) -> bool:
    """Return whether a noun group that begins at `first` goes on with a word."""
    word = said.words[at]
    if at in barred or word.clause != said.words[first].clause or word.text.startswith("<"):
        return False
    following = said.words[at + 1].text if said.has(at + 1, beside=at) and at + 1 not in barred else ""
    if word.text in JOINS:
        return following != "" and following not in _NOT_JOINED
    if word.text == "in":
        return following in ADJECTIVES
    if word.text in ("for", "about"):
        return at > first and following not in _NOT_SERVED
    return word.text not in ENDS


def _group_until(said: Said, stop: int, barred: Collection[int]) -> range:
    """Return the noun group that ends before a cue."""
    start = stop
    while start > max(0, stop - LONGEST - 1) and _is_inside(said, start - 1, stop, barred):
        start -= 1
    return group_from(said, start, barred, stop)


def _is_inside(said: Said, at: int, stop: int, barred: Collection[int]) -> bool:
    word = said.words[at]
    return word.clause == said.words[stop].clause and at not in barred and word.text not in ENDS


def _length(said: Said, group: range) -> int:
    return said.words[group.stop - 1].end - said.words[group.start].start
