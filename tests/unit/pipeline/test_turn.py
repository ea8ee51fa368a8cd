"""A turn: the goal it is served for, its mark on the ledger, and its cost to the customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from service.catalogue.schema import Catalogue
from service.decide.agenda import SaidNow
from service.decide.ladder import place
from service.domain.effort import EventKind
from service.domain.ledger import Agenda, GoalState, HeldGoal, HeldQuestion, Ledger, QuestionKind, RerouteCause
from service.domain.understanding import Abstention, Goal, Status, Verdict
from service.errors import TurnConflictError
from service.pipeline.turn import TRIES, Turn, change_of, events_of, turn_of, until_applied
from tests.support.decisions import NOON, a_decision

MONTH = timedelta(days=30)
SERVED = HeldGoal(intent="track_order", state=GoalState.BEING_SERVED, turn=1, opened_at=NOON, changed_at=NOON)
OPEN = replace(SERVED, intent="make_booking", state=GoalState.OPEN)
BEFORE = Ledger(contact_key="k", revision=1, turns=1, opened_at=NOON, agenda=Agenda(goals=(SERVED, OPEN)))
NEW = Ledger(contact_key="k")
WHICH = HeldQuestion(kind=QuestionKind.CHOOSE, options=("make_booking", "cancel_booking"))
SURELY = HeldQuestion(kind=QuestionKind.CONFIRM_ACTION, options=("make_booking",))
YES = Verdict(status=Status.NO_GOAL_YET, reason=Abstention.NO_GOAL_YET, goals=(), options=(), confidence=0.9)


def naming(*intents: str) -> Verdict:
    goals = tuple([Goal(intent=each, title=each, confidence=0.9, urgent=False) for each in intents])
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=goals, options=(), confidence=0.9)


def a_turn(goal: str | None = "track_order", *named: str, **fields: Any) -> Turn:
    before = fields.pop("before", BEFORE)
    return Turn(before=before, agenda=fields.pop("agenda", before.agenda), goal=goal, named=named, **fields)


# again, if another was quicker


def conflicts(times: int) -> Iterator[bool]:
    yield from [True] * times
    while True:
        yield False


@pytest.mark.parametrize("times", range(TRIES))
async def test_a_change_by_others_is_met_by_trying_anew(times: int) -> None:
    """The last allowed try still counts."""
    fates, tries = conflicts(times), count(1)

    async def apply() -> int:
        tried = next(tries)
        if next(fates):
            raise TurnConflictError("The contact was changed meanwhile.")
        return tried

    assert await until_applied(apply) == times + 1


async def test_tries_come_to_an_end() -> None:
    """The caller is told of the conflict, and may send the turn again."""
    tries = count(1)

    async def apply() -> None:
        next(tries)
        raise TurnConflictError("The contact was changed meanwhile.")

    with pytest.raises(TurnConflictError):
        await until_applied(apply)

    assert next(tries) == TRIES + 1


async def test_other_errors_are_not_tried_again() -> None:
    """They would come again."""
    tries = count(1)

    async def apply() -> None:
        next(tries)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await until_applied(apply)

    assert next(tries) == 2


# which goal


@pytest.mark.parametrize(
    ("intents", "verdict", "ledger", "goal", "is_under_way", "reason"),
    [
        (("track_order",), naming("track_order"), NEW, "track_order", False, "a first turn opens its goal"),
        (("track_order",), naming("track_order"), BEFORE, "track_order", False, "asking again is no mere yes"),
        ((), YES, BEFORE, "track_order", True, "a yes goes on with what is being served"),
        ((), YES, NEW, None, False, "a yes to nothing has no goal"),
        (("make_booking", "speak_to_human"), naming("make_booking"), NEW, "speak_to_human", False, "a person first"),
    ],
)
def test_a_turn_is_served_for_one_goal(
    served: Catalogue,
    intents: tuple[str, ...],
    verdict: Verdict,
    ledger: Ledger,
    goal: str | None,
    *,
    is_under_way: bool,
    reason: str,
) -> None:
    """The goal comes of the agenda after the turn."""
    said = SaidNow(turn=ledger.turns + 1, at=NOON, intents=intents)

    turn = turn_of(said, verdict, ledger, served, is_repeat=False)

    assert (turn.goal, turn.is_under_way) == (goal, is_under_way), reason
    assert (turn.before, turn.named) == (ledger, intents)


@pytest.mark.parametrize(
    ("ledger", "is_repeat", "reason"), [(NEW, True, "a new contact"), (BEFORE, False, "a contact that goes on")]
)
def test_only_a_first_turn_is_a_repeat(served: Catalogue, ledger: Ledger, *, is_repeat: bool, reason: str) -> None:
    """A second turn under the same reference is the same coming."""
    turn = turn_of(SaidNow(turn=1, at=NOON), YES, ledger, served, is_repeat=True)

    assert turn.is_repeat == is_repeat, reason


# what is written


def test_a_served_goal_is_written_with_its_decision(served: Catalogue) -> None:
    """The ledger learns who serves the goal, until when it is held, and that a turn passed."""
    decision = a_decision(goal="make_booking", path="make_booking", rung=1, decided_at=NOON + timedelta(hours=1))

    change = change_of(a_turn("make_booking", "make_booking"), decision, MONTH, question=None, counts=True)

    held = change.after.agenda.find("make_booking")
    assert held is not None
    assert (held.state, held.decision_id, held.path, held.rung) == (
        GoalState.BEING_SERVED,
        decision.decision_id,
        "make_booking",
        1,
    )
    assert (change.before, change.at) == (BEFORE, decision.decided_at)
    assert (change.after.turns, change.after.asked) == (2, False)
    assert (change.after.opened_at, change.after.expires_at) == (NOON, decision.decided_at + MONTH)


def test_a_goal_under_way_keeps_its_decision() -> None:
    """A yes does not begin it again."""
    change = change_of(a_turn("track_order"), a_decision(), MONTH, question=None, counts=True)

    assert change.after.agenda == BEFORE.agenda


ASKED = replace(BEFORE, asked=True, question=WHICH)
DONE = Agenda(goals=(replace(SERVED, state=GoalState.DONE),))


@pytest.mark.parametrize(
    ("turn", "question", "asked", "reason"),
    [
        (a_turn(None, before=NEW), WHICH, True, "the question was put in the first turn"),
        (a_turn(None, before=ASKED), None, True, "the goal is still unclear"),
        (a_turn("make_booking", "make_booking", before=ASKED), None, False, "the answer named the goal"),
        (a_turn("track_order", before=ASKED), None, True, "the turn goes on with another goal"),
        (a_turn("make_booking", "make_booking"), SURELY, False, "a call is asked about, and the goal is clear"),
        (a_turn(None, before=replace(ASKED, agenda=DONE), is_over=True), None, False, "the talk ends"),
        (a_turn(None, before=ASKED, is_over=True), None, True, "goals are still wanted"),
    ],
)
def test_a_question_is_kept_until_the_next_turn(
    turn: Turn, question: HeldQuestion | None, *, asked: bool, reason: str
) -> None:
    """An unclear goal is asked about once. A goal that is named, or the end of a talk, frees the next question."""
    change = change_of(turn, a_decision(), MONTH, question=question, counts=True)

    assert (change.after.question, change.after.asked) == (question, asked), reason


def test_a_goal_that_is_asked_about_stays_open() -> None:
    """Its call waits for the yes, so nobody serves it yet."""
    change = change_of(a_turn("make_booking", "make_booking"), a_decision(), MONTH, question=SURELY, counts=True)

    assert change.after.agenda.find("make_booking") == OPEN


@pytest.mark.parametrize(("counts", "turns"), [(True, 2), (False, 1)])
def test_turns_of_the_customer_are_counted(*, counts: bool, turns: int) -> None:
    """A change by somebody else is no turn."""
    change = change_of(a_turn(None), a_decision(), MONTH, question=None, counts=counts)

    assert change.after.turns == turns


# what it costs


@pytest.mark.parametrize(
    ("turn", "asked", "needs", "costs", "reason"),
    [
        (a_turn("make_booking", "make_booking"), False, 0, {}, "a goal that was open costs nothing"),
        (a_turn(None), True, 0, {"clarify": 1}, "one question"),
        (a_turn("make_booking", is_repeat=True), False, 0, {"repeat": 1}, "came again within the day"),
        (a_turn("track_order", "track_order"), False, 0, {"re_ask": 1}, "asked again for what is being served"),
        (a_turn("track_order"), False, 0, {}, "a yes is no new request"),
        (a_turn("make_booking"), False, 2, {"identity_prompt": 2}, "two details to give"),
        (
            a_turn("track_order", "track_order", is_rerouted=RerouteCause.DOOR),
            False,
            0,
            {"reroute": 1, "transfer": 1},
            "led on by somebody else, who also named the goal",
        ),
    ],
)
def test_a_turn_costs_the_customer(
    served: Catalogue, turn: Turn, *, asked: bool, needs: int, costs: dict[str, float], reason: str
) -> None:
    """Each kind of effort is one event, with its amount."""
    assert amounts(served, turn, asked=asked, needs=needs) == costs, reason


def amounts(
    catalogue: Catalogue, turn: Turn, *, asked: bool, needs: int = 0, path: str = "make_booking"
) -> dict[str, float]:
    numbers = count(1)
    placement = place(catalogue.paths[path], catalogue, at=NOON, channel=None)
    decision = a_decision()
    events = events_of(
        turn, decision, placement, asked=asked, needs=needs, retention=MONTH, new_id=lambda: f"event-{next(numbers)}"
    )
    assert len({event.event_id for event in events}) == len(events)
    assert all(event.expires_at == decision.decided_at + MONTH for event in events)
    assert all(event.decision_id == decision.decision_id for event in events)
    return {event.kind.value: event.amount for event in events}


@pytest.mark.parametrize(
    ("turn", "asked", "waits", "reason"),
    [
        (a_turn("speak_to_human", "speak_to_human"), False, True, "the contact stands in the queue"),
        (a_turn(None), True, False, "the question comes before the queue"),
        (a_turn("track_order"), False, False, "somebody is at the goal already"),
    ],
)
def test_a_queue_costs_its_longest_wait(
    served: Catalogue, turn: Turn, *, asked: bool, waits: bool, reason: str
) -> None:
    """The wait is what the catalogue promises at most."""
    found = amounts(served, turn, asked=asked, path="speak_to_human")

    assert found.get(EventKind.WAITING.value) == (300 if waits else None), reason


def test_a_cause_is_told_with_the_effort(served: Catalogue) -> None:
    """A reroute and its transfer say who was wrong."""
    placement = place(served.paths["make_booking"], served, at=NOON, channel=None)
    turn = a_turn("make_booking", is_rerouted=RerouteCause.MODEL)

    events = events_of(turn, a_decision(), placement, asked=False, needs=0, retention=MONTH, new_id=lambda: "e")

    assert [event.cause for event in events] == ["model", "model"]
