"""What a contact still wants, turn after turn: goals are added, corrected, taken back, resumed, served and done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.ledger import Agenda, GoalState, HeldGoal
from service.domain.outcome import OutcomeResult
from service.domain.understanding import Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidNow:
    """What one new turn says of the agenda."""

    turn: int
    at: datetime
    intents: tuple[str, ...] = ()
    """Accepted goals, most urgent first."""
    corrects: bool = False
    """"No, I meant …": the goal being served is replaced."""
    withdraws: bool = False
    """"Never mind": whatever was wanted is wanted no more."""


def apply(agenda: Agenda, said: SaidNow) -> Agenda:
    """The agenda after a turn; what the turn names is wanted afterwards, whatever it was before."""
    for goal in _given_up(agenda, said):
        agenda = agenda.with_goal(replace(goal, state=GoalState.DROPPED, changed_at=said.at))
    for intent in said.intents:
        agenda = agenda.with_goal(_named(agenda.find(intent), intent, said))
    return agenda


def serve(agenda: Agenda, intent: str, *, decision_id: str, path: str, rung: int, at: datetime) -> Agenda:
    """A decision leads the goal somewhere; one that is not wanted any more stays as it is."""
    goal = agenda.find(intent)
    if goal is None or not goal.state.is_active:
        return agenda
    return agenda.with_goal(
        replace(goal, state=GoalState.BEING_SERVED, decision_id=decision_id, path=path, rung=rung, changed_at=at)
    )


def conclude(
    agenda: Agenda,
    intent: str | None,
    result: OutcomeResult,
    *,
    decided_at: datetime,
    at: datetime,
    actual_intent: str | None = None,
) -> Agenda:
    """What became of the goal of a decision that was made at `decided_at`.

    Anything but done leaves it open; where another goal was meant, that one is open and this one is dropped. What was
    taken back, or was asked for anew since the decision, stays as it is.
    """
    goal = agenda.find(intent) if intent is not None else None
    if goal is None or goal.state is GoalState.DROPPED or decided_at < goal.opened_at:
        return agenda
    if actual_intent is not None and actual_intent != intent and result is not OutcomeResult.DONE:
        return correct(agenda, intent, actual_intent, at=at)
    state = GoalState.DONE if result is OutcomeResult.DONE else GoalState.OPEN
    return agenda if goal.state is state else agenda.with_goal(replace(goal, state=state, changed_at=at))


def correct(agenda: Agenda, wrong: str | None, actual: str | None, *, at: datetime) -> Agenda:
    """Somebody who knows says that a goal was another, or, with `None`, that it was not this one."""
    goal = agenda.find(wrong) if wrong is not None else None
    if goal is not None and goal.state is not GoalState.DROPPED:
        agenda = agenda.with_goal(replace(goal, state=GoalState.DROPPED, changed_at=at))
    if actual is None:
        return agenda
    said = SaidNow(turn=max((each.turn for each in agenda.goals), default=0), at=at, intents=(actual,))
    return apply(agenda, said)


def next_goal(agenda: Agenda) -> HeldGoal | None:
    """What to go on with when a turn names nothing: the goal served last, else the first that waits."""
    return _served_last(agenda) or next(iter(agenda.active), None)


def goal_now(agenda: Agenda, said: SaidNow, verdict: Verdict, human_intent: str) -> str | None:
    """The goal that a turn is to be served for, given the agenda after it; `None` is for people or for a question.

    Who asks for a person gets one, whatever else was said. "Yes", "thanks" and numbers go on with what is under way.
    """
    if said.intents:
        return human_intent if human_intent in said.intents else said.intents[0]
    under_way = next_goal(agenda) if verdict.goals or verdict.status is Status.NO_GOAL_YET else None
    if under_way is not None:
        return under_way.intent
    return verdict.goals[0].intent if verdict.goals else None


def tried_up_to(goal: HeldGoal | None, path: str) -> int:
    """The rung below which to look for one that serves: where a goal was not done it does not go again."""
    if goal is None or goal.state is not GoalState.OPEN or goal.rung is None or goal.path != path:
        return -1
    return goal.rung


def said_now(
    verdict: Verdict, agenda: Agenda, *, newest: int, turn: int, at: datetime, corrects: bool, withdraws: bool
) -> SaidNow:
    """What the newest turn of a request says, where callers may send the turns before it along.

    A goal that was found in an earlier turn is told of again, not asked for again: it counts only if it is new here.
    """
    own = [goal for goal in verdict.goals if not goal.evidence or any(each.turn == newest for each in goal.evidence)]
    is_newest = bool(own) or not verdict.goals
    return SaidNow(
        turn=turn,
        at=at,
        intents=tuple([goal.intent for goal in verdict.goals if goal in own or agenda.find(goal.intent) is None]),
        corrects=corrects and is_newest,
        withdraws=withdraws and is_newest,
    )


def _given_up(agenda: Agenda, said: SaidNow) -> tuple[HeldGoal, ...]:
    if said.withdraws:
        return agenda.active
    replaced = _served_last(agenda) if said.corrects else None
    return () if replaced is None or replaced.intent in said.intents else (replaced,)


def _served_last(agenda: Agenda) -> HeldGoal | None:
    served = [goal for goal in agenda.goals if goal.state is GoalState.BEING_SERVED]
    return max(served, key=lambda goal: goal.changed_at, default=None)


def _named(goal: HeldGoal | None, intent: str, said: SaidNow) -> HeldGoal:
    """A goal that was done or dropped begins anew."""
    if goal is not None and goal.state.is_active:
        return replace(goal, turn=said.turn)
    return HeldGoal(intent=intent, state=GoalState.OPEN, turn=said.turn, opened_at=said.at, changed_at=said.at)
