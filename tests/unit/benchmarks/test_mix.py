"""Requests are drawn in their shares; a contact comes back only once it has been answered."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.benchmarks.mix import INTENT, LOOK_UP, MOST_TURNS, OUTCOME, ROUTE, Mix, Request


def a_mix(returning: float = 0.0, **shares: float) -> Mix:
    names = {"intent": INTENT, "route": ROUTE, "outcome": OUTCOME, "look_up": LOOK_UP}
    by_kind = {names[name]: share for name, share in shares.items()}
    return Mix(["where is it", "cancel it", "thanks"], by_kind, returning=returning, port=8000, run="r")


def answer_to(request: Request) -> bytes:
    told = {"contact_id": sent(request)["contact_id"], "decision_id": "d-1", "outcome_token": "t-1"}
    return json.dumps(told).encode()


def sent(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.data.partition(b"\r\n\r\n")[2])
    return body


def first_line(request: Request) -> bytes:
    return request.data.partition(b"\r\n")[0]


def test_kinds_come_in_their_shares() -> None:
    """Within what chance does to a thousand draws."""
    mix = a_mix(intent=0.7, route=0.3)

    counts = Counter(mix.draw().kind for _ in range(1_000))

    assert 650 <= counts[INTENT] <= 750
    assert counts[ROUTE] == 1_000 - counts[INTENT]


def test_what_is_about_a_contact_waits_for_one() -> None:
    """Until a contact has been answered there is nothing to report or to look up, and a new one comes."""
    mix = a_mix(outcome=0.5, look_up=0.5)

    assert {mix.draw().kind for _ in range(20)} == {ROUTE}


def test_a_contact_comes_back_after_its_answer_and_not_before() -> None:
    """Nor twice at once, and at last no more."""
    mix = a_mix(returning=1.0, route=1.0)
    first, second = mix.draw(), mix.draw()
    assert sent(first)["contact_id"] != sent(second)["contact_id"]

    turns = [first]
    while turns[-1].turn < MOST_TURNS:
        mix.answered(turns[-1], answer_to(turns[-1]))
        turns.append(mix.draw())
    mix.answered(turns[-1], answer_to(turns[-1]))

    assert {sent(turn)["contact_id"] for turn in turns} == {sent(first)["contact_id"]}
    assert [turn.turn for turn in turns] == list(range(1, MOST_TURNS + 1))
    assert sent(turns[0])["text"] != sent(turns[1])["text"], "a repeated turn would be answered as before"
    assert sent(mix.draw())["contact_id"] not in {sent(first)["contact_id"], sent(second)["contact_id"]}


def test_an_outcome_is_told_by_the_token_of_its_decision() -> None:
    """And once: the contact is done then."""
    mix = a_mix(outcome=1.0)
    routed = mix.draw()
    mix.answered(routed, answer_to(routed))

    report = mix.draw()

    assert first_line(report) == b"POST /decisions/d-1/outcome HTTP/1.1"
    assert sent(report) == {"result": "done", "outcome_token": "t-1"}
    assert mix.draw().kind == ROUTE


def test_a_contact_is_looked_up_by_its_id() -> None:
    """As often as is drawn: it stays."""
    mix = a_mix(look_up=1.0)
    routed = mix.draw()
    mix.answered(routed, answer_to(routed))

    looks = [mix.draw(), mix.draw()]

    assert [first_line(look) for look in looks] == [f"GET /contacts/{sent(routed)['contact_id']} HTTP/1.1".encode()] * 2
