"""`GET` and `DELETE /contacts/{contact_id}`: all that is held about a contact, and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.settings import Settings
from tests.support.app import AMBIGUOUS, SATURDAY_NOON, UNDERSTOOD, Caller, Clock, answer_in, contents_of, problem_in

CHANGE = "I want to change the dates of my booking"


async def test_all_that_is_held_is_shown(client: Caller) -> None:
    """Goals, decisions, counts and a date; nothing that was said."""
    first = await client.route(AMBIGUOUS, contact_id="a", channel="voice")
    second = await client.route(CHANGE, contact_id="a", channel="voice")

    held = answer_in(await client.get("/contacts/a"))

    assert held == {
        "turns": 2,
        "asked": False,
        "goals": [{"intent": "change_booking", "state": "being_served"}],
        "decisions": [first["decision_id"], second["decision_id"]],
        "texts": [],
        "promises": [],
        "effort": {
            "transfers": 0,
            "repeats": 0,
            "re_asks": 0,
            "identity_prompts": 1,
            "clarifying_turns": 1,
            "waiting_seconds": second["destination"]["max_wait_seconds"],
        },
        "held_until": (SATURDAY_NOON + timedelta(days=30)).isoformat(),
    }


async def test_who_asks_again_or_comes_again_is_counted(client: Caller) -> None:
    """By goal, path and door; a later turn of the same contact is no repeat."""
    await client.route(UNDERSTOOD, contact_id="a", repeat_ref="r", entry_point="support-line")
    await client.route(f"{UNDERSTOOD} now", contact_id="a", repeat_ref="r", entry_point="support-line")
    await client.route(UNDERSTOOD, contact_id="b", repeat_ref="r", entry_point="support-line")

    a, b = [answer_in(await client.get(f"/contacts/{contact_id}"))["effort"] for contact_id in "ab"]
    metrics = await client.metrics()
    labels = {"intent": "cancel_booking", "path": "cancel_booking", "entry_point": "support-line"}
    assert [(each["re_asks"], each["repeats"]) for each in (a, b)] == [(1, 0), (0, 1)]
    assert metrics.total("errand_effort_total", kind="re_ask", **labels) == 1
    assert metrics.total("errand_effort_total", kind="repeat", **labels) == 1


async def test_a_contact_is_gone_when_it_is_erased(client: Caller, settings: Settings) -> None:
    """With the answers of its decisions and of their repeats; the next turn is the first of a stranger."""
    decision = await client.route(AMBIGUOUS, contact_id="a", repeat_ref="r")
    await client.route(CHANGE, contact_id="a")
    other = await client.route(UNDERSTOOD, contact_id="b")
    key = client.context.pipeline.identity.contact_key("a")
    assert key.encode() in contents_of(settings.home)

    erased = answer_in(await client.delete("/contacts/a"))

    assert (erased["goals"], erased["decisions"]) == (1, 2)
    assert erased["events"] > 0
    for response in (await client.get("/contacts/a"), await client.delete("/contacts/a")):
        problem_in(response, status=404, code="not_found", field="contact_id")
    gone = await client.get(f"/decisions/{decision['decision_id']}")
    problem_in(gone, status=404, code="not_found", field="decision_id")
    assert answer_in(await client.get(f"/decisions/{other['decision_id']}"))["goal"] == "cancel_booking"
    again = await client.route(AMBIGUOUS, contact_id="a")
    assert again["decision_id"] != decision["decision_id"]
    assert again["clarify"] is not None


async def test_a_contact_that_has_expired_is_not_shown(client: Caller, clock: Clock) -> None:
    """Its goals and its counts are over; ids of decisions stay as long as the decisions do."""
    await client.route(UNDERSTOOD, contact_id="a")

    clock.move(days=30)

    held = answer_in(await client.get("/contacts/a"))
    assert (held["turns"], held["goals"], held["held_until"]) == (0, [], None)


@pytest.mark.parametrize("contact_id", ["nobody", "☃", "%00", "x" * 255])
async def test_a_contact_that_nobody_knows_is_not_found(shared: Caller, contact_id: str) -> None:
    """Whatever it is called."""
    for response in (await shared.get(f"/contacts/{contact_id}"), await shared.delete(f"/contacts/{contact_id}")):
        problem_in(response, status=404, code="not_found", field="contact_id")
