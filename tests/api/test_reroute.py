"""`POST /decisions/{id}/reroute`: a contact in the wrong place is led on at once, with what was tried."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.support.app import AMBIGUOUS, UNDERSTOOD, Caller, answer_in, problem_in


@pytest.fixture
def contact_id() -> str:
    """A contact that has never been heard of."""
    return f"call-{uuid.uuid4().hex}"


async def reroute(client: Caller, decision: dict[str, Any], cause: str, **more: Any) -> httpx.Response:
    return await client.post(f"/decisions/{decision['decision_id']}/reroute", json={"cause": cause, **more})


@pytest.mark.parametrize("cause", ["policy", "door", "destination"])
async def test_the_next_rung_takes_the_contact(shared: Caller, contact_id: str, cause: str) -> None:
    """It knows the goal, the channel and what was tried."""
    first = await shared.route(UNDERSTOOD, contact_id=contact_id, channel="chat")

    second = answer_in(await reroute(shared, first, cause))

    assert (second["goal"], second["path"], second["rung"]) == ("cancel_booking", "cancel_booking", 1)
    assert (second["destination"]["name"], second["exhausted"]) == ("reservations-desk", False)
    assert second["handover"]["already_known"] == [
        {"field": "goal", "value": "cancel_booking"},
        {"field": "channel", "value": "chat"},
        {"field": "tried", "value": f"cancel-booking-page: rerouted, {cause}"},
    ]
    assert (second["reroute_of"], second["cause"]) == (first["decision_id"], cause)
    assert second["outcome_token"] != first["outcome_token"]


async def test_a_ladder_ends_with_its_last_rung(shared: Caller, contact_id: str) -> None:
    """However often it is not the right place: it tells when a person is there."""
    decision = await shared.route(UNDERSTOOD, contact_id=contact_id, channel="voice")
    ends = []
    for _ in range(5):
        decision = answer_in(await reroute(shared, decision, "destination"))
        ends.append((decision["destination"]["name"], decision["exhausted"]))

    assert ends == [
        ("reservations-desk-callback", False),
        ("reservations-desk-email", False),
        ("contact-hours-page", False),
        ("contact-hours-page", True),
        ("contact-hours-page", True),
    ]


async def test_the_corrected_goal_is_served(shared: Caller, contact_id: str) -> None:
    """From the top of its own path; the wrong one is wanted no more, and an outcome can be told of the new decision."""
    first = await shared.route(UNDERSTOOD, contact_id=contact_id)

    second = answer_in(await reroute(shared, first, "model", actual_intent="get_invoice"))
    report = {"result": "done", "outcome_token": second["outcome_token"]}
    told = answer_in(await shared.post(f"/decisions/{second['decision_id']}/outcome", json=report))

    held = answer_in(await shared.get(f"/contacts/{contact_id}"))
    assert (second["goal"], second["path"], second["rung"]) == ("get_invoice", "get_invoice", 0)
    assert told["state"] == "done"
    assert held["goals"] == [
        {"intent": "cancel_booking", "state": "dropped"},
        {"intent": "get_invoice", "state": "done"},
    ]
    assert held["decisions"] == [first["decision_id"], second["decision_id"]]
    assert (held["turns"], held["effort"]["transfers"]) == (1, 1)


@pytest.mark.parametrize("text", [UNDERSTOOD, AMBIGUOUS])
async def test_a_goal_that_was_misunderstood_goes_to_people(shared: Caller, contact_id: str, text: str) -> None:
    """Where nobody says what was meant instead."""
    first = await shared.route(text, contact_id=contact_id, channel="voice")

    second = answer_in(await reroute(shared, first, "model"))

    assert (second["goal"], second["path"], second["clarify"]) == (None, "speak_to_human", None)


async def test_the_same_reroute_is_one_decision(client: Caller) -> None:
    """However often it is sent; it is counted by its cause once."""
    first = await client.route(UNDERSTOOD, contact_id="a")

    answers = [await reroute(client, first, "door") for _ in range(3)]

    metrics = await client.metrics()
    assert len({answer.content for answer in answers}) == 1
    assert await client.context.recorder.count_decisions() == 2
    assert metrics.total("errand_effort_total", kind="reroute", cause="door", intent="cancel_booking") == 1


async def test_a_rerouted_decision_can_be_looked_up(shared: Caller, contact_id: str) -> None:
    """Like any other."""
    second = answer_in(await reroute(shared, await shared.route(UNDERSTOOD, contact_id=contact_id), "door"))

    found = answer_in(await shared.get(f"/decisions/{second['decision_id']}"))

    assert (found["goal"], found["rung"]) == ("cancel_booking", second["rung"])


@pytest.mark.parametrize(
    ("decision_id", "body", "status", "field"),
    [
        ("no-such-decision", {"cause": "model"}, 404, "decision_id"),
        ("☃", {"cause": "model"}, 404, "decision_id"),
        ("a", {}, 422, "cause"),
        ("a", {"cause": "weather"}, 422, "cause"),
        ("a", {"cause": "model", "actual_intent": "no_such_intent"}, 422, "actual_intent"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    shared: Caller, decision_id: str, body: dict[str, Any], status: int, field: str
) -> None:
    """With the field at fault."""
    refused = await shared.post(f"/decisions/{decision_id}/reroute", json=body)

    problem_in(refused, status=status, code="not_found" if status == 404 else "invalid_request", field=field)
