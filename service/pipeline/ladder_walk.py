"""The way of a contact down its ladder: the first dispatch, the step after each reply, and the extra mile after done.

`decide` chooses the rung. This module turns the choice into steps and dispatches with ids and times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from service.catalogue.schema import Catalogue, HttpRung, Path, Rung
from service.decide.advance import AskCustomer, Done, LadderState, NextRung, Over, TryAgain, advance, find_extra_mile
from service.decide.ladder import Placement, SystemState
from service.domain.decision import Decision
from service.domain.delivery import (
    EXTRA_MILE,
    CapacityReport,
    Dispatch,
    Lease,
    Payload,
    Reply,
    Settled,
    Settlement,
    Step,
    StepState,
    TriedAgain,
)
from service.errors import InvalidRequestError
from service.fulfil.address import find_origin
from service.fulfil.call_body import Data


class _Details(BaseModel):
    """Checks details against the limits of a delivery."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    details: Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Steps and dispatches to commit with a decision or with an outcome."""

    dispatches: tuple[Dispatch, ...] = ()
    steps: tuple[Step, ...] = ()


class LadderWalk:
    """Leads contacts down the ladders of one catalogue. One instance a worker."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        down: Callable[[], frozenset[str]],
        capacity: Callable[[], Mapping[str, CapacityReport]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """`down` gives the origins with an open breaker, and `capacity` the last answer to each capacity probe."""
        self._catalogue = catalogue
        self._down = down
        self._capacity = capacity
        self._clock = clock
        self._new_id = new_id
        calls = [rung for path in catalogue.paths.values() for rung in path.calls]
        self._origins = {rung.origin: find_origin(rung.url) for rung in calls}
        self.longest_call_seconds = max((rung.timeout_seconds for rung in calls), default=0.0)

    def known(self) -> SystemState:
        """Return the current state of the systems behind the rungs."""
        down = self._down()
        away = frozenset(origin for origin, called in self._origins.items() if called in down)
        return SystemState(down=away, capacity=self._capacity())

    def details(self, path: Path, position: int, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes that are needed by http rungs from `position` on, or by the extra mile.

        Raises InvalidRequestError if they are more than a delivery may hold.
        """
        above = path.rungs[:position]
        wanted = {need.field for rung in path.calls if rung not in above for need in rung.needs}
        details = {name: value for name, value in attributes.items() if name in wanted}
        try:
            return _Details(details=details).details
        except ValidationError as error:
            message = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise InvalidRequestError(
                f"The attributes to be delivered cannot be: {message}",
                field="attributes",
                mend="Send short plain values for what the catalogue asks for.",
            ) from None

    def depart(self, decision: Decision, placement: Placement, details: Mapping[str, Any]) -> Departure:
        """Return the first step of a contact, if that step is a call."""
        at = decision.decided_at
        dispatch = self._dispatch(
            decision, rung=placement.position, name=placement.rung.name, payload=Payload(details=details), at=at
        )
        return Departure(dispatches=(dispatch,), steps=(_step(decision.decision_id, 0, placement, at),))

    def extra_mile(self, decision: Decision, path: Path, learned: Mapping[str, Any]) -> Departure:
        """Return the extra mile of a decision whose goal was reported as done from outside this service."""
        now = self._clock()
        standing = LadderState(
            path=path, position=decision.rung, channel=decision.channel, began_at=now, learned=learned
        )
        rung = find_extra_mile(standing, catalogue=self._catalogue, at=now, known=self.known())
        if rung is None:
            return Departure()
        first = self._dispatch(decision, rung=len(path.rungs), name=rung.name, payload=Payload(learned=learned), at=now)
        dispatch = replace(first, number=EXTRA_MILE)
        return Departure(dispatches=(dispatch,), steps=(_extra_step(dispatch),))

    def _dispatch(self, decision: Decision, *, rung: int, name: str, payload: Payload, at: datetime) -> Dispatch:
        """Return the first dispatch of a decision."""
        return Dispatch(
            delivery_id=self._new_id(),
            decision_id=decision.decision_id,
            number=0,
            contact_key=decision.contact_key,
            goal=decision.goal,
            path=decision.path,
            rung=rung,
            name=name,
            channel=decision.channel,
            payload=payload,
            began_at=at,
            created_at=at,
        )

    def find_rung(self, lease: Lease) -> HttpRung | None:
        """Return the rung of a dispatch, found by name in today's path. `None` if the rung was dropped."""
        path = self._catalogue.paths.get(lease.dispatch.path)
        calls = () if path is None else path.calls
        return next((rung for rung in calls if rung.name == lease.dispatch.name), None)

    def settle(self, lease: Lease, reply: Reply) -> Settlement:
        """Return the change to write after a reply."""
        now = self._clock()
        standing = self._standing(lease)
        following = advance(standing, reply, catalogue=self._catalogue, at=now, known=self.known())
        match following:
            case TryAgain(at=at):
                wait_seconds = (at - now).total_seconds()
                return TriedAgain(lease=lease, outcome=reply.outcome, calls=reply.calls, wait_seconds=wait_seconds)
            case Done():
                return self._done(lease, reply, following, now)
            case Over():
                return _settled(lease, replace(reply, say=None, needs=()), _not_served(reply), now)
            case AskCustomer():
                return _settled(lease, reply, StepState.NEEDS_CUSTOMER, now)
            case NextRung():
                return self._led_on(lease, reply, standing.path, following, now)

    def _standing(self, lease: Lease) -> LadderState:
        """Return the contact's progress in today's catalogue. A dropped path becomes the path to a person."""
        dispatch = lease.dispatch
        path = self._catalogue.paths.get(dispatch.path)
        position = dispatch.rung
        if path is not None and (rung := _find(path, dispatch.name)) is not None:
            position = path.rungs.index(rung)
        return LadderState(
            path=path or self._catalogue.human_path,
            position=position if path is not None else -1,
            channel=dispatch.channel,
            began_at=dispatch.began_at,
            learned=dispatch.payload.learned,
            told=frozenset(dispatch.payload.details),
            is_extra_mile=dispatch.is_extra_mile,
        )

    def _done(self, lease: Lease, reply: Reply, following: Done, now: datetime) -> Settled:
        """End the errand as served, and begin its extra mile, if any. An extra mile gets the full time anew."""
        before, rung = lease.dispatch, following.extra_mile
        if rung is None:
            return _settled(lease, reply, StepState.SERVED, now)
        wanted = {need.field for need in rung.needs}
        dispatch = replace(
            before,
            delivery_id=self._new_id(),
            number=EXTRA_MILE,
            rung=len(self._catalogue.paths[before.path].rungs),
            name=rung.name,
            payload=Payload(
                details={name: value for name, value in before.payload.details.items() if name in wanted},
                learned=following.learned,
            ),
            began_at=now,
            created_at=now,
        )
        return _settled(lease, reply, StepState.SERVED, now, next_step=_extra_step(dispatch), next_dispatch=dispatch)

    def _led_on(self, lease: Lease, reply: Reply, path: Path, following: NextRung, now: datetime) -> Settled:
        before, placement = lease.dispatch, following.placement
        number = before.number + 1
        details = self.details(path, placement.position, before.payload.details)
        dispatch = replace(
            before,
            delivery_id=self._new_id(),
            number=number,
            path=path.name,
            rung=placement.position,
            name=placement.rung.name,
            payload=Payload(details=details, learned=following.learned),
            created_at=now,
        )
        return _settled(
            lease,
            reply,
            _not_served(reply),
            now,
            next_step=_step(before.decision_id, number, placement, now),
            next_dispatch=dispatch if placement.dispatches else None,
        )


def _find(path: Path, name: str) -> Rung | None:
    return next((rung for rung in path.rungs if rung.name == name), None)


def _step(decision_id: str, number: int, placement: Placement, at: datetime) -> Step:
    rung = placement.rung
    return Step(
        decision_id=decision_id,
        number=number,
        rung=placement.position,
        kind=rung.kind,
        name=rung.name,
        state=StepState.WAITING if placement.dispatches else StepState.HANDED_OVER,
        say=None if placement.dispatches else rung.say,
        at=at,
    )


def _extra_step(dispatch: Dispatch) -> Step:
    return Step(
        decision_id=dispatch.decision_id,
        number=dispatch.number,
        rung=dispatch.rung,
        kind="extra_mile",
        name=dispatch.name,
        state=StepState.WAITING,
        at=dispatch.created_at,
    )


def _not_served(reply: Reply) -> StepState:
    return StepState.CANNOT_SERVE if reply.outcome.is_answer else StepState.FAILED


def _settled(
    lease: Lease,
    reply: Reply,
    state: StepState,
    now: datetime,
    *,
    next_step: Step | None = None,
    next_dispatch: Dispatch | None = None,
) -> Settled:
    """Return the end of a delivery: its own step with its state, and the next step, if any."""
    dispatch = lease.dispatch
    return Settled(
        lease=lease,
        outcome=reply.outcome,
        calls=reply.calls,
        step=Step(
            decision_id=dispatch.decision_id,
            number=dispatch.number,
            rung=dispatch.rung,
            kind="extra_mile" if dispatch.is_extra_mile else "http",
            name=dispatch.name,
            state=state,
            cause=None if reply.outcome.is_answer else reply.outcome,
            learned=reply.data,
            say=reply.say,
            needs=reply.needs,
            at=now,
        ),
        next_step=next_step,
        next_dispatch=next_dispatch,
    )
