"""`POST /route`: where a contact gets done now, committed before it is answered; and `GET /decisions/{id}`."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.understanding import Channel
from service.settings import Settings
from tests.support.app import (
    AMBIGUOUS,
    NO_GOAL_YET,
    ONE_OF_EACH,
    OUT_OF_SCOPE,
    SATURDAY_NOON,
    UNDERSTOOD,
    Caller,
    Clock,
    eventually,
    problem_in,
)

A_PERSON = "I want to speak to a person"
LATE = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)


@pytest.fixture
def contact_id() -> str:
    """A contact that has never been heard of."""
    return f"call-{uuid.uuid4().hex}"


def london_summer(hour: int, minute: int) -> datetime:
    """A time of day by UTC, when London is an hour ahead of it."""
    return datetime(2026, 7, 1, hour, minute, tzinfo=UTC)


PAGE, DESK = "cancel-booking-page", "reservations-desk"
PROMISES = ["reservations-desk-callback", "reservations-desk-email", "contact-hours-page"]
PLACES = [
    pytest.param(SATURDAY_NOON, "chat", [PAGE, DESK, *PROMISES], 0, id="a page serves who can open it"),
    pytest.param(SATURDAY_NOON, None, [PAGE, DESK, *PROMISES], 0, id="any rung serves an unknown channel"),
    pytest.param(SATURDAY_NOON, "voice", [DESK, *PROMISES], 1, id="a page cannot be opened by speaking"),
    pytest.param(LATE, "voice", PROMISES, 2, id="the desk is closed at night"),
    pytest.param(LATE, "chat", [PAGE, *PROMISES], 0, id="a page is never closed"),
    pytest.param(london_summer(20, 59), "voice", [DESK, *PROMISES], 1, id="one minute to ten in London"),
    pytest.param(london_summer(21, 0), "voice", PROMISES, 2, id="ten in London"),
]


@pytest.mark.parametrize(("at", "channel", "ladder", "rung"), PLACES)
async def test_the_first_rung_that_serves_the_channel_now_takes_the_contact(  # noqa: PLR0917
    client: Caller, clock: Clock, at: datetime, channel: str | None, ladder: list[str], rung: int
) -> None:
    """Hours are those of the catalogue's time zone; the rungs that would take the contact after it are named."""
    clock.now = at

    answer = await client.route(UNDERSTOOD, channel=channel)

    assert (answer["goal"], answer["path"], answer["rung"]) == ("cancel_booking", "cancel_booking", rung)
    assert [answer["destination"]["name"], *(step["name"] for step in answer["then"])] == ladder
    assert f"served by {ladder[0]}" in answer["why"]


async def test_a_destination_says_what_its_kind_needs(shared: Caller) -> None:
    """A queue has its priority and longest wait, a page its address, a call back its time; each its sentence."""
    queue = (await shared.route(UNDERSTOOD, channel="voice"))["destination"]
    page = (await shared.route(UNDERSTOOD, channel="chat"))["destination"]

    assert queue == {
        "kind": "queue",
        "name": "reservations-desk",
        "priority": 4,
        "max_wait_seconds": 120,
        "say": "Someone from reservations will cancel it with you now.",
    }
    assert page == {
        "kind": "self_service",
        "name": "cancel-booking-page",
        "url": "/bookings/cancel",
        "say": "You can cancel your booking on this page. It takes about a minute.",
    }


async def test_what_a_rung_must_ask_comes_with_the_reason(shared: Caller) -> None:
    """And the goal and the channel, which are known, must not be asked again."""
    answer = await shared.route("I want to change the dates of my booking", channel="voice")

    assert answer["needs"] == [{"field": "booking_number", "why": "to find the booking"}]
    assert answer["handover"] == {
        "already_known": [{"field": "goal", "value": "change_booking"}, {"field": "channel", "value": "voice"}],
        "must_not_ask": ["channel", "goal"],
    }


@pytest.mark.parametrize(
    ("value", "is_told"), [("ZB-4471", True), (0, True), ({"of": "two"}, True), ("", False), (None, False)]
)
async def test_what_the_caller_has_told_is_not_asked(*, shared: Caller, value: Any, is_told: bool) -> None:
    """Whatever kind of rung needs it: who takes the contact is told that it is known, by its name alone."""
    contact = {"text": "I want to change the dates of my booking", "channel": "voice"}
    attributes = {"booking_number": value, "mood": "zebracanary"}

    response = await shared.post("/route", json={**contact, "attributes": attributes})

    answer = response.json()
    assert answer["destination"]["kind"] == "queue"
    assert answer["needs"] == ([] if is_told else [{"field": "booking_number", "why": "to find the booking"}])
    told = {"field": "attributes", "value": "booking_number"}
    assert (told in answer["handover"]["already_known"]) is is_told
    assert answer["handover"]["must_not_ask"] == [*(["booking_number"] if is_told else []), "channel", "goal"]
    assert "zebracanary" not in response.text
    assert "ZB-4471" not in response.text


async def test_what_a_later_rung_needs_is_known_as_well(shared: Caller) -> None:
    """The page on top of the path asks for nothing here; the desk after it need not ask."""
    answer = await shared.route(
        "I want to change the dates of my booking", channel="chat", attributes={"booking_number": "ZB-4471"}
    )

    assert answer["destination"]["kind"] == "self_service"
    assert answer["handover"]["must_not_ask"] == ["booking_number", "channel", "goal"]


@pytest.mark.parametrize("channel", [*Channel, None])
async def test_who_asks_for_a_person_gets_one(shared: Caller, channel: Channel | None) -> None:
    """In one turn, on every channel, without a question."""
    answer = await shared.route(A_PERSON, channel=channel)

    assert (answer["status"], answer["goal"], answer["clarify"]) == ("understood", "speak_to_human", None)
    assert (answer["destination"]["kind"], answer["destination"]["name"]) == ("queue", "care-desk")


@pytest.mark.parametrize("text", [AMBIGUOUS, OUT_OF_SCOPE, NO_GOAL_YET])
async def test_a_contact_without_an_accepted_goal_goes_to_people(shared: Caller, text: str) -> None:
    """Nobody is turned away, and no goal is pretended."""
    answer = await shared.route(text, channel="voice")

    assert (answer["goal"], answer["goals"], answer["path"]) == (None, [], "speak_to_human")
    assert (answer["destination"]["kind"], answer["destination"]["name"]) == ("queue", "care-desk")
    assert answer["handover"]["already_known"] == [{"field": "channel", "value": "voice"}]
    assert answer["wrong_door"] is False


@pytest.mark.parametrize("text", ONE_OF_EACH.values())
async def test_a_route_says_of_a_message_what_advice_says(shared: Caller, text: str) -> None:
    """Same status, goals, versions and policy."""
    advice, routed = await shared.intent(text), await shared.route(text)

    same = ("status", "goals", "clarify", "content_policy", "bundle", "catalogue", "degraded")
    assert {name: routed[name] for name in same} == {name: advice[name] for name in same}
    assert routed["content_policy"] == {"relationship": "deny"}


@pytest.mark.parametrize("unclear", [AMBIGUOUS, NO_GOAL_YET])
async def test_a_contact_is_asked_once(shared: Caller, contact_id: str, unclear: str) -> None:
    """After one question that did not help, a person takes over; another contact is asked all the same."""
    first = await shared.route(unclear, contact_id=contact_id)
    second = await shared.route("blue with small white dots", contact_id=contact_id)
    other = await shared.route(unclear, contact_id=f"not {contact_id}")

    assert first["clarify"]["question"]
    assert second["status"] != "understood"
    assert (second["clarify"], second["path"]) == (None, "speak_to_human")
    assert other["clarify"] == first["clarify"]


async def test_a_contact_that_answers_the_question_gets_what_it_came_for(shared: Caller, contact_id: str) -> None:
    """The question costs nothing."""
    await shared.route(AMBIGUOUS, contact_id=contact_id)

    answer = await shared.route(UNDERSTOOD, contact_id=contact_id)

    assert answer["goal"] == "cancel_booking"


async def test_contacts_without_an_id_are_strangers(shared: Caller) -> None:
    """Each is given an id of its own, and each is asked."""
    answers = [await shared.route(AMBIGUOUS) for _ in range(2)]

    assert all(answer["clarify"] for answer in answers)
    assert answers[0]["contact_id"] != answers[1]["contact_id"]
    assert answers[0]["decision_id"] != answers[1]["decision_id"]


async def test_a_question_at_a_known_door_offers_what_the_door_is_for(shared: Caller) -> None:
    """Who says only hello on the reservations line is asked about bookings."""
    answer = await shared.route(NO_GOAL_YET, entry_point="reservations-line")

    options = [option["intent"] for option in answer["clarify"]["options"]]
    assert options == ["make_booking", "change_booking", "cancel_booking"]


DOORS = [
    pytest.param("reservations-line", False, "reservations-line", id="made for it"),
    pytest.param("support-line", True, "support-line", id="made for something else"),
    pytest.param("no-such-line", False, "unknown", id="nobody has described it"),
    pytest.param("<b>1'; --</b>", False, "unknown", id="hostile"),
    pytest.param("none", False, "unknown", id="named as no door at all"),
    pytest.param(None, False, None, id="not told"),
]


@pytest.mark.parametrize(("entry_point", "is_wrong", "kept"), DOORS)
async def test_every_door_leads_to_the_goal(
    shared: Caller,
    entry_point: str | None,
    is_wrong: bool,
    kept: str | None,
) -> None:
    """A wrong door is told, and changes nothing else; a name that nobody knows is not kept."""
    fields = {} if entry_point is None else {"entry_point": entry_point}

    answer = await shared.route(UNDERSTOOD, **fields)

    decision = (await shared.get(f"/decisions/{answer['decision_id']}")).json()
    assert (answer["goal"], answer["destination"]["name"]) == ("cancel_booking", "cancel-booking-page")
    assert answer["wrong_door"] is is_wrong
    assert decision["entry_point"] == kept


async def test_a_decision_can_be_looked_up(client: Caller, clock: Clock) -> None:
    """As it was answered, with what came close and when; without the contact and its token."""
    answer = await client.route(UNDERSTOOD, contact_id="call-1", channel="voice", entry_point="support-line")
    clock.move(days=3)

    decision = (await client.get(f"/decisions/{answer['decision_id']}")).json()

    own = {"contact_id", "contact_token", "outcome_token"}
    kept = {name: value for name, value in answer.items() if name not in own}
    assert decision == {
        **kept,
        "candidates": (await client.intent(UNDERSTOOD))["candidates"],
        "channel": "voice",
        "entry_point": "support-line",
        "decided_at": SATURDAY_NOON.isoformat(),
        "steps": [],
        "text": None,
    }
    assert answer["outcome_token"] not in json.dumps(decision)
    assert answer["contact_token"] not in json.dumps(decision)


@pytest.mark.parametrize(
    "decision_id", ["0", "00000000-0000-7000-8000-000000000000", "x" * 64, "' OR 1=1 --", "%00", "%ED%A0%80", "☃"]
)
async def test_an_id_that_names_no_decision_is_not_found(shared: Caller, decision_id: str) -> None:
    """Whatever it is made of."""
    response = await shared.get(f"/decisions/{decision_id}")

    problem_in(response, status=404, code="not_found", field="decision_id")


async def test_an_id_that_is_too_long_is_refused(shared: Caller) -> None:
    """Before anything is looked up."""
    response = await shared.get(f"/decisions/{'x' * 65}")

    problem_in(response, status=422, code="invalid_request", field="decision_id")


async def test_what_is_answered_is_committed(client: Caller, settings: Settings) -> None:
    """Another connection sees the decision as soon as the answer is there."""
    answer = await client.route(UNDERSTOOD)

    with sqlite3.connect(settings.home / "errand.db") as other:
        found = other.execute("SELECT decision_id FROM decisions").fetchall()
    other.close()
    assert found == [(answer["decision_id"],)]


async def test_contacts_that_wait_together_share_a_commit(client: Caller, settings: Settings) -> None:
    """While another process holds the write lock, three contacts gather; they take two commits at most."""
    lock = sqlite3.connect(settings.home / "errand.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    routes = [asyncio.create_task(client.route(UNDERSTOOD)) for _ in range(3)]

    async def all_wait() -> bool:
        return (await client.metrics()).total("errand_commit_queue_depth") == 3

    await eventually(all_wait)
    lock.execute("ROLLBACK")
    lock.close()
    answers = await asyncio.gather(*routes)

    metrics = await client.metrics()
    assert len({answer["decision_id"] for answer in answers}) == 3
    assert metrics.total("errand_commit_batch_size_sum") == 3
    assert metrics.total("errand_commit_batch_size_count") <= 2
    assert metrics.total("errand_commit_queue_depth") == 0


async def test_the_longest_conversation_has_a_destination(shared: Caller) -> None:
    """Like any other."""
    turns: list[dict[str, Any]] = [{"speaker": "customer", "text": "ok 😀"} for _ in range(200)]

    response = await shared.post("/route", json={"turns": turns, "channel": "voice"})

    assert response.json()["destination"]["name"] == "care-desk"
