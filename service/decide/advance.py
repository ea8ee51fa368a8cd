"""What comes of a call: the errand is done, the customer is asked, it is tried again, or the next rung takes it.

After done there comes the path's extra mile, if it has one; after that nothing.

Moments and what is known of other systems are passed in; how long to wait before another attempt, the reply says.
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
"""To one rung for one contact."""
SHORTEST_PATIENCE: Final = timedelta(seconds=30)
PATIENCE: Final[Mapping[Channel, timedelta]] = {
    Channel.VOICE: SHORTEST_PATIENCE,
    Channel.CHAT: SHORTEST_PATIENCE,
    Channel.SMS: timedelta(minutes=5),
    Channel.SOCIAL: timedelta(minutes=5),
    Channel.EMAIL: timedelta(minutes=15),
    Channel.FORM: timedelta(minutes=15),
}
"""How long a ladder may try again what did not work at once, counted from the decision over all of its rungs: as long
as people wait on a channel before they take the matter up again. A channel that is not known has the shortest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderState:
    """Where a contact stands on its ladder."""

    path: Path
    position: int
    """Of the rung that was called; -1 where the path has none of its name."""
    channel: Channel | None
    began_at: datetime
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)
    told: frozenset[str] = frozenset()
    """Fields that the customer has told, for calls that need them."""
    is_extra_mile: bool = False
    """The errand is done, and this was the step after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    extra_mile: HttpRung | None
    """The one step that comes then."""
    learned: Mapping[str, Any] = field(repr=False)
    """As with the next rung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCustomer:
    say: str | None
    needs: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The extra mile came to nothing; the errand is done all the same, and the customer is asked for nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRung:
    placement: Placement
    """Of a call where it dispatches; else the walk is over, and the contact is handed over."""
    learned: Mapping[str, Any] = field(repr=False)
    """All that the rungs so far have handed on; the newest word on a name counts."""


Next = Done | AskCustomer | TryAgain | NextRung | Over


def advance(
    standing: LadderState, reply: Reply, *, catalogue: Catalogue, at: datetime, known: SystemState = NOTHING_KNOWN
) -> Next:
    """What comes after a reply."""
    learned = {**standing.learned, **reply.data}
    if reply.outcome is DeliveryOutcome.SERVED:
        is_last = standing.is_extra_mile
        extra_mile = None if is_last else find_extra_mile(standing, catalogue=catalogue, at=at, known=known)
        return Done(extra_mile=extra_mile, learned=learned)
    moment = _next_attempt(standing, reply, at)
    if moment is not None:
        return TryAgain(at=moment)
    if standing.is_extra_mile:
        return Over()
    if reply.outcome is DeliveryOutcome.NEEDS_CUSTOMER:
        return AskCustomer(say=reply.say, needs=reply.needs)
    return NextRung(placement=_below(standing, catalogue=catalogue, at=at, known=known), learned=learned)


def find_extra_mile(
    standing: LadderState, *, catalogue: Catalogue, at: datetime, known: SystemState = NOTHING_KNOWN
) -> HttpRung | None:
    """The step after done: none where it is closed, away, or would have to ask the customer for anything."""
    rung = standing.path.extra_mile
    if rung is None or not standing.told.issuperset(need.field for need in rung.needs):
        return None
    is_open = is_free(rung, catalogue, at=at, channel=standing.channel, known=known)
    return rung if is_open else None


def _next_attempt(standing: LadderState, reply: Reply, at: datetime) -> datetime | None:
    if reply.wait_seconds is None or reply.calls >= MOST_CALLS:
        return None
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
