"""`POST /decisions/{id}/outcome`: what became of a goal, told by whoever holds the token."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.support.app import SATURDAY_NOON, UNDERSTOOD, Caller, Clock, answer_in, problem_in


@pytest.fixture
async def decision(shared: Caller) -> dict[str, Any]:
    """A contact that came to cancel its booking."""
    return await shared.route(UNDERSTOOD, contact_id=f"call-{uuid.uuid4().hex}", channel="chat")


async def tell(client: Caller, decision: dict[str, Any], **report: Any) -> httpx.Response:
    body = {"outcome_token": decision["outcome_token"], **report}
    return await client.post(f"/decisions/{decision['decision_id']}/outcome", json=body)


async def test_an_outcome_is_kept_and_answered(shared: Caller, decision: dict[str, Any]) -> None:
    """With everything that was told, and what is still wanted."""
    report = {"result": "done", "reported_by": "customer", "transfers": 1, "customer_effort_score": 6}

    told = answer_in(await tell(shared, decision, **report))

    assert told == {
        "decision_id": decision["decision_id"],
        **report,
        "actual_intent": None,
        "reported_at": SATURDAY_NOON.isoformat(),
        "goal": "cancel_booking",
        "state": "done",
        "still_wanted": [],
    }


async def test_the_same_report_is_answered_as_before_and_another_replaces_it(client: Caller, clock: Clock) -> None:
    """So that a website may send it twice, and a visitor may change their mind."""
    decision = await client.route(UNDERSTOOD, contact_id="a")
    first = await tell(client, decision, result="not_done", transfers=2)
    clock.move(hours=1)

    again = await tell(client, decision, result="not_done", transfers=2)
    other = answer_in(await tell(client, decision, result="done"))

    held = answer_in(await client.get("/contacts/a"))
    metrics = await client.metrics()
    assert again.content == first.content
    assert first.json()["still_wanted"] == ["cancel_booking"]
    assert (other["state"], other["transfers"]) == ("done", None)
    assert held["goals"] == [{"intent": "cancel_booking", "state": "done"}]
    assert held["effort"]["transfers"] == 0
    assert metrics.counts("errand_outcomes_total", "result") == {("not_done",): 1, ("done",): 1}


async def test_what_was_not_done_is_tried_on_the_next_rung(client: Caller) -> None:
    """The contact stays, and is not sent to the same place again."""
    first = await client.route(UNDERSTOOD, contact_id="a", channel="chat")
    await tell(client, first, result="not_done")

    second = await client.route("ok, yes", contact_id="a", channel="chat")

    assert first["destination"]["name"] == "cancel-booking-page"
    assert (second["goal"], second["destination"]["name"]) == ("cancel_booking", "reservations-desk")
    assert {"field": "tried", "value": "cancel-booking-page: not_done"} in second["handover"]["already_known"]


async def test_another_goal_that_was_meant_is_open_now(shared: Caller, decision: dict[str, Any]) -> None:
    """And the one that was misunderstood is not wanted."""
    told = answer_in(await tell(shared, decision, result="wrong_place", actual_intent="get_refund"))

    assert (told["state"], told["still_wanted"]) == ("dropped", ["get_refund"])


async def test_a_token_in_the_header_does_as_well(shared: Caller, decision: dict[str, Any]) -> None:
    """For callers that keep secrets out of bodies."""
    address, headers = f"/decisions/{decision['decision_id']}/outcome", {"Outcome-Token": decision["outcome_token"]}

    assert answer_in(await shared.post(address, json={"result": "partly"}, headers=headers))["state"] == "open"


async def test_a_contact_without_an_id_can_tell_too(shared: Caller) -> None:
    """The decision and its token are enough."""
    told = answer_in(await tell(shared, await shared.route(UNDERSTOOD), result="done"))

    assert (told["result"], told["state"]) == ("done", "done")


@pytest.mark.parametrize("token", ["x", "0" * 64, "☃"])
async def test_a_wrong_token_finds_nothing(shared: Caller, decision: dict[str, Any], token: str) -> None:
    """As if there were no such decision, and where there is none."""
    for decision_id in (decision["decision_id"], "no-such-decision", "☃"):
        told = await tell(shared, {"decision_id": decision_id, "outcome_token": token}, result="done")
        problem_in(told, status=404, code="not_found", field="decision_id")


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ({}, "result"),
        ({"result": "splendid"}, "result"),
        ({"result": "done", "outcome_token": None}, "outcome_token"),
        ({"result": "done", "transfers": -1}, "transfers"),
        ({"result": "done", "customer_effort_score": 8}, "customer_effort_score"),
        ({"result": "done", "actual_intent": "no_such_intent"}, "actual_intent"),
        ({"result": "done", "text": "thanks"}, "text"),
    ],
)
async def test_a_report_that_is_not_valid_is_refused(
    shared: Caller, decision: dict[str, Any], report: dict[str, Any], field: str
) -> None:
    """With the field at fault."""
    problem_in(await tell(shared, decision, **report), status=422, code="invalid_request", field=field)
