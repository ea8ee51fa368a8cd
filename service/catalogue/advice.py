"""Warnings of a usable catalogue: silence on the telephone, promises that break, and missing ways out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.catalogue.hours import MINUTES_A_DAY, OpeningHours
from service.catalogue.messages import Sentence
from service.catalogue.parsed_entries import ALONE, Draft, ParsedEntry
from service.catalogue.proof import DAYS, Proof
from service.catalogue.schema import Catalogue, Path, PromiseRung, Rung
from service.catalogue.yaml_document import Place
from service.domain.understanding import Channel
from service.errors import Problem

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_TIME: Final = re.compile(r"\d|\b(?:minute|hour|day|week)s?\b|\btomorrow\b", re.IGNORECASE)
"""Words of a sentence that names a time. In other languages than English only digits are seen."""


def advise(draft: Draft, catalogue: Catalogue, proof: Proof, first: date) -> Iterator[Problem]:
    """Yield warnings. `catalogue` is that of `draft`, and hours are looked at from the day `first` on."""
    owned = [
        (path, entry, place, rung)
        for path in catalogue.paths.values()
        for entry, place, rung in _owned_rungs(path, draft)
    ]
    yield from _silence(owned)
    calendar, told = _Calendar(catalogue=catalogue, first=first), set[tuple[Place, Place]]()
    for path, entry, place, rung in owned:
        words = _unkept(path, rung, calendar)
        if words is not None and (entry.place, place) not in told:
            told.add((entry.place, place))
            yield entry.problem(words, *place, severity="warning")
    yield from _offers_by_name(draft, catalogue)
    yield from _without_details(draft, proof)


def _owned_rungs(path: Path, draft: Draft) -> Iterator[tuple[ParsedEntry[Any], Place, Rung]]:
    """Yield each rung of the whole ladder with the entry and the place that it is written in."""
    entry, policy = draft.paths[path.name], draft.policy.get(ALONE)
    own = len(entry.items("rungs"))
    otherwise = () if policy is None or policy.model is None else policy.model.otherwise
    common = {(rung.kind, rung.name): index for index, rung in enumerate(otherwise)}
    for position, rung in enumerate(path.rungs):
        if position < own or policy is None:
            yield entry, ("rungs", position), rung
        else:
            yield policy, ("otherwise", common[rung.kind, rung.name]), rung


def _silence(owned: Iterable[tuple[Path, ParsedEntry[Any], Place, Rung]]) -> Iterator[Problem]:
    """Warn once of each path, and once of `otherwise`, at the first rung without a sentence."""
    silent: dict[Place, dict[Place, str]] = {}
    entries: dict[Place, ParsedEntry[Any]] = {}
    for _, entry, place, rung in owned:
        if rung.say is None and rung.serves(Channel.VOICE):
            entries[entry.place] = entry
            silent.setdefault(entry.place, {})[place] = rung.name
    for where, names in silent.items():
        message = f"A caller is told nothing by {', '.join(names.values())}."
        words = Sentence("silent_rung", message, "Add 'say:' with a sentence, or 'channels:' without voice.")
        yield entries[where].problem(words, *next(iter(names)), severity="warning")


def _unkept(path: Path, rung: Rung, calendar: _Calendar) -> Sentence | None:
    """Return the words for hours that never open, or for a promise that breaks."""
    if rung.hours is not None and not calendar.opens(rung.hours):
        return Sentence("never_open", f"{rung.name} is never open in the next {DAYS} days.", "Look at its 'hours'.")
    return _broken(path, rung, calendar) if isinstance(rung, PromiseRung) else None


def _broken(path: Path, rung: PromiseRung, calendar: _Calendar) -> Sentence | None:
    desk = calendar.catalogue.desk_of(path, rung)
    # The promise's own hours count before those of the desk. Without hours it can be kept at any time.
    hours = rung.hours or (None if desk is None else desk.hours)
    if hours is None:
        return None
    keeper = rung.name if rung.hours is not None or desk is None else desk.name
    if not calendar.can_keep(rung, hours):
        message = f"{rung.name} cannot be kept within {rung.within}: {keeper} opens too rarely in the next {DAYS} days."
        return Sentence("late_promise", message, "Look at the hours of the desk, or name another 'desk'.")
    closed = calendar.find_closed(hours)
    if rung.hours is None and closed is not None and closed.span >= rung.within_span and _names_a_time(rung.say):
        message = (
            f"{rung.name} names a time that cannot be kept from {closed.begins_at:%A %H:%M} on: {keeper} is closed "
            f"until {closed.ends_at:%A %H:%M}."
        )
        mend = "Leave the time out of 'say'. The customer is told when the promise is due, by the hours of the desk."
        return Sentence("late_promise", message, mend)
    return None


def _names_a_time(say: str | None) -> bool:
    return say is not None and _TIME.search(say) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    """A time in which hours are closed, by the wall clock."""

    begins_at: datetime
    ends_at: datetime

    @property
    def span(self) -> timedelta:
        return self.ends_at - self.begins_at


@dataclass(slots=True, kw_only=True)
class _Calendar:
    """Open minutes of hours by the wall clock, each computed once."""

    catalogue: Catalogue
    first: date
    _minutes: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    _closed: dict[str, _Closed | None] = field(default_factory=dict)

    def opens(self, hours: str) -> bool:
        return bool(self._open(hours).any())

    def can_keep(self, promise: PromiseRung, hours: str) -> bool:
        """Return whether the hours have as much time, or as many days, as the promise takes."""
        days = self._open(hours).reshape(DAYS, MINUTES_A_DAY)
        within = promise.within_span
        return int(days.any(axis=1).sum()) >= within.days and int(days.sum()) >= (within % _DAY) / _MINUTE

    def find_closed(self, hours: str) -> _Closed | None:
        """Return the longest time between two times in which the hours are open, or `None` if they never close."""
        if hours not in self._closed:
            self._closed[hours] = self._longest_closed(self._open(hours))
        return self._closed[hours]

    def _longest_closed(self, is_open: NDArray[np.bool_]) -> _Closed | None:
        opened = np.flatnonzero(is_open)
        gaps = np.diff(opened)
        if len(gaps) == 0 or int(gaps.max()) == 1:
            return None
        last = int(gaps.argmax())
        return _Closed(begins_at=self._moment(int(opened[last]) + 1), ends_at=self._moment(int(opened[last + 1])))

    def _moment(self, minute: int) -> datetime:
        return datetime.combine(self.first, time()) + minute * _MINUTE

    def _open(self, hours: str) -> NDArray[np.bool_]:
        if hours not in self._minutes:
            policy = self.catalogue.policy
            parsed = OpeningHours.parse(hours, policy.timezone, policy.holidays)
            self._minutes[hours] = parsed.open_minutes(self.first, DAYS)
        return self._minutes[hours]


def _offers_by_name(draft: Draft, catalogue: Catalogue) -> Iterator[Problem]:
    for name in sorted(catalogue.offer_goals):
        if not catalogue.intents[name].asks_for_offers:
            message = f"{name} is taken for a goal of customers who ask for offers because of its name."
            words = Sentence("offers_by_name", message, "Write 'asks_for_offers: true' at every intent of this kind.")
            yield draft.intents[name].problem(words, severity="warning")


def _without_details(draft: Draft, proof: Proof) -> Iterator[Problem]:
    """Warn once of all paths, because one mend serves all of them."""
    if not proof.without_details:
        return
    sentence = str(proof.without_details[0])
    others = len(proof.without_details) - 1
    message = f"{sentence[:1].upper()}{sentence[1:]}."
    if others:
        message += f" The same holds for {others} other path{'s' if others > 1 else ''}."
    mend = "End 'otherwise' of the policy with a page for every channel, voice too, whose 'say' tells when to call."
    entry = draft.policy.get(ALONE) or draft.paths[proof.without_details[0].path]
    yield entry.problem(Sentence("no_way_without_details", message, mend), "otherwise", severity="warning")
