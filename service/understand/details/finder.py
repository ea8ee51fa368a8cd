"""The finder of details: looks for every declared detail in one utterance, in time linear in the utterance.

Words only, without I/O and without a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.detail import DetailKind, DetailSpec, FoundDetail, Placeholder
from service.understand.details.answer import bare_phrase, is_bare, is_no, is_yes
from service.understand.details.cue import is_cued
from service.understand.details.day import Today, find_days
from service.understand.details.flag import find_flags
from service.understand.details.number import find_numbers
from service.understand.details.option import find_choices, ordinal_choice
from service.understand.details.phrase import find_phrase
from service.understand.details.reference import find_codes, placeholder_values
from service.understand.details.said import Mention, Said, read
from service.understand.details.time_of_day import find_times
from service.understand.details.vocabulary import CORRECTORS, FILLERS, UNITS

MOST_BETWEEN = 6
"""Words between a value and the value that corrects it."""


def find_details(
    utterance: str,
    specs: Sequence[DetailSpec],
    *,
    now: datetime,
    asked: str | None = None,
    placeholders: Sequence[Placeholder] = (),
    day_first: bool = True,
) -> tuple[FoundDetail, ...]:
    """Return the details that an utterance tells, at most one for each spec, in the order of the specs.

    `now` is aware, in the catalogue's zone. `asked` names the detail whose question was just asked, so that a bare
    answer is its value. `placeholders` are values that redaction found, and only references take a value from them.
    `day_first` is false in zones in which `12/05` is a day in December.
    """
    heard = _heard(read(utterance), specs, asked, placeholders, now=now, day_first=day_first)
    found = ((spec, heard.find(spec)) for spec in specs)
    return tuple(_detail(spec, mention) for spec, mention in found if mention is not None)


def answers_need(
    utterance: str,
    spec: DetailSpec,
    now: datetime,
    *,
    placeholders: Sequence[Placeholder] = (),
    day_first: bool = True,
) -> FoundDetail | None:
    """Return the value that an utterance gives to a need that was just asked for."""
    found = find_details(utterance, (spec,), now=now, asked=spec.name, placeholders=placeholders, day_first=day_first)
    return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """One utterance with all mentions of numbers, days and times in it."""

    said: Said
    specs: Sequence[DetailSpec]
    asked: str | None
    placeholders: Sequence[Placeholder]
    mentions: dict[DetailKind, list[Mention]]
    barred: frozenset[int]
    """Positions of words of days, times and placeholders, which are no part of a phrase."""

    def find(self, spec: DetailSpec) -> Mention | None:
        match spec.kind:
            case DetailKind.NUMBER | DetailKind.DATE | DetailKind.TIME:
                return self._counted(spec)
            case DetailKind.PHRASE:
                return self._phrase(spec)
            case DetailKind.REFERENCE:
                return self._reference(spec)
            case DetailKind.CHOICE:
                return self._choice(spec)
            case DetailKind.FLAG:
                return self._flag(spec)

    def _is_asked(self, spec: DetailSpec) -> bool:
        return spec.name == self.asked

    def _counted(self, spec: DetailSpec) -> Mention | None:
        mentions = self.mentions[spec.kind]
        cued = [at for at, mention in enumerate(mentions) if self._is_cued(mention, spec)]
        if cued:
            return mentions[self._corrected(mentions, cued[-1])]
        free = [at for at, mention in enumerate(mentions) if self._is_free(mention, spec)]
        if not free:
            return None
        # a sure word tells more than a bare number beside it
        first = next((at for at in free if mentions[at].is_sure), free[0])
        return mentions[self._corrected(mentions, first)]

    def _is_cued(self, mention: Mention, spec: DetailSpec) -> bool:
        span = self._span(mention)
        return is_cued(self.said, span, spec) and not self._is_of_something_else(mention, spec)

    def _is_free(self, mention: Mention, spec: DetailSpec) -> bool:
        """Return whether a mention without a cue may be a value of the detail."""
        rivals = [other for other in self.specs if other.kind is spec.kind and other != spec]
        if any(is_cued(self.said, self._span(mention), rival) for rival in rivals):
            return False
        if self._is_asked(spec):
            return not self._is_of_something_else(mention, spec) and (
                mention.is_sure or is_bare(self.said, self._span(mention))
            )
        return spec.kind is not DetailKind.NUMBER and not rivals and mention.is_sure

    def _is_of_something_else(self, mention: Mention, spec: DetailSpec) -> bool:
        """Return whether a number counts nights, hours or pounds that the detail is not about."""
        span = self._span(mention)
        after = self.said.words[span.stop : span.stop + 1]
        if spec.kind is not DetailKind.NUMBER or not after or after[0].clause != self.said.words[span.start].clause:
            return False
        unit = after[0].text
        own = {word for told in (spec.name.replace("_", " "), *spec.examples) for word in told.split()}
        return unit in UNITS and not {unit, unit + "s", unit.removesuffix("s")} & own

    def _corrected(self, mentions: Sequence[Mention], at: int) -> int:
        """Return the last mention of a chain of corrections: `room 214, no, sorry, 215`."""
        while at + 1 < len(mentions) and self._is_correction(mentions[at], mentions[at + 1]):
            at += 1
        return at

    def _is_correction(self, old: Mention, new: Mention) -> bool:
        first, last = self._span(old).stop, self._span(new).start
        between = [word.text for word in self.said.words[first : min(last, first + MOST_BETWEEN + 1)]]
        if len(between) > MOST_BETWEEN or not set(between) & CORRECTORS:
            return False
        return set(between) <= _PASSED

    def _phrase(self, spec: DetailSpec) -> Mention | None:
        is_asked = self._is_asked(spec)
        phrases = [other for other in self.specs if other.kind is DetailKind.PHRASE]
        is_generic = is_asked or (self.asked not in [each.name for each in phrases] and spec == phrases[0])
        found = find_phrase(self.said, spec, self.barred, is_generic=is_generic)
        return found or (bare_phrase(self.said, self.barred) if is_asked else None)

    def _reference(self, spec: DetailSpec) -> Mention | None:
        is_only = sum(other.kind is DetailKind.REFERENCE for other in self.specs) == 1
        is_asked = self._is_asked(spec)
        values = placeholder_values(self.said, spec, self.placeholders, is_asked=is_asked, is_only=is_only)
        codes = [] if values else list(find_codes(self.said, spec, is_asked=is_asked))
        return next(reversed(values or codes), None)

    def _choice(self, spec: DetailSpec) -> Mention | None:
        found = find_choices(self.said, spec)
        if not found and self._is_asked(spec):
            return ordinal_choice(self.said, spec)
        return found[-1] if found else None

    def _flag(self, spec: DetailSpec) -> Mention | None:
        found = find_flags(self.said, spec)
        if found or not self._is_asked(spec):
            return found[0] if found else None
        no = is_no(self.said)
        return no._replace(value=False) if no else is_yes(self.said)

    def _span(self, mention: Mention) -> range:
        return self.said.covered(mention.start, mention.end)


_PASSED = (
    CORRECTORS
    | FILLERS
    | frozenset(("the", "on", "at", "it's", "is", "room", "number", "i", "make", "that", "it", "to", "for", "in"))
)


def _heard(
    said: Said,
    specs: Sequence[DetailSpec],
    asked: str | None,
    placeholders: Sequence[Placeholder],
    *,
    now: datetime,
    day_first: bool,
) -> _Heard:
    days, times = find_days(said, Today(now.date(), day_first)), find_times(said, now)
    taken = [mention for mention in (*days, *times) if mention.is_sure]
    hidden = [(place.start, place.end) for place in placeholders]
    spans = [*((mention.start, mention.end) for mention in (*taken, *_after_in(said, specs))), *hidden]
    barred = frozenset(at for start, end in spans for at in said.covered(start, end))
    numbers = [
        mention for mention in find_numbers(said) if not barred.intersection(said.covered(mention.start, mention.end))
    ]
    mentions = {DetailKind.NUMBER: numbers, DetailKind.DATE: days, DetailKind.TIME: times}
    return _Heard(said=said, specs=specs, asked=asked, placeholders=placeholders, mentions=mentions, barred=barred)


def _after_in(said: Said, specs: Sequence[DetailSpec]) -> list[Mention]:
    """Return options that stand behind a noun group: `the red kettle in medium`."""
    choices = [mention for spec in specs if spec.kind is DetailKind.CHOICE for mention in find_choices(said, spec)]
    return [choice for choice in choices if said.folded[max(0, choice.start - 3) : choice.start] == "in "]


def _detail(spec: DetailSpec, mention: Mention) -> FoundDetail:
    return FoundDetail(name=spec.name, kind=spec.kind, value=mention.value, start=mention.start, end=mention.end)
