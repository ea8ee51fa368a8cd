"""List the sentences of a catalogue that customers see, with their audience and their place in the files.

The catalogue firewall judges whether a sentence promotes. This module words the problem with such a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.catalogue.messages import Sentence
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.path_rules import sound_rungs
from service.catalogue.schema import Intent, Path, Policy
from service.catalogue.yaml_document import Place
from service.errors import Problem

LONGEST_QUOTE = 120
"""Limit of characters of a clause that a problem repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One text, as a customer sees it."""

    text: str
    intents: frozenset[str]
    """Goals of the contacts that see the text. Empty stands for all contacts, with any goal."""
    entry: ParsedEntry[Intent] | ParsedEntry[Path]
    place: Place
    """Place inside the entry."""

    def promotes(self, clause: str) -> Problem:
        """Return the problem for a clause that promotes."""
        shown = clause if len(clause) <= LONGEST_QUOTE else f"{clause[:LONGEST_QUOTE]}…"
        words = Sentence(
            "promotional_sentence",
            f"“{shown}” promotes, flatters or pleads, and nobody who sees it asked for that.",
            "Say what gets this errand done and nothing else, or remove the sentence.",
        )
        return self.entry.problem(words, *self.place)


def sayings(draft: Draft) -> Iterator[Saying]:
    """Yield titles, labels, texts of rungs and reasons for questions. Entries with a mistake elsewhere are included."""
    for intent in draft.intents.values():
        if title := _text(intent.content.get("title")):
            yield Saying(text=title, intents=frozenset({intent.name}), entry=intent, place=("title",))
    for name, path in draft.paths.items():
        yield from _of_path(path, _takers(name, draft))


def _of_path(path: ParsedEntry[Path], takers: frozenset[str]) -> Iterator[Saying]:
    if label := _text(path.content.get("label")):
        yield Saying(text=label, intents=takers, entry=path, place=("label",))
    for place, rung in sound_rungs(path):
        if rung.say is not None:
            yield Saying(text=rung.say, intents=takers, entry=path, place=(*place, "say"))
        for index, need in enumerate(rung.needs):
            yield Saying(text=need.why, intents=takers, entry=path, place=(*place, "needs", index, "why"))


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
