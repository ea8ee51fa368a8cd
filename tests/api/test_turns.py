"""Turns of one contact: applied in order or refused, asked about once, served until every goal is done."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.support.app import (
    AMBIGUOUS,
    NO_GOAL_YET,
    OUT_OF_SCOPE,
    UNDERSTOOD,
    Caller,
    Clock,
    answer_in,
    problem_in,
)

INVOICE = "please send me the invoice"
BOTH = f"{UNDERSTOOD} and also {INVOICE}"
FRAUD = "my account has been hacked, help!"


@pytest.fixture
def contact_id() -> str:
    """A contact that has never been heard of."""
    return f"call-{uuid.uuid4().hex}"


async def goals(client: Caller, contact_id: str) -> dict[str, str]:
    """What is held of the contact's agenda."""
    held = answer_in(await client.get(f"/contacts/{contact_id}"))
    return {goal["intent"]: goal["state"] for goal in held["goals"]}


async def test_yes_goes_on_with_what_is_under_way(shared: Caller, contact_id: str) -> None:
    """Without a question, and without a second decision on the goal."""
    first = await shared.route(UNDERSTOOD, contact_id=contact_id, channel="chat")

    answer = await shared.route("ok thanks", contact_id=contact_id, channel="chat")

    assert (answer["goal"], answer["path"], answer["clarify"]) == ("cancel_booking", "cancel_booking", None)
    assert answer["destination"] == first["destination"]
    assert {"field": "tried", "value": "cancel-booking-page: being_served"} in answer["handover"]["already_known"]
    assert await goals(shared, contact_id) == {"cancel_booking": "being_served"}


async def test_the_second_goal_is_served_when_the_first_is_done(shared: Caller, contact_id: str) -> None:
    """The contact is not done before."""
    first = await shared.route(BOTH, contact_id=contact_id)
    report = {"result": "done", "outcome_token": first["outcome_token"]}
    told = answer_in(await shared.post(f"/decisions/{first['decision_id']}/outcome", json=report))

    answer = await shared.route("yes please", contact_id=contact_id)

    assert told["still_wanted"] == ["get_invoice"]
    assert answer["goal"] == "get_invoice"
    assert await goals(shared, contact_id) == {"cancel_booking": "done", "get_invoice": "being_served"}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param("never mind", {"cancel_booking": "dropped"}, id="taken back"),
        pytest.param(
            f"no wait, {INVOICE}", {"cancel_booking": "dropped", "get_invoice": "being_served"}, id="corrected"
        ),
        pytest.param(f"also {INVOICE}", {"cancel_booking": "being_served", "get_invoice": "being_served"}, id="added"),
    ],
)
async def test_a_turn_changes_the_agenda(
    shared: Caller, contact_id: str, second: str, expected: dict[str, str]
) -> None:
    """By what it says."""
    await shared.route(UNDERSTOOD, contact_id=contact_id)

    await shared.route(second, contact_id=contact_id)

    assert await goals(shared, contact_id) == expected


@pytest.mark.parametrize("before", [UNDERSTOOD, AMBIGUOUS, OUT_OF_SCOPE, NO_GOAL_YET, FRAUD, "never mind"])
async def test_a_person_is_one_turn_away(shared: Caller, contact_id: str, before: str) -> None:
    """Wherever the contact stands."""
    await shared.route(before, contact_id=contact_id, channel="voice")

    answer = await shared.route("I want to speak to a person", contact_id=contact_id, channel="voice")

    assert (answer["goal"], answer["clarify"]) == ("speak_to_human", None)
    assert (answer["destination"]["kind"], answer["destination"]["name"]) == ("queue", "care-desk")


async def test_a_person_comes_before_other_goals_of_the_same_message(shared: Caller) -> None:
    """Whatever the rest says."""
    answer = await shared.route(f"{INVOICE}. Also, I want to speak to a person.", channel="voice")

    assert {goal["intent"] for goal in answer["goals"]} == {"get_invoice", "speak_to_human"}
    assert (answer["goal"], answer["path"]) == ("speak_to_human", "speak_to_human")


async def test_an_option_settles_the_question(shared: Caller, contact_id: str) -> None:
    """No text is needed, and nothing is asked again."""
    asked = await shared.route(AMBIGUOUS, contact_id=contact_id)
    option = asked["clarify"]["options"][0]["intent"]

    answer = answer_in(await shared.post("/route", json={"choice": option, "contact_id": contact_id}))

    assert (answer["status"], answer["goal"], answer["clarify"]) == ("understood", option, None)
    assert answer["goals"][0]["evidence"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"choice": "no_such_intent"}, "choice", id="no option"),
        pytest.param({"choice": "get_invoice", "text": "hello"}, "body", id="both"),
        pytest.param({"turn": 1, "text": "hello"}, "body", id="a number without a contact"),
        pytest.param({"turn": 0, "text": "hello", "contact_id": "a"}, "turn", id="turns are counted from 1"),
    ],
)
async def test_what_makes_no_sense_is_refused(shared: Caller, body: dict[str, Any], field: str) -> None:
    """With the field at fault."""
    problem_in(await shared.post("/route", json=body), status=422, code="invalid_request", field=field)


async def test_numbered_turns_are_applied_once_and_in_order(shared: Caller, contact_id: str) -> None:
    """A repeat is answered as before; another turn of an old number, or one too early, is refused."""

    async def send(turn: int, text: str) -> Any:
        return await shared.post("/route", json={"text": text, "contact_id": contact_id, "turn": turn})

    ahead = await send(2, INVOICE)
    first = await send(1, UNDERSTOOD)
    second = await send(2, INVOICE)
    again = await send(1, UNDERSTOOD)
    stale = await send(1, INVOICE)

    problem_in(ahead, status=409, code="turn_ahead", field="turn")
    assert ahead.headers["Retry-After"] == "1"
    assert (first.status_code, second.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    problem_in(stale, status=409, code="stale_turn", field="turn")
    assert await goals(shared, contact_id) == {"cancel_booking": "being_served", "get_invoice": "being_served"}


async def test_an_old_number_stays_used_when_its_answer_is_forgotten(client: Caller, clock: Clock) -> None:
    """The contact is held for longer than answers are."""
    body = {"text": UNDERSTOOD, "contact_id": "a", "turn": 1}
    await client.post("/route", json=body)

    clock.move(days=2)

    problem_in(await client.post("/route", json=body), status=409, code="stale_turn", field="turn")


async def test_racing_turns_are_applied_one_after_another(shared: Caller, contact_id: str) -> None:
    """Fifty at once: each is a turn, in the order in which they came, and answers the question before it."""
    texts = [f"{AMBIGUOUS} {number}" for number in range(50)]

    answers = await asyncio.gather(*(shared.route(text, contact_id=contact_id) for text in texts))

    held = answer_in(await shared.get(f"/contacts/{contact_id}"))
    assert held["turns"] == 50
    assert held["decisions"] == [answer["decision_id"] for answer in answers]
    asked = [answer["clarify"] is not None for answer in answers]
    assert asked[:2] == [True, False]
    assert held["effort"]["clarifying_turns"] == sum(asked)


async def test_an_urgent_goal_carries_the_whole_contact_forward(shared: Caller, contact_id: str) -> None:
    """In whatever queue it waits, while it is wanted; others wait as before."""
    await shared.route(FRAUD, contact_id=contact_id, channel="voice")

    ahead = await shared.route(UNDERSTOOD, contact_id=contact_id, channel="voice")
    other = await shared.route(UNDERSTOOD, channel="voice")
    await shared.route("never mind", contact_id=contact_id, channel="voice")
    after = await shared.route(f"{UNDERSTOOD} please", contact_id=contact_id, channel="voice")

    assert (ahead["destination"]["name"], ahead["destination"]["priority"]) == ("reservations-desk", 1)
    assert "report_fraud is urgent" in ahead["why"]
    assert [each["destination"]["priority"] for each in (other, after)] == [4, 4]
    assert "urgent" not in after["why"]


async def test_a_contact_that_was_given_its_id_comes_back_by_it(shared: Caller) -> None:
    """It is known, and is asked nothing twice."""
    first = await shared.route(AMBIGUOUS)

    second = await shared.route("none of those", contact_id=first["contact_id"])

    assert first["clarify"] is not None
    assert (second["clarify"], second["path"]) == (None, "speak_to_human")


async def test_a_contact_that_has_expired_is_a_new_one(client: Caller, clock: Clock) -> None:
    """Its question, its goals and its numbers with it."""
    await client.route(AMBIGUOUS, contact_id="a", turn=1)

    clock.move(days=30)
    again = await client.route(AMBIGUOUS, contact_id="a", turn=1)

    assert again["clarify"] is not None


async def test_advice_is_no_turn(shared: Caller, contact_id: str) -> None:
    """Nothing is begun by it: the contact's first turn is still to come, and finds nobody at its goal."""
    await shared.route(UNDERSTOOD, contact_id=contact_id, dispatch=False)
    advised = await goals(shared, contact_id)

    answer = await shared.route("ok thanks", contact_id=contact_id, turn=1)

    assert advised == {}
    assert answer["goal"] is None
    assert await goals(shared, contact_id) == {}
