"""Conversations go as a customer would expect: heard turn by turn, and served until they are done."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.app import Caller, answer_in

CARE = "speak_to_human"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One turn of the customer, and the answer that is expected."""

    text: str
    agent: str | None = None
    """Words of an agent right before the turn."""
    outcome: str | None = None
    """Result that was reported before the turn."""
    goals: tuple[str | None, ...] = ()
    """Goals that may be served. Empty if any may."""
    asked: bool | None = None
    active: tuple[str, ...] | None = None
    """Goals that are wanted afterwards."""
    rung: str | None = None
    """"further" or "same", beside the turn before."""
    nowhere: bool = False
    """Nothing is asked, and nobody is called."""


def say(text: str, *goals: str | None, **fields: Any) -> Step:
    return Step(text=text, goals=goals, **fields)


CONVERSATIONS: dict[str, list[Step]] = {
    "a page, and again": [
        say("I would like to return a pair of trousers", "return_item"),
        say("I would like to return the trousers please", "return_item", rung="further"),
    ],
    "tried in vain": [
        say("where is my parcel", "track_order"),
        say("I tried that, it doesn't help", "track_order", rung="further", asked=False),
    ],
    "a broken page": [
        say("I want to cancel my booking", "cancel_booking"),
        say("your page gives me an error", "cancel_booking", rung="further", asked=False),
    ],
    "in vain twice": [
        say("please send me the invoice", "get_invoice"),
        say("still nothing", "get_invoice", rung="further"),
        say("still not here", "get_invoice"),
    ],
    "not done, and said again": [
        say("I want my money back", "get_refund"),
        say("I still want my money back", "get_refund", outcome="not_done", rung="further"),
    ],
    "yes goes on at the same rung": [
        say("I want to cancel my booking", "cancel_booking"),
        say("yes please", "cancel_booking", rung="same", asked=False),
    ],
    "thanks at the end": [
        say("where is my parcel", "track_order"),
        say("thank you, bye", None, outcome="done", active=(), nowhere=True),
    ],
    "thanks in the middle": [
        say("where is my parcel", "track_order"),
        say("thanks!", None, active=("track_order",), nowhere=True),
    ],
    "thanks, and back again": [
        say("please send me the invoice", "get_invoice"),
        say("great, thanks a lot", None, outcome="done", active=(), nowhere=True),
        say("I want to cancel my booking", "cancel_booking", active=("cancel_booking",)),
    ],
    "thanks to a question": [
        say("cancel", None, asked=True),
        say("thanks, bye", None, active=(), nowhere=True),
    ],
    "none of them": [
        say("cancel", None, asked=True),
        say("none of these", None, asked=False, active=()),
    ],
    "no": [
        say("cancel", None, asked=True),
        say("no", None, asked=False, active=()),
    ],
    "another errand after the question": [
        say("cancel", None, asked=True),
        say("I want to speak to a person", CARE, asked=False),
    ],
    "an option by its words": [
        say("cancel", None, asked=True),
        say("my booking", "cancel_booking", asked=False),
    ],
    "nothing but a greeting": [
        say("good morning", None, asked=True),
        say("where is my parcel", "track_order", asked=False),
    ],
    "a greeting, and a question after": [
        say("hello", None, asked=True),
        say("cancel", None, asked=True),
    ],
    "a person, and patience": [
        say("I want to speak to a person", CARE),
        say("are you still there?", CARE, asked=False, rung="same"),
    ],
    "a person in the middle": [
        say("where is my parcel", "track_order"),
        say("let me talk to somebody real", CARE, asked=False),
        say("hello, is anybody there?", CARE, asked=False),
    ],
    "never mind": [
        say("I want to cancel my booking", "cancel_booking"),
        say("never mind", None, asked=False, active=(), nowhere=True),
    ],
    "sorted": [
        say("please send me the invoice", "get_invoice"),
        say("that is sorted now", None, asked=False, active=(), nowhere=True),
    ],
    "found after all": [
        say("where is my parcel", "track_order"),
        say("also please send me the invoice", "get_invoice", active=("get_invoice", "track_order")),
        say("I found the invoice after all", "track_order", active=("track_order",), asked=False),
    ],
    "forget one of two": [
        say("I want to cancel my booking", "cancel_booking"),
        say("also please send me the invoice", "get_invoice"),
        say("forget the invoice, it is in my inbox", "cancel_booking", active=("cancel_booking",)),
    ],
    "the other matter": [
        say("I want to cancel my booking. Also please send me the invoice.", active=("cancel_booking", "get_invoice")),
        say("and the other matter?", active=("cancel_booking", "get_invoice"), asked=False),
    ],
    "corrected": [
        say("where is my parcel", "track_order"),
        say("no wait, please send me the invoice", "get_invoice", active=("get_invoice",)),
    ],
    "instead": [
        say("I want to cancel my booking", "cancel_booking"),
        say("can I change my booking to another day instead?", "change_booking", active=("change_booking",)),
    ],
    "a detail for an agent": [
        say("I would like to return a pair of trousers", "return_item"),
        say("it's 77 12 03", "return_item", agent="What is the order number?", asked=False, rung="same"),
        say("Leeds, LS1 4AP", "return_item", agent="Which postcode is that?", asked=False, active=("return_item",)),
    ],
    "an offer is refused, the errand is not": [
        say("I want to cancel my subscription", "cancel_subscription"),
        say(
            "no, cancel the subscription please",
            "cancel_subscription",
            agent="Wait, would you like three months for free?",
            asked=False,
            active=("cancel_subscription",),
        ),
    ],
    "a proposal is refused": [
        say("I want to cancel my booking", "cancel_booking"),
        say("no, don't", None, agent="Shall I cancel the booking now?", active=(), nowhere=True),
    ],
    "anything else": [
        say("where is my parcel", "track_order"),
        say("please send me the invoice", "get_invoice", agent="Is there anything else?", asked=False),
    ],
    "fraud in the middle": [
        say("where is my parcel", "track_order"),
        say("my account has been hacked, help!", "report_fraud", asked=False),
    ],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_a_conversation_goes_as_a_customer_would_expect(shared: Caller, name: str) -> None:
    """Each turn is sent alone, as a chat sends it."""
    contact_id, before = f"chat-{uuid.uuid4().hex}", dict[str, Any]()
    for step in CONVERSATIONS[name]:
        if step.outcome is not None:
            told = {"result": step.outcome, "outcome_token": before["outcome_token"]}
            answer_in(await shared.post(f"/decisions/{before['decision_id']}/outcome", json=told))
        agent = [] if step.agent is None else [{"speaker": "agent", "text": step.agent}]
        turns = [*agent, {"speaker": "customer", "text": step.text}]
        body = {"turns": turns, "contact_id": contact_id, "channel": "chat", "deadline_ms": 20_000}

        answer = answer_in(await shared.post("/route", json=body))

        check(step, answer, before)
        if step.active is not None:
            held = answer_in(await shared.get(f"/contacts/{contact_id}"))
            wanted = [goal["intent"] for goal in held["goals"] if goal["state"] in {"open", "being_served"}]
            assert sorted(wanted) == sorted(step.active), step.text
        before = answer


def check(step: Step, answer: dict[str, Any], before: dict[str, Any]) -> None:
    assert not step.goals or answer["goal"] in step.goals, step.text
    assert step.asked is None or (answer["clarify"] is not None) == step.asked, step.text
    assert (answer["destination"]["kind"] == "none") == step.nowhere, step.text
    if step.nowhere:
        assert (answer["no_goal"], answer["path"], answer["then"], answer["clarify"]) == ("closing", "none", [], None)
    if step.rung is not None:
        further = answer["rung"] - before["rung"]
        assert answer["path"] == before["path"], step.text
        assert further > 0 if step.rung == "further" else further == 0, step.text
