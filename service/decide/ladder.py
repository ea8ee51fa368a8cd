"""Choose the rung of a path that serves a contact now, with the rungs passed over and the rungs that follow."""

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
"""Test for a rung that asks for more than this service carries out."""


class Obstacle(StrEnum):
    """Reason for passing over a rung."""

    TRIED = "tried"
    """The contact was already at this rung, or was led past the rung."""
    NOT_DISPATCHED = "not_dispatched"
    WRONG_CHANNEL = "wrong_channel"
    CLOSED_NOW = "closed_now"
    """Closed by its hours, or by the last report of its capacity probe."""
    DOWN = "down"
    TOO_LONG_A_WAIT = "too_long_a_wait"
    NO_DETAILS = "no_details"
    """A promise to a customer that leaves no number or address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """Known state of the systems behind rungs. A system that is missing here counts as available."""

    down: frozenset[str] = frozenset()
    """Names of rungs, or origins of http rungs, with an open breaker."""
    capacity: Mapping[str, CapacityReport] = field(default_factory=dict)
    """Last report of each capacity probe, by the address of the probe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rung that is passed over, and the reason."""

    rung: Rung
    obstacle: Obstacle
    report: CapacityReport | None = None
    """The report that speaks against the rung, if there is one. `told_at` gives the age of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The chosen rung, and the rest of the ladder."""

    rung: Rung
    position: int
    """0-based position within the path."""
    then: tuple[Rung, ...]
    """Rungs that would accept this contact next, in order."""
    passed_over: tuple[PassedOver, ...] = ()
    """Rungs above the chosen rung, in order."""
    dispatches: bool = False
    """True if the rung is a call that this service must make for the contact."""
    exhausted: bool = False
    """True if every rung below `after` has an obstacle. The contact then stays with the lowest free rung."""


NOTHING_KNOWN: Final = SystemState()


def carries_all(_rung: Rung) -> bool:
    """Keep every rung. A service that makes calls carries out all of them."""
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
    leaves_details: bool = True,
) -> Placement:
    """Return the first rung below the position `after` without an obstacle, and the rungs that follow.

    Without `dispatch` an http rung is chosen but stays uncalled. A caller that asks for advice either makes the call or
    takes a rung from `then`. If http rungs were passed over, the best rung would be hidden from that caller.

    If the customer leaves no number or address (`leaves_details` is false), promises are passed over.

    A placement always exists. In a catalogue that passed its checks a promise, or a number to ring, is open at every
    minute on every channel. Reports never speak against either.
    """
    now = _Now(catalogue=catalogue, at=at, channel=channel, known=known, skips=skips, leaves_details=leaves_details)
    judged = [now.find_obstacle(rung) for rung in path.rungs]
    free = [position for position, obstacle in enumerate(judged) if obstacle is None]
    left = [position for position in free if position > after]
    # If all rungs below have an obstacle, the lowest free rung keeps the contact. The last rung is the safety net.
    position, *then = left or free[-1:] or [len(path.rungs) - 1]
    return Placement(
        rung=path.rungs[position],
        position=position,
        then=tuple(path.rungs[later] for later in then),
        passed_over=tuple(
            # A free rung above the chosen rung lies at or above `after`, so the contact was there before.
            PassedOver(rung=rung, obstacle=Obstacle.TRIED) if above == after or obstacle is None else obstacle
            for above, (rung, obstacle) in enumerate(zip(path.rungs[:position], judged, strict=False))
        ),
        dispatches=dispatch and isinstance(path.rungs[position], HttpRung),
        exhausted=not left,
    )


def is_free(rung: Rung, catalogue: Catalogue, *, at: datetime, channel: Channel | None, known: SystemState) -> bool:
    """Return whether a rung is free of obstacles now, at any position."""
    now = _Now(catalogue=catalogue, at=at, channel=channel, known=known, skips=carries_all)
    return now.find_obstacle(rung) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    catalogue: Catalogue
    at: datetime
    channel: Channel | None
    known: SystemState
    skips: Skips
    leaves_details: bool = True

    def find_obstacle(self, rung: Rung) -> PassedOver | None:
        """Return the obstacle that holds now for every contact.

        The caller adds `Obstacle.TRIED`, which depends on the contact.
        """
        if not rung.serves(self.channel):
            return PassedOver(rung=rung, obstacle=Obstacle.WRONG_CHANNEL)
        if self.skips(rung):
            return PassedOver(rung=rung, obstacle=Obstacle.NOT_DISPATCHED)
        hours = self.catalogue.opening_hours(rung)
        if hours is not None and not hours.is_open(self.at):
            return PassedOver(rung=rung, obstacle=Obstacle.CLOSED_NOW)
        if rung.is_promise and not self.leaves_details:
            return PassedOver(rung=rung, obstacle=Obstacle.NO_DETAILS)
        if self._is_down(rung):
            return PassedOver(rung=rung, obstacle=Obstacle.DOWN)
        return self._find_obstacle_reported(rung)

    def _is_down(self, rung: Rung) -> bool:
        # Committing the decision makes a promise, and a number to ring is only told: no system can be away behind them.
        if not rung.is_system or not self.known.down:
            return False
        return rung.name in self.known.down or (isinstance(rung, HttpRung) and rung.origin in self.known.down)

    def _find_obstacle_reported(self, rung: Rung) -> PassedOver | None:
        if not isinstance(rung, ProbedRung) or rung.capacity is None:
            return None
        report = self.known.capacity.get(rung.capacity.url)
        # An old report tells nothing about now, so the rung counts as open.
        if report is None or self.at - report.told_at > rung.capacity.believed_for:
            return None
        if not report.open:
            return PassedOver(rung=rung, obstacle=Obstacle.CLOSED_NOW, report=report)
        if isinstance(rung, QueueRung) and report.waiting_seconds > rung.max_wait_seconds:
            return PassedOver(rung=rung, obstacle=Obstacle.TOO_LONG_A_WAIT, report=report)
        return None
