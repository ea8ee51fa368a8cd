"""One turn of a contact: which goal it is served for, what it does to the ledger, and what it costs the customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from service.catalogue.schema import Catalogue, QueueRung
from service.decide.agenda import SaidNow, apply, goal_now, serve
from service.decide.ladder import Placement
from service.domain.decision import Decision
from service.domain.delivery import Step
from service.domain.effort import EffortEvent, EventKind
from service.domain.ledger import Agenda, GoalState, HeldGoal, Ledger, LedgerChange, RerouteCause
from service.domain.outcome import OutcomeResult
from service.domain.understanding import Verdict
from service.errors import TurnConflictError

TRIES = 4
"""Times that a contact is read and decided on anew when others change it in between."""

Applied = TypeVar("Applied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a contact stands after a turn, before anybody is at it."""

    before: Ledger
    agenda: Agenda
    goal: str | None
    """What the turn is served for; `None` is for people or for a question."""
    named: tuple[str, ...] = ()
    """Goals that it names."""
    is_repeat: bool = False
    """The customer came again, by the caller's own reference."""
    is_rerouted: RerouteCause | None = None

    @property
    def held(self) -> HeldGoal | None:
        return None if self.goal is None else self.agenda.find(self.goal)

    @property
    def is_under_way(self) -> bool:
        """Somebody is at the goal, and the turn does not ask for it again."""
        held = self.held
        return held is not None and held.state is GoalState.BEING_SERVED and self.goal not in self.named

    @property
    def asked_again(self) -> tuple[HeldGoal, ...]:
        """Goals that it names although they are being served."""
        if self.is_rerouted is not None:
            return ()  # it was not the customer who named it
        found = [self.before.agenda.find(intent) for intent in self.named]
        return tuple([goal for goal in found if goal is not None and goal.state is GoalState.BEING_SERVED])


async def until_applied(apply: Callable[[], Awaitable[Applied]]) -> Applied:
    """What `apply` comes to: again where what is held about the contact is another by now; then TurnConflictError."""
    for _ in range(TRIES - 1):
        with suppress(TurnConflictError):
            return await apply()
    return await apply()


def turn_of(said: SaidNow, verdict: Verdict, ledger: Ledger, catalogue: Catalogue, *, is_repeat: bool) -> Turn:
    """What a turn comes to, given what is held about its contact."""
    agenda = apply(ledger.agenda, said)
    goal = goal_now(agenda, said, verdict, catalogue.policy.human_intent)
    is_first = ledger.turns == 0
    return Turn(before=ledger, agenda=agenda, goal=goal, named=said.intents, is_repeat=is_repeat and is_first)


def change_of(turn: Turn, decision: Decision, retention: timedelta, *, asked: bool, counts: bool) -> LedgerChange:
    """What is written about the contact with the decision; `counts`: it is a turn, not a change by somebody else."""
    agenda = turn.agenda
    if turn.goal is not None and not turn.is_under_way:
        agenda = serve(
            agenda,
            turn.goal,
            decision_id=decision.decision_id,
            path=decision.path,
            rung=decision.rung,
            at=decision.decided_at,
        )
    before = turn.before
    after = replace(
        before,
        turns=before.turns + counts,
        asked=before.asked or asked,
        opened_at=before.opened_at or decision.decided_at,
        expires_at=decision.decided_at + retention,
        agenda=agenda,
    )
    return LedgerChange(before=before, after=after, at=decision.decided_at)


def events_of(
    turn: Turn,
    decision: Decision,
    placement: Placement,
    *,
    needs: int,
    retention: timedelta,
    new_id: Callable[[], str],
) -> tuple[EffortEvent, ...]:
    """What the decision costs the customer."""
    return tuple(
        [
            EffortEvent.of(
                decision,
                kind,
                event_id=new_id(),
                at=decision.decided_at,
                expires_at=decision.decided_at + retention,
                cause=cause,
                amount=amount,
            )
            for kind, amount, cause in _costs(turn, placement, needs, asked=decision.answer["clarify"] is not None)
        ]
    )


def tried(held: HeldGoal, steps: Sequence[Step], catalogue: Catalogue) -> tuple[str, ...]:
    """The rungs that a goal was led to, each with what became of it there."""
    if steps:
        return tuple([f"{step.name}: {step.state}" for step in steps])
    path = catalogue.paths.get(held.path or "")
    if path is None or held.rung is None or held.rung >= len(path.rungs):
        return ()
    state = GoalState.BEING_SERVED if held.state is GoalState.BEING_SERVED else OutcomeResult.NOT_DONE
    return (f"{path.rungs[held.rung].name}: {state}",)


def _costs(
    turn: Turn, placement: Placement, needs: int, *, asked: bool
) -> Iterator[tuple[EventKind, float, str | None]]:
    if asked:
        yield EventKind.CLARIFY, 1, None
    if turn.is_repeat:
        yield EventKind.REPEAT, 1, None
    if turn.asked_again:
        yield EventKind.RE_ASK, len(turn.asked_again), None
    if turn.is_rerouted is not None:
        yield EventKind.REROUTE, 1, turn.is_rerouted
        yield EventKind.TRANSFER, 1, turn.is_rerouted
    if needs:
        yield EventKind.IDENTITY_PROMPT, needs, None
    if isinstance(placement.rung, QueueRung) and not asked and not turn.is_under_way:
        yield EventKind.WAITING, placement.rung.max_wait_seconds, None
