"""Proof that every path is free of dead ends, for every minute, channel and outage, or else an example of a dead end.

Hours are checked minute by minute over `DAYS`, which includes seasons, public holidays and changes of the clock. Hours
change only at full minutes, so the samples are complete. A rung without hours needs no check, and equal hours are
checked once.

An outage is a rung that cannot serve this contact. A page, a queue or a service may be away. A promise may be
impossible to keep, because the customer lacks a telephone or a mailbox.

A promise is never away for all customers at once, because making a promise takes only the commit of the decision. A
number that can be rung at any time belongs to others, such as the emergency services. All other rungs may be away
together, for example if the lines of a house are dead. A promise or such a number must then be left. A path that holds
with all of them away also holds with any part of them away.

A customer may leave no number or address. All promises are then impossible at once. This proof is told apart from the
others, because catalogues of earlier versions fail it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.catalogue.hours import MINUTES_A_DAY, OpeningHours, known_zone
from service.catalogue.schema import PhoneRung, Policy, Rung
from service.domain.understanding import Channel

DAYS: Final = 400
"""A year, a leap day, and time to restart the service."""
_MINUTES_A_WEEK: Final = 7 * MINUTES_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEnd:
    """A gap in a path: the moment, channel and outage that leave a customer without a rung."""

    path: str
    channel: Channel
    outage: str
    """Words for the outage inside a sentence. Empty if every rung is there."""
    moment: str
    leaves_details: bool = True
    """False if the customer leaves no number or address."""

    def __str__(self) -> str:
        outage = f"with {self.outage} down, " if self.outage else ""
        customer = "" if self.leaves_details else " for a customer who leaves no number or address"
        return f"on {self.moment}, {outage}{self.path} ends nowhere{customer} (by {self.channel})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Extent of the search, and the first dead end of each path that has a dead end."""

    intents: int
    days: int
    public_holidays: int
    clock_changes: int
    channels: int
    outages: int
    """Number of outages of the path with the most outages. The case without an outage counts as one."""
    dead_ends: tuple[DeadEnd, ...]
    without_details: tuple[DeadEnd, ...] = ()
    """The first dead end of each path for customers that leave no number or address."""

    def __str__(self) -> str:
        return (
            f"{self.intents} intents, at each of {self.days * MINUTES_A_DAY:,} minutes ({self.days} days with "
            f"{self.public_holidays} public holidays and {self.clock_changes} changes of the clock), on each of "
            f"{self.channels} channels, in each of up to {self.outages} outages"
        )


def prove(ladders: Mapping[str, Sequence[Rung]], policy: Policy, *, intents: int, first: date) -> Proof:
    """Check paths, by name, from the day `first` on. `intents` is the number of intents that lead to the paths."""
    opening = _Opening(policy, first)
    return Proof(
        intents=intents,
        days=DAYS,
        public_holidays=opening.public_holidays,
        clock_changes=_clock_changes(policy, first),
        channels=len(Channel),
        outages=max((len(_outages(rungs)) for rungs in ladders.values()), default=0),
        dead_ends=tuple(
            dead_end for name, rungs in ladders.items() if (dead_end := _find_dead_end(name, rungs, opening))
        ),
        without_details=tuple(
            dead_end for name, rungs in ladders.items() if (dead_end := _find_without_details(name, rungs, opening))
        ),
    )


_Called = tuple[str, str]
"""Name and kind of a rung. Rungs that share both are the same page, desk or service, and are away together."""


def _outages(rungs: Sequence[Rung]) -> dict[frozenset[_Called], str]:
    """Return sets of rungs that are away, with the words for each.

    The empty set comes first, then each rung alone, then all rungs except promises and numbers to ring at any time.
    """
    found: dict[frozenset[_Called], str] = {frozenset(): ""}
    found |= {frozenset({_called(rung)}): rung.name for rung in rungs}
    found.setdefault(frozenset(_called(rung) for rung in rungs if not _stays(rung)), "every page, queue and service")
    return found


def _stays(rung: Rung) -> bool:
    return rung.is_promise or (isinstance(rung, PhoneRung) and rung.hours is None)


def _called(rung: Rung) -> _Called:
    return rung.name, rung.kind


def _find_dead_end(path: str, rungs: Sequence[Rung], opening: _Opening) -> DeadEnd | None:
    for away, outage in _outages(rungs).items():
        left = [rung for rung in rungs if _called(rung) not in away]
        if (gap := _find_gap(left, opening)) is not None:
            return DeadEnd(path=path, channel=gap[0], outage=outage, moment=gap[1])
    return None


def _find_without_details(path: str, rungs: Sequence[Rung], opening: _Opening) -> DeadEnd | None:
    gap = _find_gap([rung for rung in rungs if not rung.is_promise], opening)
    return None if gap is None else DeadEnd(path=path, channel=gap[0], outage="", moment=gap[1], leaves_details=False)


def _find_gap(left: Sequence[Rung], opening: _Opening) -> tuple[Channel, str] | None:
    """Return the first channel and moment for which these rungs leave a gap."""
    for channel in Channel:
        moment = opening.find_gap({rung.hours for rung in left if rung.serves(channel)})
        if moment is not None:
            return channel, moment
    return None


class _Opening:
    """Open minutes of hours, and gaps between several hours. Each is computed at most once."""

    def __init__(self, policy: Policy, first: date) -> None:
        self._policy = policy
        self._first = first
        # Eight minutes share a byte, because a catalogue may have hundreds of different hours.
        self._minutes: dict[str, NDArray[np.uint8]] = {}
        self._gaps: dict[frozenset[str], str | None] = {}

    @property
    def public_holidays(self) -> int:
        return int(np.unpackbits(self._open("PH")).sum()) // MINUTES_A_DAY

    def find_gap(self, hours: set[str | None]) -> str | None:
        """Return a moment in words at which all these hours are closed. `None` among the hours means always open."""
        named = frozenset(each for each in hours if each is not None)
        if len(named) < len(hours):
            return None
        if named not in self._gaps:
            self._gaps[named] = self._first_gap(named)
        return self._gaps[named]

    def _first_gap(self, hours: frozenset[str]) -> str | None:
        covered = np.zeros(DAYS * MINUTES_A_DAY // 8, dtype=np.uint8)
        for each in sorted(hours):
            covered |= self._open(each)
        gaps = np.unpackbits(~covered)
        return self._words(gaps) if gaps.any() else None

    def _words(self, gaps: NDArray[np.uint8]) -> str:
        """Return weekday and time of a gap in every week, otherwise day and time of the first gap."""
        weekly = gaps[: len(gaps) // _MINUTES_A_WEEK * _MINUTES_A_WEEK].reshape(-1, _MINUTES_A_WEEK).all(axis=0)
        minute = int((weekly if weekly.any() else gaps).argmax())
        moment = datetime.combine(self._first, time()) + timedelta(minutes=minute)
        return f"{moment:%A %H:%M}" if weekly.any() else f"{moment:%A} {moment.day} {moment:%B %Y %H:%M}"

    def _open(self, hours: str) -> NDArray[np.uint8]:
        if hours not in self._minutes:
            parsed = OpeningHours.parse(hours, self._policy.timezone, self._policy.holidays)
            self._minutes[hours] = np.packbits(parsed.open_minutes(self._first, DAYS))
        return self._minutes[hours]


def _clock_changes(policy: Policy, first: date) -> int:
    zone = known_zone(policy.timezone)
    nights = [datetime.combine(first + timedelta(days=day), time(), zone) for day in range(DAYS + 1)]
    return sum(night.utcoffset() != next_night.utcoffset() for night, next_night in pairwise(nights))
