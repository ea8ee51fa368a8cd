"""The step after a reply: the errand is done, the customer is asked, the call is repeated, or the next rung takes over.

After done comes the extra mile, if the path has one. The extra mile is always the last step.

The caller passes the time and the state of other systems. The reply says how long to wait before another attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from service.catalogue.schema import Catalogue, HttpRung, Path, Rung
from service.decide.ladder import NOTHING_KNOWN, Placement, SystemState, is_free, place
from service.domain.delivery import DeliveryOutcome, Reply
from service.domain.understanding import Channel

MOST_CALLS: Final = 5
"""Limit of calls to one rung for one contact."""
SHORTEST_PATIENCE: Final = timedelta(seconds=30)
PATIENCE: Final[Mapping[Channel, timedelta]] = {
    Channel.VOICE: SHORTEST_PATIENCE,
    Channel.CHAT: SHORTEST_PATIENCE,
    Channel.SMS: timedelta(minutes=5),
    Channel.SOCIAL: timedelta(minutes=5),
    Channel.EMAIL: timedelta(minutes=15),
    Channel.FORM: timedelta(minutes=15),
}
"""Time during which a ladder may repeat a call that failed at first. The time counts from the decision, over all rungs.
People on that channel wait about as long before they take the matter up again. An unknown channel has the shortest
time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderState:
    """Progress of a contact along its path."""

    path: Path
    position: int
    """Position of the rung that was called, or -1 if the path lacks a rung of that name."""
    channel: Channel | None
    began_at: datetime
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)
    told: frozenset[str] = frozenset()
    """Names of the fields that the customer has already given, for calls that need them."""
    is_extra_mile: bool = False
    """True if the errand is done and this call was the extra mile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    extra_mile: HttpRung | None
    """The extra mile to call next, or `None`."""
    learned: Mapping[str, Any] = field(repr=False)
    """Data that the rungs so far have handed on, as in `NextRung`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCustomer:
    say: str | None
    needs: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The extra mile failed. The errand still counts as done, and the customer is asked for nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRung:
    placement: Placement
    """Placement of the next rung. The rung is called if the placement dispatches. Otherwise the contact is handed over,
    and the walk ends."""
    learned: Mapping[str, Any] = field(repr=False)
    """Data that the rungs so far have handed on. The newest value of each name counts."""


Next = Done | AskCustomer | TryAgain | NextRung | Over


def advance(
    standing: LadderState, reply: Reply, *, catalogue: Catalogue, at: datetime, known: SystemState = NOTHING_KNOWN
) -> Next:
    """Return the step that follows a reply."""
    learned = {**standing.learned, **reply.data}
    if reply.outcome is DeliveryOutcome.SERVED:
        is_last = standing.is_extra_mile
        extra_mile = None if is_last else find_extra_mile(standing, catalogue=catalogue, at=at, known=known)
        return Done(extra_mile=extra_mile, learned=learned)
    moment = _next_attempt(standing, reply, at)
    if moment is not None:
        return TryAgain(at=moment)
    # The errand is done by now, so a failed extra mile asks nothing of the customer and tries no other rung.
    if standing.is_extra_mile:
        return Over()
    if reply.outcome is DeliveryOutcome.NEEDS_CUSTOMER:
        return AskCustomer(say=reply.say, needs=reply.needs)
    return NextRung(placement=_below(standing, catalogue=catalogue, at=at, known=known), learned=learned)


def find_extra_mile(
    standing: LadderState, *, catalogue: Catalogue, at: datetime, known: SystemState = NOTHING_KNOWN
) -> HttpRung | None:
    """Return the extra mile, or `None`.

    The extra mile is left out if it is closed, away, or needs a detail that the customer has yet to give.
    """
    rung = standing.path.extra_mile
    if rung is None or not standing.told.issuperset(need.field for need in rung.needs):
        return None
    is_open = is_free(rung, catalogue, at=at, channel=standing.channel, known=known)
    return rung if is_open else None


def _next_attempt(standing: LadderState, reply: Reply, at: datetime) -> datetime | None:
    if reply.wait_seconds is None or reply.calls >= MOST_CALLS:
        return None
    # After this time the customer would come back, so the next rung is the better choice.
    patience = PATIENCE[standing.channel] if standing.channel is not None else SHORTEST_PATIENCE
    moment = at + timedelta(seconds=reply.wait_seconds)
    return moment if moment <= standing.began_at + patience else None


def _below(standing: LadderState, *, catalogue: Catalogue, at: datetime, known: SystemState) -> Placement:
    placement = place(standing.path, catalogue, at=at, channel=standing.channel, known=known, after=standing.position)
    if not placement.exhausted:
        return placement
    # Rungs may have closed while the call was under way. A promise further up is better than the call once more.
    return place(standing.path, catalogue, at=at, channel=standing.channel, dispatch=False, skips=_is_no_promise)


def _is_no_promise(rung: Rung) -> bool:
    return not rung.is_promise
