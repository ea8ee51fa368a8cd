"""No path ends nowhere: shown for every minute, channel and outage, or refuted by an example.

Hours are looked at minute by minute over `DAYS`: seasons, public holidays and changes of the clock are among them, and
nothing lies between two samples. A rung without hours needs no looking, and the same hours are looked at once.

An outage is a rung that cannot serve this contact: a page, a queue or a service that is away, or a promise that cannot
be kept, because the customer has no telephone or no mailbox. For all customers at once a promise is never away: making
it takes no more than committing the decision. Everything else may be away together, as when the lines of a house are
dead, and then a promise has to be left. What holds with all of it away holds with any part of it away.
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
from service.catalogue.schema import Policy, Rung
from service.domain.understanding import Channel

DAYS: Final = 400
"""A year, a leap day, and time to start the service anew."""
_MINUTES_A_WEEK: Final = 7 * MINUTES_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEnd:
    """When, how and with what away a path leaves a customer standing."""

    path: str
    channel: Channel
    outage: str
    """What is away, as words for a sentence; empty where nothing is."""
    moment: str

    def __str__(self) -> str:
        outage = f"with {self.outage} down, " if self.outage else ""
        return f"on {self.moment}, {outage}{self.path} ends nowhere (by {self.channel})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How much was looked at, and the first dead end of each path that has one."""

    intents: int
    days: int
    public_holidays: int
    clock_changes: int
    channels: int
    outages: int
    """Of the path that can have most of them; that nothing is away counts as one."""
    dead_ends: tuple[DeadEnd, ...]

    def __str__(self) -> str:
        return (
            f"{self.intents} intents, at each of {self.days * MINUTES_A_DAY:,} minutes ({self.days} days with "
            f"{self.public_holidays} public holidays and {self.clock_changes} changes of the clock), on each of "
            f"{self.channels} channels, in each of up to {self.outages} outages"
        )


def prove(ladders: Mapping[str, Sequence[Rung]], policy: Policy, *, intents: int, first: date) -> Proof:
    """Look at paths, by name, from the day `first` on; `intents` lead to them."""
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
    )


_Called = tuple[str, str]
"""Name and kind: rungs that share both are the same page, desk or service, and are away together."""


def _outages(rungs: Sequence[Rung]) -> dict[frozenset[_Called], str]:
    """What is away, and the words for it: nothing, each alone, and all that is no promise; the least comes first."""
    found: dict[frozenset[_Called], str] = {frozenset(): ""}
    found |= {frozenset({_called(rung)}): rung.name for rung in rungs}
    found.setdefault(frozenset(_called(rung) for rung in rungs if not rung.is_promise), "every page, queue and service")
    return found


def _called(rung: Rung) -> _Called:
    return rung.name, rung.kind


def _find_dead_end(path: str, rungs: Sequence[Rung], opening: _Opening) -> DeadEnd | None:
    for away, outage in _outages(rungs).items():
        left = [rung for rung in rungs if _called(rung) not in away]
        for channel in Channel:
            moment = opening.find_gap({rung.hours for rung in left if rung.serves(channel)})
            if moment is not None:
                return DeadEnd(path=path, channel=channel, outage=outage, moment=moment)
    return None


class _Opening:
    """When hours are open and when none of several are, each found out at most once."""

    def __init__(self, policy: Policy, first: date) -> None:
        self._policy = policy
        self._first = first
        self._minutes: dict[str, NDArray[np.uint8]] = {}  # eight a byte: there may be hundreds of different hours
        self._gaps: dict[frozenset[str], str | None] = {}

    @property
    def public_holidays(self) -> int:
        return int(np.unpackbits(self._open("PH")).sum()) // MINUTES_A_DAY

    def find_gap(self, hours: set[str | None]) -> str | None:
        """When none of these hours are open, in words; `None` among them is always open."""
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
        """Weekday and time of a gap that every week has, else day and time of the first there is."""
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
