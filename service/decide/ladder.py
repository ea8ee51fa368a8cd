"""Which rung of a path serves a contact now, why those above it do not, and which come then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.catalogue.schema import Catalogue, HttpRung, Path, ProbedRung, QueueRung, Rung
from service.domain.delivery import CapacityReport
from service.domain.understanding import Channel

Skips = Callable[[Rung], bool]
"""Whether this service does not carry out what a rung asks of it."""


class Obstacle(StrEnum):
    """Why a rung was passed over."""

    TRIED = "tried"
    """The contact was there already, or was led past it."""
    NOT_DISPATCHED = "not_dispatched"
    WRONG_CHANNEL = "wrong_channel"
    CLOSED_NOW = "closed_now"
    """By its hours, or by what its capacity probe was told."""
    DOWN = "down"
    TOO_LONG_A_WAIT = "too_long_a_wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """What is known of the systems behind rungs. Of what is not in here, nothing bad is known."""

    down: frozenset[str] = frozenset()
    """Names of rungs, or origins of the addresses of http rungs, whose breaker is open."""
    capacity: Mapping[str, CapacityReport] = field(default_factory=dict)
    """The last report of each capacity probe, by the probe's address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rung that does not take the contact, and why."""

    rung: Rung
    obstacle: Obstacle
    report: CapacityReport | None = None
    """What speaks against the rung, where that is a report; `told_at` says how old it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A rung that accepts, and the rest of the ladder."""

    rung: Rung
    position: int
    """0-based, within the path."""
    then: tuple[Rung, ...]
    """Rungs that would accept this contact after it, in order."""
    passed_over: tuple[PassedOver, ...] = ()
    """The rungs above it, in order."""
    dispatches: bool = False
    """Whether the rung is a call that this service has to make for the contact."""
    exhausted: bool = False
    """Nothing was left below `after`: the contact stays with the last promise that was made to it."""


NOTHING_KNOWN: Final = SystemState()


def carries_all(_rung: Rung) -> bool:
    """Once calls are made, there is nothing that a rung could ask for in vain."""
    return False


def place(
    path: Path,
    catalogue: Catalogue,
    *,
    at: datetime,
    channel: Channel | None,
    known: SystemState = NOTHING_KNOWN,
    after: int = -1,
    dispatch: bool = True,
    skips: Skips = carries_all,
) -> Placement:
    """The first rung below the position `after` that nothing speaks against, and those that come then.

    Without `dispatch` an http rung is named all the same, and not called: who asks for advice only either makes the
    call or takes from `then` what it can carry out; were it passed over, the best rung would be hidden from both.

    There is always a placement: in a catalogue that passed its checks a promise is open at every minute on every
    channel, and no report speaks against a promise.
    """
    now = _Now(catalogue=catalogue, at=at, channel=channel, known=known, skips=skips)
    judged = [now.find_obstacle(rung) for rung in path.rungs]
    free = [position for position, obstacle in enumerate(judged) if obstacle is None]
    left = [position for position in free if position > after]
    position, *then = left or free[-1:] or [len(path.rungs) - 1]
    return Placement(
        rung=path.rungs[position],
        position=position,
        then=tuple(path.rungs[later] for later in then),
        passed_over=tuple(
            PassedOver(rung=rung, obstacle=Obstacle.TRIED) if above == after or obstacle is None else obstacle
            for above, (rung, obstacle) in enumerate(zip(path.rungs[:position], judged, strict=False))
        ),
        dispatches=dispatch and isinstance(path.rungs[position], HttpRung),
        exhausted=not left,
    )


def is_free(rung: Rung, catalogue: Catalogue, *, at: datetime, channel: Channel | None, known: SystemState) -> bool:
    """Whether nothing speaks against a rung now, wherever it stands."""
    now = _Now(catalogue=catalogue, at=at, channel=channel, known=known, skips=carries_all)
    return now.find_obstacle(rung) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    catalogue: Catalogue
    at: datetime
    channel: Channel | None
    known: SystemState
    skips: Skips

    def find_obstacle(self, rung: Rung) -> PassedOver | None:
        """What speaks against any contact's being here now; that this one was here already is not among it."""
        if not rung.serves(self.channel):
            return PassedOver(rung=rung, obstacle=Obstacle.WRONG_CHANNEL)
        if self.skips(rung):
            return PassedOver(rung=rung, obstacle=Obstacle.NOT_DISPATCHED)
        hours = self.catalogue.opening_hours(rung)
        if hours is not None and not hours.is_open(self.at):
            return PassedOver(rung=rung, obstacle=Obstacle.CLOSED_NOW)
        if self._is_down(rung):
            return PassedOver(rung=rung, obstacle=Obstacle.DOWN)
        return self._find_obstacle_reported(rung)

    def _is_down(self, rung: Rung) -> bool:
        if rung.is_promise or not self.known.down:
            return False
        return rung.name in self.known.down or (isinstance(rung, HttpRung) and rung.origin in self.known.down)

    def _find_obstacle_reported(self, rung: Rung) -> PassedOver | None:
        if not isinstance(rung, ProbedRung) or rung.capacity is None:
            return None
        report = self.known.capacity.get(rung.capacity.url)
        if report is None or self.at - report.told_at > rung.capacity.believed_for:
            return None
        if not report.open:
            return PassedOver(rung=rung, obstacle=Obstacle.CLOSED_NOW, report=report)
        if isinstance(rung, QueueRung) and report.waiting_seconds > rung.max_wait_seconds:
            return PassedOver(rung=rung, obstacle=Obstacle.TOO_LONG_A_WAIT, report=report)
        return None
