"""The agenda of a contact over its turns: goals are added, corrected, withdrawn, resumed, served and done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from service.catalogue.schema import Rung, SelfServiceRung
from service.domain.ledger import Agenda, GoalState, HeldGoal
from service.domain.outcome import OutcomeResult
from service.domain.understanding import Goal, Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidNow:
    """Effect of one new turn on the agenda."""

    turn: int
    at: datetime
    intents: tuple[str, ...] = ()
    """Accepted goals, most urgent first."""
    corrects: bool = False
    """True if the turn says "No, I meant …". The goal being served is then replaced."""
    withdraws: bool = False
    """True if the turn says "Never mind". All active goals are then dropped."""
    drops: tuple[str, ...] = ()
    """Goals that are wanted no more, as in "forget the receipt"."""
    resumes: str | None = None
    """Goal that the turn goes back to, as in "and the other matter"."""
    goes_on: bool = False
    """True if the turn is about what is under way, whatever the classifier reads in it."""
    pushes: bool = False
    """True if the way so far was in vain, as in "I tried that". The next rung is then needed."""


def apply(agenda: Agenda, said: SaidNow) -> Agenda:
    """Return the agenda after a turn.

    A goal that the turn names is active afterwards, even if it was done or dropped before.
    """
    dropped = [goal for goal in agenda.active if goal.intent in said.drops and goal.intent not in said.intents]
    for goal in (*dropped, *_given_up(agenda, said)):
        agenda = agenda.with_goal(replace(goal, state=GoalState.DROPPED, changed_at=said.at))
    for intent in said.intents:
        agenda = agenda.with_goal(_named(agenda.find(intent), intent, said))
    return agenda


def serve(agenda: Agenda, intent: str, *, decision_id: str, path: str, rung: int, at: datetime) -> Agenda:
    """Record the decision that serves a goal. A goal that is done, dropped or missing stays as it is."""
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
    """Apply the outcome of a decision that was made at `decided_at` to its goal.

    A result other than done leaves the goal open. If another goal was meant, that goal is opened and this goal is
    dropped. A goal that was dropped, or was requested anew since the decision, stays as it is.
    """
    goal = agenda.find(intent) if intent is not None else None
    if goal is None or goal.state is GoalState.DROPPED or decided_at < goal.opened_at:
        return agenda
    if actual_intent is not None and actual_intent != intent and result is not OutcomeResult.DONE:
        return correct(agenda, intent, actual_intent, at=at)
    state = GoalState.DONE if result is OutcomeResult.DONE else GoalState.OPEN
    return agenda if goal.state is state else agenda.with_goal(replace(goal, state=state, changed_at=at))


def correct(agenda: Agenda, wrong: str | None, actual: str | None, *, at: datetime) -> Agenda:
    """Drop the wrong goal and open the actual goal. Either may be `None`.

    The correction comes from a person or a system that knows the real goal.
    """
    goal = agenda.find(wrong) if wrong is not None else None
    if goal is not None and goal.state is not GoalState.DROPPED:
        agenda = agenda.with_goal(replace(goal, state=GoalState.DROPPED, changed_at=at))
    if actual is None:
        return agenda
    # A correction is no turn of the contact, so it counts as part of the newest turn.
    said = SaidNow(turn=max((each.turn for each in agenda.goals), default=0), at=at, intents=(actual,))
    return apply(agenda, said)


def next_goal(agenda: Agenda) -> HeldGoal | None:
    """Return the goal served last, otherwise the first active goal. A turn without a goal continues with this goal."""
    return _served_last(agenda) or next(iter(agenda.active), None)


def goal_now(agenda: Agenda, said: SaidNow, verdict: Verdict, human_intent: str) -> str | None:
    """Return the goal to serve for a turn, or `None` if the contact needs a person or a question.

    `agenda` is the agenda after the turn. A request for a person wins over all other goals. "Yes", "thanks" and numbers
    continue the goal that is under way.
    """
    if said.intents:
        return human_intent if human_intent in said.intents else said.intents[0]
    if said.resumes is not None:
        return said.resumes
    goes_on = said.goes_on or said.pushes or bool(said.drops)
    under_way = next_goal(agenda) if verdict.goals or verdict.status is Status.NO_GOAL_YET or goes_on else None
    if under_way is not None:
        return under_way.intent
    return verdict.goals[0].intent if verdict.goals else None


def other_goal(agenda: Agenda) -> str | None:
    """Return the first active goal beside the goal served last, or `None`."""
    last = next_goal(agenda)
    return next((goal.intent for goal in agenda.active if last is not None and goal.intent != last.intent), None)


def tried_up_to(goal: HeldGoal | None, path: str, *, reached: int | None, moves_on: bool = False) -> int:
    """Return the position of the last rung already tried for this goal, or -1.

    `reached` is the lowest rung that the contact was led to. The search for the next rung starts below the returned
    position. A contact that goes on waiting stays at the rung reached, and never climbs back.
    """
    if goal is None or not goal.state.is_active or reached is None or goal.path != path:
        return -1
    return reached if goal.state is GoalState.OPEN or moves_on else reached - 1


def moves_on(goal: HeldGoal | None, said: SaidNow, rung: Rung | None, *, talks: bool, is_called: bool) -> bool:
    """Return whether the words of a turn lead the contact to the next rung for its goal.

    The customer says that the way was in vain, or names the same errand again after a page or a promise. A customer
    that `talks` to an agent only repeats the errand. A call on its way (`is_called`) is waited for.
    """
    if goal is None or goal.state is not GoalState.BEING_SERVED or rung is None or is_called:
        return False
    was_left_alone = isinstance(rung, SelfServiceRung) or rung.is_promise
    return said.pushes or (was_left_alone and goal.intent in said.intents and not talks)


def said_now(
    verdict: Verdict,
    agenda: Agenda,
    *,
    newest: int,
    turn: int,
    at: datetime,
    corrects: bool = False,
    withdraws: bool = False,
) -> SaidNow:
    """Return the effect of the newest turn of a request. The caller may send earlier turns along.

    A goal found in an earlier turn is only a repetition. Such a goal counts only if it is missing from the agenda.
    """
    own = [goal for goal in verdict.goals if _is_new(goal, agenda, newest)]
    is_newest = bool(own) or not verdict.goals
    return SaidNow(
        turn=turn,
        at=at,
        intents=tuple([goal.intent for goal in verdict.goals if goal in own or agenda.find(goal.intent) is None]),
        corrects=corrects and is_newest,
        withdraws=withdraws and is_newest,
    )


def _is_new(goal: Goal, agenda: Agenda, newest: int) -> bool:
    """Return whether the newest turn names the goal. Several turns that are read as one may only repeat it."""
    turns = {each.turn for each in goal.evidence} or {newest}
    held = agenda.find(goal.intent)
    return newest in turns and (len(turns) == 1 or held is None or not held.state.is_active)


def _given_up(agenda: Agenda, said: SaidNow) -> tuple[HeldGoal, ...]:
    if said.withdraws:
        return agenda.active
    replaced = _served_last(agenda) if said.corrects else None
    return () if replaced is None or replaced.intent in said.intents else (replaced,)


def _served_last(agenda: Agenda) -> HeldGoal | None:
    served = [goal for goal in agenda.goals if goal.state is GoalState.BEING_SERVED]
    return max(served, key=lambda goal: (goal.changed_at, goal.turn), default=None)


def _named(goal: HeldGoal | None, intent: str, said: SaidNow) -> HeldGoal:
    """Keep an active goal. A goal that was done or dropped begins anew."""
    if goal is not None and goal.state.is_active:
        return replace(goal, turn=said.turn)
    return HeldGoal(intent=intent, state=GoalState.OPEN, turn=said.turn, opened_at=said.at, changed_at=said.at)
