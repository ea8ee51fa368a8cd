"""One turn of a contact: its goal, its effect on the ledger, and its effort for the customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

from service.catalogue.schema import Catalogue, QueueRung
from service.decide.agenda import SaidNow, apply, goal_now, serve
from service.decide.ladder import Placement
from service.domain.decision import Decision
from service.domain.effort import EffortEvent, EventKind
from service.domain.ledger import (
    Agenda,
    GoalState,
    HeldGoal,
    HeldQuestion,
    Ledger,
    LedgerChange,
    QuestionKind,
    RerouteCause,
)
from service.domain.understanding import NoGoal, Verdict
from service.errors import TurnConflictError

WITHOUT_ERRAND: Final = frozenset({NoGoal.CLOSING, NoGoal.AUTOMATIC})
"""Kinds of turns that ask for nothing."""
TRIES = 4
"""Number of times that a contact is read and decided on, if other requests change the contact meanwhile."""

Applied = TypeVar("Applied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """State of a contact after a turn, before the goal is served."""

    before: Ledger
    agenda: Agenda
    goal: str | None
    """Goal that the turn is served for. `None` if a person takes the contact, a question about the goal is asked, or
    the turn asks for nothing."""
    named: tuple[str, ...] = ()
    """Goals that the turn names."""
    is_repeat: bool = False
    """The customer came again, by the caller's own reference."""
    is_rerouted: RerouteCause | None = None
    moves_on: bool = False
    """The words of the turn lead to the next rung."""
    is_called: bool = False
    """A call for the goal is on its way."""
    is_over: bool = False
    """The turn asks for nothing: closing words, or automatic mail."""

    @property
    def held(self) -> HeldGoal | None:
        return None if self.goal is None else self.agenda.find(self.goal)

    @property
    def is_under_way(self) -> bool:
        """Whether the goal is being served already, and the turn changes nothing about it."""
        held = self.held
        is_served = held is not None and held.state is GoalState.BEING_SERVED and not self.moves_on
        return is_served and (self.goal not in self.named or self.is_called)

    @property
    def asked_again(self) -> tuple[HeldGoal, ...]:
        """Goals that the turn names although they are being served."""
        if self.is_rerouted is not None:
            return ()  # a reroute names the goal, and the customer stays silent
        found = [self.before.agenda.find(intent) for intent in self.named]
        return tuple([goal for goal in found if goal is not None and goal.state is GoalState.BEING_SERVED])


async def until_applied(apply: Callable[[], Awaitable[Applied]]) -> Applied:
    """Return the result of `apply`, tried again while other requests change the contact. Then TurnConflictError."""
    for _ in range(TRIES - 1):
        with suppress(TurnConflictError):
            return await apply()
    return await apply()


def turn_of(said: SaidNow, verdict: Verdict, ledger: Ledger, catalogue: Catalogue, *, is_repeat: bool) -> Turn:
    """Return the state of a contact after a turn, from its ledger before the turn."""
    agenda = apply(ledger.agenda, said)
    is_over = verdict.no_goal in WITHOUT_ERRAND and not verdict.goals
    goal = None if is_over else goal_now(agenda, said, verdict, catalogue.policy.human_intent)
    is_first = ledger.turns == 0
    return Turn(
        before=ledger,
        agenda=agenda,
        goal=goal,
        named=said.intents,
        is_repeat=is_repeat and is_first,
        is_over=is_over,
    )


def change_of(
    turn: Turn, decision: Decision, retention: timedelta, *, question: HeldQuestion | None, counts: bool
) -> LedgerChange:
    """Return the change to write with the decision. `counts` is set if the customer made a turn.

    A question before a call leaves its goal open until the answer.
    """
    agenda = turn.agenda
    if turn.goal is not None and question is None and not turn.is_under_way:
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
        asked=_is_asked(turn, question),
        question=question,
        opened_at=before.opened_at or decision.decided_at,
        expires_at=decision.decided_at + retention,
        agenda=agenda,
    )
    return LedgerChange(before=before, after=after, at=decision.decided_at)


def _is_asked(turn: Turn, question: HeldQuestion | None) -> bool:
    """Whether the one question about an unclear goal was put. A goal that is named, or the end of a talk, ends it."""
    if question is not None and question.kind is not QuestionKind.CONFIRM_ACTION:
        return True
    is_settled = turn.goal in turn.named or (turn.is_over and turn.agenda.is_done)
    return turn.before.asked and not is_settled


def events_of(
    turn: Turn,
    decision: Decision,
    placement: Placement | None,
    *,
    asked: bool,
    needs: int,
    retention: timedelta,
    new_id: Callable[[], str],
) -> tuple[EffortEvent, ...]:
    """Return the effort that the decision costs the customer."""
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
            for kind, amount, cause in _costs(turn, placement, needs, asked=asked)
        ]
    )


def _costs(
    turn: Turn, placement: Placement | None, needs: int, *, asked: bool
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
    if placement is not None and isinstance(placement.rung, QueueRung) and not asked and not turn.is_under_way:
        yield EventKind.WAITING, placement.rung.max_wait_seconds, None
