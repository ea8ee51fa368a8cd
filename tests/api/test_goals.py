"""Several goals, long texts and conversations, as callers see them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import Caller

CANCEL, INVOICE = "I want to cancel my booking", "please send me the invoice"
DISCLAIMER = "This e-mail is confidential. If you received it in error, delete my data and close your account."


def intents(answer: dict[str, Any]) -> list[str]:
    return [goal["intent"] for goal in answer["goals"]]


def places(answer: dict[str, Any], *texts: str) -> list[list[str]]:
    """What the evidence of each goal points to."""
    return [[texts[e["turn"]][e["start"] : e["end"]] for e in goal["evidence"]] for goal in answer["goals"]]


async def test_two_goals_are_listed_in_the_order_of_the_text(shared: Caller) -> None:
    """Each points to its own clause, and a website sends its visitor to the first."""
    text = f"{CANCEL} and also {INVOICE}"

    answer = await shared.intent(text)

    assert answer["status"] == "understood"
    assert intents(answer) == ["cancel_booking", "get_invoice"]
    assert places(answer, text) == [[CANCEL], [INVOICE]]
    assert answer["next"]["path"] == "cancel_booking"
    assert answer["candidates"][0]["intent"] == "cancel_booking"


async def test_an_urgent_goal_goes_first_wherever_it_stands(shared: Caller) -> None:
    """Somebody's account is being emptied while the invoice is looked for."""
    answer = await shared.intent("Please send me the invoice. Also, my account has been hacked, help!")

    assert intents(answer) == ["report_fraud", "get_invoice"]
    assert [goal["urgent"] for goal in answer["goals"]] == [True, False]


async def test_a_contact_is_routed_by_its_first_goal_and_hands_over_all(client: Caller) -> None:
    """Whoever takes it need not ask for the second."""
    decision = await client.route(f"{CANCEL} and also {INVOICE}")

    assert (decision["goal"], decision["path"]) == ("cancel_booking", "cancel_booking")
    assert [known["value"] for known in decision["handover"]["already_known"]] == ["cancel_booking", "get_invoice"]


async def test_evidence_of_a_second_goal_survives_redaction(shared: Caller) -> None:
    """What was redacted before it is longer or shorter than its placeholder."""
    text = f"My number is 07700 900142 and my mail is a@b.co. {CANCEL} 🏨. Also {INVOICE}"

    answer = await shared.intent(text)

    assert [found[-1].rstrip(" .🏨") for found in places(answer, text)] == [CANCEL, f"Also {INVOICE}"]


async def test_a_long_letter_is_understood_by_the_one_thing_it_asks_for(shared: Caller) -> None:
    """Three screens of story, a signature and a disclaimer that speaks of other errands."""
    story = (
        "We came across your shop nine years ago, when our daughter gave us one of the hampers for our anniversary. "
    )
    text = f"Dear team,\n\n{story * 10}\n\n{CANCEL}.\n\n{story * 10}\n\nKind regards,\nMaya\n\n{DISCLAIMER}"

    answer = await shared.intent(text)

    assert intents(answer) == ["cancel_booking"]
    assert places(answer, text) == [[f"{CANCEL}."]]


@pytest.mark.parametrize("below", [DISCLAIMER, f"> {INVOICE}", f"-----Original Message-----\nFrom: Shop\n\n{INVOICE}"])
async def test_what_others_wrote_is_no_goal(shared: Caller, below: str) -> None:
    """Quoted replies and disclaimers weigh nothing."""
    answer = await shared.intent(f"Hello,\n\n{CANCEL}.\n\n{below}")

    assert intents(answer) == ["cancel_booking"]


CORRECTED = [
    pytest.param(f"{INVOICE}, no wait, {CANCEL}", ["cancel_booking"], id="replaced in one breath"),
    pytest.param(f"{CANCEL}. Actually never mind.", [], id="taken back"),
    pytest.param("my parcel never came and I want my money back", ["get_refund"], id="a story and a goal"),
]


@pytest.mark.parametrize(("text", "expected"), CORRECTED)
async def test_the_last_word_counts(shared: Caller, text: str, expected: list[str]) -> None:
    """Within one text as in a conversation."""
    assert intents(await shared.intent(text)) == expected


CONVERSATIONS = [
    pytest.param(
        [("customer", INVOICE), ("agent", "For which stay?"), ("customer", f"actually, never mind. {CANCEL}")],
        ["cancel_booking"],
        id="replaced",
    ),
    pytest.param(
        [("customer", CANCEL), ("agent", "Sure?"), ("customer", "oh never mind, thanks")], [], id="taken back"
    ),
    pytest.param(
        [("customer", CANCEL), ("agent", "What is its number?"), ("customer", "BK-20931"), ("customer", "Amina Bello")],
        ["cancel_booking"],
        id="answers keep the goal",
    ),
    pytest.param(
        [("customer", CANCEL), ("agent", "Done."), ("customer", f"and also {INVOICE}")],
        ["get_invoice", "cancel_booking"],
        id="added",
    ),
    pytest.param(
        [("customer", CANCEL), ("customer", "yes"), ("system", INVOICE), ("agent", INVOICE)],
        ["cancel_booking"],
        id="only customers have goals",
    ),
]


@pytest.mark.parametrize(("turns", "expected"), CONVERSATIONS)
async def test_conversations(shared: Caller, turns: list[tuple[str, str]], expected: list[str]) -> None:
    """The newest goal wins; yes keeps it, never mind drops it."""
    answer = await shared.understand(*turns)

    assert intents(answer) == expected
    assert answer["status"] == ("understood" if expected else "no_goal_yet")
