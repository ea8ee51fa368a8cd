"""A decision: where the contact goes, what is called, what is written, and what is answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.catalogue.schema import Catalogue
from service.decide.clarify import Clarification
from service.domain.delivery import StepState
from service.domain.ledger import Agenda, GoalState, HeldGoal, Ledger, RerouteCause
from service.domain.recording import DecisionWrite
from service.domain.understanding import Abstention, Channel, Goal, Status, Verdict
from service.errors import InvalidRequestError
from service.pipeline.decider import Case, Occasion, Reroute
from service.pipeline.turn import Turn
from tests.support.app import SATURDAY_NOON
from tests.support.decisions import NOON
from tests.support.spine import LOOKUP, Spine, a_spine, spine_catalogue

QUESTION = Clarification(question="What would you like to get done?", options=())
HELD = HeldGoal(intent="track_order", state=GoalState.OPEN, turn=1, opened_at=NOON, changed_at=NOON)
UNCLEAR = Verdict(status=Status.AMBIGUOUS, reason=Abstention.AMBIGUOUS, goals=(), options=(), confidence=0.4)


def understood(*intents: str) -> Verdict:
    goals = tuple([Goal(intent=each, title=each.replace("_", " "), confidence=0.95, urgent=False) for each in intents])
    return Verdict(status=Status.UNDERSTOOD, reason=None, goals=goals, options=(), confidence=0.95)


def a_turn(*goals: HeldGoal, goal: str | None = "track_order", named: tuple[str, ...] = ("track_order",)) -> Turn:
    agenda = Agenda(goals=goals or (HELD,))
    return Turn(before=Ledger(contact_key="k"), agenda=agenda, goal=goal, named=named)


UNDER_WAY = a_turn(replace(HELD, state=GoalState.BEING_SERVED), named=())


def a_case(catalogue: Catalogue, **overrides: Any) -> Case:
    """A first turn that names `track_order`; `overrides` replace any field."""
    fields: dict[str, Any] = {
        "decision_id": "d-1",
        "contact_key": "k",
        "channel": Channel.CHAT,
        "entry_point": None,
        "occasion": Occasion.TURN,
        "turn": a_turn(),
        "verdict": understood("track_order"),
        "path": catalogue.paths["track_order"],
        "at": SATURDAY_NOON,
    }
    return Case(**fields | overrides)


def decided(spine: Spine, **overrides: Any) -> DecisionWrite:
    return spine.decider.decide(a_case(spine.catalogue, **overrides))


def answered(spine: Spine, **overrides: Any) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(decided(spine, **overrides).answer)
    return answer


# what is called


@pytest.mark.parametrize(
    ("overrides", "calls", "reason"),
    [
        ({}, 1, "a goal that was named"),
        ({"occasion": Occasion.ADVICE}, 0, "the caller only asks"),
        ({"question": QUESTION, "verdict": UNCLEAR}, 0, "what is asked about is not begun"),
        ({"turn": UNDER_WAY}, 0, "somebody is at it, and it was not named again"),
        ({"occasion": Occasion.REROUTE}, 1, "a contact that is led on is served at once"),
        ({"after": 1}, 0, "an email is no call"),
    ],
)
def test_a_call_is_made_for_a_goal_that_begins(
    spine: Spine, overrides: dict[str, Any], calls: int, reason: str
) -> None:
    """Every call has a step, and no step is written without one."""
    write = decided(spine, **overrides)

    assert (len(write.dispatches), len(write.steps)) == (calls, calls), reason
    assert all(step.state is StepState.WAITING for step in write.steps)


def test_a_question_calls_nobody_even_if_people_are_reached_by_a_call(tmp_path: Path) -> None:
    """A path to a person may begin with a call, and a customer who is asked may still mean something else."""
    finder = {**LOOKUP, "name": "agent-finder", "needs": []}
    desk = {"kind": "callback", "name": "desk", "within": "PT4H"}
    spine = a_spine(spine_catalogue(tmp_path, paths={"speak_to_human": {"rungs": [finder, desk]}}))
    unclear = {"turn": a_turn(goal=None, named=()), "verdict": UNCLEAR, "path": spine.catalogue.human_path}

    asked, unasked = decided(spine, question=QUESTION, **unclear), decided(spine, **unclear)

    assert (asked.decision.rung, asked.dispatches, asked.steps) == (0, (), ())
    assert [dispatch.name for dispatch in unasked.dispatches] == ["agent-finder"]


def test_a_system_that_is_down_is_not_called(served: Catalogue) -> None:
    """The next rung takes the contact."""
    spine = a_spine(served, down=["https://orders.example"])

    write = decided(spine)

    assert [dispatch.name for dispatch in write.dispatches] == ["depot"]
    assert "order-lookup (away now)" in orjson.loads(write.answer)["why"]


def test_details_are_sent_to_rungs_that_need_them(spine: Spine) -> None:
    """The rest of what the caller knows goes nowhere."""
    (dispatch,) = decided(spine, attributes={"postcode": "N1", "mood": "zebracanary"}).dispatches

    assert dispatch.payload.details == {"postcode": "N1"}


def test_details_that_no_delivery_could_hold_are_refused(spine: Spine) -> None:
    """They are not looked at if nothing is called."""
    attributes = {"order number": "4" * 9_000}

    with pytest.raises(InvalidRequestError):
        decided(spine, attributes=attributes)
    assert decided(spine, attributes=attributes, occasion=Occasion.ADVICE).dispatches == ()


# what is written of the contact


@pytest.mark.parametrize(
    ("overrides", "is_kept", "reason"),
    [
        ({}, True, "a turn of a named contact"),
        ({"is_named": False}, False, "a contact without an id cannot be found again"),
        ({"occasion": Occasion.ADVICE}, False, "advice is no turn"),
        ({"occasion": Occasion.ADVICE, "question": QUESTION}, True, "the question is put once, by advice as well"),
        ({"occasion": Occasion.REROUTE}, True, "the goal is served elsewhere now"),
    ],
)
def test_the_ledger_of_a_named_contact_is_kept(
    spine: Spine, overrides: dict[str, Any], *, is_kept: bool, reason: str
) -> None:
    """A change is written with the decision, or not at all."""
    assert (decided(spine, **overrides).change is not None) == is_kept, reason


@pytest.mark.parametrize(("occasion", "turns"), [(Occasion.TURN, 1), (Occasion.REROUTE, 0)])
def test_only_the_customer_makes_a_turn(spine: Spine, occasion: Occasion, turns: int) -> None:
    """Leading a contact on is no turn of the customer's."""
    change = decided(spine, occasion=occasion).change

    assert change is not None
    assert change.after.turns == turns


def test_a_decision_says_what_it_was_made_from(spine: Spine) -> None:
    """Goal, path, rung and versions stand in the record as in the answer."""
    write = decided(spine, entry_point="reservations-line", degraded=True, repeat_key="r")

    decision, answer = write.decision, orjson.loads(write.answer)
    assert (decision.goal, decision.path, decision.rung) == ("track_order", "track_order", 0)
    assert (decision.bundle, decision.catalogue) == (spine.classifier.version, spine.catalogue.version)
    assert (decision.wrong_door, decision.degraded, decision.repeat_key) == (True, True, "r")
    assert (decision.decided_at, decision.is_advice) == (SATURDAY_NOON, False)
    assert {name: answer[name] for name in ("goal", "path", "rung", "wrong_door", "degraded")} == {
        "goal": "track_order",
        "path": "track_order",
        "rung": 0,
        "wrong_door": True,
        "degraded": True,
    }
    assert decision.answer == {**answer, "candidates": []}


# what was told already


@pytest.mark.parametrize(
    ("attributes", "position", "told", "reason"),
    [
        ({"postcode": "N1", "order number": "4"}, 0, ("order number", "postcode"), "in the order of the ladder"),
        ({"postcode": "N1", "order number": "4"}, 1, ("postcode",), "rungs above need nothing any more"),
        ({"postcode": "N1", "order number": "4"}, 2, (), "an email needs nothing"),
        ({"order number": ""}, 0, (), "an empty value tells nothing"),
        ({"order number": None}, 0, (), "nor does null"),
        ({"order number": 0}, 0, ("order number",), "a zero is a value"),
        ({"mood": "calm"}, 0, (), "nobody needs it"),
        ({}, 0, (), "nothing was told"),
    ],
)
def test_what_the_caller_has_told_is_not_asked_again(
    served: Catalogue, attributes: dict[str, Any], position: int, told: tuple[str, ...], reason: str
) -> None:
    """Only details that the rungs from here on need are named."""
    assert a_case(served, attributes=attributes).told_from(position) == told, reason


def test_a_detail_that_two_rungs_need_is_told_once(tmp_path: Path) -> None:
    """A list without repeats is read to the next agent."""
    twice = {**LOOKUP, "name": "second-lookup"}
    email = {"kind": "email", "name": "order-email", "within": "P1D"}
    catalogue = spine_catalogue(tmp_path, paths={"track_order": {"rungs": [LOOKUP, twice, email]}})

    assert a_case(catalogue, attributes={"order number": "4"}).told_from(0) == ("order number",)


def test_the_answer_asks_only_for_what_is_missing(spine: Spine) -> None:
    """A detail that was told is known to the next agent, by its name."""
    missing, told = answered(spine), answered(spine, attributes={"order number": "4471"})

    assert [need["field"] for need in missing["needs"]] == ["order number"]
    assert told["needs"] == []
    assert {"field": "attributes", "value": "order number"} in told["handover"]["already_known"]
    assert "order number" in told["handover"]["must_not_ask"]
    assert "order number" not in missing["handover"]["must_not_ask"]
    assert "4471" not in str(told)


def test_a_prompt_costs_effort_only_for_what_is_missing(spine: Spine) -> None:
    """One detail to give is one prompt."""
    missing, told = decided(spine), decided(spine, attributes={"order number": "4471"})

    assert [(event.kind.value, event.amount) for event in missing.events] == [("identity_prompt", 1)]
    assert told.events == ()


# what is answered


@pytest.mark.parametrize(
    ("overrides", "said", "reason"),
    [
        ({}, "The goal is to track order", "the goal that the turn is served for"),
        ({"turn": UNDER_WAY, "verdict": understood()}, "goes on with what it came for", "a yes"),
        ({"turn": a_turn(goal=None), "verdict": UNCLEAR}, "a person takes it", "no goal, and no question"),
        (
            {"turn": a_turn(goal=None), "verdict": UNCLEAR, "question": QUESTION},
            "one question is asked",
            "no goal yet",
        ),
        (
            {"verdict": understood("make_booking", "track_order")},
            "The goal is to track order",
            "the served goal comes first, even if it was not the likeliest",
        ),
    ],
)
def test_an_answer_says_why_in_one_sentence(spine: Spine, overrides: dict[str, Any], said: str, reason: str) -> None:
    """The reason is about the destination."""
    assert said in answered(spine, **overrides)["why"], reason


def test_an_urgent_goal_carries_the_contact_forward(tmp_path: Path) -> None:
    """The queue of a person is entered at the urgent goal's own priority."""
    desk = {"kind": "queue", "name": "urgent-desk", "max_wait_seconds": 60, "priority": 1}
    promise = {"kind": "callback", "name": "call-back", "within": "PT4H"}
    catalogue = spine_catalogue(
        tmp_path, intents={"track_order": {"urgent": True}}, paths={"track_order": {"rungs": [desk, promise]}}
    )
    spine = a_spine(catalogue)
    human = {"path": catalogue.human_path, "verdict": UNCLEAR}

    urgent = answered(spine, turn=a_turn(goal=None), **human)
    usual = answered(spine, turn=a_turn(replace(HELD, state=GoalState.DONE), goal=None), **human)

    assert urgent["destination"]["priority"] == 1
    assert "track_order is urgent" in urgent["why"]
    assert usual["destination"]["priority"] > 1


def test_an_answer_to_a_reroute_says_of_what(spine: Spine) -> None:
    """Those facts are for the caller, and stay out of the record."""
    reroute = Reroute(decision_id="d-0", cause=RerouteCause.DOOR)

    write = decided(spine, occasion=Occasion.REROUTE, reroute=reroute)

    answer = orjson.loads(write.answer)
    assert (answer["reroute_of"], answer["cause"], answer["exhausted"]) == ("d-0", "door", False)
    assert "reroute_of" not in write.decision.answer


def test_a_ladder_that_is_at_its_end_is_said_to_be(spine: Spine) -> None:
    """The contact stays with the last promise."""
    reroute = Reroute(decision_id="d-0", cause=RerouteCause.DESTINATION)

    answer = answered(spine, occasion=Occasion.REROUTE, reroute=reroute, after=2)

    assert (answer["rung"], answer["exhausted"]) == (2, True)


@pytest.mark.parametrize(
    ("turn", "verdict", "goals", "reason"),
    [
        (a_turn(), understood("track_order", "make_booking"), {"track_order", "make_booking"}, "both are named"),
        (UNDER_WAY, understood(), {"track_order"}, "the goal under way counts as well"),
        (a_turn(goal=None), UNCLEAR, set(), "nothing was accepted"),
    ],
)
def test_the_goals_of_a_case_are_those_accepted(
    served: Catalogue, turn: Turn, verdict: Verdict, goals: set[str], reason: str
) -> None:
    """What may be said to a contact depends on them."""
    assert a_case(served, turn=turn, verdict=verdict).goals == goals, reason
