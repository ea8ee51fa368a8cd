"""A contact's agenda is served until it is done: held against a simple model over any course of turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.catalogue.schema import EmailRung, QueueRung, Rung, SelfServiceRung
from service.decide.agenda import (
    SaidNow,
    apply,
    conclude,
    goal_now,
    moves_on,
    next_goal,
    other_goal,
    said_now,
    serve,
    tried_up_to,
)
from service.domain.ledger import Agenda, GoalState, HeldGoal
from service.domain.outcome import OutcomeResult
from service.domain.understanding import Abstention, Evidence, Goal, Status, Verdict

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CANCEL, INVOICE, REFUND, PERSON = "cancel_booking", "get_invoice", "get_refund", "speak_to_human"
OPEN, SERVED, DONE, DROPPED = GoalState.OPEN, GoalState.BEING_SERVED, GoalState.DONE, GoalState.DROPPED


def a_turn(*intents: str, turn: int = 1, corrects: bool = False, withdraws: bool = False) -> SaidNow:
    return SaidNow(
        turn=turn, at=NOON + timedelta(minutes=turn), intents=intents, corrects=corrects, withdraws=withdraws
    )


def led(agenda: Agenda, intent: str, *, rung: int = 0, at: datetime = NOON) -> Agenda:
    return serve(agenda, intent, decision_id=f"for-{intent}", path=intent, rung=rung, at=at)


def told(agenda: Agenda, intent: str, result: OutcomeResult, actual_intent: str | None = None) -> Agenda:
    later = NOON + timedelta(hours=1)
    return conclude(agenda, intent, result, decided_at=later, at=later, actual_intent=actual_intent)


def states(agenda: Agenda) -> dict[str, GoalState]:
    return {goal.intent: goal.state for goal in agenda.goals}


def a_verdict(*goals: tuple[str, int], status: Status = Status.UNDERSTOOD) -> Verdict:
    """Goals with the turns that they were found in."""
    found = [
        Goal(intent=intent, title=intent, confidence=0.9, urgent=False, evidence=(Evidence(turn=turn, start=0, end=1),))
        for intent, turn in goals
    ]
    reason = None if found else Abstention.NO_GOAL_YET
    return Verdict(status=status, reason=reason, goals=tuple(found), options=(), confidence=0.9)


THEN = [
    pytest.param([a_turn(CANCEL, INVOICE)], {CANCEL: SERVED, INVOICE: OPEN}, id="the second goal waits"),
    pytest.param([a_turn(CANCEL), a_turn(INVOICE, turn=2)], {CANCEL: SERVED, INVOICE: SERVED}, id="both are under way"),
    pytest.param(
        [a_turn(CANCEL), a_turn(INVOICE, turn=2, corrects=True)],
        {CANCEL: DROPPED, INVOICE: SERVED},
        id="a correction replaces",
    ),
    pytest.param(
        [a_turn(CANCEL), a_turn(CANCEL, turn=2, corrects=True)], {CANCEL: SERVED}, id="corrected to the same goal"
    ),
    pytest.param(
        [a_turn(CANCEL, INVOICE), a_turn(REFUND, turn=2, corrects=True)],
        {CANCEL: DROPPED, INVOICE: OPEN, REFUND: SERVED},
        id="what waits is not corrected",
    ),
    pytest.param(
        [a_turn(CANCEL, INVOICE), a_turn(turn=2, withdraws=True)],
        {CANCEL: DROPPED, INVOICE: DROPPED},
        id="never mind drops everything",
    ),
    pytest.param(
        [a_turn(CANCEL), a_turn(turn=2, withdraws=True), a_turn(CANCEL, turn=3)],
        {CANCEL: SERVED},
        id="asked for again after all",
    ),
    pytest.param([a_turn(CANCEL), a_turn(turn=2, corrects=True)], {CANCEL: DROPPED}, id="no, not that"),
    pytest.param([a_turn(turn=1, withdraws=True)], {}, id="nothing to drop"),
]


@pytest.mark.parametrize(("turns", "expected"), THEN)
def test_turns_change_the_agenda(turns: Sequence[SaidNow], expected: dict[str, GoalState]) -> None:
    """The first goal of each turn is served at once."""
    agenda = Agenda()
    for said in turns:
        agenda = apply(agenda, said)
        agenda = led(agenda, said.intents[0]) if said.intents else agenda

    assert states(agenda) == expected


@pytest.mark.parametrize(
    ("result", "actual_intent", "expected"),
    [
        pytest.param(OutcomeResult.DONE, None, {CANCEL: DONE}, id="done"),
        pytest.param(OutcomeResult.PARTLY, None, {CANCEL: OPEN}, id="half is not done"),
        pytest.param(OutcomeResult.NOT_DONE, None, {CANCEL: OPEN}, id="not done"),
        pytest.param(OutcomeResult.WRONG_PLACE, None, {CANCEL: OPEN}, id="the right goal, the wrong place"),
        pytest.param(OutcomeResult.WRONG_PLACE, CANCEL, {CANCEL: OPEN}, id="it was this goal"),
        pytest.param(OutcomeResult.WRONG_PLACE, REFUND, {CANCEL: DROPPED, REFUND: OPEN}, id="it was another"),
        pytest.param(OutcomeResult.DONE, REFUND, {CANCEL: DONE}, id="done all the same"),
    ],
)
def test_an_outcome_settles_the_goal(
    result: OutcomeResult, actual_intent: str | None, expected: dict[str, GoalState]
) -> None:
    """Only what is done is done."""
    agenda = told(led(apply(Agenda(), a_turn(CANCEL)), CANCEL), CANCEL, result, actual_intent)

    assert states(agenda) == expected


def test_a_report_from_before_a_goal_was_asked_for_again_changes_nothing() -> None:
    """It is about the errand that was done then."""
    agenda = apply(
        told(led(apply(Agenda(), a_turn(CANCEL)), CANCEL), CANCEL, OutcomeResult.DONE), a_turn(CANCEL, turn=9)
    )

    late = conclude(agenda, CANCEL, OutcomeResult.DONE, decided_at=NOON, at=NOON + timedelta(hours=2))

    assert states(late) == {CANCEL: OPEN}


def test_a_contact_is_done_when_nothing_is_wanted() -> None:
    """Not while one of two goals waits."""
    agenda = led(apply(Agenda(), a_turn(CANCEL, INVOICE)), CANCEL)
    half = told(agenda, CANCEL, OutcomeResult.DONE)

    assert not half.is_done
    assert (following := next_goal(half)) is not None
    assert following.intent == INVOICE
    assert told(led(half, INVOICE), INVOICE, OutcomeResult.DONE).is_done


HEARD = [
    pytest.param(a_verdict((INVOICE, 0), (PERSON, 0)), PERSON, id="a person, whatever else was said"),
    pytest.param(a_verdict((INVOICE, 0)), INVOICE, id="the goal that was named"),
    pytest.param(a_verdict(status=Status.NO_GOAL_YET), CANCEL, id="yes: what is under way"),
    pytest.param(a_verdict(status=Status.AMBIGUOUS), None, id="not clear what"),
    pytest.param(a_verdict(status=Status.OUT_OF_SCOPE), None, id="nothing we do"),
]


@pytest.mark.parametrize(("verdict", "expected"), HEARD)
def test_a_turn_is_served_for_what_it_says(verdict: Verdict, expected: str | None) -> None:
    """While a booking is being cancelled."""
    before = led(apply(Agenda(), a_turn(CANCEL)), CANCEL)
    said = said_now(verdict, before, newest=0, turn=2, at=NOON, corrects=False, withdraws=False)

    assert goal_now(apply(before, said), said, verdict, PERSON) == expected


@pytest.mark.parametrize("order", [(CANCEL, INVOICE), (INVOICE, CANCEL)])
def test_a_correction_is_about_the_goal_that_was_served_last(order: tuple[str, str]) -> None:
    """Also where one turn named both: what was begun last is what "no, I meant" answers."""
    agenda = apply(Agenda(), a_turn(CANCEL, INVOICE))
    for minutes, intent in enumerate(order):
        agenda = led(agenda, intent, at=NOON + timedelta(minutes=minutes))

    corrected = apply(agenda, a_turn(REFUND, turn=2, corrects=True))

    assert states(corrected) == {order[0]: SERVED, order[1]: DROPPED, REFUND: OPEN}


def test_what_was_told_again_is_not_asked_for_again() -> None:
    """Callers who send the whole conversation every time do not reopen what is done."""
    done = told(led(apply(Agenda(), a_turn(CANCEL)), CANCEL), CANCEL, OutcomeResult.DONE)

    said = said_now(a_verdict((CANCEL, 0)), done, newest=2, turn=2, at=NOON, corrects=True, withdraws=True)

    assert (said.intents, said.corrects, said.withdraws) == ((), False, False)


HELD = HeldGoal(intent=CANCEL, state=OPEN, turn=1, opened_at=NOON, changed_at=NOON, path=CANCEL)


@pytest.mark.parametrize(
    ("goal", "path", "reached", "moves", "after", "reason"),
    [
        (None, CANCEL, None, False, -1, "a new goal begins at the top"),
        (HELD, CANCEL, 1, False, 1, "it was not done there"),
        (HELD, INVOICE, 1, False, -1, "the catalogue has moved the goal"),
        (HELD, CANCEL, None, False, -1, "nobody has served it yet"),
        (replace(HELD, state=SERVED), CANCEL, 1, False, 0, "it stays at the rung that serves it"),
        (replace(HELD, state=SERVED), CANCEL, 1, True, 1, "the customer says that it was in vain"),
        (replace(HELD, state=SERVED), CANCEL, 0, False, -1, "the first rung serves it"),
        (replace(HELD, state=DROPPED), CANCEL, 1, False, -1, "a goal that was dropped begins anew"),
    ],
)
def test_a_ladder_never_leads_back(
    goal: HeldGoal | None, path: str, reached: int | None, *, moves: bool, after: int, reason: str
) -> None:
    """A rung that was tried is not tried again."""
    assert tried_up_to(goal, path, reached=reached, moves_on=moves) == after, reason


PAGE = SelfServiceRung(kind="self_service", name="page", url="/page")
EMAIL = EmailRung(kind="email", name="email", within="P1D")
QUEUE = QueueRung(kind="queue", name="desk", max_wait_seconds=60, priority=5)
BEING_SERVED = replace(HELD, state=SERVED)


@pytest.mark.parametrize(
    ("goal", "said", "rung", "talks", "moves", "reason"),
    [
        (BEING_SERVED, a_turn(CANCEL), PAGE, False, True, "the same errand again after a page"),
        (BEING_SERVED, a_turn(CANCEL), EMAIL, False, True, "the same errand again after a promise"),
        (BEING_SERVED, a_turn(CANCEL), QUEUE, False, False, "the customer waits for a person, and is heard"),
        (BEING_SERVED, a_turn(CANCEL), PAGE, True, False, "an agent is at it, so the errand is only repeated"),
        (BEING_SERVED, a_turn(INVOICE), PAGE, False, False, "another errand"),
        (BEING_SERVED, a_turn(), PAGE, False, False, "a yes"),
        (BEING_SERVED, replace(a_turn(), pushes=True), PAGE, False, True, "tried, and in vain"),
        (BEING_SERVED, replace(a_turn(), pushes=True), QUEUE, True, True, "in vain there too"),
        (HELD, a_turn(CANCEL), PAGE, False, False, "reported as not done, so the ladder moves anyway"),
        (None, a_turn(CANCEL), None, False, False, "a new goal"),
    ],
)
def test_words_move_the_ladder(
    goal: HeldGoal | None, said: SaidNow, rung: Rung | None, *, talks: bool, moves: bool, reason: str
) -> None:
    """Without an outcome that anybody reports."""
    assert moves_on(goal, said, rung, talks=talks, is_called=False) == moves, reason
    assert not moves_on(goal, said, rung, talks=talks, is_called=True), "a call on its way is waited for"


@pytest.mark.parametrize(
    ("said", "active", "goal", "reason"),
    [
        (replace(a_turn(turn=3), drops=(INVOICE,)), [CANCEL], CANCEL, "the one that is left goes on"),
        (replace(a_turn(turn=3), drops=(CANCEL,)), [INVOICE], INVOICE, "the one that waited is next"),
        (replace(a_turn(turn=3), resumes=INVOICE), [CANCEL, INVOICE], INVOICE, "the other matter"),
        (replace(a_turn(turn=3), goes_on=True), [CANCEL, INVOICE], CANCEL, "are you still there?"),
        (replace(a_turn(INVOICE, turn=3), drops=(CANCEL,)), [INVOICE], INVOICE, "dropped for a goal that is named"),
    ],
)
def test_a_turn_may_speak_about_the_agenda(said: SaidNow, active: Sequence[str], goal: str | None, reason: str) -> None:
    """While a booking is being cancelled and an invoice waits. The classifier found nothing sure in the turn."""
    before = led(apply(Agenda(), a_turn(CANCEL, INVOICE)), CANCEL)

    agenda = apply(before, said)

    assert [each.intent for each in agenda.active] == list(active), reason
    assert goal_now(agenda, said, a_verdict(status=Status.OUT_OF_SCOPE), PERSON) == goal, reason
    assert other_goal(before) == INVOICE


INTENTS = st.sampled_from([CANCEL, INVOICE, REFUND, PERSON])


class Contacts(RuleBasedStateMachine):
    """A contact over any turns and outcomes; the model is one word for each intent, and which was served last."""

    def __init__(self) -> None:
        super().__init__()
        self.agenda = Agenda()
        self.model: dict[str, str] = {}
        self.led: list[str] = []
        self.turn = 0

    def said(self, intents: Sequence[str], *, corrects: bool = False, withdraws: bool = False) -> None:
        self.turn += 1
        self.agenda = apply(self.agenda, a_turn(*intents, turn=self.turn, corrects=corrects, withdraws=withdraws))

    def want(self, intents: Sequence[str]) -> None:
        for intent in intents:
            if self.model.get(intent) not in {"open", "being_served"}:
                self.model[intent] = "open"

    @rule(intents=st.lists(INTENTS, max_size=3, unique=True))
    def names(self, intents: list[str]) -> None:
        self.said(intents)
        self.want(intents)

    @rule(intent=INTENTS)
    def corrects(self, intent: str) -> None:
        self.said([intent], corrects=True)
        served = [each for each in self.led if self.model[each] == "being_served"]
        if served and served[-1] != intent:
            self.model[served[-1]] = "dropped"
        self.want([intent])

    @rule()
    def never_mind(self) -> None:
        self.said([], withdraws=True)
        self.model = {
            intent: "dropped" if state in {"open", "being_served"} else state for intent, state in self.model.items()
        }

    @rule(intent=INTENTS)
    def is_led(self, intent: str) -> None:
        if self.model.get(intent) in {"open", "being_served"}:
            self.model[intent] = "being_served"
            self.led.append(intent)
        self.agenda = led(self.agenda, intent, at=NOON + timedelta(minutes=len(self.led)))

    @rule(intent=INTENTS, result=st.sampled_from(OutcomeResult))
    def is_told(self, intent: str, result: OutcomeResult) -> None:
        at = NOON + timedelta(days=1)
        self.agenda = conclude(self.agenda, intent, result, decided_at=at, at=at)
        if self.model.get(intent, "dropped") != "dropped":
            self.model[intent] = "done" if result is OutcomeResult.DONE else "open"

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert {intent: state.value for intent, state in states(self.agenda).items()} == self.model

    @invariant()
    def is_not_done_while_a_goal_is_wanted(self) -> None:
        wanted = {"open", "being_served"} & set(self.model.values())
        assert self.agenda.is_done == (not wanted)
        assert (next_goal(self.agenda) is None) == (not wanted)


Contacts.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestContacts = Contacts.TestCase
