"""List the sentences of a catalogue that customers see, with their audience and their place in the files.

The catalogue firewall judges whether a sentence promotes. This module words the problem with such a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.catalogue.detail import Detail
from service.catalogue.messages import Sentence
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.schema import Intent, Path, Policy, Rung
from service.catalogue.whole_ladder import sound_otherwise, sound_rungs
from service.catalogue.yaml_document import Place
from service.errors import Problem

LONGEST_QUOTE = 120
"""Limit of characters of a clause that a problem repeats."""
PLAIN_MEND = "Say what gets this errand done and nothing else, or remove the sentence."


Entry = ParsedEntry[Intent] | ParsedEntry[Path] | ParsedEntry[Detail] | ParsedEntry[Policy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One text, as a customer sees it."""

    text: str
    intents: frozenset[str]
    """Goals of the contacts that see the text. Empty stands for all contacts, with any goal."""
    entry: Entry
    place: Place
    """Place inside the entry."""

    def promotes(self, clause: str, words: Sequence[str] = (), mend: str = PLAIN_MEND) -> Problem:
        """Return the problem for a clause that promotes by these of its words, with a way to say the clause."""
        cause = f" by {_listed(words)}" if words and words != (clause,) else ""
        sentence = Sentence(
            "promotional_sentence",
            f"{_quoted(clause)} promotes, flatters or pleads{cause}, and nobody who sees it asked for that.",
            mend,
        )
        return self.entry.problem(sentence, *self.place)


def _quoted(text: str) -> str:
    shown = text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"
    return f"“{shown}”"


def _listed(words: Sequence[str]) -> str:
    *before, last = map(_quoted, words)
    return f"{', '.join(before)} and {last}" if before else last


def sayings(draft: Draft) -> Iterator[Saying]:
    """Yield titles, labels, texts of rungs, questions and their reasons.

    Entries with a mistake elsewhere are included.
    """
    for intent in draft.intents.values():
        yield from _said(intent, frozenset({intent.name}), "title", "spoken")
    for name, path in draft.paths.items():
        takers = _takers(name, draft)
        yield from _said(path, takers, "label")
        for place, rung in sound_rungs(path):
            yield from _of_rung(path, takers, place, rung)
    for policy in draft.policy.values():
        for place, rung in sound_otherwise(policy):
            yield from _of_rung(policy, frozenset(), place, rung)
    for detail in draft.details.values():
        yield from _of_detail(detail, draft)


def _said(entry: Entry, intents: frozenset[str], *keys: str) -> Iterator[Saying]:
    for key in keys:
        if text := _text(entry.content.get(key)):
            yield Saying(text=text, intents=intents, entry=entry, place=(key,))


def _of_rung(entry: Entry, intents: frozenset[str], place: Place, rung: Rung) -> Iterator[Saying]:
    if rung.say is not None:
        yield Saying(text=rung.say, intents=intents, entry=entry, place=(*place, "say"))
    for index, need in enumerate(rung.needs):
        if need.why:
            yield Saying(text=need.why, intents=intents, entry=entry, place=(*place, "needs", index, "why"))


def _of_detail(detail: ParsedEntry[Detail], draft: Draft) -> Iterator[Saying]:
    """Yield the words of a detail for the intents whose paths need the detail, or for all contacts if none does."""
    needing = [
        _takers(name, draft)
        for name, path in draft.paths.items()
        if any(need.field == detail.name for _, rung in sound_rungs(path) for need in rung.needs)
    ]
    # An empty set stands for all contacts, so one such path makes the words reach all of them.
    intents = frozenset().union(*needing) if all(needing) else frozenset()
    yield from _said(detail, intents, "ask", "why")
    for index, option in enumerate(detail.items("options")):
        if text := _text(option):
            yield Saying(text=text, intents=intents, entry=detail, place=("options", index))


def _text(written: object) -> str:
    return written.strip() if isinstance(written, str) else ""


def _takers(path: str, draft: Draft) -> frozenset[str]:
    """Return the intents that take a path, or the empty set for the path to a person.

    The path to a person is for every contact that cannot be helped otherwise.
    """
    policy = draft.policy.get(ALONE)
    human = (policy.text("human_intent") if policy else None) or Policy.model_fields["human_intent"].default
    takers = frozenset(name for name, intent in draft.intents.items() if intent.text("path") == path)
    return frozenset() if human in takers else takers
